"""Declared objectives as expressions, so that the same rules hold for them."""

from collections.abc import Iterable, Iterator

from kizashi.errors import PromqlError
from kizashi.lint._base import Expression, Kind
from kizashi.model.labels import escape_value
from kizashi.promql.reader import parse
from kizashi.sli._base import CounterGrowth, GaugeSamples
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec

#: Of no account: only which series are counted is looked at.
_RANGE = "5m"


def expressions_of(services: Iterable[ServiceSpec]) -> Iterator[Expression]:
    """Yield what each objective counts, and the job that its coverage is measured on."""
    for service in services:
        for objective in service.objectives:
            for text in _texts(objective):
                try:
                    tree = parse(text)
                except PromqlError:
                    # Each selector is within the limits; two of them need not be.
                    continue
                name = "/".join(objective.key)
                place = objective.position
                yield Expression(Kind.OBJECTIVE, name, text, place, tree)


def _texts(objective: ObjectiveSpec) -> Iterator[str]:
    match objective.indicator.events:
        case CounterGrowth(part=part, valid=valid):
            sides = (part, valid)
            yield " / ".join(f"sum(rate({side}[{_RANGE}]))" for side in sides)
        case GaugeSamples(valid=gauge):
            yield str(gauge)
    if objective.job is not None:
        yield f'up{{job="{escape_value(objective.job)}"}}'
