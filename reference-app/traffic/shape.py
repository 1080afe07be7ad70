"""How traffic goes up and down over a day."""

import math

#: By how much the rate rises above its mean at noon, and falls below it at night.
SWING = 0.6
_CLOSE_S = 1e-6


def requests_by(seconds: float, rate: float, day_s: float) -> float:
    """Return how many requests are due by then.

    The rate is ``rate * (1 + SWING * sin(2 pi t / day))``; this is its integral from 0.
    """
    turn = 2 * math.pi / day_s
    return rate * (seconds + SWING / turn * (1 - math.cos(turn * seconds)))


def send_time_s(number: int, rate: float, day_s: float) -> float:
    """Return when that many requests are due: the inverse of `requests_by`.

    The rate is never below ``1 - SWING`` of its mean, so the time lies between the
    bounds of an even rate that is the lowest or the highest.
    """
    low, high = number / (rate * (1 + SWING)), number / (rate * (1 - SWING))
    while high - low > _CLOSE_S:
        middle = (low + high) / 2
        if requests_by(middle, rate, day_s) < number:
            low = middle
        else:
            high = middle
    return high
