"""``NotificationFailed``: a notification became a dead letter."""

from collections.abc import Iterator

from kizashi.alert.kinds._base import AlertKind, LabelledCondition, SelfKnowledge
from kizashi.alert.words import AlertWords
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity

NAME = "NotificationFailed"

#: Without another dead letter for so long, a receiver is taken for well again.
DEAD_LETTER_MS = 10 * 60_000


def _conditions(server: SelfKnowledge) -> Iterator[LabelledCondition]:
    """Yield one for each receiver: from a dead letter, until there was none for a while."""
    for receiver, letter in sorted(server.dead.items()):
        labels = Labels.of(
            alertname=NAME, receiver=receiver, severity=Severity.PAGE.value
        )
        holds = server.now_ms - letter.at_ms < DEAD_LETTER_MS
        facts = {"kind": letter.kind, "answer": letter.answer}
        yield LabelledCondition(labels, holds, facts)


def _failed(words: AlertWords) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.failed.over"), words.say("notify.failed.over-what")
    return words.say("notify.failed.summary"), words.say("notify.failed.what")


KIND = AlertKind(
    NAME,
    "ui.alert.undelivered",
    "howto/receive-alerts",
    (Severity.PAGE,),
    ("receiver",),
    _failed,
    conditions=_conditions,
)
