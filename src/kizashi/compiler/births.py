"""Which counters were stored before: what a birth is proved by, and a return goes on from.

A counter that appears counts from zero only if nobody can have stored it before. What is
remembered survives a server that was down: a seed looks back over a day, and a memory,
renewed every minute, over the time since the seed. While the memory cannot say that it
reaches back without a gap, nothing is born. See ADR 0036.

Source: rules 3, 4 and 18.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from kizashi.compiler.objective_plan import BLOCK_MS, ObjectivePlan
from kizashi.compiler.promql_text import (
    either,
    event_selector,
    indented,
    left_open,
)
from kizashi.compiler.rule import CompiledRule
from kizashi.model.durations import format_duration
from kizashi.rules.series_names import Series, select
from kizashi.sli._base import CounterGrowth, GaugeSamples
from kizashi.slo.faults import COUNTER_LABEL
from kizashi.slo.intervals import LONGEST_BRIDGED_GAP_MS
from kizashi.slo.slices import LARGEST_COUNT

#: Which counter of which objective a remembered series belongs to, or whose memory it
#: is. A label of its own: ``service`` may well be a label of the counter.
COUNTER: Final = COUNTER_LABEL
#: What is beyond it is no number of events, as NaN and infinity are none.
MOST: Final = repr(LARGEST_COUNT)
TARGET: Final = "on (job, instance)"

#: How often the memory is renewed, and the seed.
MEMORY_MS: Final = 60_000
SEED_MS: Final = BLOCK_MS
#: How long a series that has vanished is remembered.
_REMEMBERED: Final = "1d"
#: A series without a sample for so long has vanished. With what a slice still finds of
#: the memory, that is the five minutes that every growth looks back.
_GONE: Final = "2m"
_FRESH: Final = "3m"
#: A seed as old as that still counts, and the memory itself looks back further: by
#: more than `_GONE`, so that no series falls between the two.
_SEEDED: Final = "12m"
_SINCE_SEED: Final = "15m"
#: A scrape of the same configuration keeps more than this of the one before.
_KEPT: Final = "0.1"


def seed_rules(plans: Iterable[ObjectivePlan], owner: str) -> list[CompiledRule]:
    """Return the rules that look back over a day for counters that have vanished.

    Args:
        plans: The objectives.
        owner: Whose memory it is.
    """
    rules: list[CompiledRule] = [
        _record(
            Series.SEED,
            counter,
            f"last_over_time({selector}[{_REMEMBERED}])\n"
            f"unless\nlast_over_time({selector}[{_GONE}])",
        )
        for counter, selector in _counters(plans)
    ]
    # After the seeds: it says that all of them have been recorded.
    return [*rules, _record(Series.SEED_DONE, owner, "vector(1)")] if rules else []


def memory_rules(plans: Iterable[ObjectivePlan], owner: str) -> list[CompiledRule]:
    """Return the rules that remember which counters have vanished, and since when not.

    Args:
        plans: The objectives.
        owner: Whose memory it is.
    """
    rules: list[CompiledRule] = []
    for counter, selector in _counters(plans):
        seed = select(Series.SEED, **{COUNTER: counter})
        rules.append(
            _record(
                Series.VANISHED,
                counter,
                f"(\n  last_over_time({selector}[{_SINCE_SEED}])\n"
                f"  or ignoring ({COUNTER}) last_over_time({seed}[{_SEEDED}])\n)\n"
                f"unless ignoring ({COUNTER})\nlast_over_time({selector}[{_GONE}])",
            )
        )
    if not rules:
        return []
    done = select(Series.SEED_DONE, **{COUNTER: owner})
    # After the memories, for the same reason.
    complete = f"last_over_time({done}[{_SEEDED}])"
    return [*rules, _record(Series.MEMORY_COMPLETE, owner, complete)]


def changed_rule(
    plans: Sequence[ObjectivePlan], selectors: Iterable[str], owner: str
) -> CompiledRule:
    """Return the rule that records 1 for targets whose last scrape was of other series.

    A server that reads a changed configuration forgets which series a target had, as
    one that starts does; so it finds nearly all of them new. Of the scrape before, a
    page that has grown keeps what was there, and one that was empty had nothing.

    Args:
        plans: Objectives of one pace, at least one.
        selectors: The selectors of their targets' ``up``.
        owner: Whose memory it is.
    """
    step, within = format_duration(plans[0].step_ms), left_open(plans[0].step_ms)
    parts = []
    for up in dict.fromkeys(selectors):
        new, left, all_ = (
            up.replace("up", f"scrape_{name}", 1)
            for name in (
                "series_added",
                "samples_post_metric_relabeling",
                "samples_scraped",
            )
        )
        parts.append(
            f"min by (job, instance) ({left} - max_over_time({new}{within}))\n"
            f"  <= {_KEPT} * max by (job, instance) ({left} offset {step})\n"
            f"  and {TARGET} ({all_} offset {step} > 0)"
        )
    changed = f"1 + 0 * (\n{indented(either(parts))}\n)"
    return _record(Series.TARGET_CHANGED, _paced(owner, plans[0]), changed)


def appeared(
    plan: ObjectivePlan, owner: str, counter: tuple[str, str], was_up: str
) -> str:
    """Return the growth of counters of which no sample has been stored for a while.

    From zero if it was never stored, or is lower than it was; from its last value if it
    is not. Only where the target's previous scrape succeeded without it.

    Args:
        plan: The objective.
        owner: Whose memory it is.
        counter: What is counted, as `counter_name` has it, and the selector.
        was_up: Targets of which the scrape before succeeded.
    """
    name, selector = counter
    last = f"last_over_time({select(Series.VANISHED, **{COUNTER: name})}[{_FRESH}])"
    changed = select(Series.TARGET_CHANGED, **{COUNTER: _paced(owner, plan)})
    complete = select(Series.MEMORY_COMPLETE, **{COUNTER: owner})
    return (
        f"(\n"
        f"  {selector} - ignoring ({COUNTER}) {last} >= 0\n"
        f"  or ({selector} unless ignoring ({COUNTER}) (abs({last}) <= bool {MOST}) == 0)\n"
        f") >= -{MOST} <= {MOST}\n"
        f"unless {TARGET} {changed}\n"
        f"and {TARGET} ({was_up})\n"
        f"and on () last_over_time({complete}[{_FRESH}])"
    )


def before(plan: ObjectivePlan, selector: str) -> str:
    """Return the last sample of each counter before the slice, over a bridged gap."""
    offset = format_duration(plan.step_ms)
    return (
        f"last_over_time({selector}{left_open(LONGEST_BRIDGED_GAP_MS)} offset {offset})"
    )


def counter_name(plan: ObjectivePlan, what: str) -> str:
    """Return what tells a counter of an objective apart: ``good``, ``bad`` or ``valid``."""
    return f"{plan.spec.service}/{plan.spec.name}/{what}"


def _paced(owner: str, plan: ObjectivePlan) -> str:
    return f"{owner}/{format_duration(plan.step_ms)}"


def _counters(plans: Iterable[ObjectivePlan]) -> list[tuple[str, str]]:
    """Return each counter's name and selector; samples of gauges are born of nothing."""
    return [
        (counter_name(plan, what), selector)
        for plan in plans
        for what, selector in counted(plan).items()
    ]


def counted(plan: ObjectivePlan) -> dict[str, str]:
    """Return the selectors of an objective's counters by what they count."""
    match plan.spec.indicator.events:
        case CounterGrowth(side=side, part=part, valid=valid):
            return {side.value: event_selector(part), "valid": event_selector(valid)}
        case GaugeSamples():
            return {}


def _record(series: Series, counter: str, expression: str) -> CompiledRule:
    return CompiledRule(series, expression, {COUNTER: counter})
