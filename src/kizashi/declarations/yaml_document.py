"""YAML to nodes that know where they stand; whatever is not plain data is a problem.

A scalar keeps its text: whether ``on`` or ``0.9995`` is a word, a number or a switch is
for the field that reads it, which knows what it expects. So YAML 1.1's traps (``on:``
becoming True, ``1:30`` becoming 90, ``0.9995`` becoming a float) cannot spring.

Source: YAML 1.2.2, 10.3, "Core Schema", with ``true`` and ``false`` in lower case only.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NoReturn

import yaml

from kizashi.declarations.inside_scalars import LINE_END, WrittenScalar
from kizashi.declarations.problems import ProblemList
from kizashi.model.positions import Position

#: Source: a declaration is written by hand; what is larger is a mistake or an attack.
MOST_BYTES = 1024 * 1024
#: Dashboards and rule files of others are written by programs too.
MOST_FOREIGN_BYTES = 16 * 1024 * 1024
#: Nodes of a file of ours; a thousand services have fewer.
MOST_NODES = 100_000
#: Nodes of a foreign file once its aliases are written out.
MOST_ALIASED_NODES = 200_000
DEEPEST = 64
_MERGE = "<<"
#: Tags of what a plain scalar is anyway. Source: YAML 1.2.2, 10.3.
_CORE_TAGS = "tag:yaml.org,2002:"

_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true", "false"}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)


class ScalarKind(StrEnum):
    """What YAML's core schema takes a scalar for."""

    TEXT = "text"
    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"


@dataclass(frozen=True, slots=True)
class YamlScalar:
    """A scalar: its text as written, and what the core schema takes it for."""

    position: Position
    text: str
    kind: ScalarKind = ScalarKind.TEXT
    written: WrittenScalar | None = field(default=None, compare=False, repr=False)

    def place_of(self, params: Mapping[str, object]) -> Position:
        """Return where a fault stands of which `params` say line and column within."""
        line, col = params.get("line"), params.get("col")
        if self.written is None or line is None or col is None:
            return self.position
        within = int(str(line)), int(str(col))
        return self.written.place(self.position, self.text, *within)


@dataclass(frozen=True, slots=True)
class YamlList:
    """A sequence."""

    position: Position
    items: tuple["YamlNode", ...] = ()


@dataclass(frozen=True, slots=True)
class YamlEntry:
    """A key of a mapping and its value."""

    key: str
    position: Position
    value: "YamlNode"


@dataclass(frozen=True, slots=True)
class YamlMap:
    """A mapping; its keys are texts, each once, in the order written."""

    position: Position
    entries: tuple[YamlEntry, ...] = ()

    @property
    def by_key(self) -> dict[str, "YamlNode"]:
        """The values by their keys."""
        return {entry.key: entry.value for entry in self.entries}


YamlNode = YamlScalar | YamlList | YamlMap


def text_in(node: YamlNode | None, default: str = "") -> str:
    """Return the text of a scalar; the default for anything else, and for nothing."""
    return node.text if isinstance(node, YamlScalar) else default


def entries_in(node: YamlNode | None) -> tuple[YamlEntry, ...]:
    """Return the entries of a mapping; none of anything else, and of nothing."""
    return node.entries if isinstance(node, YamlMap) else ()


def items_in(node: YamlNode | None) -> tuple[YamlNode, ...]:
    """Return the items of a list; none of anything else, and of nothing."""
    return node.items if isinstance(node, YamlList) else ()


def parse_documents(
    text: str, file: str, problems: ProblemList, *, is_foreign: bool = False
) -> list[YamlNode]:
    """Read a YAML text.

    A key that comes twice keeps its first value; everything else that is wrong ends
    the reading of the file there.

    Args:
        text: The file's content.
        file: Its name, for positions.
        problems: Takes what is wrong: syntax, tags, depth, size, duplicate keys; of
            our own files anchors and aliases too, and keys that are no text.
        is_foreign: Whether it is a file of another tool. Anchors, aliases and merge
            keys are written out then, as far as the whole stays within
            MOST_ALIASED_NODES; what an alias stands for keeps the place where it was
            written.

    Returns:
        The documents that are not empty, as far as they could be read.
    """
    start = Position(file)
    text = text.removeprefix("\N{BYTE ORDER MARK}")
    size = len(text.encode("utf-8", "surrogatepass"))
    limit = MOST_FOREIGN_BYTES if is_foreign else MOST_BYTES
    if size > limit:
        problems.report(start, "yaml.too-large", size=size, limit=limit)
        return []
    unprintable = _first_unprintable(text)
    if unprintable is not None:
        where, character = unprintable
        name = f"U+{ord(character):04X}"
        problems.report(_position_at(text, where, file), "yaml.character", name=name)
        return []
    builder = _Builder(text, file, problems, is_foreign=is_foreign)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except _RefusedError:
        pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _within(text, file, mark) if mark else start
        if _is_tab(text, place):
            problems.report(place, "yaml.tab")
        else:
            why = error.problem or error.context or ""
            problems.report(place, "yaml.syntax", why=why)
    except yaml.YAMLError as error:
        problems.report(start, "yaml.syntax", why=str(error))
    return [d for d in builder.documents if not is_null(d)]


