"""Words for alerts that every command shares."""

from kizashi.cli.text.terminal import Tone
from kizashi.messages import render
from kizashi.ports.alert_service import AlertListView

_STATES = {
    "inactive": "alert.state.inactive",
    "pending": "alert.state.pending",
    "firing": "alert.state.firing",
    "frozen": "alert.state.frozen",
    "resolved": "alert.state.resolved",
}
_TONES = {"firing": Tone.BAD, "frozen": Tone.WARNING, "pending": Tone.WARNING}


def state_word(state: str, language: str) -> str:
    """Return an alert's state in the reader's language."""
    return render(language, _STATES[state]) if state in _STATES else state


def state_tone(state: str) -> Tone:
    """Return how loud an alert's state is."""
    return _TONES.get(state, Tone.PLAIN)


def what_of(alert: AlertListView) -> str:
    """Return what an alert is about: an objective or a job."""
    labels = alert.labels
    if "objective" in labels:
        return f"{labels.get('service', '')}/{labels['objective']}"
    return labels.get("job", "")


def held_back(alert: AlertListView, language: str) -> str:
    """Return whether people are told of an alert, and if not, why."""
    if alert.held_back == "silenced":
        return render(language, "alert.held.silenced")
    if alert.held_back == "acknowledged" and alert.acknowledged is not None:
        by = alert.acknowledged.who
        return render(language, "alert.held.acknowledged", by=by)
    if alert.source == "upstream":
        return render(language, "alert.told.upstream")
    return alert.held_back or render(language, "alert.told")
