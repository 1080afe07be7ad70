"""An alert in words: its annotations, in the language of the installation."""

from kizashi.alert.group import GroupedAlert
from kizashi.alert.kinds import ALERT_KINDS
from kizashi.alert.words import AlertWords


def annotations(alert: GroupedAlert, language: str) -> dict[str, str]:
    """Return what a notification says of an alert.

    Always ``summary`` and ``description``; ``state`` is ``frozen`` while the alert is
    held without data; ``runbook`` where there is one; ``budget_left``,
    ``time_to_empty``, ``burn``, ``windows`` and ``coverage`` where they are known.

    Args:
        alert: The alert.
        language: One of the catalogue's.
    """
    name = alert.labels.get("alertname")
    words = AlertWords(alert, language)
    kind = ALERT_KINDS.get(name)
    summary, description = _other(words) if kind is None else kind.say(words)
    texts = {"summary": summary, "description": description}
    if alert.is_frozen:
        texts["state"] = "frozen"
        texts["description"] = words.joined(description, words.say("notify.frozen"))
    if alert.runbook:
        texts["runbook"] = alert.runbook
    return texts | words.figures()


def _other(words: AlertWords) -> tuple[str, str]:
    over = "notify.other.over" if words.is_over else "notify.other.summary"
    return words.say(over), words.say("notify.other.what")
