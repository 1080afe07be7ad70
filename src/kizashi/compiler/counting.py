"""What happened in a slice: bad events, valid events, and whether anyone looked.

Events are the growth of counters, or the samples of gauges; the rest is the same.

Source: rules 1 to 4, 6, 11, 12 and 18.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from kizashi.compiler.births import (
    MOST,
    TARGET,
    appeared,
    before,
    counted,
    counter_name,
)
from kizashi.compiler.objective_plan import ObjectivePlan
from kizashi.compiler.promql_text import (
    either,
    event_selector,
    indented,
    left_open,
    number,
)
from kizashi.compiler.rule import CompiledRule
from kizashi.compiler.windows import choose
from kizashi.rules.series_names import Series, select
from kizashi.sli._base import (
    Comparison,
    CounterGrowth,
    GaugeSamples,
    Side,
)
from kizashi.slo.slices import NUDGE
from kizashi.slo.window_sums import SEEN_ONE

#: For how long rules may pause and still know that a counter was there.
_PAUSE: Final = "1h"


@dataclass(frozen=True, slots=True)
class CountExpressions:
    """The expressions of one kind of indicator, each with no labels left.

    Attributes:
        valid: Valid events of the slice; nothing where no series counts them.
        bad: Bad events of the slice; nothing where no series counts them and none
            need to, which then are none.
        present: Some sample for each valid series that a recent scrape held.
    """

    valid: str
    bad: str
    present: str


def slice_rules(plan: ObjectivePlan, owner: str) -> list[CompiledRule]:
    """Return the rules that record an objective's slices, in the order they depend.

    Args:
        plan: The objective.
        owner: Whose memory tells which counters were stored before.
    """
    counts = _counts(plan, owner)
    valid = select(Series.SLICE_VALID, **plan.identity)
    # Not its value: what older rules have recorded may be NaN.
    stored = f"0 * present_over_time({valid}[{_PAUSE}])"
    return [
        CompiledRule(
            Series.SLICE_VALID, either([counts.valid, stored], "on ()"), plan.identity
        ),
        CompiledRule(
            Series.SLICE_BAD,
            either([counts.bad, f"0 * {valid}"], "on ()"),
            plan.identity,
        ),
        CompiledRule(Series.SLICE_SEEN, _seen(plan, counts.present), plan.identity),
    ]


def absent_rule(
    plans: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan]
) -> CompiledRule:
    """Return the rule that records 1 while targets answer without the series.

    A seen share of 0 means that as well as targets that do not answer.

    Args:
        plans: Objectives of one pace, at least one.
        everyone: All objectives of the service.
    """
    alike: dict[tuple[str, str], list[ObjectivePlan]] = {}
    for plan in plans:
        alike.setdefault((up_selector(plan), recent(plan)), []).append(plan)
    parts = [
        f"1 + {Series.SLICE_SEEN}{choose(own, everyone)} == 1\n"
        f"  and on () (max(max_over_time({up}{within})) > 0)"
        for (up, within), own in alike.items()
    ]
    return CompiledRule(Series.SLICE_ABSENT, either(parts))


def up_selector(plan: ObjectivePlan) -> str:
    """Return the selector of the targets that an objective is measured on."""
    if plan.spec.job is not None:
        return select("up", job=plan.spec.job)
    valid = plan.spec.indicator.events.valid.selector
    on_job = [str(m) for m in valid.matchers if m.name == "job"]
    return f"up{{{','.join(on_job)}}}" if on_job else "up"


def recent_ms(plan: ObjectivePlan) -> int:
    """Return for how long a scrape counts: 2.5 intervals. Source: rule 11."""
    return plan.interval_ms * 5 // 2


def recent(plan: ObjectivePlan) -> str:
    """Return the range in which a scrape still counts, with brackets."""
    return left_open(recent_ms(plan))


def _seen(plan: ObjectivePlan, present: str) -> str:
    """Return the seen share: of the targets, unless they hold none of the series.

    A target whose ``up`` is stale has been forgotten by its discovery; one that has not
    been scraped for a while is still known, and unseen.
    """
    up = up_selector(plan)
    answered = f"max_over_time({up}{recent(plan)})"
    if plan.spec.indicator.events.are_scrapes:
        # A scrape that failed was made, and is the event that is counted.
        answered = f"1 + 0 * last_over_time({up}{recent(plan)})"
    targets = f"({answered} and {TARGET} {up})\n  or 0 * {up}"
    if up == "up":
        targets = (
            f"({targets})\n  and on (job) last_over_time({_valid(plan)}[{_PAUSE}])"
        )
    stored = select(Series.SLICE_VALID, **plan.identity)
    lost = f"unless on () (\n  {stored}\n  unless on () {present}\n)"
    # In the ledger's parts, so that sums over windows are whole numbers of them again.
    share = f"round(\n  avg(\n  {targets}\n  ) * {SEEN_ONE} + {NUDGE:f}\n) / {SEEN_ONE}"
    return either([f"{share}\n{lost}", "vector(0)"])


def _valid(plan: ObjectivePlan) -> str:
    return event_selector(plan.spec.indicator.events.valid)


def _grown(plan: ObjectivePlan, owner: str, what: str, among: str = "") -> str:
    """Return the sum of what counters have grown by in a slice, exactly.

    Growth over the last sample before the slice; a counter that fell has restarted,
    and its value is its growth; one that was away for longer, or never there, grows
    from what is remembered of it. Neither does what is no number grow, nor what was
    none; but it was there, so that it is not born at its first number. See ADR 0035.

    Args:
        plan: The objective.
        owner: Whose memory it is.
        what: What they count, ``good``, ``bad`` or ``valid``.
        among: Restricts which of them count.
    """
    selector, name = counted(plan)[what], counter_name(plan, what)
    last = before(plan, selector)
    was_up = f"{before(plan, up_selector(plan))} == 1"
    born = appeared(plan, owner, (name, selector), was_up)
    parts = [
        f"{selector} - {last} >= 0 <= {MOST}",
        # Zero times its value where it was no number: then it was there, and that is all.
        f"{selector} * (abs({selector} - {last}) <= bool {MOST}) >= -{MOST} <= {MOST}",
        f"(\n{indented(born)}\n)",
        # One whose sample is no number is not even zero.
        f"0 * {selector} == 0",
    ]
    grown = either(parts)
    if among:
        grown = f"(\n{indented(grown)}\n)\n{among}"
    return f"sum(\n{indented(grown)}\n)"


def _count_growth(
    plan: ObjectivePlan, growth: CounterGrowth, owner: str
) -> CountExpressions:
    """Count the growth of counters: ratio and latency objectives."""
    selectors, what = counted(plan), growth.side.value
    among = _same_histogram(plan, growth, selectors[what])
    grown = _grown(plan, owner, what)
    if growth.side is Side.GOOD:
        total = select(Series.SLICE_VALID, **plan.identity)
        grown = f"{total} - on () (\n{indented(either([grown, 'vector(0)']))}\n)"
    return CountExpressions(
        valid=_grown(plan, owner, "valid", among),
        bad=grown,
        present=_numbers(f"{selectors['valid']}{recent(plan)}"),
    )


def _numbers(range_: str) -> str:
    """Return for which counters a range holds a number, with one of them."""
    least, most = f"min_over_time({range_})", f"max_over_time({range_})"
    # Each skips NaN, and what is infinite on the other side.
    return "({} or {})".format(*(f"-{MOST} <= {x} <= {MOST}" for x in (least, most)))


def _same_histogram(plan: ObjectivePlan, growth: CounterGrowth, text: str) -> str:
    """Return what leaves out histograms of which the threshold's bucket cannot tell.

    Without it every event of theirs would look slow.
    """
    if growth.part.edge is None:
        return ""
    none = f"(abs({before(plan, text)}) <= bool {MOST}) == 0"
    return f"and ignoring (le) (abs({text}) <= {MOST})\nunless ignoring (le) ({none})"


def _count_samples(plan: ObjectivePlan, samples: GaugeSamples) -> CountExpressions:
    """Count the samples of gauges: each is an event, good where it passes the test.

    A slice is no longer than a scrape interval, so it holds one sample, or two where a
    scrape came early: the least and the greatest of two are the two. Where one of two
    is NaN, which is no event, only their sum says so.
    """
    gauge, test = event_selector(samples.valid), samples.test
    within = f"{gauge}{left_open(plan.step_ms)}"
    least, most = f"min_over_time({within})", f"max_over_time({within})"
    fails = f"{_FAILS[test.comparison]} bool {number(test.bound)}"
    total = f"sum_over_time({within})"
    count = (
        f"(\n  (count_over_time({within}) and {total} >= -Inf)\n"
        f"  or (1 + ({most} != bool {least}) and {most} >= -Inf)\n)"
    )
    return CountExpressions(
        valid=f"sum({count})",
        bad=f"sum(\n  ({most} {fails})\n  + ({count} - 1) * ({least} {fails})\n)",
        present=f"(max_over_time({gauge}{recent(plan)}) >= -Inf)",
    )


#: What a bad sample is to the bound; NaN is neither good nor bad.
_FAILS: Final[Mapping[Comparison, str]] = MappingProxyType(
    {
        Comparison.BELOW: ">=",
        Comparison.AT_MOST: ">",
        Comparison.ABOVE: "<=",
        Comparison.AT_LEAST: "<",
        Comparison.DIFFERS: "==",
    }
)


def _counts(plan: ObjectivePlan, owner: str) -> CountExpressions:
    match plan.spec.indicator.events:
        case CounterGrowth() as growth:
            return _count_growth(plan, growth, owner)
        case GaugeSamples() as samples:
            return _count_samples(plan, samples)
