"""Reading a body with a limit on what comes out of it."""

import zlib
from collections.abc import AsyncIterable, AsyncIterator

from kizashi.errors import LimitError
from kizashi.ports.clock import Clock
from kizashi.scrape.budget import Claim
from kizashi.scrape.reasons import failed, over_limit

#: Decompressed in pieces of this size, with other targets getting their turn between.
_PIECE_BYTES = 128 * 1024
#: zlib's window bits for gzip framing.
_GZIP = 16 + zlib.MAX_WBITS


async def read_limited(
    chunks: AsyncIterable[bytes], encoding: str, claim: Claim, clock: Clock
) -> bytes:
    """Return a body, decompressed; never hold more than the claim's limit of it.

    Args:
        chunks: The body as it arrives.
        encoding: The Content-Encoding header, empty where there is none.
        claim: Its limit is the limit after decompression.
        clock: Lets other tasks run while much is decompressed.

    Raises:
        LimitError: As soon as one byte too many has come out.
        ScrapeError: If the encoding is not gzip, or the gzip data are broken.
    """
    encoding = encoding.strip().lower()
    if encoding in {"gzip", "x-gzip"}:
        chunks = _inflated(chunks, clock)
    elif encoding not in {"", "identity"}:
        raise failed("scrape.encoding", encoding=encoding)
    body = bytearray()
    async for piece in chunks:
        size = len(body) + len(piece)
        if size > claim.limit:
            raise body_too_large(claim)
        await claim.grow_to(size)
        body += piece
    return bytes(body)


def body_too_large(claim: Claim) -> LimitError:
    """Return the error for a body over its limit."""
    return over_limit("scrape.body_limit", limit=claim.limit)


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
                raise failed("scrape.gzip") from error
            data = member.unused_data if member.eof else member.unconsumed_tail
            if piece:
                yield piece
            if len(piece) == _PIECE_BYTES:
                await clock.sleep(0)
    if started and not member.eof:
        raise failed("scrape.gzip")
