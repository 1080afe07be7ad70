"""What old rules and ours say of traffic of which it is known what happened."""

import sys
from pathlib import Path

import pytest

from kizashi.declarations.measuring import SourceText
from kizashi.importers import DIALECTS, load_dialect
from kizashi.importers._base import Carried, ImportOptions
from kizashi.model.severity import Severity
from kizashi.offline.proving import Proof, prove
from kizashi.proof.cases import CASES, story_of
from kizashi.proof.verdict import AlertComparison, RatioComparison

sys.path.insert(0, str(Path(__file__).parents[1] / "importers"))

from sound_inputs import SOUND

pytestmark = pytest.mark.peer("prometheus")

MONTH_MS = 30 * 86_400_000
#: A case in under an hour, but where five minutes must be like each other.
QUICK_S = {"gap": 720, "quiet": 720}


def carried(dialect: str) -> tuple[Carried, ...]:
    sources = [SourceText("a.yaml", SOUND[dialect])]
    return load_dialect(dialect).carry(sources, ImportOptions()).carried


def month(proof: Proof) -> RatioComparison:
    assert proof.verdict is not None, proof.trouble
    (found,) = [r for r in proof.verdict.readings if r.window_ms == MONTH_MS]
    return found


def told(proof: Proof, severity: Severity) -> AlertComparison:
    assert proof.verdict is not None, proof.trouble
    (found,) = [t for t in proof.verdict.told if t.severity is severity]
    return found


def why(proof: Proof) -> str | None:
    reason = month(proof).why
    return None if reason is None else reason.code


def proofs_of_sloth(*names: str) -> dict[str, Proof]:
    cases = [(name, story_of(name, QUICK_S.get(name, 240))) for name in names]
    found = {proof.case: proof for proof in prove(carried("sloth")[:1], cases)}
    assert all(proof.is_true for proof in found.values())
    return found


def test_sloths_month_is_wrong_after_a_burst_and_without_errors_and_ours_is_not():
    found = proofs_of_sloth("bursty", "never-failed")

    # 44 min at 1 a minute; 4 min at 6,000 a minute of which a tenth fails.
    assert month(found["bursty"]).own == month(found["bursty"]).truth
    assert month(found["bursty"]).truth == (2_400, 44 + 24_000)
    assert month(found["bursty"]).former == pytest.approx(0.1 * 4 / 48, rel=0.05)
    assert why(found["bursty"]) == "prove.why.mean"
    assert month(found["never-failed"]).former is None
    assert month(found["never-failed"]).truth == (0, 2_880)
    assert why(found["never-failed"]) == "prove.why.no-series"


@pytest.mark.nightly
def test_sloths_month_is_wrong_in_a_quiet_hour_and_after_a_gap_and_ours_is_not():
    found = proofs_of_sloth("quiet", "gap")

    # 132 min at 6,000 a minute, all well; 12 min at 1 a minute, all failing.
    assert month(found["quiet"]).truth == (12, 792_012)
    assert (month(found["quiet"]).former or 0) > 1_000 * 12 / 792_012
    assert why(found["quiet"]) == "prove.why.mean"
    assert month(found["gap"]).former is None
    assert why(found["gap"]) == "prove.why.nan"


@pytest.mark.nightly
@pytest.mark.parametrize("dialect", DIALECTS)
def test_ours_is_what_happened_in_every_case_of_every_dialect(dialect: str):
    cases = [(name, story_of(name)) for name in CASES]
    proofs = list(prove(carried(dialect), cases))

    assert {proof.case for proof in proofs} == set(CASES)
    assert [p for p in proofs if not p.is_true] == []


@pytest.mark.nightly
def test_one_failure_of_a_rare_request_pages_with_sloth_and_not_with_ours():
    (proof,) = prove(carried("sloth")[:1], [("rare", story_of("rare"))])

    page = told(proof, Severity.PAGE)
    assert page.former is not None
    assert page.own is None
    assert page.why is not None
    assert (page.why.code, page.why.params) == (
        "prove.why.three",
        {"bad": "1", "least": "3"},
    )


@pytest.mark.nightly
@pytest.mark.parametrize("dialect", ["sloth", "prometheus"])
def test_the_first_failures_ever_are_lost_on_rate(dialect: str):
    (proof,) = prove(
        carried(dialect)[:1], [("first-failure", story_of("first-failure"))]
    )

    assert proof.verdict is not None
    five = next(r for r in proof.verdict.readings if r.window_ms == 300_000)
    assert (five.former, five.own) == (0, (5, 305))
    assert five.why is not None
    assert five.why.code == "prove.why.born"


@pytest.mark.nightly
def test_slo_generator_rounds_a_rare_failure_away():
    (proof,) = prove(carried("slo-generator"), [("quiet", story_of("quiet"))])

    # 20 of 1,320,020 are 0.00001515; six places leave 0.000015.
    assert month(proof).former == pytest.approx(0.000015, abs=1e-12)
    assert why(proof) == "prove.why.rounded"


@pytest.mark.nightly
def test_pyrras_alert_waits_and_ours_does_not():
    text = SOUND["pyrra"].replace(
        "bool_gauge: {metric: 'up{job=\"api\"}'}",
        """ratio: {errors: {metric: 'http_total{job="api",code="500"}'},"""
        """ total: {metric: 'http_total{job="api"}'}}""",
    )
    own = load_dialect("pyrra").carry([SourceText("a.yaml", text)], ImportOptions())
    (proof,) = prove(own.carried, [("bursty", story_of("bursty"))])

    page = told(proof, Severity.PAGE)
    assert page.former is not None
    assert page.own is not None
    assert page.own.first_s < page.former.first_s
    assert page.why is not None
    assert page.why.code == "prove.why.for"
    assert month(proof).former == pytest.approx(month(proof).share, rel=0.01)
