"""Reading a body within what all scrapes together may hold."""

from collections.abc import AsyncIterable

from kizashi.errors import LimitError
from kizashi.http import body
from kizashi.http.failures import FailureKind, HttpError
from kizashi.ports.clock import Clock
from kizashi.scrape.budget import Claim
from kizashi.scrape.reasons import failed, over_limit


async def read_limited(
    chunks: AsyncIterable[bytes], encoding: str, claim: Claim, clock: Clock
) -> bytes:
    """Return a body, unpacked; never hold more than the claim's limit of it.

    Args:
        chunks: The body as it arrives.
        encoding: The Content-Encoding header, empty where there is none.
        claim: Its limit is the limit after unpacking.
        clock: Lets other tasks run while much is unpacked.

    Raises:
        LimitError: As soon as one byte too many has come out.
        ScrapeError: If the encoding is not gzip, or the gzip data are broken.
    """
    try:
        return await body.read_limited(
            chunks, encoding, claim.limit, clock, claim.grow_to
        )
    except HttpError as error:
        match error.kind:
            case FailureKind.TOO_LARGE:
                raise body_too_large(claim) from error
            case FailureKind.ENCODING:
                raise failed("scrape.encoding", encoding=error.detail) from error
            case _:
                raise failed("scrape.gzip") from error


def body_too_large(claim: Claim) -> LimitError:
    """Return the error for a body over its limit."""
    return over_limit("scrape.body_limit", limit=claim.limit)
