"""English on a Japanese page is found, and nothing else."""

import pytest

from harness.wordings import english_in
from kizashi.messages import CATALOGUE


def test_a_japanese_page_is_clean():
    page = "\n".join(japanese for _, japanese in CATALOGUE.values())

    assert english_in(page) == []


@pytest.mark.parametrize(
    ("text", "message_id"),
    [
        ("目標\n  No alert is   pending, firing or frozen.\n", "alert.none"),
        ("注: No alert is pending, firing or frozen. 以上", "alert.none"),
        ("LEFT", "status.column.left"),
        ("firing", "alert.state.firing"),
        ('There is no parameter "x" here. Known: a, b.', "cli.usage.option"),
    ],
)
def test_an_english_text_of_the_catalogue_is_found(text: str, message_id: str):
    found = [line.split(":")[0] for line in english_in(text)]

    assert found
    assert message_id in found or any(f.startswith("api.error") for f in found)


def test_a_short_word_inside_a_sentence_and_a_name_are_no_findings():
    assert english_in("firing か frozen のアラート") == []
    assert english_in("live\n計測中", allowed=["live"]) == []
