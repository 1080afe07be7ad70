"""The cases that a proof puts rules through."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from kizashi.proof.stories import Story, stories

#: What an hour of the accuracy table lasts here: 12 of them take 4 hours.
_HOUR_S = 1_200
#: Each case with its row of the accuracy table, and the message id of what happens.
CASES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "bursty": ("burst", "prove.case.bursty"),
        "quiet": ("mirror", "prove.case.quiet"),
        "rare": ("rare", "prove.case.rare"),
        "gap": ("gap", "prove.case.gap"),
        "never-failed": ("no-errors", "prove.case.never-failed"),
        "first-failure": ("first-error", "prove.case.first-failure"),
    }
)


def story_of(case: str, hour_s: int = _HOUR_S) -> Story:
    """Return the story of a case.

    Args:
        case: One of CASES.
        hour_s: What an hour of its row lasts; a multiple of 240.
    """
    return next(s for s in stories(hour_s) if s.name == CASES[case][0])
