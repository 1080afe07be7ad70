"""Alerts that a server decides on: shown here as its word, told to people by it.

The compiled rules give alerts the names and labels that our own have, so that both
are one alert to a reader. What the server's Alertmanager tells is not told again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from kizashi.alert.fingerprint import fingerprint
from kizashi.alert.kinds.invalid_figures import NAME as INVALID_FIGURES
from kizashi.model.labels import Labels
from kizashi.model.upstream import RunningAlert
from kizashi.ports.alerts import Alert
from kizashi.rules.alert_state import (
    LISTED_RESOLVED_MS,
    AlertState,
    Ending,
    PairEvidence,
    Phase,
)

#: The labels that tell one of our alerts from another.
_IDENTITY = ("alertname", "service", "objective", "job", "severity")

#: The job of the server that is read, in the one alert about it that is ours.
UPSTREAM_JOB = "upstream"

Identity = tuple[str, ...]


def identity_of(labels: Labels) -> Identity:
    """Return what tells an alert from others, whatever else a server adds to it."""
    return tuple(labels.get(name) for name in _IDENTITY)


def source_of(labels: Labels, *, follows: bool) -> str:
    """Return who decides on an alert and tells people: kizashi or upstream.

    Args:
        labels: The alert's labels.
        follows: Whether a server is read instead of scraping.
    """
    is_measured = any(labels.get(name) for name in ("objective", "job"))
    # Of figures a server that holds none decides nothing.
    is_of_figures = labels.get("alertname") == INVALID_FIGURES
    is_own = labels.get("job") == UPSTREAM_JOB or is_of_figures
    return burn_source(follows=follows and is_measured and not is_own)


def burn_source(*, follows: bool) -> str:
    """Return who decides on the burn alerts of an objective: kizashi or upstream."""
    return "upstream" if follows else "kizashi"


def followed(
    possible: Iterable[Alert],
    names: frozenset[str],
    before: Mapping[str, Alert],
    running: Iterable[RunningAlert],
    now_ms: int,
) -> dict[str, Alert]:
    """Return the alerts that are not inactive, by id.

    Args:
        possible: The alerts that what is declared can have.
        names: The names of alerts that are ours.
        before: What this returned last.
        running: What the server holds pending or firing.
        now_ms: When the server said so.
    """
    own_alerts = {identity_of(alert.labels): alert for alert in possible}
    alerts: dict[str, Alert] = {}
    for one in sorted(running, key=lambda r: (r.is_firing, -r.active_ms)):
        if one.labels.get("alertname") in names:
            # The last one stays: one that fires, and of these the one that began first.
            alert = own_alerts.get(identity_of(one.labels)) or _unknown(one.labels)
            state = _state(one, before.get(alert.id))
            alerts[alert.id] = replace(alert, state=state)
    for key, alert in before.items():
        if key not in alerts and (ended := _ended(alert, now_ms)) is not None:
            alerts[key] = ended
    return alerts


def told_apart(alert: Alert, evidence: Iterable[PairEvidence], now_ms: int) -> Alert:
    """Return an alert that a server holds firing as frozen, where it is.

    The server tells both by one word. An alert is frozen where no pair's condition
    holds now, and some pair has too little data to say that it is over: rule 15.

    Args:
        alert: The alert.
        evidence: What the ledger says of each of its pairs.
        now_ms: The slice at which it does.
    """
    said, state = list(evidence), alert.state
    fires = any(each.fires for each in said)
    is_frozen = not fires and not all(each.resolves for each in said)
    if not state.phase.is_active or is_frozen is (state.phase is Phase.FROZEN):
        return alert
    if is_frozen:
        state = replace(state, phase=Phase.FROZEN, since_ms=now_ms)
    else:
        since_ms = now_ms if state.fired_ms is None else state.fired_ms
        state = replace(state, phase=Phase.FIRING, since_ms=since_ms)
    return replace(alert, state=state)


def _unknown(labels: Labels) -> Alert:
    """Return an alert of a job, or of an objective that is no longer declared."""
    return Alert(fingerprint(labels), labels, AlertState())


def _state(running: RunningAlert, before: Alert | None) -> AlertState:
    old = AlertState() if before is None else before.state
    at_ms = running.active_ms
    if not running.is_firing:
        return AlertState(Phase.PENDING, at_ms, at_ms, episode=old.episode)
    goes_on = old.phase.is_active
    if old.phase is Phase.FROZEN and old.began_ms == at_ms:
        return old  # Until the ledger says otherwise.
    episode = old.episode if goes_on else old.episode + 1
    return AlertState(Phase.FIRING, at_ms, at_ms, at_ms, episode=episode)


def _ended(alert: Alert, now_ms: int) -> Alert | None:
    state = alert.state
    if state.phase.is_active:
        over = replace(state, phase=Phase.RESOLVED, since_ms=now_ms, ending=Ending.DATA)
        return replace(alert, state=over)
    is_listed = now_ms - state.since_ms < LISTED_RESOLVED_MS
    return alert if state.phase is Phase.RESOLVED and is_listed else None
