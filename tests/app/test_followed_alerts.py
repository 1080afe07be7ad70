"""Alerts that a server decides on, as a reader here sees them."""

import pytest

from kizashi.app.followed_alerts import followed, source_of, told_apart
from kizashi.model.labels import Labels
from kizashi.model.upstream import RunningAlert
from kizashi.ports.alerts import Alert
from kizashi.rules.alert_state import (
    LISTED_RESOLVED_MS,
    AlertState,
    PairEvidence,
    Phase,
)

NAMES = frozenset({"ErrorBudgetBurn", "TargetDown"})
NOW = 1_800_000_000_000
OURS = Labels.of(
    alertname="ErrorBudgetBurn", service="s", objective="a", severity="page"
)
BURN = Alert("burn", OURS, AlertState(), runbook="roll-back")
#: A server adds what its rule file and its configuration add.
THEIRS = OURS.merged({"cluster": "eu"})
FIRES, OVER, UNKNOWN = (
    PairEvidence(fires=True, resolves=False),
    PairEvidence(fires=False, resolves=True),
    PairEvidence(fires=False, resolves=False),
)


def firing(labels: Labels = THEIRS, since_ms: int = NOW - 60_000) -> RunningAlert:
    return RunningAlert(labels, is_firing=True, active_ms=since_ms)


def test_an_alert_of_the_server_is_ours_with_its_state_and_since_when():
    found = followed([BURN], NAMES, {}, [firing()], NOW)

    assert list(found) == ["burn"]
    assert found["burn"].labels == OURS
    assert found["burn"].runbook == "roll-back"
    state = found["burn"].state
    assert (state.phase, state.since_ms) == (Phase.FIRING, NOW - 60_000)
    assert (state.began_ms, state.episode) == (NOW - 60_000, 1)


def test_a_pending_alert_is_pending_and_a_firing_one_of_the_same_wins():
    pending = RunningAlert(THEIRS, is_firing=False, active_ms=NOW - 5_000)

    waiting = followed([BURN], NAMES, {}, [pending], NOW)
    both = followed([BURN], NAMES, {}, [firing(), pending], NOW)

    assert waiting["burn"].state.phase is Phase.PENDING
    assert both["burn"].state.phase is Phase.FIRING


def test_what_is_over_is_listed_for_a_while_and_the_next_one_is_another_episode():
    before = followed([BURN], NAMES, {}, [firing()], NOW)

    over = followed([BURN], NAMES, before, [], NOW + 15_000)
    later = followed([BURN], NAMES, over, [], NOW + 15_000 + LISTED_RESOLVED_MS)
    again = followed([BURN], NAMES, over, [firing(since_ms=NOW + 20_000)], NOW + 30_000)

    assert over["burn"].state.phase is Phase.RESOLVED
    assert over["burn"].state.since_ms == NOW + 15_000
    assert later == {}
    assert again["burn"].state.episode == 2


@pytest.mark.parametrize(
    ("evidence", "phase"),
    [
        ([FIRES, UNKNOWN], Phase.FIRING),
        ([OVER, UNKNOWN], Phase.FROZEN),
        # The ledger says that it is over; the server has not said so yet.
        ([OVER, OVER], Phase.FIRING),
    ],
)
def test_an_alert_that_nobody_can_see_the_end_of_is_frozen(
    evidence: list[PairEvidence], phase: Phase
):
    burn = followed([BURN], NAMES, {}, [firing()], NOW)["burn"]

    assert told_apart(burn, evidence, NOW).state.phase is phase


def test_a_frozen_alert_stays_so_until_the_ledger_or_the_server_says_otherwise():
    burn = followed([BURN], NAMES, {}, [firing()], NOW)["burn"]
    frozen = {"burn": told_apart(burn, [UNKNOWN], NOW)}

    same = followed([BURN], NAMES, frozen, [firing()], NOW + 5_000)
    over = followed([BURN], NAMES, frozen, [], NOW + 5_000)
    fires = told_apart(same["burn"], [FIRES], NOW + 15_000)

    assert same == frozen
    assert frozen["burn"].state.since_ms == NOW
    assert over["burn"].state.phase is Phase.RESOLVED
    assert (fires.state.phase, fires.state.since_ms) == (Phase.FIRING, NOW - 60_000)
    assert fires.state.episode == 1


def test_a_pending_alert_that_goes_away_leaves_nothing():
    pending = RunningAlert(THEIRS, is_firing=False, active_ms=NOW)
    before = followed([BURN], NAMES, {}, [pending], NOW)

    assert followed([BURN], NAMES, before, [], NOW) == {}


def test_alerts_of_others_are_left_out_and_ours_of_a_job_are_not():
    down = Labels.of(alertname="TargetDown", job="shop", severity="page")
    other = Labels.of(alertname="DiskFull", severity="page")

    found = followed([BURN], NAMES, {}, [firing(down), firing(other)], NOW)

    assert [alert.labels for alert in found.values()] == [down]


def test_the_server_decides_on_everything_but_its_own_absence():
    own = Labels.of(alertname="TargetDown", job="upstream", severity="page")
    job = Labels.of(alertname="TargetDown", job="shop", severity="page")
    failed = Labels.of(alertname="NotificationFailed", receiver="x")

    assert source_of(OURS, follows=True) == "upstream"
    assert source_of(job, follows=True) == "upstream"
    assert source_of(own, follows=True) == "kizashi"
    assert source_of(failed, follows=True) == "kizashi"
    assert source_of(OURS, follows=False) == "kizashi"
