"""Sets of slices, kept as runs of consecutive ones."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

#: First and last slice of a run, both included.
Run = tuple[int, int]

#: No slice has a number as large as this.
_FAR = 2**62


class SliceSpans:
    """A set of slices as disjoint runs, in order; neighbours are joined."""

    def __init__(self, runs: Iterable[Run] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in runs:
            self.add(first, last)

    def add(self, first: int, last: int) -> None:
        """Add the slices `first` to `last`; none where last is before first."""
        if last < first:
            return
        # Runs that touch the new one, its neighbours among them, become one with it.
        start = bisect_left(self._lasts, first - 1)
        end = bisect_right(self._firsts, last + 1)
        if start < end:
            first = min(first, self._firsts[start])
            last = max(last, self._lasts[end - 1])
        self._firsts[start:end] = [first]
        self._lasts[start:end] = [last]

    def remove(self, first: int, last: int) -> None:
        """Take the slices `first` to `last` out of the set."""
        kept = [*self.within(0, first - 1), *self.within(last + 1, _FAR)]
        self._firsts = [a for a, _ in kept]
        self._lasts = [b for _, b in kept]

    def missing(self, first: int, last: int) -> list[Run]:
        """Return the runs of `first` to `last` that are not in the set, in order."""
        gaps = []
        at = first
        for run_first, run_last in self.within(first, last):
            if at < run_first:
                gaps.append((at, run_first - 1))
            at = run_last + 1
        if at <= last:
            gaps.append((at, last))
        return gaps

    def within(self, first: int, last: int) -> list[Run]:
        """Return the runs of the set, cut to `first` to `last`, in order."""
        start = bisect_left(self._lasts, first)
        end = bisect_right(self._firsts, last)
        runs = zip(self._firsts[start:end], self._lasts[start:end], strict=True)
        return [(max(a, first), min(b, last)) for a, b in runs]

    @property
    def first(self) -> int | None:
        """The first slice of the set, or None."""
        return self._firsts[0] if self._firsts else None

    @property
    def last(self) -> int | None:
        """The last slice of the set, or None."""
        return self._lasts[-1] if self._lasts else None

    def __contains__(self, number: int) -> bool:
        return not self.missing(number, number)

    def __iter__(self) -> Iterator[Run]:
        return iter(list(zip(self._firsts, self._lasts, strict=True)))

    def __len__(self) -> int:
        return len(self._firsts)

    def __repr__(self) -> str:
        return f"SliceSpans({list(self)})"
