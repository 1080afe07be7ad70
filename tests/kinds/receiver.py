"""Receivers: a pager that takes a secret number and a file with a key."""

from pathlib import Path

from kinds.sort import Sort
from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions
from kizashi.declarations.configuration import parse_configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.receivers import RECEIVER_KINDS
from kizashi.messages import render
from kizashi.notify import load_notifier
from kizashi.settings.relative_files import resolve_relative_files
from kizashi.settings.secrets import notification_secrets

SETTINGS = '''
"""``NAME_configs``: a number that is paged."""

from dataclasses import dataclass, field

from kizashi.declarations.fields import Fields
from kizashi.declarations.receivers._base import (
    InAlertmanager,
    KeptSecret,
    ReceiverKind,
)


@dataclass(frozen=True, slots=True)
class MadeUpPager:
    """A number that is paged."""

    number: str = field(repr=False)
    key_file: str = ""
    send_resolved: bool = True
    timeout_ms: int = 1_000
    kind: str = field(default="NAME", init=False)

    def for_alertmanager(self) -> InAlertmanager:
        return InAlertmanager(
            (KeptSecret("number", "number_file", "number"),),
            {"send_resolved": self.send_resolved},
            {"sendResolved": self.send_resolved},
        )


def _read(fields: Fields) -> MadeUpPager | None:
    number = fields.text_or("number", "")
    if not number.isdecimal():
        fields.problems.report(fields.place("number"), "receiver.NAME-number")
        return None
    return MadeUpPager(number, fields.text_or("key_file", ""))


KIND = ReceiverKind("NAME", ("number", "key_file"), _read)
'''
SENDING = '''
"""Pages a number."""

from kizashi.declarations.receivers.NAME import MadeUpPager


class MadeUpPagerNotifier:
    """Pages a number."""

    def __init__(self, settings: MadeUpPager) -> None:
        self.number = settings.number


NOTIFIER = MadeUpPagerNotifier
'''
CONFIGURATION = """
route: {receiver: team}
receivers:
  - name: team
    NAME_configs: [{number: "5550123", key_file: key}, {number: "5550124"}]
"""


def proof() -> None:
    """It is read, kept secret, anchored, sent and compiled, and says what is wrong."""
    name = SORT.made_up
    checked = parse_configuration(
        SourceText("k.yaml", CONFIGURATION.replace("NAME", name))
    )
    assert checked.problems == ()
    configuration = resolve_relative_files(checked.configuration, Path("/etc/kizashi"))
    (team,) = configuration.receivers
    first, second = team.integrations.values()
    assert [(i.kind, i.index) for i in team.integrations] == [(name, 0), (name, 1)]
    assert getattr(first, "key_file") == "/etc/kizashi/key"  # noqa: B009 - made up
    assert {"5550123", "5550124"} <= set(notification_secrets(configuration))
    assert vars(load_notifier(second.kind)(second)) == {"number": "5550124"}
    for target, wanted in (
        ("alertmanager", (f"{name}_configs", "number_file: /s/team-2.number")),
        ("prometheus-operator", (f"{name}Configs", "key: team-2.number")),
    ):
        made = load_target(target).compile(
            (), configuration, CompileOptions(secrets_folder="/s")
        )
        text = "".join(file.text for file in made.files)
        assert all(part in text for part in wanted), text
        assert "5550123" not in text
    wrong = CONFIGURATION.replace("NAME", name).replace("5550124", "x")
    (problem,) = parse_configuration(SourceText("k.yaml", wrong)).problems
    assert "a made-up number" in render("en", problem.code)
    assert "作り物の番号" in render("ja", problem.code)


SORT = Sort(
    kinds=RECEIVER_KINDS,
    made_up="pager",
    new={
        "src/kizashi/declarations/receivers/NAME.py": SETTINGS,
        "src/kizashi/notify/NAME.py": SENDING,
        "tests/notify/test_NAME.py": "",
        "tests/declarations/receivers/NAME.yaml": "",
    },
    edits={
        "src/kizashi/declarations/receivers/__init__.py": (
            ("log, ", "NAME, "),
            ("log.KIND", "NAME.KIND, "),
        ),
        "src/kizashi/messages/receivers.py": (
            (
                '    "receiver.url":',
                '    "receiver.NAME-number": ("a made-up number", "作り物の番号"),\n',
            ),
        ),
        **{
            f"docs/{language}/reference/kizashi-yaml.md": (
                ("\n## webhook_configs\n", "\n## NAME_configs\n"),
            )
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={
        "src/kizashi/notify/NAME.py": "\nNOTIFIER = ",
        "tests/notify/test_NAME.py": "",
        "tests/declarations/receivers/NAME.yaml": "",
        "docs/LANGUAGE/reference/kizashi-yaml.md": "\n## NAME_configs\n",
    },
    modules="declarations/receivers/NAME.py",
    asked=("webhook", "Webhook", "LogSink", "WebhookNotifier", "LogNotifier"),
    home=("declarations/receivers/", "notify/"),
)
