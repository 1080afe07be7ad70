"""A server that is read, in memory: answers from what it is told, or not at all."""

from collections.abc import Mapping, Sequence

import numpy as np

from kizashi.errors import UpstreamError
from kizashi.model.labels import Labels
from kizashi.model.upstream import (
    RunningAlert,
    RunningGroup,
    UpstreamSamples,
    UpstreamSeries,
)
from kizashi.promql.selectors import parse_selector


class MemoryUpstream:
    """Keeps samples by series.

    Attributes:
        error: Raised by every question while it is set.
        is_partial: Whether answers say that they are only a part.
        asked: Every question: its kind, its selector, and the times it was for.
        running: What `alerts` answers.
        evaluated: What `groups` answers.
        intervals_ms: What `intervals` answers.
    """

    def __init__(self) -> None:
        self._samples: dict[Labels, dict[int, float]] = {}
        self.error: UpstreamError | None = None
        self.is_partial = False
        self.asked: list[tuple[str, str, int, int]] = []
        self.running: tuple[RunningAlert, ...] = ()
        self.evaluated: tuple[RunningGroup, ...] = ()
        self.intervals_ms: dict[str, int] = {}

    def store(self, labels: Labels, ts_ms: int, value: float) -> None:
        """Store a sample."""
        self._samples.setdefault(labels, {})[ts_ms] = value

    def forget(self, selector: str, before_ms: int) -> None:
        """Delete what is older than a time of the series that match."""
        chosen = parse_selector(selector)
        for labels, samples in self._samples.items():
            if chosen.matches(labels):
                for ts_ms in [ts for ts in samples if ts < before_ms]:
                    del samples[ts_ms]

    async def samples(
        self, selector: str, start_ms: int, end_ms: int
    ) -> UpstreamSamples:
        """Return stored samples in ``(start_ms, end_ms]`` of the series that match."""
        self._ask("samples", selector, start_ms, end_ms)
        found = self._within(selector, start_ms, end_ms)
        return UpstreamSamples(
            tuple(_series(labels, list(own.items())) for labels, own in found.items()),
            self.is_partial,
        )

    async def last_before(
        self, selector: str, at_ms: int, within_ms: int
    ) -> UpstreamSamples:
        """Return each matching series' last value at or before a time."""
        self._ask("last", selector, at_ms - within_ms, at_ms)
        found = self._within(selector, at_ms - within_ms, at_ms)
        series = [
            _series(labels, [(at_ms, own[max(own)])]) for labels, own in found.items()
        ]
        return UpstreamSamples(tuple(series), self.is_partial)

    async def presence(
        self, selector: str, by: Sequence[str], start_ms: int, end_ms: int, step_ms: int
    ) -> UpstreamSamples:
        """Return after which steps of a grid series that match had a sample."""
        self._ask("presence", selector, start_ms, end_ms)
        times: dict[Labels, set[int]] = {}
        for at in range(start_ms, end_ms + 1, step_ms):
            for labels in self._within(selector, at - step_ms, at):
                group = Labels((name, labels.get(name)) for name in by)
                times.setdefault(group, set()).add(at)
        series = [_series(g, [(t, 1.0) for t in sorted(ts)]) for g, ts in times.items()]
        return UpstreamSamples(tuple(series), self.is_partial)

    async def groups(self) -> tuple[RunningGroup, ...]:
        """Return every group of rules that is evaluated."""
        self._ask("groups", "", 0, 0)
        return self.evaluated

    async def alerts(self) -> tuple[RunningAlert, ...]:
        """Return every alert that is pending or firing."""
        self._ask("alerts", "", 0, 0)
        return self.running

    async def intervals(self) -> Mapping[str, int]:
        """Return how often each job is scraped."""
        self._ask("intervals", "", 0, 0)
        return self.intervals_ms

    async def close(self) -> None:
        """Do nothing: there is no connection."""

    def _ask(self, kind: str, selector: str, start_ms: int, end_ms: int) -> None:
        self.asked.append((kind, selector, start_ms, end_ms))
        if self.error is not None:
            raise self.error

    def _within(
        self, selector: str, start_ms: int, end_ms: int
    ) -> dict[Labels, dict[int, float]]:
        chosen = parse_selector(selector)
        found = {}
        for labels, samples in self._samples.items():
            if chosen.matches(labels):
                own = {ts: v for ts, v in samples.items() if start_ms < ts <= end_ms}
                if own:
                    found[labels] = dict(sorted(own.items()))
        return found


def _series(labels: Labels, samples: list[tuple[int, float]]) -> UpstreamSeries:
    times = np.array([ts for ts, _ in samples], np.int64)
    return UpstreamSeries(labels, times, np.array([v for _, v in samples], np.float64))
