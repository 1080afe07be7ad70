"""An alert as it was at a time, told by its history."""

from kizashi.app.alert_views import state_after
from kizashi.ports.alerts import AlertEvent
from kizashi.rules.alert_state import AlertState, Phase

INACTIVE, PENDING, FIRING, FROZEN, RESOLVED = Phase


def told(*steps: tuple[int, Phase, Phase, int]) -> AlertState:
    return state_after([AlertEvent("a", *step, "") for step in steps])


def test_an_alert_that_waits_again_has_neither_begun_nor_fired_in_the_past() -> None:
    state = told(
        (10, INACTIVE, PENDING, 0),
        (20, PENDING, FIRING, 1),
        (30, FIRING, RESOLVED, 1),
        (40, RESOLVED, INACTIVE, 1),
        (50, INACTIVE, PENDING, 1),
    )
    assert (state.phase, state.since_ms) == (PENDING, 50)
    assert (state.began_ms, state.fired_ms) == (50, None)


def test_an_alert_that_fires_began_when_it_began_to_wait() -> None:
    state = told(
        (10, INACTIVE, PENDING, 0),
        (20, PENDING, FIRING, 1),
        (30, FIRING, FROZEN, 1),
        (40, FROZEN, FIRING, 1),
    )
    assert (state.began_ms, state.fired_ms, state.since_ms) == (10, 20, 40)


def test_an_alert_that_fires_again_while_listed_began_anew() -> None:
    state = told(
        (20, INACTIVE, FIRING, 1), (30, FIRING, RESOLVED, 1), (40, RESOLVED, FIRING, 2)
    )
    assert (state.began_ms, state.fired_ms, state.episode) == (40, 40, 2)


def test_an_inactive_alert_has_neither_begun_nor_fired() -> None:
    state = told((20, INACTIVE, FIRING, 1), (30, RESOLVED, INACTIVE, 1))
    assert (state.phase, state.began_ms, state.fired_ms) == (INACTIVE, None, None)
    assert state_after([]) == AlertState()
