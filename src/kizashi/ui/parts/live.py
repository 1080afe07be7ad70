"""News for open pages: one drawing for everybody who looks at the same view.

A browser keeps one stream open (server-sent events). All streams of one view, the
same address in the same language, zone and role, share a channel; when there is news
the channel draws its page once and hands the same bytes, compressed once, to all of
them. So two hundred open pages cost two hundred writes, and one drawing.

Source: HTML Living Standard, 9.2 "Server-sent events".
"""

import asyncio
import hashlib
import logging
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field

from kizashi.ports.clock import Clock

#: Regions of a page, by the id of their element.
Draw = Callable[[], Awaitable[Mapping[str, str]]]
#: Given the digests of what readers showed to be let in, returns those that stand.
Standing = Callable[[frozenset[str]], Awaitable[frozenset[str]]]

MOST_STREAMS = 400
#: News that come closer together than this are drawn once.
_REST_S = 1.0
#: A stream without news says so, so that both ends notice when the other is gone.
_QUIET_S = 20.0
#: A stream ends after this long, and the browser comes again.
LONGEST_STREAM_S = 900.0
#: How often it is looked whether the tokens and sessions of open streams stand.
WATCH_S = 2.0
_LEVEL = 4
#: Begins what is compressed, without a name or a time. Source: RFC 1952, 2.3.
GZIP_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"

_LOG = logging.getLogger(__name__)


class TooManyStreamsError(Exception):
    """There are as many open pages as there may be; a page works without its stream."""


class Piece:
    """What is written to streams: as it is, and compressed to stand after any other.

    A compressed piece refers to nothing before it, so that one compression serves all
    streams, whenever they began.

    Source: RFC 1951, 3.2.4; zlib's full flush.
    """

    def __init__(self, plain: bytes) -> None:
        self.plain = plain
        packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        self.packed = packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)


_STILL_HERE = Piece(b": still here\n\n")


@dataclass(eq=False, slots=True)
class _Reader:
    """One open stream, and the version of its page that it has.

    Attributes:
        holder: The digest of what its reader showed to be let in; empty for nothing.
        version: The version that it was sent.
        wake: Set when there is something to send, or it must end.
        is_over: Whether it must end.
    """

    holder: str = ""
    version: int = -1
    is_over: bool = False
    wake: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False, slots=True)
class _Channel:
    """Everybody who looks at one view.

    Attributes:
        draw: Draws the page.
        readers: The open streams.
        version: Grows by one whenever something has changed.
        shown: The page's regions, and `marks` their hashes.
        news: What changed with the newest version.
        whole: All of it; made when somebody needs it.
        drawing: Held while it is drawn.
    """

    draw: Draw
    readers: set[_Reader] = field(default_factory=set)
    version: int = 0
    shown: dict[str, str] = field(default_factory=dict)
    marks: dict[str, bytes] = field(default_factory=dict)
    news: Piece | None = None
    whole: Piece | None = None
    drawing: asyncio.Lock = field(default_factory=asyncio.Lock)

    def piece_for(self, reader: _Reader) -> Piece:
        """Return what a reader lacks, and take it as told."""
        missing = self.version - reader.version
        reader.version = self.version
        if missing == 0:
            return _STILL_HERE
        if missing == 1 and self.news is not None:
            return self.news
        if self.whole is None:
            self.whole = Piece(message(self.shown))
        return self.whole


