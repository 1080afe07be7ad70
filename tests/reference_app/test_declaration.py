"""What the service promises is declared without a problem, for both settings."""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from kizashi.settings.declaration_files import load

FOLDER = Path(__file__).parents[2] / "reference-app" / "kizashi"


def test_the_promise_of_the_service_alone_loads_clean() -> None:
    loaded = load([], FOLDER / "kizashi.yaml")
    assert loaded.problems == ()
    assert loaded.configuration.slice_ms == 15_000
    (service,) = loaded.services
    targets = {goal.name: str(goal.target) for goal in service.objectives}
    assert targets == {"availability": "0.9995", "latency": "0.95"}


def test_the_whole_applications_budgets_are_the_documents() -> None:
    """21.6 minutes, 3.6 hours and 43.2 minutes a month, from targets and windows."""
    loaded = load([], FOLDER / "system" / "kizashi.yaml")
    assert loaded.problems == ()
    budgets = {
        service.name: goal.window.length_ms * (1 - goal.target) / 60_000
        for service in loaded.services
        for goal in service.objectives
        if goal.name == "availability"
    }
    assert budgets == {
        "backend": Decimal("21.6"),
        "ai": Decimal(216),
        "frontend": Decimal("43.2"),
    }


def test_the_path_of_a_request_is_declared_from_its_edge_to_its_stores() -> None:
    loaded = load([], FOLDER / "system" / "kizashi.yaml")
    needs = {
        service.name: {d.service for d in service.depends_on}
        for service in loaded.services
    }
    path = ["cloudfront", "nlb", "ingress", "frontend", "backend"]
    for one, following in pairwise(path):
        assert following in needs[one]
    assert needs["backend"] == {"ai", "cognito", "dynamodb"}
