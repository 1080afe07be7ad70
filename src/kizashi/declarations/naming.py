"""Names, for machines and for people."""

import re

from kizashi.declarations.fields import Fields
from kizashi.declarations.yaml_document import YamlMap
from kizashi.model.positions import Position
from kizashi.slo.objective import LocalText

#: Source: RFC 1123 labels, as Kubernetes names its objects.
_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
#: An alert has these labels of its own.
ALERT_OWN_LABELS = ("alertname", "job", "objective", "service", "severity")
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def is_alert_label(name: str) -> bool:
    """Return whether every alert of a service may carry a label of this name."""
    return name not in ALERT_OWN_LABELS and _LABEL_NAME.fullmatch(name) is not None


def is_first(fields: Fields, name: str, names: dict[str, Position], code: str) -> bool:
    """Return whether a name is new; report it with its first place where it is not.

    Args:
        fields: Where the name stands, under ``name``.
        name: The name.
        names: Where each stands that was read before; takes this one's.
        code: The problem, which takes ``name`` and ``first``.
    """
    place = fields.place("name")
    first = names.setdefault(name, place)
    if first is not place:
        fields.problems.report(place, code, name=name, first=first)
    return first is place


def read_name(fields: Fields, key: str) -> str | None:
    """Return a name that fits in a label, a URL and a file name."""
    if not fields.require(key):
        return None
    name = fields.text(key)
    if name is not None and not _NAME.fullmatch(name):
        fields.report(key, "name.form", key=fields.name(key), given=name)
        return None
    return name


def read_local_text(fields: Fields, key: str, default: str) -> LocalText:
    """Return a text for people: one for both languages, or one for each."""
    entry = fields.entry(key)
    if entry is None:
        return LocalText(default, default)
    if not isinstance(entry.value, YamlMap):
        text = fields.text(key, default) or default
        return LocalText(text, text)
    texts = fields.open(key, ("en", "ja"))
    english = texts.text("en") if texts is not None else None
    japanese = texts.text("ja") if texts is not None else None
    return LocalText(english or japanese or default, japanese or english or default)
