"""Where one request ends, whatever pieces it comes in."""

import pytest

from kizashi.httpd.head import body_length, piece_end

END = b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize("cut", range(len(END)))
def test_a_piece_ends_with_the_empty_line_however_it_is_cut(cut: int):
    before, rest = END[:cut], END[cut:] + END

    assert piece_end(rest, 0, before[-3:]) == len(END) - cut


def test_a_piece_begins_where_the_last_one_ended():
    assert piece_end(END + END, len(END), END[-3:]) == 2 * len(END)
    assert piece_end(b"abc", 1, b"") == 3
    assert piece_end(b"\n\r\n", 0, b"a\r") == 3


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ([], 0),
        ([(b"content-length", b"12  ")], 12),
        ([(b"transfer-encoding", b"chunked")], None),
    ],
)
def test_how_long_a_body_is(headers: list[tuple[bytes, bytes]], length: int | None):
    assert body_length(headers) == length
