"""Nodes to checked values: each reading returns the value or notes the problem.

Every method returns its default (None, where none is given) both where the field is
left out and where it is wrong; what is wrong is on the list of problems by then.
"""

import re
from collections.abc import Callable, Collection
from decimal import Decimal
from typing import TypeVar

from kizashi.declarations.problems import ProblemList, did_you_mean
from kizashi.declarations.yaml_document import (
    ScalarKind,
    YamlEntry,
    YamlList,
    YamlMap,
    YamlNode,
    YamlScalar,
    is_null,
)
from kizashi.errors import DurationError, PromqlError
from kizashi.model.durations import parse_duration
from kizashi.model.matchers import Selector
from kizashi.model.positions import Position
from kizashi.promql.selectors import parse_selector

T = TypeVar("T")

LONGEST_TEXT = 4096
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_SIZE_UNITS = ("B", "KB", "MB", "GB", "TB", "PB", "EB")
_SIZE = re.compile(rf"([0-9]{{1,9}})({'|'.join(_SIZE_UNITS)})?")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})")


class Fields:
    """A mapping being read; keys that nobody knows are reported when it is opened.

    Attributes:
        position: Where the mapping stands.
        path: How a person names it, such as ``spec.objectives[0]``; empty at the top.
        problems: Takes what is wrong.
    """

    position: Position
    path: str
    problems: ProblemList

    def __init__(
        self,
        node: YamlMap,
        path: str,
        known: Collection[str],
        problems: ProblemList,
        unsupported: Collection[str] = (),
    ) -> None:
        """Open a mapping.

        Args:
            node: The mapping.
            path: How a person names it.
            known: The keys that it may have.
            problems: Takes what is wrong.
            unsupported: Keys that other programs know and we do not read yet.
        """
        self.position = node.position
        self.path = path
        self.problems = problems
        self._entries = {entry.key: entry for entry in node.entries}
        self._meant: set[str] = set()
        for entry in node.entries:
            if entry.key in unsupported:
                _report_unsupported(entry, problems)
            elif entry.key not in known:
                near = _report_unknown(entry, path, known, problems)
                self._meant.update(near)

    def entry(self, key: str) -> YamlEntry | None:
        """Return a field that is there and not null."""
        found = self._entries.get(key)
        return None if found is None or is_null(found.value) else found

    def place(self, key: str) -> Position:
        """Return where a field's value stands, the mapping's place if it is absent."""
        found = self._entries.get(key)
        return self.position if found is None else found.value.position

    def report(self, key: str, code: str, /, **params: object) -> None:
        """Add an error at a field's place."""
        self.problems.report(self.place(key), code, **params)

    def advise(self, key: str, code: str, /, **params: object) -> None:
        """Add a warning at a field's place."""
        self.problems.advise(self.place(key), code, **params)

    def remark(self, key: str, code: str, /, **params: object) -> None:
        """Add a note at a field's place."""
        self.problems.remark(self.place(key), code, **params)

    def name(self, key: str) -> str:
        """Return how a person names a field."""
        return f"{self.path}.{key}" if self.path else key

    def require(self, *keys: str) -> bool:
        """Report the fields that are missing; return whether all are there.

        One that was misspelt has been reported as that.
        """
        missing = [key for key in keys if self.entry(key) is None]
        for key in missing:
            if key not in self._meant:
                self.problems.report(self.position, "field.missing", key=self.name(key))
        return not missing

    def text(self, key: str, default: str | None = None) -> str | None:
        """Return a text; a plain number or switch is its text as written."""
        found = self.scalar(key, "text")
        if found is None:
            return default
        if len(found.text) > LONGEST_TEXT:
            self.report(key, "field.too-long", key=self.name(key), limit=LONGEST_TEXT)
            return default
        return found.text

    def text_or(self, key: str, default: str) -> str:
        """Return a text; an empty one counts, a missing or wrong one does not."""
        found = self.text(key)
        return default if found is None else found

    def boolean(self, key: str, *, default: bool) -> bool:
        """Return a switch: ``true`` or ``false``, nothing else."""
        found = self.scalar(key, "boolean")
        if found is None:
            return default
        if found.kind is not ScalarKind.BOOLEAN:
            self._wrong(found, key, "boolean")
            return default
        return found.text == "true"

    def integer(self, key: str, *, least: int = 0) -> int | None:
        """Return a whole number of at least `least`."""
        found = self.scalar(key, "integer")
        if found is None:
            return None
        if found.kind is not ScalarKind.INTEGER or not _INTEGER.fullmatch(found.text):
            self._wrong(found, key, "integer")
            return None
        value = int(found.text)
        if value < least:
            self.report(key, "field.too-small", key=self.name(key), least=least)
            return None
        return value

    def decimal(self, key: str) -> Decimal | None:
        """Return a number with its decimals exactly as written."""
        found = self.scalar(key, "number")
        if found is None:
            return None
        if not _DECIMAL.fullmatch(found.text):
            self._wrong(found, key, "number")
            return None
        return Decimal(found.text)

    def duration_ms(self, key: str, *, least_ms: int = 1) -> int | None:
        """Return a Prometheus duration in milliseconds."""
        found = self.scalar(key, "duration")
        if found is None:
            return None
        try:
            value = parse_duration(found.text)
        except DurationError:
            self.report(key, "field.duration", key=self.name(key), given=found.text)
            return None
        if value < least_ms:
            self.report(key, "field.duration-zero", key=self.name(key))
            return None
        return value

    def choice(self, key: str, choices: Collection[str]) -> str | None:
        """Return a text that is one of the choices."""
        found = self.scalar(key, "text")
        if found is None:
            return None
        if found.text not in choices:
            listed = ", ".join(choices)
            self.report(
                key,
                "field.choice",
                key=self.name(key),
                given=found.text,
                choices=listed,
            )
            return None
        return found.text

    def selector(self, key: str) -> Selector | None:
        """Return a PromQL vector selector."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return parse_selector(text)
        except PromqlError as error:
            self.report_promql(key, error)
            return None

    def report_promql(self, key: str, error: PromqlError) -> None:
        """Report what is wrong with a field's expression, at its place."""
        found = self.scalar(key, "text")
        place = self.place(key) if found is None else found.place_of(error.params)
        self.problems.report(place, error.code, **error.params)

    def limit(self, key: str, default: int) -> int:
        """Return a limit in whole numbers; 0 is refused, it never means unlimited."""
        found = self.scalar(key, "integer")
        if found is not None and found.text == "0":
            self._report_no_limit(key)
            return default
        value = self.integer(key, least=1)
        return default if value is None else value

    def size_bytes(self, key: str, default: int | None) -> int | None:
        """Return a size such as ``64MB`` in bytes; units are powers of 1024.

        Source: Prometheus configuration, ``<size>``.
        """
        found = self.scalar(key, "text")
        if found is None:
            return default
        parts = _SIZE.fullmatch(found.text)
        if parts is None:
            self.report(key, "field.size", key=self.name(key), given=found.text)
            return default
        value = int(parts[1]) << 10 * _SIZE_UNITS.index(parts[2] or "B")
        if value == 0:
            self._report_no_limit(key)
            return default
        return value

    def _report_no_limit(self, key: str) -> None:
        self.report(key, "field.no-limit", key=self.name(key))

    def open(
        self, key: str, known: Collection[str], unsupported: Collection[str] = ()
    ) -> "Fields | None":
        """Return a mapping to read on."""
        node = self.mapping(key)
        if node is None:
            return None
        return Fields(node, self.name(key), known, self.problems, unsupported)

    def mapping(self, key: str) -> YamlMap | None:
        """Return a mapping as it is."""
        found = self.entry(key)
        if found is None:
            return None
        if isinstance(found.value, YamlMap):
            return found.value
        self._wrong(found.value, key, "mapping")
        return None

    def items(self, key: str) -> tuple[YamlNode, ...]:
        """Return a list's items."""
        found = self.entry(key)
        if found is None:
            return ()
        if isinstance(found.value, YamlList):
            return found.value.items
        self._wrong(found.value, key, "list")
        return ()

    def open_items(
        self, key: str, known: Collection[str], unsupported: Collection[str] = ()
    ) -> list["Fields"]:
        """Return a list of mappings to read on."""
        found = []
        for index, node in enumerate(self.items(key)):
            name = f"{key}[{index}]"
            if isinstance(node, YamlMap):
                path = self.name(name)
                found.append(Fields(node, path, known, self.problems, unsupported))
            else:
                self._wrong(node, name, "mapping")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(text for text, _ in self.placed_texts(key))

    def placed_texts(self, key: str) -> list[tuple[str, Position]]:
        """Return a list of texts, each with its place."""
        found = []
        for index, node in enumerate(self.items(key)):
            if isinstance(node, YamlScalar) and not is_null(node):
                found.append((node.text, node.position))
            else:
                self._wrong(node, f"{key}[{index}]", "text")
        return found

    def text_map(self, key: str) -> tuple[tuple[str, str], ...]:
        """Return a mapping of texts to texts, in the order written."""
        node = self.mapping(key)
        found = []
        for entry in node.entries if node is not None else ():
            if isinstance(entry.value, YamlScalar):
                text = "" if is_null(entry.value) else entry.value.text
                found.append((entry.key, text))
            else:
                self._wrong(entry.value, f"{key}.{entry.key}", "text")
        return tuple(found)

    def scalar(self, key: str, expected: str) -> YamlScalar | None:
        """Return a scalar that is not null."""
        found = self.entry(key)
        if found is None:
            return None
        if isinstance(found.value, YamlScalar):
            return found.value
        self._wrong(found.value, key, expected)
        return None

    def _wrong(self, node: YamlNode, key: str, expected: str) -> None:
        code = _EXPECTED[expected]
        given = node.text if isinstance(node, YamlScalar) else _shape(node)
        self.problems.report(node.position, code, key=self.name(key), given=given)


