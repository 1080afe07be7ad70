"""Reading a body with a limit on what comes out of it."""

import zlib
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable

from kizashi.http.client import HttpResponse
from kizashi.http.failures import FailureKind, HttpError
from kizashi.ports.clock import Clock

#: Unpacked in pieces of this size, with everybody else getting their turn between.
_PIECE_BYTES = 128 * 1024
#: zlib's window bits for gzip framing.
_GZIP = 16 + zlib.MAX_WBITS


async def read_body(response: HttpResponse, most_bytes: int, clock: Clock) -> bytes:
    """Return the body of an answer, unpacked.

    Args:
        response: The answer.
        most_bytes: The limit, after unpacking.
        clock: Lets other tasks run while much is unpacked.

    Raises:
        HttpError: As `read_limited` says.
    """
    encoding = response.headers.get("Content-Encoding", "")
    return await read_limited(chunks_of(response), encoding, most_bytes, clock)


async def chunks_of(response: HttpResponse) -> AsyncIterator[bytes]:
    """Yield the body of an answer as it arrives, packed as it is."""
    async for chunk in response.content.iter_any():
        yield chunk


async def read_limited(
    chunks: AsyncIterable[bytes],
    encoding: str,
    most_bytes: int,
    clock: Clock,
    grow_to: Callable[[int], Awaitable[None]] | None = None,
) -> bytes:
    """Return a body, unpacked; never hold more of it than the limit.

    Args:
        chunks: The body as it arrives.
        encoding: The Content-Encoding header, empty where there is none.
        most_bytes: The limit, after unpacking.
        clock: Lets other tasks run while much is unpacked.
        grow_to: Waits until there is room for so many bytes.

    Raises:
        HttpError: As soon as one byte too many has come out; if the encoding is not
            gzip, or the gzip data are broken or end early.
    """
    encoding = encoding.strip().lower()
    if encoding in {"gzip", "x-gzip"}:
        chunks = _inflated(chunks, clock)
    elif encoding not in {"", "identity"}:
        raise HttpError(FailureKind.ENCODING, encoding)
    body = bytearray()
    try:
        async for piece in chunks:
            size = len(body) + len(piece)
            if size > most_bytes:
                raise HttpError(FailureKind.TOO_LARGE)
            if grow_to is not None:
                await grow_to(size)
            body += piece
        return bytes(body)
    finally:
        # An error holds the frames that it went through, for as long as it is kept.
        body.clear()


async def _inflated(chunks: AsyncIterable[bytes], clock: Clock) -> AsyncIterator[bytes]:
    """Yield what gzip data hold, in small pieces; members may follow each other."""
    member = zlib.decompressobj(_GZIP)
    started = False
    async for chunk in chunks:
        data = chunk
        while data:
            if member.eof:
                member = zlib.decompressobj(_GZIP)
            started = True
            try:
                piece = member.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise HttpError(FailureKind.GZIP, error) from error
            data = member.unused_data if member.eof else member.unconsumed_tail
            if piece:
                yield piece
            if len(piece) == _PIECE_BYTES:
                await clock.sleep(0)
    if started and not member.eof:
        raise HttpError(FailureKind.CUT_OFF)
