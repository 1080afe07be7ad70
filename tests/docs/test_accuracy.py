"""The handbook's table of five ways of counting: ours are the truth in every row."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bench import accuracy, accuracy_table  # noqa: E402

from kizashi.proof.stories import Story, stories  # noqa: E402

pytestmark = pytest.mark.peer("prometheus")

#: The long rows in an hour instead of twelve: the same traffic, sooner.
QUICK = stories(hour_s=300)
FIGURES = json.loads(accuracy.FIGURES.read_text(encoding="utf-8"))


@pytest.mark.parametrize("story", QUICK, ids=lambda story: story.name)
def test_kizashi_embedded_and_in_prometheus_says_what_happened(story: Story):
    truth = accuracy.truth(story)

    assert accuracy.embedded(story) == truth
    assert accuracy.compiled(story) == truth


def test_truth_is_what_can_be_worked_out_by_hand():
    (burst,) = [s for s in stories() if s.name == "burst"]

    # 11 hours of 1 a minute, an hour of 6,000 a minute of which a tenth fails.
    assert burst.happened() == (36_000, 660 + 360_000)


def test_an_average_of_ratios_is_not_what_happened():
    mirror = next(s for s in QUICK if s.name == "mirror")

    told, truth = accuracy.sloth(mirror).ratio, accuracy.truth(mirror).ratio

    assert told is not None
    assert truth is not None
    assert told > 100 * truth


def test_the_figures_shown_have_every_row_and_ours_are_the_truth_in_each():
    assert [row["story"] for row in FIGURES] == [s.name for s in stories()]
    for row in FIGURES:
        assert row["truth"] == row["embedded"] == row["compiled"]


@pytest.mark.parametrize("language", accuracy_table.LANGUAGES)
def test_the_page_shows_the_figures_of_the_last_full_run(language: str):
    page = ROOT / "docs" / language / "explanation" / "why-not-averages.md"

    assert "\n".join(accuracy_table.table(language)) in page.read_text("utf-8")


@pytest.mark.nightly
@pytest.mark.parametrize("number", range(len(FIGURES)))
def test_a_full_run_says_what_the_page_shows(number: int):
    found = json.loads(json.dumps(asdict(accuracy.row(stories()[number]))))

    assert found == FIGURES[number]
