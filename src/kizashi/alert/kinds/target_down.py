"""``TargetDown``: targets of a job do not answer."""

from kizashi.alert.kinds._base import AlertKind
from kizashi.alert.words import AlertWords
from kizashi.model.severity import Severity

NAME = "TargetDown"


def _target_down(words: AlertWords) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.down.over"), words.say("notify.down.over-what")
    said = [words.say("notify.down.what")]
    if error := words.told("error"):
        is_one = words.number("down") == 1
        which = "notify.down.one" if is_one else "notify.down.some"
        said.append(words.say(which, error=error))
    return words.say("notify.down.summary"), words.joined(*said)


KIND = AlertKind(
    NAME,
    "ui.alert.down",
    "explanation/when-a-person-is-woken",
    (
        Severity.PAGE,
        Severity.TICKET,
    ),
    ("job",),
    _target_down,
    is_in_rules=True,
)