class Live:
    """Belongs to one event loop.

    Args:
        clock: The clock.
        standing: Says who may still look; None where nobody loses that right.
        most_streams: How many may be open.
    """

    def __init__(
        self,
        clock: Clock,
        standing: Standing | None = None,
        most_streams: int = MOST_STREAMS,
    ) -> None:
        self._clock = clock
        self._standing = standing
        self._most_streams = most_streams
        self._watching: asyncio.Task[None] | None = None
        self._channels: dict[Hashable, _Channel] = {}
        self._news = asyncio.Event()
        self._is_closed = False
        self._drawing: asyncio.Task[None] | None = None

    @property
    def streams(self) -> int:
        """How many streams are open."""
        return sum(len(c.readers) for c in self._channels.values())

    @property
    def is_closed(self) -> bool:
        """Whether streams end."""
        return self._is_closed

    def announce(self) -> None:
        """Say that pages may look different now."""
        self._news.set()

    def close(self) -> None:
        """End every stream, and let no new one begin."""
        self._is_closed = True
        for task in (self._drawing, self._watching):
            if task is not None:
                task.cancel()
        for channel in self._channels.values():
            for reader in channel.readers:
                reader.wake.set()

    async def stream(
        self, key: Hashable, draw: Draw, holder: str = ""
    ) -> AsyncIterator[Piece]:
        """Yield a page's regions, all of them first, then those that have changed.

        Args:
            key: What the page looks like depends on this alone.
            draw: Draws it.
            holder: The digest of what the reader showed to be let in; the stream ends
                when that no longer stands. Empty for a reader who showed nothing.

        Raises:
            TooManyStreamsError: If too many are open already.
        """
        if self._is_closed or self.streams >= self._most_streams:
            raise TooManyStreamsError
        reader = _Reader(holder)
        channel = self._channels.setdefault(key, _Channel(draw))
        channel.readers.add(reader)
        if self._drawing is None:
            self._drawing = asyncio.create_task(self._draw_forever(), name="live")
        if self._watching is None and self._standing is not None:
            watch = self._watch_forever(self._standing)
            self._watching = asyncio.create_task(watch, name="live watch")
        try:
            # Who comes while it is drawn for the first time waits for that drawing.
            async with channel.drawing:
                if not channel.version:
                    await self._redraw(channel)
            # A late reader gets all, not the newest change alone.
            reader.version = channel.version - 2
            reader.wake.set()
            ends_s = self._clock.monotonic() + LONGEST_STREAM_S
            while self._clock.monotonic() < ends_s and not self.is_closed:
                piece = await self._next(channel, reader)
                if reader.is_over:
                    return
                yield piece
        finally:
            channel.readers.discard(reader)
            if not channel.readers and self._channels.get(key) is channel:
                del self._channels[key]

    async def _next(self, channel: _Channel, reader: _Reader) -> Piece:
        try:
            async with asyncio.timeout(_QUIET_S):
                await reader.wake.wait()
        except TimeoutError:
            return _STILL_HERE
        reader.wake.clear()
        return channel.piece_for(reader)

    async def _draw_forever(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            for channel in list(self._channels.values()):
                try:
                    async with channel.drawing:
                        changed = await self._redraw(channel)
                # A page that cannot be drawn must not stop others.
                except Exception:  # noqa: BLE001
                    _LOG.exception("a live page cannot be drawn")
                    continue
                if not changed:
                    continue
                for reader in channel.readers:
                    reader.wake.set()
            await self._clock.sleep(_REST_S)

    async def _watch_forever(self, standing: Standing) -> None:
        """End the streams of readers whose token or session is no longer valid."""
        while True:
            readers = [r for c in self._channels.values() for r in c.readers]
            holders = frozenset(r.holder for r in readers)
            still: frozenset[str] = frozenset()
            try:
                still = await standing(holders) if holders else still
            # What cannot be asked is not granted, and the watch itself must go on.
            except Exception:  # noqa: BLE001
                _LOG.exception("it cannot be seen whose sessions stand")
            for reader in readers:
                if reader.holder not in still:
                    reader.is_over = True
                    reader.wake.set()
            await self._clock.sleep(WATCH_S)

    async def _redraw(self, channel: _Channel) -> bool:
        """Draw a channel's page; return whether something has changed."""
        drawn = dict(await channel.draw())
        marks = {k: hashlib.sha256(v.encode()).digest() for k, v in drawn.items()}
        changed = {k: drawn[k] for k, m in marks.items() if channel.marks.get(k) != m}
        if changed:
            channel.version += 1
            channel.news, channel.whole = Piece(message(changed)), None
        channel.shown, channel.marks = drawn, marks
        return bool(changed)


def message(regions: Mapping[str, str]) -> bytes:
    """Return regions as one event, each for the element that has its id."""
    text = "".join(
        f'<hx-partial hx-target="#{name}" hx-swap="innerMorph">{drawn}</hx-partial>'
        for name, drawn in regions.items()
    )
    lines = "".join(f"data: {line}\n" for line in text.splitlines())
    return f"{lines}\n".encode()
