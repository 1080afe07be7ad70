"""The life of one alert: a pure step from state and evidence to state.

An alert has one or more pairs of windows. A pair is *held* from the moment it fires
until its own data says that it is over; data that says neither holds it. So an
incident that blinds the monitoring does not resolve its own alert.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

#: A resolved alert is listed for this long. Source: product decision, 15 minutes.
LISTED_RESOLVED_MS = 900_000


class Phase(StrEnum):
    """Where an alert stands."""

    INACTIVE = "inactive"
    PENDING = "pending"
    FIRING = "firing"
    FROZEN = "frozen"
    RESOLVED = "resolved"

    @property
    def is_active(self) -> bool:
        """Whether it has begun to fire and has not ended; who is told of it follows."""
        return self in {Phase.FIRING, Phase.FROZEN}


class Ending(StrEnum):
    """What ended an alert."""

    DATA = "data"
    PERSON = "person"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """What a pair's windows say now; never both.

    Attributes:
        fires: Both windows exceed the limit, on enough events.
        resolves: A window with enough coverage says that it is over.
    """

    fires: bool
    resolves: bool


@dataclass(frozen=True, slots=True)
class AlertState:
    """An alert between two steps.

    Attributes:
        phase: Where it stands.
        since_ms: When this phase began.
        began_ms: When its condition began to hold in this episode; None outside one.
        fired_ms: When it began to fire in this episode; None while it has not.
        held: Whether each pair is held.
        episode: How many times it has fired; tells one incident from the next.
        ending: What ended it; None while it has not.
    """

    phase: Phase = Phase.INACTIVE
    since_ms: int = 0
    began_ms: int | None = None
    fired_ms: int | None = None
    held: tuple[bool, ...] = ()
    episode: int = 0
    ending: Ending | None = None


def step(
    state: AlertState,
    evidence: tuple[PairEvidence, ...],
    now_ms: int,
    *,
    for_ms: int = 0,
) -> AlertState:
    """Return the state after evidence.

    Args:
        state: The state before. If it has another number of pairs, the policy has
            changed: an active alert then takes its old reason as held by every pair.
        evidence: One for each pair.
        now_ms: When the evidence was taken.
        for_ms: How long the condition must hold before anyone is told.

    Source: rules 14 (fire) and 15 (resolve, hold).
    """
    before = _carried(state, len(evidence))
    held = tuple(
        e.fires or (was and not e.resolves)
        for e, was in zip(evidence, before, strict=True)
    )
    fires = any(e.fires for e in evidence)
    if state.phase.is_active:
        return _step_active(state, held, now_ms, fires=fires)
    if state.phase is Phase.PENDING:
        return _step_pending(state, held, now_ms, fires=fires, for_ms=for_ms)
    if fires:
        begun = replace(
            state,
            phase=Phase.PENDING,
            since_ms=now_ms,
            began_ms=now_ms,
            fired_ms=None,
            held=held,
            ending=None,
        )
        return _step_pending(begun, held, now_ms, fires=True, for_ms=for_ms)
    if state.phase is Phase.RESOLVED and now_ms - state.since_ms < LISTED_RESOLVED_MS:
        return state
    if state.phase is Phase.INACTIVE:
        return state
    return AlertState(Phase.INACTIVE, now_ms, episode=state.episode)


def end(state: AlertState, now_ms: int, ending: Ending) -> AlertState:
    """Return the state after a person or a deletion ended the alert."""
    if not (state.phase.is_active or state.phase is Phase.PENDING):
        return state
    if state.phase is Phase.PENDING:
        return AlertState(Phase.INACTIVE, now_ms, episode=state.episode)
    return replace(
        state,
        phase=Phase.RESOLVED,
        since_ms=now_ms,
        held=(False,) * len(state.held),
        ending=ending,
    )


def _carried(state: AlertState, pairs: int) -> tuple[bool, ...]:
    if len(state.held) == pairs:
        return state.held
    return (state.phase.is_active,) * pairs


def _step_active(
    state: AlertState, held: tuple[bool, ...], now_ms: int, *, fires: bool
) -> AlertState:
    if not any(held):
        return end(replace(state, held=held), now_ms, Ending.DATA)
    phase = Phase.FIRING if fires else Phase.FROZEN
    if phase is state.phase and held == state.held:
        return state
    since_ms = state.since_ms if phase is state.phase else now_ms
    return replace(state, phase=phase, since_ms=since_ms, held=held)


def _step_pending(
    state: AlertState,
    held: tuple[bool, ...],
    now_ms: int,
    *,
    fires: bool,
    for_ms: int,
) -> AlertState:
    if not any(held):
        return AlertState(Phase.INACTIVE, now_ms, episode=state.episode)
    began_ms = now_ms if state.began_ms is None else state.began_ms
    if not fires or now_ms - began_ms < for_ms:
        return replace(state, held=held, began_ms=began_ms)
    return replace(
        state,
        phase=Phase.FIRING,
        since_ms=now_ms,
        began_ms=began_ms,
        fired_ms=now_ms,
        held=held,
        episode=state.episode + 1,
    )
