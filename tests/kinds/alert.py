"""Alerts: that the data folder grows too large."""

from kinds.sort import Sort
from kizashi.alert.group import GroupedAlert
from kizashi.alert.kinds import ALERT_KINDS, own_conditions
from kizashi.alert.kinds._base import SelfKnowledge
from kizashi.alert.wording import annotations
from kizashi.ui.parts.terms import ALERT_NAMES

CODE = '''
"""``FolderTooLong``: the name of the data folder is too long."""

from collections.abc import Iterator

from kizashi.alert.kinds._base import LabelledCondition, AlertKind, SelfKnowledge
from kizashi.alert.words import AlertWords
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity


def _conditions(known: SelfKnowledge) -> Iterator[LabelledCondition]:
    labels = Labels.of(alertname="NAME", severity=Severity.TICKET.value)
    yield LabelledCondition(labels, len(known.data) > 9, {"data": known.data})


def _say(words: AlertWords) -> tuple[str, str]:
    return words.say("notify.NAME.summary"), ""


KIND = AlertKind(
    "NAME",
    "ui.alert.NAME",
    "reference/alerts",
    (Severity.TICKET,),
    (),
    _say,
    conditions=_conditions,
)
'''

WORDS = """\
    "ui.alert.NAME": ("Folder", "フォルダー"),
    "notify.NAME.summary": ("too long: {data}", "長すぎます: {data}"),
"""


def proof() -> None:
    """It holds when it should, is told in both languages, and pages know its name."""
    name = SORT.made_up
    (short,) = own_conditions(SelfKnowledge(data="/data"))
    (long,) = own_conditions(SelfKnowledge(data="/data/data/data"))
    assert (short.fires, long.fires) == (False, True)
    alert = GroupedAlert("a", long.labels, 0, facts=long.facts)
    for language, summary in (("en", "too long: {}"), ("ja", "長すぎます: {}")):
        told = annotations(alert, language)["summary"]
        assert told == summary.format("/data/data/data"), told
    assert ALERT_NAMES[name] == f"ui.alert.{name}"


SORT = Sort(
    kinds=ALERT_KINDS,
    made_up="FolderTooLong",
    new={"src/kizashi/alert/kinds/NAME.py": CODE, "tests/alert/test_NAME.py": ""},
    edits={
        "src/kizashi/alert/kinds/__init__.py": (
            ("    invalid_figures,\n", "    NAME,\n"),
            ("            invalid_figures.KIND,", "            NAME.KIND,\n"),
        ),
        "src/kizashi/messages/notify.py": (('    "ui.alert.burn":', WORDS),),
        **{
            f"docs/{language}/reference/alerts.md": (
                ("| `StoreDamaged` |", "| `NAME` | | `ticket` | |\n"),
            )
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={"docs/LANGUAGE/reference/alerts.md": "| `NAME` |"},
    asked=("NotificationFailed", "StoreDamaged", "StoreFailing"),
    home=("alert/kinds/",),
)