def is_null(node: YamlNode) -> bool:
    """Return whether a node is nothing: ``null``, ``~`` or left empty."""
    return isinstance(node, YamlScalar) and node.kind is ScalarKind.NULL


def lines_of(text: str) -> list[str]:
    """Return the lines that positions count, without their ends."""
    return LINE_END.split(text.removeprefix("\N{BYTE ORDER MARK}"))


def scalar_kind(text: str) -> ScalarKind:
    """Return what the core schema takes a plain scalar for."""
    if text in _NULLS:
        return ScalarKind.NULL
    if text in _BOOLEANS:
        return ScalarKind.BOOLEAN
    if _INTEGER.fullmatch(text):
        return ScalarKind.INTEGER
    return ScalarKind.FLOAT if _FLOAT.fullmatch(text) else ScalarKind.TEXT


class _RefusedError(Exception):
    """Reading ends here; the problem is on the list."""


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not come yet."""

    position: Position
    is_map: bool
    anchor: str | None = None
    items: list[YamlNode] = field(default_factory=list)
    nodes: int = 1
    depth: int = 1

    def closed(self, problems: ProblemList, *, is_foreign: bool) -> YamlNode:
        if not self.is_map:
            return YamlList(self.position, tuple(self.items))
        found = _entries(self.items, problems, is_foreign=is_foreign)
        return YamlMap(self.position, tuple(found))


class _Builder:
    """Turns libyaml's events into nodes, with a stack of its own: no recursion."""

    def __init__(
        self, text: str, file: str, problems: ProblemList, *, is_foreign: bool
    ) -> None:
        self.documents: list[YamlNode] = []
        self._text = text
        self._file = file
        self._problems = problems
        self._is_foreign = is_foreign
        self._open: list[_Open] = []
        #: What aliases stand for, with the number of its nodes and its depth.
        self._anchored: dict[str, tuple[YamlNode, int, int]] = {}
        self._nodes = 0
        self._read = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event; _RefusedError ends an anchor, alias, tag or abyss."""
        match event:
            case yaml.AliasEvent():
                self._add(*self._meant(event))
            case yaml.ScalarEvent():
                self._check(event, event.tag)
                plain = not event.style and event.tag is None
                kind = scalar_kind(event.value) if plain else ScalarKind.TEXT
                place, written = self._position(event), self._written(event)
                node = YamlScalar(place, event.value, kind, written)
                self._name(event.anchor, node, 1, 0)
                self._add(node, 1, 0)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self._check(event, event.tag)
                if len(self._open) >= DEEPEST:
                    self._refuse(event, "yaml.too-deep", limit=DEEPEST)
                is_map = isinstance(event, yaml.MappingStartEvent)
                self._open.append(_Open(self._position(event), is_map, event.anchor))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                ended = self._open.pop()
                whole = ended.closed(self._problems, is_foreign=self._is_foreign)
                self._name(ended.anchor, whole, ended.nodes, ended.depth)
                self._add(whole, ended.nodes, ended.depth)
            case yaml.DocumentStartEvent():
                self._anchored.clear()
            case _:
                pass

    def _meant(self, event: yaml.AliasEvent) -> tuple[YamlNode, int, int]:
        """Return what an alias stands for: the very node, so that it costs nothing."""
        if not self._is_foreign:
            self._refuse(event, "yaml.alias", name=event.anchor)
        found = self._anchored.get(event.anchor or "")
        if found is None:
            self._refuse(event, "yaml.alias-unknown", name=event.anchor)
        self._nodes += found[1]
        if self._nodes > MOST_ALIASED_NODES:
            limit = MOST_ALIASED_NODES
            self._refuse(event, "yaml.aliases-too-many", limit=limit)
        if len(self._open) + found[2] > DEEPEST:
            self._refuse(event, "yaml.too-deep", limit=DEEPEST)
        return found

    def _name(self, anchor: str | None, node: YamlNode, nodes: int, depth: int) -> None:
        if anchor is not None:
            self._anchored[anchor] = (node, nodes, depth)

    def _add(self, node: YamlNode, nodes: int, depth: int) -> None:
        """Add a node to what is open around it.

        Args:
            node: The node.
            nodes: How many it consists of.
            depth: How many lists and mappings are nested in it, itself among them.
        """
        if not self._open:
            self.documents.append(node)
            return
        around = self._open[-1]
        around.items.append(node)
        around.nodes += nodes
        around.depth = max(around.depth, depth + 1)

    def _check(self, event: yaml.NodeEvent, tag: str | None) -> None:
        self._read += 1
        if self._read > MOST_NODES and not self._is_foreign:
            self._refuse(event, "yaml.too-many-nodes", limit=MOST_NODES)
        if event.anchor is not None and not self._is_foreign:
            self._refuse(event, "yaml.anchor", name=event.anchor)
        is_core = self._is_foreign and tag is not None and tag.startswith(_CORE_TAGS)
        if tag is not None and tag != "!" and not is_core:
            self._refuse(event, "yaml.tag", tag=tag)

    def _refuse(self, event: yaml.Event, code: str, **params: object) -> NoReturn:
        self._problems.report(self._position(event), code, **params)
        raise _RefusedError

    def _written(self, event: yaml.ScalarEvent) -> WrittenScalar | None:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            return None
        return WrittenScalar(self._text, start.index, end.index, event.style or "")

    def _position(self, event: yaml.Event) -> Position:
        mark = event.start_mark
        if mark is None:
            return Position(self._file)
        return Position(self._file, mark.line + 1, mark.column + 1)


def _entries(
    items: list[YamlNode], problems: ProblemList, *, is_foreign: bool
) -> Iterator[YamlEntry]:
    """Yield a mapping's entries from its keys and values in turn."""
    first: dict[str, Position] = {}
    merged: list[YamlNode] = []
    for key, value in zip(items[::2], items[1::2], strict=True):
        if not isinstance(key, YamlScalar):
            problems.report(key.position, "yaml.key-structure")
        elif is_foreign and key.text == _MERGE:
            merged += value.items if isinstance(value, YamlList) else [value]
        elif key.kind is not ScalarKind.TEXT and not is_foreign:
            kind = key.kind.value
            problems.report(key.position, "yaml.key-kind", key=key.text, kind=kind)
        elif key.text in first:
            line = first[key.text].line
            problems.report(key.position, "yaml.key-twice", key=key.text, line=line)
        else:
            first[key.text] = key.position
            yield YamlEntry(key.text, key.position, value)
    # Source: YAML 1.1, "Merge Key Language-Independent Type": what is written wins,
    # then the earlier of several mappings.
    for node in merged:
        for entry in node.entries if isinstance(node, YamlMap) else ():
            if first.setdefault(entry.key, entry.position) is entry.position:
                yield entry


#: Source: YAML 1.2.2, production 1, c-printable; without it libyaml names no line.
_UNPRINTABLE = re.compile(
    "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def _first_unprintable(text: str) -> tuple[int, str] | None:
    found = _UNPRINTABLE.search(text)
    return (found.start(), found[0]) if found else None


def _within(text: str, file: str, mark: yaml.error.Mark) -> Position:
    """Return where a mark stands; libyaml puts the end of a text on a line after it."""
    lines = LINE_END.split(text)
    if mark.line < len(lines):
        return Position(file, mark.line + 1, mark.column + 1)
    return Position(file, len(lines), len(lines[-1]) + 1)


def _is_tab(text: str, place: Position) -> bool:
    lines = LINE_END.split(text)
    return (
        place.line <= len(lines) and lines[place.line - 1][place.col - 1 :][:1] == "\t"
    )


def _position_at(text: str, index: int, file: str) -> Position:
    before = LINE_END.split(text[:index])
    return Position(file, len(before), len(before[-1]) + 1)
