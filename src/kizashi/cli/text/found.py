"""What `kizashi init` found and proposes, for a person."""

from collections.abc import Iterable, Iterator

from kizashi.authoring.candidates import Proposal, near_edges
from kizashi.authoring.drafting import remark_text
from kizashi.authoring.inventory import FoundHistogram, Inventory
from kizashi.messages import formats, render
from kizashi.slo.objective import DEFAULT_WINDOW

#: More of a sort are not listed; their number is.
_MOST_LISTED = 8


def inventory_lines(inventory: Inventory, service: str, language: str) -> Iterator[str]:
    """Yield what a job has."""
    yield render(language, "init.found", service=service)
    found = [*_found(inventory, language)]
    for line in found or [render(language, "init.found.nothing")]:
        yield f"  {line}"


def _found(inventory: Inventory, language: str) -> Iterator[str]:
    for counter in inventory.counters[:_MOST_LISTED]:
        yield render(
            language,
            "init.found.counter",
            metric=counter.name,
            label=counter.outcome.label,
            values=", ".join(counter.seen),
            count=formats.number(counter.events, 0),
        )
    for histogram in inventory.histograms[:_MOST_LISTED]:
        is_timed = histogram.scale is not None
        yield render(
            language,
            "init.found.histogram" if is_timed else "init.found.histogram-unit",
            metric=histogram.name,
            edges=", ".join(_edges(histogram)),
            count=formats.number(histogram.events, 0),
        )
    yield from _rest(inventory, language)


def _rest(inventory: Inventory, language: str) -> Iterator[str]:
    others = inventory.other_histograms
    if others:
        more = (
            "" if len(others) <= _MOST_LISTED else f" (+{len(others) - _MOST_LISTED})"
        )
        names = ", ".join(others[:_MOST_LISTED]) + more
        yield render(language, "init.found.others", names=names)
    for metric in inventory.switches[:_MOST_LISTED]:
        yield render(language, "init.found.switch", metric=metric)
    if inventory.gauges:
        yield render(language, "init.found.gauges", count=inventory.gauges)
    if inventory.presets:
        names = ", ".join(inventory.presets)
        yield render(language, "init.found.preset", names=names)


def _edges(histogram: FoundHistogram) -> Iterable[str]:
    if histogram.scale is not None:
        return near_edges(histogram)
    return [histogram.spellings[edge][0] for edge in histogram.edges[:_MOST_LISTED]]


def proposal_lines(proposal: Proposal, service: str, language: str) -> Iterator[str]:
    """Yield what is proposed, with its reasons, and what is missing."""
    if proposal.candidates:
        yield render(language, "init.proposed", service=service)
    for each in proposal.candidates:
        line = render(
            language,
            "init.objective",
            name=each.name,
            target=formats.percent(each.choice.target),
            window=str(DEFAULT_WINDOW),
            metric=each.metric,
        )
        yield f"  {line}"
        for remark in each.remarks:
            yield f"    {remark_text(remark, language)}"
    for remark in proposal.missing:
        yield f"  {remark_text(remark, language)}"
