"""What the sample store knows of targets and their series, read once per start."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kizashi.ledger.columns import PROCESS_START, created_labels
from kizashi.ledger.matching import RuleIndex
from kizashi.ledger.scrapes import TargetHistory
from kizashi.model.labels import Labels
from kizashi.model.scraping import REPORT_SERIES
from kizashi.model.targets import SIMULATED, TargetConfig, TargetRecord
from kizashi.ports.samples import SampleReader
from kizashi.sli._base import EventSelector

Span = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class RunningScrapes:
    """Which scrapes have not landed at a time.

    Attributes:
        at_ms: The time; none that began after it has.
        began_ms: When those began that are under way, by target.
    """

    at_ms: int
    began_ms: Mapping[int, int]

    def first_ms(self, target: int) -> int:
        """Return from when on a target's scrapes have not landed."""
        return min(self.at_ms + 1, self.began_ms.get(target, self.at_ms + 1))


class TargetCatalogue:
    """Targets with their discoveries, configurations and series, filed by name.

    Many objectives ask for the series of every target; reading them once and filing
    them by metric name keeps a start linear.

    Args:
        samples: The store.
        running: Which scrapes land meanwhile; None where none does. Such a one may hold
            series that were not known when they were read, so that a reader
            leaves it to those who count it when it has landed.
    """

    def __init__(
        self, samples: SampleReader, running: RunningScrapes | None = None
    ) -> None:
        self.samples = samples
        self.running = running
        self.targets: list[TargetRecord] = samples.targets()
        self.spans: dict[int, list[Span]] = {}
        for span in samples.discoveries():
            self.spans.setdefault(span.target, []).append((span.from_ms, span.to_ms))
        self.configs: dict[int, list[TargetConfig]] = {}
        for config in samples.configs():
            self.configs.setdefault(config.target, []).append(config)
        self._series: dict[int, dict[str, list[tuple[int, Labels]]]] = {}

    def since_ms(self) -> int | None:
        """Return since when the ledger counts, or None where nothing is stored.

        That is the oldest sample, or up to an interval earlier the discovery that led
        to it: a target is expected from then on (rule 12). Where a target must have been
        scraped before, the oldest sample is only what retention has left.
        """
        oldest_ms = self.samples.first_scrape_ms()
        if oldest_ms is None:
            return None
        expected_ms = [oldest_ms]
        for target, spans in self.spans.items():
            history = TargetHistory(self.configs.get(target, []))
            for from_ms, to_ms in spans:
                scraped_ms = from_ms + history.config_at(from_ms).interval_ms
                if scraped_ms >= oldest_ms:
                    expected_ms.append(from_ms)
                elif to_ms is None or to_ms > scraped_ms:
                    return oldest_ms
        return min(expected_ms)

    def series(self, target: int, index: RuleIndex) -> list[tuple[int, Labels]]:
        """Return the series of a target that objectives or their births may need."""
        filed = self._filed(target)
        names: Iterable[str] = filed
        if index.metric_names is not None:
            names = helpers(index.metric_names) & filed.keys()
        return [series for name in sorted(names) for series in filed[name]]

    def holds(self, target: int, events: EventSelector) -> bool:
        """Return whether a target ever held a series that counts some events."""
        filed = self._filed(target)
        name = events.selector.metric_name
        names = filed if name is None else [name] if name in filed else []
        return any(events.matches(labels) for n in names for _, labels in filed[n])

    def up_series(self, target: int) -> int | None:
        """Return the number of the target's ``up``, or None before its first scrape."""
        found = self._filed(target).get(REPORT_SERIES[0])
        return found[0][0] if found else None

    def exposed(self, target: int) -> list[int]:
        """Return the numbers of all series that the target itself exposed."""
        return [
            number
            for name, series in self._filed(target).items()
            if name not in REPORT_SERIES
            for number, _ in series
        ]

    def _filed(self, target: int) -> dict[str, list[tuple[int, Labels]]]:
        filed = self._series.get(target)
        if filed is None:
            filed = self._series[target] = {}
            for number, labels in self.samples.series_of_target(target):
                filed.setdefault(labels.metric_name, []).append((number, labels))
        return filed


def helpers(names: frozenset[str]) -> frozenset[str]:
    """Return metric names with those that tell when their series began."""
    created = {created_labels(Labels.of(__name__=n)).metric_name for n in names}
    return names | created | {PROCESS_START}


def simulated_in(catalogue: TargetCatalogue) -> dict[str, int]:
    """Return until when samples were made up, by the job that they are of."""
    until: dict[str, int] = {}
    for target in catalogue.targets:
        configs = catalogue.configs.get(target.id, ())
        if any(config.fingerprint == SIMULATED for config in configs):
            job = target.job_label
            ends = [to_ms for _, to_ms in catalogue.spans.get(target.id, ()) if to_ms]
            until[job] = max([until.get(job, 0), *ends])
    return until
