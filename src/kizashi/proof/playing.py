"""A story as an objective's own series tell it."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from kizashi.compiler.example_series import (
    example_counters,
    example_gauge,
    example_values,
)
from kizashi.compiler.objective_plan import ObjectivePlan
from kizashi.compiler.rule_tests import imagined_target
from kizashi.compiler.yaml_text import Yaml
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.proof.counting import CountedEvents, ScrapedEvents
from kizashi.proof.stories import Story
from kizashi.proof.unit_test import series
from kizashi.sli._base import EDGE_LABEL, GaugeSamples

_LAST, _BUCKET, _COUNT = "+Inf", "_bucket", "_count"
Points = dict[int, float | None]


@dataclass(frozen=True)
class Played:
    """A story that an objective has lived through.

    Attributes:
        story: The story.
        counted: What happened.
        inputs: Input series of a unit test.
        born_s: When the series of bad events appeared; None where it was there from
            the first scrape, or never was.
        has_bad_series: Whether there ever was one.
    """

    story: Story
    counted: CountedEvents
    inputs: tuple[dict[str, Yaml], ...]
    born_s: int | None = None
    has_bad_series: bool = True


def play(plan: ObjectivePlan, story: Story, edge: str | None = None) -> Played | None:
    """Return a story as the series that an objective's selectors match.

    None where no series can be thought of that they match.

    Args:
        plan: The objective.
        story: The story.
        edge: How the edge of a bucket is spelt; None where it does not matter.
    """
    target = imagined_target(plan)
    points: dict[Labels, Points] = {
        target.merged({METRIC_NAME: "up"}): {at_s: 1.0 for at_s, _ in story.pages()}
    }
    events = plan.spec.indicator.events
    if isinstance(events, GaugeSamples):
        counted = _play_gauge(events, story, target, points)
        return (
            None if counted is None else Played(story, counted, _inputs(points, story))
        )
    counters = example_counters(events, target)
    if not counters:
        return None
    born_s, is_known = None, True
    for counter in counters:
        own: Points = {}
        is_bad_only = counter.counts_bad and not counter.counts_good
        for at_s, page in story.pages():
            good, bad = page.get("200", 0), page.get("500", 0)
            if is_bad_only and "500" not in page:
                continue
            own[at_s] = float(counter.value(good, bad))
        if is_bad_only:
            first = min(own, default=None)
            is_known = first is not None
            born_s = first or None
        for labels in _spelt(counter.labels, edge):
            points[labels] = own
    inputs = _inputs({k: v for k, v in points.items() if v}, story)
    return Played(story, CountedEvents.of(story), inputs, born_s, is_known)


def _spelt(labels: Labels, edge: str | None) -> Iterator[Labels]:
    """Yield a series as an exporter writes it; a histogram's count beside its buckets."""
    own = labels.as_dict()
    if own.get(EDGE_LABEL, _LAST) != _LAST and edge is not None:
        own[EDGE_LABEL] = edge
    yield Labels(own.items())
    name = own.get(METRIC_NAME, "")
    if own.get(EDGE_LABEL) == _LAST and name.endswith(_BUCKET):
        del own[EDGE_LABEL]
        own[METRIC_NAME] = name.removesuffix(_BUCKET) + _COUNT
        yield Labels(own.items())


def _play_gauge(
    samples: GaugeSamples, story: Story, target: Labels, points: dict[Labels, Points]
) -> CountedEvents | None:
    """Add the samples of a gauge, each of which is an event; count them."""
    gauge = example_gauge(samples, target)
    if gauge is None:
        return None
    good, bad = map(float, example_values(samples.test))
    own: Points = {}
    for seen in _samples(story):
        own[seen.at_s] = (bad if seen.bad else good) if seen.valid else None
    points[gauge] = own
    return CountedEvents(tuple(_samples(story)))


def _samples(story: Story) -> Iterator[ScrapedEvents]:
    """Yield one sample a scrape, as often bad as requests were; none in a gap."""
    owed = Fraction(3, 4)
    for number, (at_s, _) in enumerate(story.pages()):
        requests = story.requests(number, at_s) if number else {"200": 1}
        if not requests:
            yield ScrapedEvents(at_s, 0, 0)
            continue
        failed = requests.get("500", 0)
        owed += Fraction(failed, max(1, sum(requests.values())))
        is_bad = failed > 0 and owed >= 1
        owed -= is_bad
        yield ScrapedEvents(at_s, int(is_bad), 1)


def _inputs(points: dict[Labels, Points], story: Story) -> tuple[dict[str, Yaml], ...]:
    return tuple(
        {
            "series": str(labels),
            "values": series(found, story.grid_s, story.end_s),
        }
        for labels, found in points.items()
    )
