"""Evidence for the lint of what is configured: what this server itself has stored."""

from collections.abc import Callable, Iterable, Sequence
from math import nan

from kizashi.checking.seen import Gather, GatheredEvidence
from kizashi.lint._base import Expression
from kizashi.lint.evidence import Evidence, SeenSeries
from kizashi.lint.reading import selections
from kizashi.model.labels import METRIC_NAME
from kizashi.ports.samples import SampleReader
from kizashi.scrape.results import ScrapeHealth, TargetStatus


def from_own(
    samples: SampleReader, targets: Callable[[], Iterable[TargetStatus]], origin: str
) -> Gather:
    """Return what looks at the series that were ever stored of the targets.

    Nothing is called absent while a target has not answered, or none is known.

    Args:
        samples: What was stored.
        targets: How the targets stand now.
        origin: What the server is called.
    """

    def gather(expressions: Sequence[Expression]) -> GatheredEvidence:
        known = list(targets())
        if not known:
            return GatheredEvidence()
        read_names = {
            selected.metric
            for expression in expressions
            for selected in selections(expression.tree)
        }
        names: set[str] = set()
        series: dict[str, list[SeenSeries]] = {}
        for record in samples.targets():
            for _, labels in samples.series_of_target(record.id):
                name = labels.get(METRIC_NAME)
                names.add(name)
                if name in read_names:
                    own = record.labels.merged(labels)
                    series.setdefault(name, []).append(SeenSeries(own, nan, nan))
        return GatheredEvidence(
            Evidence(
                origin,
                of_server=True,
                names=frozenset(names),
                series=series,
                jobs=frozenset(status.target.config.job_name for status in known),
                is_whole=all(status.health is ScrapeHealth.UP for status in known),
            )
        )

    return gather
