"""Which objectives a job's metrics support, and what is missing where they support none."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from kizashi.authoring.inventory import (
    FoundCounter,
    FoundHistogram,
    Inventory,
)
from kizashi.authoring.outcomes import one_of
from kizashi.model.durations import format_duration
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.sli._base import Indicator
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import DEFAULT_WINDOW
from kizashi.slo.target_choice import (
    AVAILABILITY,
    SeenDurations,
    SeenEvents,
    TargetChoice,
    TargetReason,
    choose_edge,
    choose_target,
)

_WINDOW_MS = DEFAULT_WINDOW.length_ms
#: More of what was not chosen is not named.
_MOST_NAMED = 5
_EDGES_BESIDE = 4
#: Nobody waits for longer, and a declaration has no word for much longer.
_LONGEST_S = 86_400
#: What an exporter of probes says of itself, on the page that has no probe.
_PROBER = "blackbox_exporter_build_info"


_TARGETS: Mapping[TargetReason, str] = {
    TargetReason.GIVEN: "init.target.given",
    TargetReason.UNSEEN: "init.target.unseen",
    TargetReason.FEW: "init.target.few",
    TargetReason.FAILURES: "init.target.failures",
    TargetReason.STEADY: "init.target.steady",
}


@dataclass(frozen=True, slots=True)
class Remark:
    """A message of the catalogue about what was found."""

    code: str
    params: dict[str, object] = field(default_factory=dict)

    @property
    def is_of_target(self) -> bool:
        """Whether it says why a target is that one, or what to beware of."""
        return self.code.startswith(("init.target.", "init.beware."))


@dataclass(frozen=True, slots=True)
class Candidate:
    """An objective that the data supports.

    Attributes:
        name: The objective's name.
        metric: The metric that it reads.
        indicator: What it counts.
        choice: Its target, and why.
        remarks: What is good about it and what is not.
    """

    name: str
    metric: str
    indicator: Indicator
    choice: TargetChoice
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to declare of a job.

    Attributes:
        inventory: What it has.
        candidates: What is proposed, an objective of a name once.
        missing: Why it is not more.
    """

    inventory: Inventory
    candidates: tuple[Candidate, ...]
    missing: tuple[Remark, ...]


def propose(inventory: Inventory, target: Decimal | None = None) -> Proposal:
    """Return what to declare of a job.

    Args:
        inventory: What it has.
        target: The target that a person wants, of what tells failures; each gets one of
            its own where nobody says.
    """
    missing: list[Remark] = []
    candidates = [
        *_availability(inventory, target, missing),
        *_latency(inventory, missing),
    ]
    return Proposal(inventory, tuple(candidates), tuple(missing))


def _availability(
    inventory: Inventory, target: Decimal | None, missing: list[Remark]
) -> Iterator[Candidate]:
    """Yield the share of events that did not fail, of the most telling counter.

    Where no counter tells, a gauge that says whether something can be reached.
    """
    for found in inventory.counters:
        choice = choose_target(
            _seen(found, inventory), AVAILABILITY, _WINDOW_MS, target
        )
        if choice is None:
            missing.append(Remark("init.missing.failing", {"metric": found.name}))
            continue
        yield Candidate(
            "availability",
            found.name,
            _ratio(inventory, found),
            choice,
            tuple(_counter_remarks(found, choice)),
        )
        return
    if inventory.switches:
        yield from _switch(inventory, target)
    elif not inventory.counters:
        missing += _no_outcome(inventory)


def _seen(found: FoundCounter, inventory: Inventory) -> SeenEvents:
    failed = found.outcome.failed
    bad = sum(one.total for one in found.series if failed.matches(one.labels))
    return SeenEvents(bad, found.events, inventory.job.span_ms)


def _ratio(inventory: Inventory, found: FoundCounter) -> RatioIndicator:
    valid = _selector(found.name, inventory.job.job, found.people)
    return RatioIndicator(
        valid=valid, bad=Selector((*valid.matchers, found.outcome.failed))
    )


def _selector(name: str, job: str, others: Sequence[LabelMatcher]) -> Selector:
    metric = LabelMatcher(METRIC_NAME, MatchOp.EQUAL, name)
    return Selector((metric, LabelMatcher("job", MatchOp.EQUAL, job), *others))


def _counter_remarks(found: FoundCounter, choice: TargetChoice) -> Iterator[Remark]:
    outcome = found.outcome
    failed = str(outcome.failed)
    code = "init.why.failed" if outcome.is_sure else "init.why.no-success"
    yield Remark(code, {"failed": failed})
    if outcome.is_sure and not any(map(outcome.failed.matches_value, found.seen)):
        yield Remark("init.why.none-failed", {"failed": failed})
    yield from _people_remarks(found.people)
    yield from target_remarks(choice)


def _people_remarks(people: Sequence[LabelMatcher]) -> Iterator[Remark]:
    if people:
        without = ", ".join(map(str, people))
        is_open = any(matcher.name == "verb" for matcher in people)
        code = "init.why.people-open" if is_open else "init.why.people"
        yield Remark(code, {"without": without})


