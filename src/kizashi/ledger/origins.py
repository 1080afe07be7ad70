"""Where an objective's slices came from, once a server is read instead of scraping."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from kizashi.ledger.spans import SliceSpans
from kizashi.model.arrays import BoolArray
from kizashi.slo.sources import SourceKind, SourceSpan


@dataclass(slots=True)
class Origins:
    """Where an objective's slices came from."""

    _spans: dict[SourceKind, SliceSpans] = field(
        default_factory=lambda: {kind: SliceSpans() for kind in SourceKind}
    )

    @classmethod
    def of(cls, spans: Iterable[SourceSpan]) -> "Origins":
        """Return the origins that a store kept."""
        found = cls()
        for span in spans:
            found.spans(span.kind).add(span.first, span.last)
        return found

    @property
    def recorded(self) -> SliceSpans:
        """The slices whose recordings were read."""
        return self._spans[SourceKind.RECORDED]

    def spans(self, kind: SourceKind) -> SliceSpans:
        """Return the slices that came from one kind of source."""
        return self._spans[kind]

    def note_recorded(self, first: int, last: int) -> None:
        """Note that recordings were read, which are better than anything else.

        Slices beside them that were counted from raw samples are counted anew. Of the
        samples in the one before, the first recording holds those of less than an
        evaluation before it; the one after takes what the last recording came too
        early for.
        """
        borders = [
            n
            for n, edge in ((first - 1, first), (last + 1, last))
            if edge not in self.recorded
        ]
        self.recorded.add(first, last)
        others = [s for kind, s in self._spans.items() if kind is not _RECORDED]
        for spans in others:
            spans.remove(first, last)
        for number in borders:
            for kind in (SourceKind.RAW, SourceKind.RAW_UNREPORTED):
                self._spans[kind].remove(number, number)

    def note_recordings(self, first: int, evaluated: BoolArray) -> None:
        """Note which slices from `first` on have a recording, shape (m,)."""
        for start, end in runs_of(evaluated):
            self.note_recorded(first + start, first + end - 1)

    def note(self, kind: SourceKind, first: int, last: int) -> None:
        """Note where other slices came from; what was recorded stays so."""
        for start, end in self.recorded.missing(first, last):
            self._spans[kind].add(start, end)

    def within(self, first: int, last: int) -> list[tuple[SourceKind | None, int, int]]:
        """Return the origins of ``first`` to ``last``, oldest first; None: not read."""
        found: list[tuple[SourceKind | None, int, int]] = [
            (kind, a, b)
            for kind, spans in self._spans.items()
            for a, b in spans.within(first, last)
        ]
        found += [(None, a, b) for a, b in self.open(first, last)]
        return sorted(found, key=lambda run: run[1])

    def open(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the runs that came from nowhere yet."""
        runs = [run for spans in self._spans.values() for run in spans]
        return SliceSpans(runs).missing(first, last)


_RECORDED = SourceKind.RECORDED


def runs_of(mask: BoolArray) -> list[tuple[int, int]]:
    """Return where runs of true begin and end (the end not included), in order."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
