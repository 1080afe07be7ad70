"""Both scales count the same while a farm fails at random and both are killed."""

from pathlib import Path

import pytest
from live_parity import watch
from live_rules import compare

from harness.targets import Servers

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.peer("prometheus"),
    pytest.mark.nightly,
]


async def test_both_scales_count_the_same_through_faults_and_kills(
    tmp_path: Path, servers: Servers, request: pytest.FixtureRequest
):
    minutes = float(request.config.getoption("--live-minutes"))

    watched = await watch(tmp_path, servers, minutes)
    rules = compare(watched.recorded, watched.specs, watched.options, watched.kills)

    said = f"{watched.farm.told()}; {rules.told()}; {watched.embedded.told()}"
    (tmp_path / "said.txt").write_text(said)
    assert rules.differences == [], said
    assert watched.embedded.differences == [], said
    assert rules.transitions >= minutes, said
