"""``DataLoss``: too little of an objective is seen."""

from kizashi.alert.kinds._base import AlertKind
from kizashi.alert.words import AlertWords
from kizashi.model.severity import Severity

NAME = "DataLoss"

#: Why an objective is not seen, by the state of its data. What comes in in part needs no
#: word of its own.
_LOSS_CAUSES = {
    "absent": "notify.loss.absent",
    "broken": "notify.loss.broken",
    "unknown": "notify.loss.unknown",
}


def _data_loss(words: AlertWords) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.loss.over"), words.say("notify.loss.over-what")
    what = "notify.loss.what" if words.has("window_words", "coverage") else ""
    cause = _LOSS_CAUSES.get(words.fact("state"), "")
    return (
        words.say("notify.loss.summary"),
        words.joined(
            what and words.say(what),
            cause and words.say(cause),
            words.say("notify.loss.meaning"),
        ),
    )


KIND = AlertKind(
    NAME,
    "ui.alert.loss",
    "explanation/when-a-person-is-woken",
    (
        Severity.PAGE,
        Severity.TICKET,
    ),
    ("service", "objective"),
    _data_loss,
    "ui.reason.loss",
    is_in_rules=True,
)
