"""What happened in a story, by plain addition of what its scrapes saw."""

import itertools
from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property

from kizashi.proof.stories import Story


class Counted:
    """The events of a story, each in the slice of the scrape that saw it first."""

    def __init__(self, story: Story) -> None:
        self._story = story

    def window(self, at_s: float, window_s: float) -> tuple[int, int]:
        """Return bad and valid events of a window, ``(at - window, at]``."""
        times, bad, valid = self._sums
        first = bisect_right(times, at_s - window_s)
        last = bisect_right(times, at_s)
        return bad[last] - bad[first], valid[last] - valid[first]

    @cached_property
    def _sums(self) -> tuple[list[int], list[int], list[int]]:
        """The times of scrapes, and the events before each of them added up."""
        times, bads, valids = list[int](), [0], [0]
        pages = [(0, {}), *self._story.pages()]
        for (_, before), (at_s, page) in itertools.pairwise(pages):
            bad, valid = _since(before, page)
            times.append(at_s)
            bads.append(bads[-1] + bad)
            valids.append(valids[-1] + valid)
        return times, bads, valids


def _since(before: Mapping[str, int], page: Mapping[str, int]) -> tuple[int, int]:
    grown = {code: n - before.get(code, 0) for code, n in page.items()}
    return grown.get("500", 0), sum(grown.values())
