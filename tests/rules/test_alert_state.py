"""The life of an alert, step by step."""

from hypothesis import given, strategies as st

from kizashi.rules.alert_state import (
    LISTED_RESOLVED_MS,
    AlertState,
    Ending,
    PairEvidence,
    Phase,
    end,
    step,
)

FIRES = PairEvidence(fires=True, resolves=False)
OVER = PairEvidence(fires=False, resolves=True)
BLIND = PairEvidence(fires=False, resolves=False)


def live(*steps: tuple[int, PairEvidence], for_ms: int = 0) -> list[AlertState]:
    state, states = AlertState(), []
    for now_ms, evidence in steps:
        state = step(state, (evidence,), now_ms, for_ms=for_ms)
        states.append(state)
    return states


def phases(states: list[AlertState]) -> list[Phase]:
    return [state.phase for state in states]


def test_it_fires_at_once_and_resolves_on_data() -> None:
    states = live((0, OVER), (15, FIRES), (30, FIRES), (45, OVER))
    assert phases(states) == [
        Phase.INACTIVE,
        Phase.FIRING,
        Phase.FIRING,
        Phase.RESOLVED,
    ]
    assert (states[2].since_ms, states[2].episode) == (15, 1)
    assert (states[3].since_ms, states[3].ending) == (45, Ending.DATA)


def test_rule_15_too_little_data_freezes_and_never_resolves() -> None:
    states = live((0, FIRES), (15, BLIND), (10**9, BLIND), (10**9 + 1, FIRES))
    assert phases(states) == [Phase.FIRING, Phase.FROZEN, Phase.FROZEN, Phase.FIRING]
    assert states[-1].episode == 1


def test_too_little_data_fires_nothing() -> None:
    assert phases(live((0, BLIND), (15, BLIND))) == [Phase.INACTIVE, Phase.INACTIVE]


def test_for_waits_from_when_the_condition_began() -> None:
    states = live((0, FIRES), (60, FIRES), (119, FIRES), (120, FIRES), for_ms=120)
    assert phases(states) == [Phase.PENDING] * 3 + [Phase.FIRING]
    assert (states[-1].began_ms, states[-1].fired_ms) == (0, 120)


def test_a_pending_alert_ends_silently_on_data_and_begins_anew() -> None:
    states = live((0, FIRES), (60, OVER), (90, FIRES), (150, FIRES), for_ms=120)
    assert phases(states) == [
        Phase.PENDING,
        Phase.INACTIVE,
        Phase.PENDING,
        Phase.PENDING,
    ]
    assert states[-1].began_ms == 90


def test_a_pending_alert_holds_through_a_blind_moment_but_does_not_fire_in_it() -> None:
    states = live((0, FIRES), (60, BLIND), (130, BLIND), (150, FIRES), for_ms=120)
    assert phases(states) == [Phase.PENDING] * 3 + [Phase.FIRING]


def test_each_episode_has_its_own_number() -> None:
    states = live((0, FIRES), (15, OVER), (30, FIRES), (45, OVER))
    assert [s.episode for s in states] == [1, 1, 2, 2]


def test_a_resolved_alert_is_listed_for_a_quarter_of_an_hour() -> None:
    states = live(
        (0, FIRES),
        (15, OVER),
        (14 + LISTED_RESOLVED_MS, OVER),
        (15 + LISTED_RESOLVED_MS, OVER),
    )
    assert phases(states)[1:] == [Phase.RESOLVED, Phase.RESOLVED, Phase.INACTIVE]


def test_an_alert_fires_while_any_pair_does_and_resolves_when_all_have() -> None:
    state = step(AlertState(), (FIRES, FIRES), 0)
    state = step(state, (OVER, FIRES), 15)
    assert state.phase is Phase.FIRING
    state = step(state, (OVER, BLIND), 30)
    assert (state.phase, state.held) == (Phase.FROZEN, (False, True))
    state = step(state, (OVER, OVER), 45)
    assert state.phase is Phase.RESOLVED


def test_a_person_ends_it_and_a_burn_that_goes_on_is_a_new_episode() -> None:
    firing = step(AlertState(), (FIRES,), 0)
    ended = end(firing, 15, Ending.PERSON)
    assert (ended.phase, ended.ending) == (Phase.RESOLVED, Ending.PERSON)
    again = step(ended, (FIRES,), 30)
    assert (again.phase, again.episode) == (Phase.FIRING, 2)
    assert step(ended, (BLIND,), 30) == ended


def test_what_was_never_told_has_no_end() -> None:
    pending = step(AlertState(), (FIRES,), 0, for_ms=60)
    assert end(pending, 15, Ending.DELETED).phase is Phase.INACTIVE
    assert end(AlertState(), 15, Ending.PERSON) == AlertState()


def test_a_policy_with_another_number_of_pairs_keeps_a_firing_alert() -> None:
    firing = step(AlertState(), (FIRES,), 0)
    assert step(firing, (BLIND, BLIND), 15).phase is Phase.FROZEN
    assert step(firing, (OVER, OVER), 15).phase is Phase.RESOLVED


EVIDENCE = st.sampled_from([FIRES, OVER, BLIND])


@given(st.lists(st.tuples(EVIDENCE, EVIDENCE), max_size=40), st.integers(0, 90))
def test_nothing_but_data_ends_an_alert_and_nothing_but_fire_begins_one(
    story: list[tuple[PairEvidence, PairEvidence]], for_ms: int
) -> None:
    state = AlertState()
    for number, evidence in enumerate(story):
        after = step(state, evidence, 15 * number, for_ms=for_ms)
        if after.phase.is_active and not state.phase.is_active:
            assert any(e.fires for e in evidence)
            assert after.episode == state.episode + 1
        if state.phase.is_active and not after.phase.is_active:
            assert after.phase is Phase.RESOLVED
            for was_held, e in zip(state.held, evidence, strict=True):
                assert e.resolves or (not was_held and not e.fires)
        if after.phase is Phase.FIRING:
            assert any(e.fires for e in evidence)
        state = after
