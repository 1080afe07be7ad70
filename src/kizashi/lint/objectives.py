"""Declared objectives as expressions, so that the same rules hold for them."""

from collections.abc import Iterable, Iterator

from kizashi.lint import reading
from kizashi.lint._base import Expression, Kind
from kizashi.model.labels import escape_value
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec

#: Of no account: only which series are counted is looked at.
_RANGE = "5m"


def expressions_of(services: Iterable[ServiceSpec]) -> Iterator[Expression]:
    """Yield what each objective counts, and the job that its coverage is measured on."""
    for service in services:
        for objective in service.objectives:
            for text in _texts(objective):
                yield Expression(
                    Kind.OBJECTIVE,
                    "/".join(objective.key),
                    text,
                    objective.position,
                    reading.parse(text),
                )


def _texts(objective: ObjectiveSpec) -> Iterator[str]:
    indicator = objective.indicator
    part = indicator.bad_selector or indicator.good_selector
    if part is None:
        yield str(indicator.valid_selector)
    else:
        sides = (part, indicator.valid_selector)
        yield " / ".join(f"sum(rate({side}[{_RANGE}]))" for side in sides)
    if objective.job is not None:
        yield f'up{{job="{escape_value(objective.job)}"}}'