def with_target(candidate: Candidate, target: Decimal) -> Candidate:
    """Return a candidate with the target that a person wants instead."""
    choice = TargetChoice(target, TargetReason.GIVEN, candidate.choice.seen)
    own = [each for each in candidate.remarks if not each.is_of_target]
    return replace(candidate, choice=choice, remarks=(*own, *target_remarks(choice)))


def target_remarks(choice: TargetChoice) -> Iterator[Remark]:
    """Yield why a target is that one, and what to beware of."""
    seen = choice.seen
    params: dict[str, object] = {
        "target": choice.target,
        "valid": seen.valid,
        "bad": seen.bad,
        "bad_share": seen.bad_share,
        "span_ms": seen.span_ms,
    }
    yield Remark(_TARGETS[choice.reason], params)
    if seen.valid and seen.is_of_short_past:
        known = "init.beware.short" if seen.span_ms else "init.beware.no-span"
        yield Remark(known, params)
    if choice.is_overspent:
        yield Remark("init.beware.overspent", params)


def _latency(inventory: Inventory, missing: list[Remark]) -> Iterator[Candidate]:
    """Yield the share of events that were quick, of the most telling histogram."""
    for found in inventory.histograms:
        if found.scale is None:
            missing.append(Remark("init.missing.unit", {"metric": found.name}))
            continue
        seen = SeenDurations(
            [
                (edge / found.scale, found.within[edge])
                for edge in found.edges
                if edge / found.scale <= _LONGEST_S
            ],
            found.events,
            inventory.job.span_ms,
        )
        chosen = choose_edge(seen, _WINDOW_MS)
        if chosen is None:
            missing.append(Remark("init.missing.slow", {"metric": found.name}))
            continue
        below_s, choice = chosen
        yield Candidate(
            "latency",
            found.name,
            _quick(inventory, found, below_s),
            choice,
            tuple(_histogram_remarks(found, below_s, choice)),
        )
        return
    if not inventory.histograms:
        missing.append(Remark("init.missing.histogram"))


def _quick(inventory: Inventory, found: FoundHistogram, below_s: float) -> Indicator:
    """Return the indicator of an edge; of another unit than seconds it is a ratio."""
    job = inventory.job.job
    if found.scale == 1:
        match = Selector((LabelMatcher("job", MatchOp.EQUAL, job), *found.people))
        return LatencyIndicator(found.name, Decimal(str(below_s)), match)
    edge = next(edge for edge in found.edges if edge / _of(found) == below_s)
    every = _selector(f"{found.name}_bucket", job, found.people)
    return RatioIndicator(
        valid=every.with_matchers(one_of("le", found.spellings[math.inf])),
        good=every.with_matchers(one_of("le", found.spellings[edge])),
    )


def _of(found: FoundHistogram) -> int:
    return found.scale or 1


def _histogram_remarks(
    found: FoundHistogram, below_s: float, choice: TargetChoice
) -> Iterator[Remark]:
    edges = ", ".join(near_edges(found, below_s))
    yield Remark("init.why.edge", {"below": _duration(below_s), "edges": edges})
    yield from _people_remarks(found.people)
    yield from target_remarks(choice)


def near_edges(found: FoundHistogram, below_s: float = 0.0) -> Iterator[str]:
    """Yield a histogram's edges as durations, of many those around one."""
    edges = [edge / _of(found) for edge in found.edges]
    at = edges.index(below_s) if below_s in edges else 0
    first = max(0, min(at - _EDGES_BESIDE, len(edges) - 2 * _EDGES_BESIDE - 1))
    last = min(len(edges), first + 2 * _EDGES_BESIDE + 1)
    yield from ["…"] * (first > 0)
    yield from map(_duration, edges[first:last])
    yield from ["…"] * (last < len(edges))


def _duration(seconds: float) -> str:
    exact_ms = seconds * 1000
    if exact_ms < 1 or exact_ms != int(exact_ms):
        return f"{exact_ms:.6g}ms"
    return format_duration(int(exact_ms))


def _switch(inventory: Inventory, target: Decimal | None) -> Iterator[Candidate]:
    """Yield the share of samples that say yes, where nothing counts events."""
    for name in inventory.switches[:1]:
        # One sample says nothing of the past: its events are still to come.
        choice = choose_target(SeenEvents(0, 0), AVAILABILITY, _WINDOW_MS, target)
        if choice is not None:
            gauge = _selector(name, inventory.job.job, ())
            remarks = (Remark("init.why.switch", {"metric": name}),)
            yield Candidate(
                "availability",
                name,
                BooleanIndicator(gauge),
                choice,
                (*remarks, *target_remarks(choice)),
            )


def _no_outcome(inventory: Inventory) -> Iterator[Remark]:
    """Yield why no counter tells failures."""
    for metric, label, values in inventory.unclear[:_MOST_NAMED]:
        listed = ", ".join(values[:_MOST_NAMED])
        params: dict[str, object] = {"metric": metric, "label": label, "values": listed}
        yield Remark("init.missing.unclear", params)
    names = {one.labels.metric_name for one in inventory.job.series}
    if _PROBER in names:
        yield Remark("init.missing.probe")
    elif not inventory.unclear:
        yield Remark("init.missing.outcome")
