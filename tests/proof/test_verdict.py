"""Why two sides differ is told by arithmetic on what happened."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from kizashi.importers.former import FormerAlert, FormerNumber, RatioMethod
from kizashi.messages import CATALOGUE
from kizashi.model.severity import Severity
from kizashi.proof.cases import CASES, story_of
from kizashi.proof.counting import CountedEvents
from kizashi.proof.playing import Played
from kizashi.proof.unit_test import RuleQuery, RuleSet, series
from kizashi.proof.verdict import FiringSpan, Policies, why_alert, why_number
from kizashi.slo.policy import CustomPair

HOUR_MS = 3_600_000


def played(case: str, **more: object) -> Played:
    story = story_of(case)
    return replace(Played(story, CountedEvents.of(story), ()), **more)


def number(how: RatioMethod, hours: float = 720) -> FormerNumber:
    return FormerNumber(int(hours * HOUR_MS), "q", how)


@pytest.mark.parametrize(
    ("case", "at_s", "window_s", "expected"),
    [
        # The last minute: 4 scrapes of 1,500 requests, a tenth of them failing.
        ("bursty", 14_400, 60, (600, 6_000)),
        # Left-open: the scrape at the left edge is not inside.
        ("bursty", 14_400, 15, (150, 1_500)),
        # 220 minutes at 1 a minute.
        ("bursty", 13_200, 14_400, (0, 220)),
        ("quiet", 14_400, 1_200, (20, 20)),
        ("never-failed", 14_400, 3_600, (0, 3_600)),
        ("gap", 7_800, 600, (0, 0)),
    ],
)
def test_windows_are_added_up_from_what_scrapes_saw(
    case: str, at_s: int, window_s: int, expected: tuple[int, int]
):
    assert CountedEvents.of(story_of(case)).window(at_s, window_s) == expected


@pytest.mark.parametrize(
    ("story", "how", "said", "code"),
    [
        (played("bursty"), RatioMethod.MEAN, 0.0083, "prove.why.mean"),
        (played("gap"), RatioMethod.MEAN, None, "prove.why.nan"),
        (
            played("never-failed", has_bad_series=False),
            RatioMethod.RATES,
            None,
            "prove.why.no-series",
        ),
        (
            played("first-failure", born_s=14_370),
            RatioMethod.RATES,
            0.0,
            "prove.why.born",
        ),
        (played("quiet"), RatioMethod.ROUNDED, 0.000015, "prove.why.rounded"),
        (played("never-failed"), RatioMethod.MEAN, 0.001, "prove.why.mean-edge"),
        (played("never-failed"), RatioMethod.RATES, 0.001, "prove.why.edges"),
        (played("bursty"), RatioMethod.RATES, None, "prove.why.nothing"),
        (played("bursty"), RatioMethod.RATES, 12_000 / 120_220, None),
    ],
)
def test_a_number_that_is_not_the_truth_has_a_reason(
    story: Played, how: RatioMethod, said: float | None, code: str | None
):
    found = why_number(story, number(how), said)

    assert (found.code if found else None) == code
    assert code is None or code in CATALOGUE


def test_a_window_of_one_scrape_has_no_rate():
    found = why_number(
        played("bursty"), FormerNumber(15_000, "q", RatioMethod.RATES), None
    )

    assert found is not None
    assert found.code == "prove.why.two-samples"


def policies(long_h: float, short_h: float, factor: str, for_s: int = 0) -> Policies:
    pair = CustomPair(
        int(long_h * HOUR_MS), int(short_h * HOUR_MS), Decimal(factor), Severity.PAGE
    )
    alert = FormerAlert({}, Severity.PAGE, (pair,), for_s * 1_000)
    return Policies(Fraction("0.999"), 3, (alert,), 30, 15)


AT_END = FiringSpan(14_390, 14_400)


@pytest.mark.parametrize(
    ("case", "watched", "former", "own", "code"),
    [
        ("bursty", policies(1, 0.1, "14.4"), None, None, None),
        # One failure of the rare requests.
        ("rare", policies(1, 0.1, "14.4"), FiringSpan(14_000, 14_100), None, "three"),
        # 12,000 of 120,220 over three days: of 4 hours seen, 5.6 %.
        ("bursty", policies(72, 0.1, "60"), AT_END, None, "coverage"),
        ("bursty", policies(1, 1, "14.4"), AT_END, None, "one-window"),
        # In truth 0.0015 %, which is no burn of 14.4.
        ("quiet", policies(4, 4, "14.4"), AT_END, None, "wrong-number"),
        (
            "bursty",
            policies(1, 0.1, "14.4", 120),
            AT_END,
            FiringSpan(13_500, 14_400),
            "for",
        ),
        ("bursty", policies(1, 0.1, "14.4"), None, AT_END, "wrong-number"),
        ("bursty", policies(1, 0.1, "14.4"), AT_END, FiringSpan(14_380, 14_400), None),
    ],
)
def test_alerts_that_differ_have_a_reason(
    case: str,
    watched: Policies,
    former: FiringSpan | None,
    own: FiringSpan | None,
    code: str | None,
):
    found = why_alert(played(case), watched, former, own)

    assert (found.code if found else None) == (code and f"prove.why.{code}")


def test_who_looks_more_seldom_is_told_later():
    watched = replace(policies(1, 0.1, "14.4"), own_step_s=240)
    found = why_alert(
        played("bursty"),
        watched,
        FiringSpan(13_230, 14_400),
        FiringSpan(13_440, 14_400),
    )

    assert found is not None
    assert (found.code, found.params) == ("prove.why.pace", {"every": "4m"})


def test_every_case_says_what_happens():
    assert {message for _, message in CASES.values()} <= CATALOGUE.keys()


def test_a_series_is_written_with_its_gaps_and_its_end():
    assert series({0: 1.0, 30: 2.5, 45: None}, 15, 60) == "1 _x1 2.5 stale"


def test_an_answer_is_read_with_braces_and_commas_in_its_labels():
    question = RuleQuery(RuleSet([], 15), [], ["a"], 15, 60)
    told = (
        '    expr: "a", time: 1m, \n        exp: x\n'
        '        got: {__name__="a", path="/{id},x"} 3E+00, {b="c"} NaN\n'
    )

    found = question.answers(told)

    assert found is not None
    assert found["a"]['{__name__="a", path="/{id},x"}'] == 3
    assert question.answers("no rules") is None
