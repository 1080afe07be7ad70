import contextlib
import math
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from kizashi.errors import ExpositionError, LimitError
from kizashi.wire import backfill
from kizashi.wire.backfill import iter_backfill


def read(text: bytes) -> list[tuple[str, int, float]]:
    lines = text.splitlines(keepends=True)
    return [(str(labels), ts, value) for labels, ts, value in iter_backfill(lines)]


def test_samples_come_in_the_file_s_order():
    assert read(
        b"# HELP http_requests_total Requests.\n"
        b"# TYPE http_requests_total counter\n"
        b'http_requests_total{code="2 00"} 1021 1565133713.989\n'
        b'http_requests_total{code="500"} 4 1565133714\n'
        b'http_requests_total{code="2 00"} 1.5e+06 1565133774.989\n'
        b'http_requests_total{code="2 00"} NaN 1.565133834e9\n'
        b'http_requests_total{code="2 00"} 7 1565133900 # {id="x"} 0.5\n'
        b"up -0.5 -1.25\n"
        b"# EOF\n"
    ) == [
        ('http_requests_total{code="2 00"}', 1565133713989, 1021.0),
        ('http_requests_total{code="500"}', 1565133714000, 4.0),
        ('http_requests_total{code="2 00"}', 1565133774989, 1.5e6),
        (
            'http_requests_total{code="2 00"}',
            1565133834000,
            pytest.approx(math.nan, nan_ok=True),
        ),
        ('http_requests_total{code="2 00"}', 1565133900000, 7.0),
        ("up", -1250, -0.5),
    ]


def test_recurring_series_are_one_object():
    lines = [b'a{x="%d"} 1 %d\n' % (i % 2, i) for i in range(6)]
    found = [labels for labels, _, _ in iter_backfill([*lines, b"# EOF"])]
    assert len({id(labels) for labels in found}) == 2


def test_more_series_than_are_remembered_are_read_too(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(backfill, "_KNOWN_SERIES", 3)
    lines = b"".join(b"a%d 1 %d\n" % (i % 5, i) for i in range(20)) + b"# EOF\n"
    assert [name for name, _, _ in read(lines)] == [f"a{i % 5}" for i in range(20)]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"a 1", "no time stamp"),
        (b'a 1 # {x="y"} 1', "no time stamp"),
        (b"a 1_0 5", "not a number"),
        (b"a 1 5_0", "time stamp"),
        (b"a 1e309 5", "64-bit float"),
        (b"a 1 1e300", "out of range"),
        (b"a 1 Inf", "out of range"),
        (b"a 1 5 ", "time stamp"),
        (b"a  1 5", "not a number"),
        (b"a 1 5\r", "time stamp"),
        (b"", "expected a metric name"),
        (b"# comment", "expected a metric name"),
        (b'a{x="1" 5', "braces"),
        (b'a{x="\xff"} 1 5', "UTF-8"),
    ],
)
def test_a_malformed_line_ends_the_stream_with_its_number(line: bytes, said: str):
    stream = iter_backfill([b"a 1 1\n", b"a 1 2\n", line + b"\n", b"# EOF\n"])
    assert [next(stream)[1], next(stream)[1]] == [1000, 2000]
    with pytest.raises(ExpositionError, match=said) as caught:
        next(stream)
    assert str(caught.value).startswith("line 3: ")


def test_the_end_mark_must_come_and_be_last():
    with pytest.raises(ExpositionError, match=r"line 1: .*does not end in # EOF"):
        read(b"a 1 1\n")
    for after in (b"a 1 2\n", b"\n", b"# EOF\n"):
        with pytest.raises(ExpositionError, match=r"line 3: .*nothing after # EOF"):
            read(b"a 1 1\n# EOF\n" + after)
    assert read(b"# EOF") == []


def test_an_absurd_label_is_refused():
    with pytest.raises(LimitError, match="line 1: "):
        read(b'a{x="' + b"y" * 70_000 + b'"} 1 1\n# EOF\n')


def test_lines_are_taken_one_by_one():
    def endless() -> Iterator[bytes]:
        for i in range(10**9):
            yield b"a %d %d\n" % (i, i)

    stream = iter_backfill(endless())
    assert [next(stream)[2] for _ in range(3)] == [0.0, 1.0, 2.0]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", 'a{x="1"}', 'b{x=" 1 2"}']),
            st.integers(1_500_000_000_000, 2_000_000_000_000),
            st.floats(allow_nan=False),
        )
    )
)
def test_print_then_parse_is_identity(samples: list[tuple[str, int, float]]):
    text = "".join(
        f"{name} {value!r} {ts // 1000}.{ts % 1000:03d}\n"
        for name, ts, value in samples
    )
    assert read(f"{text}# EOF\n".encode()) == samples


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_garbage_raises_nothing_else(lines: list[bytes]):
    with contextlib.suppress(ExpositionError, LimitError):
        list(iter_backfill([b"a 1 1", *lines, *(b"a " + line for line in lines)]))


@pytest.mark.peer("prometheus")
def test_history_goes_through_promtool_unchanged(tmp_path: Path):
    source = (
        b'requests_total{path="a \\"b\\" \\\\ \\n{}"} %d 1700000%03d.123\n'
        b'ratio{q="# 1"} %d.25 1700000%03d.999\n'
    )
    text = (
        b"".join(source % (i * 12_345_678, i, i, i) for i in range(0, 600, 15))
        + b"ratio NaN 1700000000\nratio -Inf 1700000060\nratio 1e-07 1700000120.5\n# EOF\n"
    )
    (tmp_path / "in.om").write_bytes(text)
    wal = tmp_path / "data" / "wal"
    wal.mkdir(parents=True)  # The dump wants one, and finds nothing in it.
    for command in (
        ["create-blocks-from", "openmetrics", "in.om", "data"],
        ["dump-openmetrics", "data"],
    ):
        done = subprocess.run(
            ["promtool", "tsdb", *command],  # noqa: S607
            cwd=tmp_path,
            capture_output=True,
            check=True,
            timeout=60,
        )
    dumped = read(done.stdout)
    assert len(dumped) == 83
    assert repr(sorted(dumped)) == repr(sorted(read(text)))
