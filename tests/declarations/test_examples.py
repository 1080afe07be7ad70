"""Every example is sound, and the broken one is broken in every file."""

from pathlib import Path

import pytest

from kizashi.declarations.problems import ProblemLevel
from kizashi.settings.declaration_files import load
from kizashi.slo.policy import WindowPair, plan_pairs

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(p for p in EXAMPLES.iterdir() if p.is_dir() and p.name != "broken")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_example_has_no_problem(folder: Path):
    loaded = load([folder], is_strict=True)

    assert [p for p in loaded.problems if p.level is not ProblemLevel.NOTE] == []
    assert loaded.services != ()


def test_every_file_of_the_broken_example_has_problems():
    broken = EXAMPLES / "broken"

    wrong = {problem.position.file for problem in load([broken]).problems}

    assert wrong == {str(path) for path in broken.glob("*.yaml")}


def test_the_short_policy_is_evaluated_in_seconds():
    loaded = load([EXAMPLES / "short-policy"])
    (objective,) = loaded.services[0].objectives
    timing = loaded.configuration.measuring.timing(objective.job)

    plan = plan_pairs(
        objective.policy,
        objective.target,
        objective.window,
        timing,
    )

    def figures(pair: WindowPair) -> tuple[int, int, tuple[int, int]]:
        return pair.long_slices, pair.short_slices, pair.limit

    # 14.4 x 0.01 = 18/125; 3 x 0.01 = 3/100.
    assert [figures(pair) for pair in plan.pairs] == [
        (60, 5, (18, 125)),
        (300, 25, (3, 100)),
    ]
