"""When a notification that did not arrive is tried again, and when it is a dead letter.

docs/en/explanation/when-a-person-is-woken.md tells users the same; decision 0013 says
why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from numpy.random import Generator

_S = 1_000
_MINUTE = 60 * _S
_HOUR = 60 * _MINUTE

#: After this, a notification is a dead letter whatever the receiver answers.
GIVE_UP_MS = 24 * _HOUR
#: After this much time of nothing but refusals, too.
REFUSED_GIVE_UP_MS = 30 * _MINUTE
#: The first pause; it doubles from attempt to attempt.
FIRST_PAUSE_MS = 1 * _S
#: The longest pause from the beginning of one attempt to the next, in the first hour:
#: with an attempt itself a receiver that is back hears of it within ten seconds.
LONGEST_PAUSE_MS = 9 * _S
#: The longest pause after the first hour.
LATER_PAUSE_MS = 60 * _S
#: A receiver may ask for a longer pause, up to this.
LONGEST_ASKED_MS = 5 * _MINUTE


class DeliveryResult(StrEnum):
    """What a receiver's answer means for the notification."""

    DELIVERED = "delivered"
    #: It cannot now, or did not answer: worth trying again for a day.
    RETRY = "retry"
    #: It says that the request is wrong. In outages proxies say so as well, so this
    #: is tried again too, but not for long.
    REFUSED = "refused"


_RETRIED = frozenset({408, 425, 429})


def _verdict(status: int) -> DeliveryResult:
    match status // 100:
        case 2:
            return DeliveryResult.DELIVERED
        case 1 | 5:
            return DeliveryResult.RETRY
        case _:
            return (
                DeliveryResult.RETRY if status in _RETRIED else DeliveryResult.REFUSED
            )


#: Every status code of HTTP. A redirect is refused: following it would carry what we
#: know to an address that nobody configured.
VERDICTS: Mapping[int, DeliveryResult] = MappingProxyType(
    {status: _verdict(status) for status in range(100, 600)}
)


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that did not arrive.

    Attributes:
        verdict: RETRY or REFUSED.
        began_ms: When the attempt began.
        ended_ms: When it was over.
        asked_ms: How long the receiver asked us to wait, or None.
    """

    verdict: DeliveryResult
    began_ms: int
    ended_ms: int
    asked_ms: int | None = None


@dataclass(frozen=True, slots=True)
class NextAttempt:
    """When to try again, and since when there were refusals only."""

    at_ms: int
    refused_since_ms: int | None


def after_failure(
    failure: Failure,
    *,
    created_ms: int,
    tries: int,
    refused_since_ms: int | None,
    rng: Generator,
) -> NextAttempt | None:
    """Return when to try again; None when it is time to give up.

    Args:
        failure: The attempt.
        created_ms: When the notification was created.
        tries: Attempts so far, this one included.
        refused_since_ms: The first of the refusals in a row before this one, or None.
        rng: Spreads the attempts of many notifications.
    """
    now_ms, since_ms = failure.ended_ms, None
    if failure.verdict is DeliveryResult.REFUSED:
        since_ms = failure.began_ms if refused_since_ms is None else refused_since_ms
        if now_ms - since_ms >= REFUSED_GIVE_UP_MS:
            return None
    age_ms = now_ms - created_ms
    if age_ms >= GIVE_UP_MS:
        return None
    longest_ms = LONGEST_PAUSE_MS if age_ms < _HOUR else LATER_PAUSE_MS
    pause_ms = min(longest_ms, FIRST_PAUSE_MS << min(tries - 1, 16))
    # Downward only: no jitter may take an attempt past the longest pause.
    pause_ms -= int(rng.random() * pause_ms / 2)
    at_ms = max(now_ms, failure.began_ms + pause_ms)
    if failure.asked_ms is not None:
        at_ms = max(at_ms, now_ms + min(failure.asked_ms, LONGEST_ASKED_MS))
    return NextAttempt(at_ms, since_ms)
