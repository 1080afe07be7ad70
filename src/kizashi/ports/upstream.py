"""What the inside asks of a Prometheus-compatible server that others run.

Methods are asynchronous and belong to one event loop. Times are Unix milliseconds.
Whatever goes wrong is an `UpstreamError`: a server that cannot be reached, is slow, or
says something that is no answer. An answer that is only a part says so.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from kizashi.model.upstream import RunningAlert, RunningGroup, UpstreamSamples


class Upstream(Protocol):
    """A Prometheus, Mimir, Thanos or VictoriaMetrics that is read, never written."""

    async def samples(
        self, selector: str, start_ms: int, end_ms: int
    ) -> UpstreamSamples:
        """Return stored samples in ``(start_ms, end_ms]`` of the series that match.

        Raises:
            TooMuchError: If they are too many for one answer.
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def last_before(
        self, selector: str, at_ms: int, within_ms: int
    ) -> UpstreamSamples:
        """Return each matching series' last value at or before a time.

        A series without a sample in the time before is left out. The time of the
        sample is not told: each is stamped `at_ms`.

        Raises:
            TooMuchError: If they are too many for one answer.
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def presence(
        self, selector: str, by: Sequence[str], start_ms: int, end_ms: int, step_ms: int
    ) -> UpstreamSamples:
        """Return after which steps of a grid series that match had a sample.

        Args:
            selector: Which series.
            by: The labels that tell groups of them apart.
            start_ms: The first time of the grid.
            end_ms: Its last time, at most 10,999 steps later.
            step_ms: The step.

        Returns:
            One series for each group, with `by` as its labels and a sample (its value
            means nothing) at every time of the grid that has one in the step before.

        Raises:
            TooMuchError: If they are too many for one answer.
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def groups(self) -> tuple[RunningGroup, ...]:
        """Return every group of rules that is evaluated.

        Raises:
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def alerts(self) -> tuple[RunningAlert, ...]:
        """Return every alert that is pending or firing.

        Raises:
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def intervals(self) -> Mapping[str, int]:
        """Return how often each job is scraped, by its job label, in milliseconds.

        Where targets of a job differ it is the slowest's. A server that does not scrape,
        or does not say, has none.

        Raises:
            UpstreamError: If the server does not answer as it should, or not in time.
        """
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...