_EXPECTED = {
    "text": "field.text",
    "boolean": "field.boolean",
    "integer": "field.integer",
    "number": "field.number",
    "duration": "field.duration",
    "mapping": "field.mapping",
    "list": "field.list",
}


def read_each(
    fields: list[Fields], read: Callable[[Fields], T | None]
) -> tuple[T, ...]:
    """Return what could be read of each."""
    return tuple(value for one in fields if (value := read(one)) is not None)


def _shape(node: YamlNode) -> str:
    return "[…]" if isinstance(node, YamlList) else "{…}"


#: What says the same as a key of Prometheus that it has given up itself.
_INSTEAD = {
    "bearer_token": "authorization: {credentials: …}",
    "bearer_token_file": "authorization: {credentials_file: …}",
}


def _report_unsupported(entry: YamlEntry, problems: ProblemList) -> None:
    instead = _INSTEAD.get(entry.key)
    if instead is None:
        problems.report(entry.position, "field.unsupported", key=entry.key)
    else:
        problems.report(
            entry.position, "field.given-up", key=entry.key, instead=instead
        )


def _report_unknown(
    entry: YamlEntry, path: str, known: Collection[str], problems: ProblemList
) -> tuple[str, ...]:
    """Report a key that nobody knows; return what it was probably meant to be."""
    near = did_you_mean(entry.key, known)
    where = path or entry.position.file.rpartition("/")[2]
    if near is not None:
        problems.report(
            entry.position, "field.unknown-near", key=entry.key, where=where, near=near
        )
    else:
        listed = ", ".join(sorted(known))
        problems.report(
            entry.position, "field.unknown", key=entry.key, where=where, known=listed
        )
    return () if near is None else (near,)
