"""What happened in a story, by plain addition of what its scrapes saw."""

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from kizashi.proof.stories import Story


@dataclass(frozen=True, slots=True)
class ScrapedEvents:
    """What one scrape saw for the first time.

    Attributes:
        at_s: When, seconds after the story begins.
        bad: Bad events.
        valid: All events.
    """

    at_s: int
    bad: int
    valid: int


@dataclass(frozen=True)
class CountedEvents:
    """The events of a story, each in the slice of the scrape that saw it first.

    Attributes:
        scrapes: In order.
    """

    scrapes: tuple[ScrapedEvents, ...]

    @classmethod
    def of(cls, story: Story) -> "CountedEvents":
        """Return what the scrapes of a story see of its requests."""
        return cls(tuple(_requests(story)))

    def window(self, at_s: float, window_s: float) -> tuple[int, int]:
        """Return bad and valid events of a window, ``(at - window, at]``."""
        times, bad, valid = self._sums
        first = bisect_right(times, at_s - window_s)
        last = bisect_right(times, at_s)
        return bad[last] - bad[first], valid[last] - valid[first]

    @cached_property
    def _sums(self) -> tuple[list[int], list[int], list[int]]:
        """The times of scrapes, and the events before each of them added up."""
        return (
            [scrape.at_s for scrape in self.scrapes],
            list(_sums(scrape.bad for scrape in self.scrapes)),
            list(_sums(scrape.valid for scrape in self.scrapes)),
        )


def _sums(counts: Iterable[int]) -> Iterator[int]:
    return itertools.accumulate(counts, initial=0)


def _requests(story: Story) -> Iterator[ScrapedEvents]:
    before: Mapping[str, int] = {}
    for at_s, page in story.pages():
        grown = {code: n - before.get(code, 0) for code, n in page.items()}
        yield ScrapedEvents(at_s, grown.get("500", 0), sum(grown.values()))
        before = page
