"""Windows: sums of slices, and for long windows sums of blocks of slices.

One rule serves all objectives of a service and all their windows, because what a rule
costs is mostly that it is one. Source: rules 13 and 19.
"""

from collections.abc import Sequence

from kizashi.compiler.objective_plan import BLOCK_MS, ObjectivePlan
from kizashi.compiler.promql_text import either, labelled, left_open
from kizashi.compiler.rule import CompiledRule
from kizashi.model.durations import format_duration
from kizashi.model.regexes import any_of
from kizashi.rules.series_names import OBJECTIVE, SERVICE, WINDOW, Series, select
from kizashi.slo.window_sums import SEEN_ONE

#: What is summed: the window's series, the slices', the blocks'.
_SUMS = (
    (Series.WINDOW_BAD, Series.SLICE_BAD, Series.BLOCK_BAD),
    (Series.WINDOW_VALID, Series.SLICE_VALID, Series.BLOCK_VALID),
    (Series.WINDOW_COVERAGE, Series.SLICE_SEEN, Series.BLOCK_SEEN),
)


def window_rules(
    plans: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan], *, slow: bool
) -> list[CompiledRule]:
    """Return the rules that record the windows of some of a service's objectives.

    Args:
        plans: The objectives.
        everyone: All objectives of the service.
        slow: Whether it is the windows that are summed from blocks.
    """
    lengths = sorted(
        {w for p in plans for w in (p.slow_windows_ms if slow else p.quick_windows_ms)}
    )
    if not lengths:
        return []
    rules: list[CompiledRule] = []
    for window, slices, blocks in _SUMS:
        parts = []
        for length in lengths:
            members = [
                p
                for p in plans
                if length in (p.slow_windows_ms if slow else p.quick_windows_ms)
            ]
            for step_ms in sorted({p.step_ms for p in members}):
                own = [p for p in members if p.step_ms == step_ms]
                chosen = choose(own, everyone)
                total = (
                    _from_blocks(blocks, slices, chosen, length)
                    if slow
                    else f"sum_over_time({slices}{chosen}{left_open(length)})"
                )
                if window is Series.WINDOW_COVERAGE:
                    whole = SEEN_ONE * (length // step_ms)
                    total = f"round(({total}) * {SEEN_ONE}) / {whole}"
                parts.append(labelled(total, **{WINDOW: format_duration(length)}))
        rules.append(CompiledRule(window, either(parts)))
    return rules


def block_rules(
    plans: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan]
) -> list[CompiledRule]:
    """Return the rules that record blocks of slices of some of a service's objectives.

    Args:
        plans: The objectives.
        everyone: All objectives of the service.
    """
    chosen = choose(plans, everyone)
    return [
        CompiledRule(blocks, f"sum_over_time({slices}{chosen}{left_open(BLOCK_MS)})")
        for _, slices, blocks in _SUMS
    ]


def _from_blocks(blocks: str, slices: str, chosen: str, length_ms: int) -> str:
    """Return the sum over a long window: whole blocks, then slices at its far end."""
    whole_ms = length_ms // BLOCK_MS * BLOCK_MS
    total = f"sum_over_time({blocks}{chosen}{left_open(whole_ms)})"
    rest_ms = length_ms - whole_ms
    if not rest_ms:
        return total
    offset = format_duration(whole_ms)
    rest = f"sum_over_time({slices}{chosen}{left_open(rest_ms)} offset {offset})"
    return f"{total} + ({rest} or 0 * {total})"


def choose(
    own: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan], **more: str
) -> str:
    """Return matchers, in braces, for some of a service's objectives."""
    service = everyone[0].spec.service
    names = [p.spec.name for p in own]
    if len(own) == len(everyone):
        return select("", **{SERVICE: service}, **more)
    if len(names) == 1:
        return select("", **{SERVICE: service, OBJECTIVE: names[0]}, **more)
    rest = "".join(f',{key}="{value}"' for key, value in more.items())
    return f'{{{SERVICE}="{service}",{OBJECTIVE}=~"{any_of(names)}"{rest}}}'
