"""Open pages are told of news: one drawing for all who look at the same view."""

import asyncio
import zlib
from collections.abc import Mapping

import pytest

from kizashi.errors import StoreError
from kizashi.testing.clock import ManualClock
from kizashi.ui.parts import live as _live
from kizashi.ui.parts.live import GZIP_HEAD, Live, Piece, TooManyStreamsError, message


class Drawn:
    """Draws two regions; a test says what of them changes."""

    def __init__(self) -> None:
        self.count = 0
        self.text = "a"

    async def __call__(self) -> Mapping[str, str]:
        self.count += 1
        return {"live-head": self.text, "live-rest": "same"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.mark.anyio
async def test_a_new_reader_is_sent_the_whole_page(clock: ManualClock):
    live, draw = Live(clock), Drawn()

    first = await anext(live.stream("k", draw))

    assert first.plain == message({"live-head": "a", "live-rest": "same"})


@pytest.mark.anyio
async def test_readers_of_one_view_share_one_drawing(clock: ManualClock):
    live, draw = Live(clock), Drawn()
    streams = [live.stream("k", draw) for _ in range(5)]
    for stream in streams:
        await anext(stream)
    assert draw.count == 1

    draw.text = "b"
    live.announce()
    told = [(await anext(stream)).plain for stream in streams]

    assert draw.count == 2
    assert told == [message({"live-head": "b"})] * 5


@pytest.mark.anyio
async def test_readers_who_come_together_share_the_first_drawing(clock: ManualClock):
    live, draw = Live(clock), Drawn()

    async def slowly() -> Mapping[str, str]:
        await clock.settle()
        return await draw()

    streams = [live.stream("k", slowly) for _ in range(20)]

    told = await asyncio.gather(*(anext(stream) for stream in streams))

    assert draw.count == 1
    assert len({piece.plain for piece in told}) == 1


@pytest.mark.anyio
async def test_what_has_not_changed_is_not_sent(clock: ManualClock):
    live, draw = Live(clock), Drawn()
    stream = live.stream("k", draw)
    await anext(stream)
    waiting = asyncio.ensure_future(anext(stream))
    live.announce()
    await clock.advance(5)

    assert draw.count == 2
    assert not waiting.done()
    live.close()
    await clock.settle()
    assert waiting.done()


@pytest.mark.anyio
async def test_news_close_together_are_drawn_once(clock: ManualClock):
    live, draw = Live(clock), Drawn()
    stream = live.stream("k", draw)
    await anext(stream)
    draw.text = "b"
    live.announce()
    await clock.settle()
    for _ in range(10):
        live.announce()
        await clock.settle()
    assert draw.count == 2

    await clock.advance(1)

    assert draw.count == 3


@pytest.mark.anyio
async def test_a_slow_reader_gets_the_whole_page_once(clock: ManualClock):
    live, draw = Live(clock), Drawn()
    stream = live.stream("k", draw)
    await anext(stream)
    for text in "bcd":
        draw.text = text
        live.announce()
        await clock.advance(1)

    assert (await anext(stream)).plain == message(
        {"live-head": "d", "live-rest": "same"}
    )


@pytest.mark.anyio
async def test_closing_ends_every_stream_and_lets_no_new_one_begin(clock: ManualClock):
    live, draw = Live(clock), Drawn()
    streams = [live.stream("k", draw) for _ in range(3)]
    for stream in streams:
        await anext(stream)

    live.close()

    for stream in streams:
        assert [piece async for piece in stream] in ([], [_live._STILL_HERE])
    with pytest.raises(TooManyStreamsError):
        await anext(live.stream("k", draw))
    assert live.streams == 0


@pytest.mark.anyio
async def test_a_stream_ends_in_time_so_that_its_token_is_looked_at_again(
    clock: ManualClock,
):
    live, draw = Live(clock), Drawn()
    stream = live.stream("k", draw)
    await anext(stream)
    await clock.advance(_live.LONGEST_STREAM_S)
    live.announce()

    assert [piece async for piece in stream] == []
    assert live.streams == 0


@pytest.mark.anyio
async def test_there_is_a_most_of_streams(clock: ManualClock):
    live, draw = Live(clock, most_streams=2), Drawn()
    streams = [live.stream(n, draw) for n in range(2)]
    for stream in streams:
        await anext(stream)

    with pytest.raises(TooManyStreamsError):
        await anext(live.stream("more", draw))
    await streams[0].aclose()
    await anext(live.stream("more", draw))


@pytest.mark.anyio
async def test_a_page_that_cannot_be_drawn_stops_no_other(clock: ManualClock):
    live, good, bad = Live(clock), Drawn(), Drawn()
    healthy, broken = live.stream("good", good), live.stream("bad", bad)
    await anext(broken)
    await anext(healthy)

    async def fail() -> Mapping[str, str]:
        raise ValueError("cannot draw")

    live._channels["bad"].draw = fail
    good.text = "b"
    live.announce()

    assert (await anext(healthy)).plain == message({"live-head": "b"})


class Rights:
    """Who may look; a test takes it away."""

    def __init__(self, *holders: str) -> None:
        self.holders = set(holders)
        self.asked: list[frozenset[str]] = []
        self.failure: Exception | None = None

    async def __call__(self, digests: frozenset[str]) -> frozenset[str]:
        self.asked.append(digests)
        if self.failure is not None:
            raise self.failure
        return digests & self.holders


@pytest.mark.anyio
async def test_a_stream_ends_within_five_seconds_of_its_readers_right(
    clock: ManualClock,
):
    rights = Rights("aya", "ben", "")
    live, draw = Live(clock, rights), Drawn()
    streams = {name: live.stream("k", draw, name) for name in ("aya", "ben", "")}
    for stream in streams.values():
        await anext(stream)

    rights.holders.remove("aya")
    draw.text = "news that aya must not see"
    await clock.advance(5)

    with pytest.raises(StopAsyncIteration):
        await anext(streams["aya"])
    assert live.streams == 2
    live.announce()
    told = message({"live-head": "news that aya must not see"})
    assert (await anext(streams["ben"])).plain == told
    assert (await anext(streams[""])).plain == told
    # However many pages are open, one look answers for all.
    assert rights.asked[-1] <= {"aya", "ben", ""}
    assert len(rights.asked) <= 4


@pytest.mark.anyio
async def test_a_stream_whose_right_cannot_be_seen_ends(clock: ManualClock):
    rights = Rights("aya", "")
    live, draw = Live(clock, rights), Drawn()
    stream, open_to_all = live.stream("k", draw, "aya"), live.stream("k", draw)
    await anext(stream)
    await anext(open_to_all)

    rights.failure = StoreError("the disk is gone")
    await clock.advance(5)

    with pytest.raises(StopAsyncIteration):
        await anext(stream)
    rights.failure = None
    again = live.stream("k", draw, "aya")
    await anext(again)
    await clock.advance(5)
    live.announce()
    draw.text = "c"
    assert (await anext(again)).plain == message({"live-head": "c"})


def test_a_message_is_one_event_whatever_stands_in_it():
    told = message({"live-head": "a\n\ndata: b\r\rid: 7"}).decode()

    assert told.endswith("\n\n")
    assert all(line.startswith("data: ") for line in told.rstrip("\n").split("\n"))
    assert "\r" not in told


def test_pieces_are_one_compressed_stream_in_any_order():
    a, b = Piece(message({"x": "one"})), Piece(message({"x": "two" * 500}))

    for order in ([a, b], [b, a, a], [b]):
        stream = GZIP_HEAD + b"".join(piece.packed for piece in order)
        unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
        told = b"".join(unpacker.decompress(bytes([byte])) for byte in stream)
        assert told == b"".join(piece.plain for piece in order)
