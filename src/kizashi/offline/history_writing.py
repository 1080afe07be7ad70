"""What was read of a history into the store, target by target and hour by hour."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scraping import DEFAULT_INTERVAL_MS, REPORT_SERIES
from kizashi.model.targets import TargetConfig
from kizashi.offline.history import (
    ImportSamplesRequest,
    ImportStage,
    ImportTarget,
    Progress,
)
from kizashi.offline.history_reading import ImportGroup, ImportReader
from kizashi.offline.sample_spool import HourOfSamples, SampleSpool

#: The fingerprint of a job that is not configured here.
FINGERPRINT = "import"
_UP = REPORT_SERIES[0]


class ImportWriter:
    """Stores what was read, target by target and hour by hour."""

    def __init__(
        self,
        place: ImportTarget,
        request: ImportSamplesRequest,
        reader: ImportReader,
        spans: Mapping[int, tuple[int, int]],
    ) -> None:
        self._place = place
        self._spans = spans
        self._request = request
        self._reader = reader
        self._targets: dict[int, tuple[int, Labels]] = {}
        self.ups = 0

    def write(self, spill: SampleSpool, progress: Progress) -> int:
        """Store all of it and return how many samples were new."""
        known: dict[tuple[str, str], list[tuple[int, Labels, str]]] = {}
        for one in self._place.samples.targets():
            key = (one.labels.get("job", one.job), one.labels.get("instance"))
            known.setdefault(key, []).append((one.id, one.labels, one.job))
        for number, group in enumerate(self._reader.groups):
            self._targets[number] = self._introduce(
                group, self._spans[number], known.get((group.job, group.instance), [])
            )
        count, new = spill.count(), 0
        for done, part in enumerate(spill.parts()):
            progress(ImportStage.STORE, done / count)
            new += self._store(part)
        progress(ImportStage.STORE, 1.0)
        return new

    def _introduce(
        self,
        group: ImportGroup,
        span_ms: tuple[int, int],
        known: Sequence[tuple[int, Labels, str]],
    ) -> tuple[int, Labels]:
        """Return the store's target of a group, and the labels of its ``up``.

        A target that is there with this job and instance goes on, whatever further
        labels its configuration gives it.
        """
        labels = Labels.of(job=group.job, instance=group.instance)
        job = group.job
        if len(known) == 1:
            target, labels, job = known[0]
        else:
            target = self._place.samples.target_id(job, labels)
        config = self._place.jobs.get(job)
        interval_ms = self._request.interval_ms
        if interval_ms is None:
            interval_ms = DEFAULT_INTERVAL_MS if config is None else config.interval_ms
        gone_ms = span_ms[1] + interval_ms
        self._place.samples.record_past(
            TargetConfig(
                target,
                span_ms[0] - interval_ms,
                self._request.fingerprint
                or (FINGERPRINT if config is None else config.fingerprint),
                honor_labels=config is not None and config.honor_labels,
                interval_ms=interval_ms,
            ),
            gone_ms if self._request.gone_ms is None else self._request.gone_ms,
        )
        return target, labels.merged({METRIC_NAME: _UP})

    def _store(self, part: HourOfSamples) -> int:
        """Store one hour of one target and return how many samples were new."""
        target, up = self._targets[part.target]
        names, columns = np.unique(part.series, return_inverse=True)
        labels = [self._reader.series[n] for n in names.tolist()]
        times, values = part.ts_ms, part.values
        if self._reader.groups[part.target].has_up:
            # However the file names it, the ledger reads the target's own.
            labels = [up if one.metric_name == _UP else one for one in labels]
            labels, columns = _joined(labels, columns)
        else:
            stamps = np.unique(times)
            self.ups += len(stamps)
            columns = np.append(columns, np.full(len(stamps), len(labels)))
            labels.append(up)
            times = np.append(times, stamps)
            values = np.append(values, np.ones(len(stamps)))
        return sum(
            self._place.samples.write_history(
                target, [labels[c] for c in chosen], stamps, matrix
            )
            for chosen, stamps, matrix in _matrices(
                (columns, times, values), self._request.slots
            )
        )


def _joined(
    labels: Sequence[Labels], columns: Int64Array
) -> tuple[list[Labels], Int64Array]:
    """Return the different label sets, and the columns numbered by them."""
    places = {one: place for place, one in enumerate(dict.fromkeys(labels))}
    numbers = np.array([places[one] for one in labels], np.int64)
    return list(places), numbers[columns]


_Samples = tuple[Int64Array, Int64Array, FloatArray]


def _matrices(
    samples: _Samples, most: int
) -> Iterator[tuple[list[int], Int64Array, FloatArray]]:
    """Yield columns, times and values of samples, in matrices that are not too large.

    Where the series of a target have times of their own, one matrix of all would be
    empty for the most part: it is halved until it is small.
    """
    columns, times, values = samples
    chosen, column = np.unique(columns, return_inverse=True)
    stamps, row = np.unique(times, return_inverse=True)
    if len(stamps) * len(chosen) > most and len(chosen) > 1:
        low = columns < chosen[len(chosen) // 2]
        for half in (low, ~low):
            yield from _matrices((columns[half], times[half], values[half]), most)
        return
    matrix = np.full((len(stamps), len(chosen)), np.nan)
    # Of two samples at one time the first stays.
    cells, first = np.unique(row * len(chosen) + column, return_index=True)
    matrix.reshape(-1)[cells] = values[first]
    yield chosen.tolist(), stamps, matrix
