"""Prometheus durations: ``1h30m`` to milliseconds and back."""

import re
from functools import lru_cache

from kizashi.errors import DurationError

_UNITS_MS = {
    "y": 365 * 86_400_000,
    "w": 7 * 86_400_000,
    "d": 86_400_000,
    "h": 3_600_000,
    "m": 60_000,
    "s": 1_000,
    "ms": 1,
}
_DURATION = re.compile(
    r"(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?"
)
_LONGEST_MS = 2**63 // 1_000_000
#: Digits of a number in a longer text would be more than Python turns into one.
_LONGEST_TEXT = 200


def parse_duration(text: str) -> int:
    """Return a Prometheus duration in milliseconds; ``0`` may stand alone.

    Raises:
        DurationError: If the text is not a duration, or longer than 292 years.

    Source: Prometheus configuration, ``<duration>``.
    """
    if text == "0":
        return 0
    is_readable = text.isascii() and 0 < len(text) <= _LONGEST_TEXT
    found = _DURATION.fullmatch(text) if is_readable else None
    if found is None:
        raise DurationError(
            f"{text[:_LONGEST_TEXT]!r} is not a duration; expected numbers with units from large to"
            " small out of y w d h m s ms, such as 30s, 5m, 1h30m or 30d"
        )
    total = sum(
        int(number) * unit
        for number, unit in zip(found.groups(), _UNITS_MS.values(), strict=True)
        if number is not None
    )
    if total >= _LONGEST_MS:
        raise DurationError(f"{text!r} is longer than 292 years")
    return total


@lru_cache(maxsize=4096)
def format_duration(milliseconds: int) -> str:
    """Return milliseconds as Prometheus writes them: ``90`` minutes is ``1h30m``.

    Weeks and years are used only where they leave no rest, as Prometheus does, so
    that 30 days is ``30d`` and not ``4w2d``.
    """
    if milliseconds == 0:
        return "0s"
    rest, out = milliseconds, []
    for unit, size in _UNITS_MS.items():
        exact_only = unit in {"y", "w"}
        if (exact_only and rest % size) or rest < size:
            continue
        count, rest = divmod(rest, size)
        out.append(f"{count}{unit}")
    return "".join(out)
