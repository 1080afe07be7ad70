"""What an objective refuses to be."""

from dataclasses import replace
from decimal import Decimal

import pytest

from kizashi.errors import ObjectiveError
from kizashi.model.positions import Position
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import ObjectiveSpec

SPEC = ObjectiveSpec(
    service="todo",
    name="availability",
    target=Decimal("0.9995"),
    window=RollingWindow(30 * 86_400_000),
    indicator=RatioIndicator(
        valid=parse_selector("a_total"), bad=parse_selector('a_total{status="500"}')
    ),
)


@pytest.mark.parametrize("target", ["0", "1", "-0.1", "1.5", "99.95"])
def test_a_target_lies_strictly_between_zero_and_one(target: str):
    with pytest.raises(ObjectiveError, match="below 1"):
        replace(SPEC, target=Decimal(target))


def test_an_alert_needs_at_least_one_bad_event():
    with pytest.raises(ObjectiveError, match="minBadEvents"):
        replace(SPEC, min_bad_events=0)


def test_where_an_objective_was_declared_is_no_part_of_what_it_is():
    assert replace(SPEC, position=Position("a.yaml", 3, 7)) == SPEC
    assert SPEC.key == ("todo", "availability")
