"""The page of an alert says of each window what the decision said."""

from dataclasses import replace
from datetime import UTC

from harness.alert_service import page_evidence
from kizashi.ui.alert import _checks
from kizashi.ui.parts.words import Words

WORDS = Words("en", UTC, 0.0)


def test_what_is_printed_beside_a_pair_that_fires_is_above_its_limit():
    evidence = replace(page_evidence(), no_data="bad")

    long, short = _checks(evidence, WORDS)[2:4]

    # (12 x 0.5 + 5,000 x 0.5) x 500 > 3 x 5,000; what was seen alone is below.
    assert long.compared == (
        "(12 × 0.5 + 5,000 × (1 − 0.5)) × 500 = 1,253,000 > 3 × 5,000 = 15,000"
    )
    assert short.compared == "(12 × 1 + 60 × (1 − 1)) × 500 = 6,000 > 3 × 60 = 180"


def test_an_alert_without_windows_has_nothing_to_check():
    assert _checks(None, WORDS) == []
