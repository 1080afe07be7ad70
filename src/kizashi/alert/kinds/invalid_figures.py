"""``InvalidFigures``: what is counted of an objective cannot be."""

from kizashi.alert.kinds._base import AlertKind
from kizashi.alert.words import AlertWords
from kizashi.model.severity import Severity

NAME = "InvalidFigures"


def _invalid(words: AlertWords) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.invalid.over"), words.say("notify.invalid.over-what")
    summary = words.say("notify.invalid.summary")
    meaning = "notify.invalid.meaning" if words.fact("state") else ""
    return summary, words.joined(words.told("why"), meaning and words.say(meaning))


KIND = AlertKind(
    NAME,
    "ui.alert.invalid",
    "explanation/when-a-person-is-woken",
    (Severity.TICKET,),
    ("service", "objective"),
    _invalid,
    "ui.reason.figures",
    is_in_rules=True,
)
