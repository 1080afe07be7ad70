"""Every row of the table of receivers: its settings, its notifier, its secrets."""

import dataclasses
from pathlib import Path
from typing import get_type_hints

import pytest

from kizashi.declarations.fields import Fields
from kizashi.declarations.problems import ProblemList
from kizashi.declarations.receivers import RECEIVER_KINDS, unsupported_list_keys
from kizashi.declarations.receivers._base import NotInAlertmanager, ReceiverSettings
from kizashi.declarations.yaml_document import YamlMap, parse_documents
from kizashi.messages import CATALOGUE
from kizashi.notify import load_notifier

#: What is at least said of each kind, a file per kind.
LEAST = Path(__file__).parent / "receivers"


def settings_of(kind: str) -> ReceiverSettings:
    text = (LEAST / f"{kind}.yaml").read_text(encoding="utf-8")
    (node,) = parse_documents(text, "kizashi.yaml", ProblemList())
    assert isinstance(node, YamlMap)
    row = RECEIVER_KINDS[kind]
    settings = row.read(Fields(node, "", row.keys, ProblemList(), row.unsupported))
    assert settings is not None
    return settings


@pytest.mark.parametrize("kind", RECEIVER_KINDS)
def test_settings_know_the_row_that_they_are_of(kind: str):
    settings = settings_of(kind)

    assert settings.kind == kind
    assert dataclasses.is_dataclass(settings)
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize("kind", RECEIVER_KINDS)
def test_what_sends_takes_the_settings_of_its_kind(kind: str):
    notifier = load_notifier(kind)
    made = notifier.__init__ if isinstance(notifier, type) else notifier  # type: ignore[misc]

    hints = get_type_hints(made)
    hints.pop("return", None)

    assert list(hints.values()) == [type(settings_of(kind))]


@pytest.mark.parametrize("kind", RECEIVER_KINDS)
def test_no_secret_is_in_what_alertmanager_is_given(kind: str):
    made = settings_of(kind).for_alertmanager()

    if isinstance(made, NotInAlertmanager):
        assert made.note in CATALOGUE
    else:
        assert "hunter2" not in repr((made.settings, made.operator))
        assert set(made.notes) <= CATALOGUE.keys()


def test_a_kind_that_is_read_is_not_called_unsupported():
    read = {kind.list_key for kind in RECEIVER_KINDS.values()}

    assert read.isdisjoint(unsupported_list_keys())
    assert "slack_configs" in unsupported_list_keys()
