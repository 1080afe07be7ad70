"""What the service promises is declared without a problem, for both settings."""

from pathlib import Path

import pytest

from kizashi.runtime.declaration_files import load

FOLDER = Path(__file__).parents[2] / "reference-app" / "kizashi"


@pytest.mark.parametrize(
    ("config", "slice_ms"), [("kizashi.yaml", 15_000), ("demo/kizashi.yaml", 1_000)]
)
def test_the_promise_loads_clean(config: str, slice_ms: int) -> None:
    loaded = load([], FOLDER / config)
    assert loaded.problems == ()
    assert loaded.configuration.slice_ms == slice_ms
    assert loaded.configuration.scrape[0].interval_ms == slice_ms
    (service,) = loaded.services
    targets = {goal.name: str(goal.target) for goal in service.objectives}
    assert targets == {"availability": "0.9995", "latency": "0.95"}
