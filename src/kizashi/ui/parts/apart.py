"""What a reader brings is read elsewhere; here it is waited for."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from kizashi.api._base import RequestError
from kizashi.errors import BusyError, TooHeavyError

P = ParamSpec("P")
T = TypeVar("T")
_RETRY_S = 5


async def read_apart(read: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what became of a text.

    Raises:
        RequestError: If too many wait (503), or if it takes too much to read it (422).
    """
    try:
        return await run_in_threadpool(read, *args, **kwargs)
    except BusyError:
        headers = {"retry-after": str(_RETRY_S)}
        raise RequestError(503, "api.error.readers_busy", headers=headers) from None
    except TooHeavyError:
        raise RequestError(422, "api.error.text_too_heavy") from None
