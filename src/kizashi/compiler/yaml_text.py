"""YAML out: one writer for every target, the same bytes for the same value.

Keys keep the order given. A text is written plain where every YAML reader takes it for
a text, as a block where it has lines, in quotes otherwise. Numbers are written
as Python's integers and decimals: a float would bring its noise along
(0.9990000000000001), so there is none.

Source: YAML 1.2.2, chapter 7 (flow scalars) and 8.1 (block scalars); plain texts are
kept to what YAML 1.1 readers, which take ``yes`` and ``1:30`` for something else, read
as texts as well.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Commented:
    """An item of a list with lines above it, without ``#``."""

    item: Mapping[str, "Yaml"]
    comment: Sequence[str]


#: What a document is made of.
Yaml = (
    str
    | int
    | Decimal
    | None
    | Mapping[str, "Yaml"]
    | Sequence["Yaml"]
    | Commented  # bool is an int
)

#: A text that no YAML version takes for anything else; words are checked apart.
_PLAIN = re.compile(
    r"[A-Za-z_/][A-Za-z0-9_./\-]*(?: [A-Za-z0-9_./\-]+)*|(?:[0-9]+(?:ms|[smhdwy]))+"
)
_WORDS = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "none")
)
#: Source: YAML 1.2.2, production 1, c-printable, less what ends a line or marks order.
_UNPRINTABLE = re.compile(
    "[^\t\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def write_document(document: Mapping[str, Yaml], comment: Sequence[str] = ()) -> str:
    """Return a document as text that ends in a newline.

    Args:
        document: The document's mapping.
        comment: Lines to stand in front of it, without ``#``.
    """
    out = _comment(comment, "")
    _write_mapping(document, "", out)
    return "".join(out)


def _comment(lines: Sequence[str], indent: str) -> list[str]:
    return [f"{indent}# {line}\n" if line else f"{indent}#\n" for line in lines]


def _write_mapping(mapping: Mapping[str, Yaml], indent: str, out: list[str]) -> None:
    for key, value in mapping.items():
        out.append(f"{indent}{_text(key)}:")
        _write_value(value, indent, out)


def _write_value(value: Yaml, indent: str, out: list[str]) -> None:
    """Write what stands behind a key."""
    if isinstance(value, str):
        if "\n" in value:
            out.append(_block(value, indent + "  "))
        else:
            out.append(f" {_text(value)}\n")
    elif isinstance(value, Mapping):
        if value:
            out.append("\n")
            _write_mapping(value, indent + "  ", out)
        else:
            out.append(" {}\n")
    elif isinstance(value, Sequence):
        if value:
            out.append("\n")
            _write_items(value, indent + "  ", out)
        else:
            out.append(" []\n")
    elif isinstance(value, Commented):
        _write_value(value.item, indent, out)
    else:
        out.append(f" {_number(value)}\n")


def _write_items(items: Iterable[Yaml], indent: str, out: list[str]) -> None:
    for each in items:
        item = each
        if isinstance(each, Commented):
            out += _comment(each.comment, indent)
            item = each.item
        if isinstance(item, Mapping) and item:
            # The first key stands behind the dash, the others below it.
            first = len(out)
            _write_mapping(item, indent + "  ", out)
            out[first] = f"{indent}- {out[first][len(indent) + 2 :]}"
        elif isinstance(item, Sequence) and not isinstance(item, str) and item:
            out.append(f"{indent}-\n")
            _write_items(item, indent + "  ", out)
        else:
            out.append(f"{indent}-")
            _write_value(item, indent, out)


def _number(value: int | Decimal | None) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)


def _block(value: str, indent: str) -> str:
    """Return a text of several lines as a literal block, quoted where it cannot be."""
    if (
        value[0] in " \n\t"
        or value.endswith("\n\n")
        or _has_unprintable(value)
        or any(end in f"{value}\n" for end in (" \n", "\t\n"))
    ):
        return f" {_quoted(value)}\n"
    keep = "" if value.endswith("\n") else "-"
    lines = value.removesuffix("\n").split("\n")
    body = "".join(f"{indent}{line}\n" if line else "\n" for line in lines)
    return f" |{keep}\n{body}"


@lru_cache(maxsize=4096)
def _text(value: str) -> str:
    """Return a text of one line, quoted where it must be."""
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if "\n" in value or _has_unprintable(value):
        return _quoted(value)
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _has_unprintable(value: str) -> bool:
    # The method is far quicker than the expression, and stricter.
    if value.replace("\n", "").isprintable():
        return False
    return _UNPRINTABLE.search(value) is not None


def _quoted(value: str) -> str:
    """Return a text as JSON has it, which is YAML."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda found: json.dumps(found[0])[1:-1], text)
