"""Counting a stretch of raw samples that a server kept."""

from dataclasses import dataclass, replace

import numpy as np

from kizashi.ledger.catalogue import TargetCatalogue
from kizashi.ledger.deriving import Deriver
from kizashi.ledger.followed import Fill
from kizashi.ledger.matching import CountRule, RuleIndex
from kizashi.ledger.raw_samples import LEAD_MS, RawSamples, RawStretch
from kizashi.model.upstream import UpstreamSamples, UpstreamSeries
from kizashi.slo.blocks import BirthNote, LateEvents, within
from kizashi.slo.slices import SliceRange
from kizashi.slo.sources import SourceKind
from kizashi.slo.windows import whole_slices_in

#: Slices before the counted ones say whether traffic goes on, and are counted, too.
_LEAD_SLICES_MS = LEAD_MS // 2


@dataclass(frozen=True, slots=True)
class Counting:
    """What is counted of a stretch.

    Attributes:
        member: The objective's number in its shard.
        rule: What is counted.
        first: The first slice.
        last: The last slice.
        slice_ms: Milliseconds of a slice.
        until_ms: Later samples are left out: the server's recordings hold them.
        since_ms: Samples up to here are in a recording of the slice before the first
            one; those after it in that slice are counted with the first. None where
            there is no such recording.
    """

    member: int
    rule: CountRule
    first: int
    last: int
    slice_ms: int
    until_ms: int
    since_ms: int | None = None

    @property
    def read_from_ms(self) -> int:
        """From when on raw samples are needed, not included."""
        begin = self.first - 1 if self.since_ms is None else self.first - 2
        return max(begin * self.slice_ms - LEAD_MS, 0)


def count_raw(counting: Counting, stretch: RawStretch) -> Fill:
    """Return the slices that raw samples tell, as our own scrapes would have."""
    first, last = counting.first, counting.last
    part, late, births = _derive(counting, stretch, (first, last), counting.until_ms)
    tells_changes = RawSamples(stretch).tells_changes
    since_ms = counting.since_ms
    if since_ms is not None and since_ms < counting.until_ms:
        before = (first - 1, first - 1)
        whole, *_ = _derive(counting, stretch, before, counting.until_ms)
        recorded, *_ = _derive(counting, stretch, before, since_ms)
        part.bad[0] += whole.bad[0] - recorded.bad[0]
        part.valid[0] += whole.valid[0] - recorded.valid[0]
    kind = SourceKind.RAW if tells_changes else SourceKind.RAW_UNREPORTED
    return Fill(counting.member, part, late, births, kind)


def _derive(
    counting: Counting, stretch: RawStretch, slices: tuple[int, int], until_ms: int
) -> tuple[SliceRange, tuple[LateEvents, ...], tuple[BirthNote, ...]]:
    """Return slices, their late events and their births, of samples up to a time."""
    first, last = slices
    raw = RawSamples(replace(stretch, samples=_until(stretch.samples, until_ms)))
    catalogue = TargetCatalogue(raw)
    lead = whole_slices_in(_LEAD_SLICES_MS, counting.slice_ms)
    deriver = Deriver(
        catalogue,
        RuleIndex([counting.rule]),
        jobs={record.job for record in raw.targets() if catalogue.spans.get(record.id)},
        slice_ms=counting.slice_ms,
        closed=max(first - 1 - lead, 0),
    )
    stretched = deriver.advance(last)
    inside = range(first, last + 1)
    return (
        stretched.of(0, first - stretched.first),
        within(inside, stretched.late.get(0, ())),
        within(inside, stretched.births.get(0, ())),
    )


def _until(samples: UpstreamSamples, until_ms: int) -> UpstreamSamples:
    cut = []
    for one in samples.series:
        end = int(np.searchsorted(one.ts_ms, until_ms, side="right"))
        if end:
            cut.append(UpstreamSeries(one.labels, one.ts_ms[:end], one.values[:end]))
    return UpstreamSamples(tuple(cut), samples.is_partial)
