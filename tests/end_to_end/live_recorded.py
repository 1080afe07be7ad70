"""What a Prometheus recorded while it watched the farm, and when it was started."""

from dataclasses import dataclass, field
from urllib.parse import quote

from farm import QUEUE
from serving import CLOCK

from harness.prometheus import PrometheusServer
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.rules.series_names import Series

JOB = "farm"
SLICE_MS = 2_000
#: A scrape lands within its timeout, and rules look at times that are older.
OFFSET_MS = 4_000
#: Source: rule 5; what is beyond it is no count.
NO_NUMBER = 2.0**100
COLUMNS = (Series.WINDOW_BAD, Series.WINDOW_VALID, Series.WINDOW_COVERAGE)
Stamped = dict[Labels, dict[int, float]]
Slice = tuple[float, float, float]
Page = dict[Labels, float]


@dataclass
class Kills:
    """When a server was started; the first time and after each kill."""

    starts_ms: list[int] = field(default_factory=list)


@dataclass
class Recorded:
    """What a Prometheus holds at the end, in milliseconds.

    Attributes:
        slices: By objective: when the slice was recorded, and what is in it.
        windows: By series: each window.
        held: By objective, severity and long window: whether it is held.
        alerts: By objective and severity: when its alert fired.
        complete: When its memory of vanished series reached back without a gap; None
            where rules do not ask.
        scrapes: By instance: each scrape, None where it failed.
    """

    slices: dict[str, dict[int, Slice]]
    windows: dict[Series, Stamped]
    held: Stamped
    alerts: Stamped
    complete: set[int] | None
    scrapes: dict[str, list[tuple[int, dict[Labels, float] | None]]]


def ask(server: PrometheusServer, within: str) -> Recorded:
    """Return all that a server has stored, up to one time that is over."""
    until_s = CLOCK.now_ms() / 1_000 - 5

    def stamped(selector: str) -> Stamped:
        query = quote(f"{selector}[{within}]")
        found = server.get(f"query?query={query}&time={until_s}")["result"]
        return {
            Labels.of(each["metric"]): {
                round(ts * 1000): float(value) for ts, value in each["values"]
            }
            for each in found
        }

    slices: dict[str, dict[int, Slice]] = {}
    parts = {
        column: stamped(series)
        for column, series in enumerate(
            (Series.SLICE_BAD, Series.SLICE_VALID, Series.SLICE_SEEN)
        )
    }
    for labels, seen in parts[2].items():
        own = labels.without(METRIC_NAME)
        bad, valid = (
            next((v for k, v in parts[n].items() if k.without(METRIC_NAME) == own), {})
            for n in (0, 1)
        )
        slices[labels.get("objective")] = {
            ts: (bad.get(ts, 0.0), valid.get(ts, 0.0), share)
            for ts, share in seen.items()
        }
    names = ("requests_total", "d_seconds_bucket", "started_total", "finished_total")
    scrapes: dict[str, dict[int, dict[Labels, float] | None]] = {}
    for labels, ups in stamped("up").items():
        scrapes[labels.get("instance")] = {
            ts: {} if up else None for ts, up in ups.items()
        }
    for name in (*names, QUEUE):
        for labels, values in stamped(name).items():
            own = labels.without("job", "instance")
            for ts, value in values.items():
                page = scrapes[labels.get("instance")][ts]
                assert page is not None
                page[own] = value
    complete = stamped('{__name__=~"kizashi:memory_complete.*"}')
    return Recorded(
        slices,
        {series: stamped(series) for series in COLUMNS},
        stamped(Series.PAIR_HELD),
        stamped('ALERTS{alertname="ErrorBudgetBurn",alertstate="firing"}'),
        {ts for own in complete.values() for ts in own} if complete else None,
        {name: sorted(own.items()) for name, own in scrapes.items()},
    )
