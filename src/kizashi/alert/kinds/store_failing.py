"""``StoreFailing``: what is measured cannot be stored."""

from collections.abc import Iterator

from kizashi.alert.kinds._base import AlertKind, LabelledCondition, SelfKnowledge
from kizashi.alert.words import AlertWords
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity

NAME = "StoreFailing"

#: A store that fails for so long does not work again by itself.
FAILING_MS = 10_000


def _conditions(server: SelfKnowledge) -> Iterator[LabelledCondition]:
    """Yield whether it fails, once it has: a copy of the data folder is told at once."""
    if server.failure is None:
        return
    labels = Labels.of(alertname=NAME, severity=Severity.PAGE.value)
    facts = {
        "why": server.failure,
        "data": server.data,
        "is_copy": "" if server.is_kept else "1",
    }
    wait_ms = FAILING_MS if server.is_kept else 0
    yield LabelledCondition(labels, bool(server.failure), facts, wait_ms)


def _failing(words: AlertWords) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.failing.over"), words.say("notify.failing.over-what")
    is_copy = bool(words.fact("is_copy"))
    what = "notify.failing.copy" if is_copy else "notify.failing.what"
    return words.say("notify.failing.summary"), words.say(what)


KIND = AlertKind(
    NAME,
    "ui.alert.failing",
    "howto/when-files-are-damaged",
    (Severity.PAGE,),
    (),
    _failing,
    conditions=_conditions,
)
