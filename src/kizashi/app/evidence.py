"""What a pair of windows says, and what a reader is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import msgspec

from kizashi.alert.facts import Fact
from kizashi.app.figures import Instant, budget_of, number
from kizashi.ledger.shard import Shard
from kizashi.ledger.tracking import Tracked
from kizashi.ports.alert_service import EvidencePairView, EvidenceWindowView
from kizashi.rules.alert_state import AlertState, PairEvidence
from kizashi.slo.budget import burn_rate, error_budget
from kizashi.slo.faults import INVALID, Fault
from kizashi.slo.firing import Guard, pair_evidence
from kizashi.slo.policy import WindowPair
from kizashi.slo.window_sums import State, WindowSums, exact


@dataclass(frozen=True, slots=True)
class PairEvaluation:
    """A pair with what its windows hold and say."""

    pair: WindowPair
    long: WindowSums
    short: WindowSums
    evidence: PairEvidence


def look(shard: Shard, member: int, pair: WindowPair) -> PairEvaluation:
    """Return what a pair says at a shard's newest slice."""
    long = shard.ledger.window(member, pair.long_slices)
    short = shard.ledger.window(member, pair.short_slices)
    return look_at(shard.members[member], pair, long, short)


def look_at(
    tracked: Tracked, pair: WindowPair, long: WindowSums, short: WindowSums
) -> PairEvaluation:
    """Return what a pair says about two windows."""
    return PairEvaluation(
        pair, long, short, pair_evidence(pair, long, short, guard_of(tracked))
    )


def guard_of(tracked: Tracked) -> Guard:
    """Return what an objective asks beside the limit."""
    return Guard(tracked.spec.min_bad_events, tracked.spec.no_data)


def burn_facts(
    shard: Shard,
    member: int,
    looks: Sequence[PairEvaluation],
    fault: Fault | None = None,
) -> dict[str, Fact]:
    """Return what a notification tells of an objective at a shard's newest slice."""
    tracked = shard.members[member]
    instant = Instant(
        at_ms=shard.newest_ms,
        budget=shard.budget(member),
        hour=shard.window(member, tracked.hour_slices),
        burns=(),
        state=State(shard.ledger.state(member)),
        fault=fault if fault is not None and fault.is_impossible else None,
    )
    return facts_at(tracked, instant, looks)


def facts_at(
    tracked: Tracked, instant: Instant, looks: Sequence[PairEvaluation]
) -> dict[str, Fact]:
    """Return what a notification tells of a burning objective.

    Where its figures are impossible that is their reason, and nothing of a budget.
    """
    budget, sli = budget_of(tracked, instant)
    chosen = next((each for each in looks if each.evidence.fires), looks[0])
    allowed = error_budget(tracked.spec.target)
    facts: dict[str, Fact] = {
        "target": tracked.spec.target,
        "window": str(tracked.window),
        "factor": chosen.pair.factor,
        "long": tracked.window_text(chosen.pair.long_slices),
        "short": tracked.window_text(chosen.pair.short_slices),
        "bad": number(exact(chosen.long.bad)),
        "valid": number(exact(chosen.long.valid)),
        "coverage": chosen.long.coverage,
        "state": instant.state.word,
    }
    for name, sums in (("long_burn", chosen.long), ("short_burn", chosen.short)):
        if (burn := burn_rate(sums.bad, sums.valid, allowed)) is not None:
            facts[name] = burn
    told = {
        "budget_left": budget.remaining_ratio,
        "budget_minutes": budget.minutes,
        "time_to_empty_s": budget.time_to_empty_s,
        "sli": sli,
    }
    facts |= {name: value for name, value in told.items() if value is not None}
    if instant.fault is not None:
        facts |= figure_facts(instant.fault)
    return facts


def figure_facts(fault: Fault) -> dict[str, Fact]:
    """Return what a notification tells of figures that cannot be right."""
    state = {"state": INVALID} if fault.is_impossible else {}
    params = {f"why.{name}": value for name, value in fault.params.items()}
    return {"why": fault.code, **params, **state}


def explain(
    tracked: Tracked, looks: Sequence[PairEvaluation], after: AlertState | None
) -> str:
    """Return the evidence of a step as JSON, to be worked out again by hand."""
    held = after.held if after is not None else ()
    return msgspec.json.encode(
        {
            "min_bad_events": tracked.spec.min_bad_events,
            "no_data": tracked.spec.no_data.value,
            "for_s": tracked.spec.for_ms / 1000,
            "pairs": pair_views(tracked, looks, held),
        }
    ).decode()


def pair_views(
    tracked: Tracked, looks: Sequence[PairEvaluation], held: Sequence[bool]
) -> tuple[EvidencePairView, ...]:
    """Return what pairs say, as it is told and kept; held is None where not known."""
    return tuple(
        EvidencePairView(
            factor=str(look.pair.factor),
            limit="/".join(map(str, look.pair.limit)),
            long=_window(tracked, look.long),
            short=_window(tracked, look.short),
            fires=look.evidence.fires,
            resolves=look.evidence.resolves,
            held=was_held,
        )
        for look, was_held in zip_longest(looks, held[: len(looks)])
    )


def _window(tracked: Tracked, sums: WindowSums) -> EvidenceWindowView:
    return EvidenceWindowView(
        window=tracked.window_text(sums.slices),
        bad=sums.bad,
        valid=sums.valid,
        seen=sums.seen_slices,
        expected=sums.slices,
        coverage=sums.coverage,
    )
