"""Alerts that a server decides on, as a reader here sees them."""

from kizashi.app.followed_alerts import followed, source_of
from kizashi.model.labels import Labels
from kizashi.ports.alerts import Alert
from kizashi.ports.upstream import RunningAlert
from kizashi.rules.alert_state import LISTED_RESOLVED_MS, AlertState, Phase

NAMES = frozenset({"ErrorBudgetBurn", "TargetDown"})
NOW = 1_800_000_000_000
OURS = Labels.of(
    alertname="ErrorBudgetBurn", service="s", objective="a", severity="page"
)
BURN = Alert("burn", OURS, AlertState(), runbook="roll-back")
#: A server adds what its rule file and its configuration add.
THEIRS = OURS.merged({"cluster": "eu"})


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
