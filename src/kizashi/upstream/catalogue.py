"""What a server has: its metrics, their labels, its jobs, and how it is set up.

Source: Prometheus HTTP API, "Querying metadata" and "Status".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from kizashi.errors import DurationError, UpstreamError
from kizashi.model.durations import parse_duration
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.upstream.client import HttpUpstream
from kizashi.upstream.decoding import (
    NOT_PROMETHEUS,
    decode_intervals,
    not_prometheus,
)

#: More series than this of one metric are not looked at.
MOST_SERIES = 20_000
#: A name whose newest sample is older than this counts as gone.
_RECENT_MS = 86_400_000
_T = TypeVar("_T")
_RETENTION = re.compile(r"\d+(?:ms|[smhdwy])")


class _Type(msgspec.Struct):
    type: str = ""


class _RuntimeInfo(msgspec.Struct):
    storageRetention: str = ""  # noqa: N815 - the wire's name


@dataclass(frozen=True, slots=True)
class UpstreamCatalogue:
    """Asks one server what it has had in the last day."""

    upstream: HttpUpstream
    now_ms: int

    async def values(self, label: str) -> tuple[frozenset[str], bool]:
        """Return every value of a label, and whether that is only a part.

        Raises:
            UpstreamError: If the server does not answer as it should.
        """
        data, is_partial = await self.upstream.read(
            f"label/{label}/values", self._recently()
        )
        return frozenset(_decoded(data, list[str])), is_partial

    async def metrics(self, selector: str) -> frozenset[str]:
        """Return the names of metrics that have series that match.

        Raises:
            UpstreamError: If the server does not answer as it should.
        """
        query = [("match[]", selector), *self._recently()]
        data, _ = await self.upstream.read(f"label/{METRIC_NAME}/values", query)
        return frozenset(_decoded(data, list[str]))

    async def series(self, metric: str) -> tuple[list[Labels], bool] | None:
        """Return the label sets of a metric and whether they are only a part.

        Returns:
            None where there are more than MOST_SERIES.

        Raises:
            UpstreamError: If the server does not answer as it should.
        """
        query = [
            ("match[]", f'{{__name__="{metric}"}}'),
            ("limit", str(MOST_SERIES)),
            *self._recently(),
        ]
        data, is_partial = await self.upstream.read("series", query)
        label_sets = _decoded(data, list[dict[str, str]])
        if len(label_sets) >= MOST_SERIES:
            return None
        return [Labels.of(one) for one in label_sets], is_partial

    async def growth(self, metric: str, over_ms: int) -> dict[Labels, float]:
        """Return by how much each series grew lately; those of one sample are missing.

        Raises:
            UpstreamError: If the server does not answer as it should.
        """
        expression = f"increase({metric}[{over_ms}ms])"
        found = await self.upstream.instant(expression, self.now_ms)
        return {one.labels: float(one.values[-1]) for one in found.series}

    async def types(self, metrics: Sequence[str]) -> dict[str, str]:
        """Return the types of metrics, those that the server knows no type of left out."""
        try:
            data, _ = await self.upstream.read("metadata")
            found = _decoded(data, dict[str, list[_Type]])
        except UpstreamError:
            return {}
        # A metric that targets disagree about has none.
        kinds = {name: {one.type for one in told} for name, told in found.items()}
        return {
            name: next(iter(kinds[name]))
            for metric in metrics
            for name in (metric, metric.removesuffix("_total"))
            if len(kinds.get(name, ())) == 1
        }

    async def retention_ms(self) -> int | None:
        """Return how long samples are kept; None where the server does not say."""
        try:
            data, _ = await self.upstream.read("status/runtimeinfo")
            stated = _RETENTION.search(_decoded(data, _RuntimeInfo).storageRetention)
            return parse_duration(stated[0]) if stated else None
        except (UpstreamError, DurationError):
            return None

    async def scrape_interval_ms(self) -> int | None:
        """Return the shortest interval of any target; None where none is told."""
        try:
            data, _ = await self.upstream.read("targets", [("state", "active")])
            return min((ms for _, ms in decode_intervals(data)), default=None)
        except UpstreamError:
            return None

    def _recently(self) -> list[tuple[str, str]]:
        start_ms = self.now_ms - _RECENT_MS
        return [
            ("start", f"{start_ms / 1000:.3f}"),
            ("end", f"{self.now_ms / 1000:.3f}"),
        ]


def _decoded(data: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except NOT_PROMETHEUS as error:
        raise not_prometheus(error) from error
