"""What every OpenSLO document has, and how strictly its rules are taken.

The specification's text, its examples and the validator of its Go SDK disagree. A rule
that only the SDK has is a leniency here: with ``strict`` it is a problem, otherwise a
warning that says what the document is taken for.

Source: OpenSLO specification v1, and go-sdk 0.9.2 where it is stricter.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType

from kizashi.declarations.fields import Fields
from kizashi.declarations.problems import ProblemList, did_you_mean
from kizashi.declarations.yaml_document import (
    YamlList,
    YamlMap,
    YamlScalar,
    is_null,
)
from kizashi.errors import DurationError
from kizashi.model.durations import parse_duration
from kizashi.model.positions import Position

API_VERSION = "openslo/v1"
#: Annotations that Kizashi reads: what OpenSLO has no word for.
OWN_PREFIX = "kizashi.dev/"

_RESERVED_PREFIX = "openslo.com/"
_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?")
#: Keys of labels, and names of annotations.
LABEL_KEY = re.compile(r"[a-zA-Z0-9](?:[-._a-zA-Z0-9]{0,61}[a-zA-Z0-9])?")
_PREFIX = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)*"
)
LONGEST_DISPLAY_NAME = 63
_LONGEST_DESCRIPTION = 1_050
LONGEST_NAME = 63

_DAY_MS = 86_400_000
#: Source: OpenSLO v1, "Duration shorthand"; lengths of M, Q and Y as the SDK has them.
UNITS_MS = {
    "m": 60_000,
    "h": 3_600_000,
    "d": _DAY_MS,
    "w": 7 * _DAY_MS,
    "M": 30 * _DAY_MS,
    "Q": 90 * _DAY_MS,
    "Y": 365 * _DAY_MS,
}
_DURATION = re.compile(r"([0-9]{1,9})([mhdwMQY])")
_MINUTES = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class Ref:
    """The name of another object, as written, and where."""

    name: str
    place: Position


@dataclass(frozen=True, slots=True)
class Metadata:
    """The metadata of an object.

    Attributes:
        name: As written; what references name it by.
        used: The name that Kizashi uses: an RFC 1123 label.
        display_name: For people; None where none is given.
        place: Where the name stands.
        labels: Key to its values.
        annotations: Key to value.
        places: Where each label's and annotation's value stands, by key.
    """

    name: str
    used: str
    display_name: str | None
    place: Position
    labels: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    annotations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[str, Position] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class OpenSloReading:
    """Takes problems, and knows how strictly."""

    problems: ProblemList
    is_strict: bool = False

    def report(self, place: Position, code: str, /, **params: object) -> None:
        """Add an error."""
        self.problems.report(place, code, **params)

    def remark(self, place: Position, code: str, /, **params: object) -> None:
        """Add a note: what became of something that was read."""
        self.problems.remark(place, code, **params)

    def lenient(self, place: Position, code: str, /, **params: object) -> None:
        """Add an error where reading is strict, a warning where it is not."""
        if self.is_strict:
            self.problems.report(place, code, **params)
        else:
            self.problems.advise(place, code, **params)

    # Metadata.

    def metadata(self, document: Fields) -> Metadata | None:
        """Return the metadata of an object, None where it has no name."""
        if not document.require("metadata"):
            return None
        fields = document.open(
            "metadata", ("name", "displayName", "labels", "annotations")
        )
        if fields is None:
            return None
        places: dict[str, Position] = {}
        display_name = self.text(fields, "displayName", LONGEST_DISPLAY_NAME)
        labels = self._labels(fields, places)
        annotations = self._annotations(fields, places)
        if not fields.require("name"):
            return None
        name = fields.text("name")
        if name is None:
            return None
        used = self.name(fields.place("name"), fields.name("name"), name)
        if used is None:
            return None
        return Metadata(
            name,
            used,
            display_name,
            fields.place("name"),
            MappingProxyType(labels),
            MappingProxyType(annotations),
            MappingProxyType(places),
        )

    def name(self, place: Position, key: str, given: str) -> str | None:
        """Return a name as an RFC 1123 label, None where nothing is left of it."""
        if _NAME.fullmatch(given):
            return given
        used = slug(given)
        if used is None:
            self.report(place, "name.form", key=key, given=given)
        else:
            self.lenient(place, "openslo.name", key=key, given=given, used=used)
        return used

    def text(self, fields: Fields, key: str, longest: int) -> str | None:
        """Return a text; one that is too long is a leniency."""
        text = fields.text(key)
        if text is not None and len(text) > longest:
            self.lenient(
                fields.place(key),
                "openslo.long-text",
                key=fields.name(key),
                length=len(text),
                limit=longest,
            )
        return text

    def description(self, fields: Fields) -> None:
        """Check a description; Kizashi has no place for one."""
        self.text(fields, "description", _LONGEST_DESCRIPTION)

    def _labels(
        self, fields: Fields, places: dict[str, Position]
    ) -> dict[str, tuple[str, ...]]:
        node = fields.mapping("labels")
        found = {}
        for entry in node.entries if node is not None else ():
            if not LABEL_KEY.fullmatch(entry.key):
                self.lenient(entry.position, "openslo.label-key", given=entry.key)
            items = (
                entry.value.items
                if isinstance(entry.value, YamlList)
                else (entry.value,)
            )
            texts = [v.text for v in items if isinstance(v, YamlScalar) and v.text]
            if len(texts) != len(items):
                self.report(entry.value.position, "openslo.label-value", key=entry.key)
            found[entry.key] = tuple(texts)
            places[entry.key] = entry.value.position
        return found

    def _annotations(
        self, fields: Fields, places: dict[str, Position]
    ) -> dict[str, str]:
        found = dict(fields.text_map("annotations"))
        node = fields.mapping("annotations")
        for entry in node.entries if node is not None else ():
            prefix, slash, name = entry.key.rpartition("/")
            if not LABEL_KEY.fullmatch(name) or (
                slash and not _PREFIX.fullmatch(prefix)
            ):
                self.lenient(entry.position, "openslo.annotation-key", given=entry.key)
            if entry.key.startswith(_RESERVED_PREFIX):
                self.problems.advise(
                    entry.position, "openslo.annotation-reserved", given=entry.key
                )
            places[entry.key] = entry.value.position
        return found

    # Values.

    def duration_ms(
        self, fields: Fields, key: str, *, minutes: bool = False
    ) -> int | None:
        """Return a duration shorthand in milliseconds; 0 is one.

        Args:
            fields: The mapping.
            key: The field.
            minutes: Whether a plain number, which the specification takes for minutes
                there, is a leniency rather than wrong.
        """
        found = fields.scalar(key, "duration")
        if found is None:
            return None
        parts = _DURATION.fullmatch(found.text)
        if parts is not None:
            return int(parts[1]) * UNITS_MS[parts[2]]
        name = fields.name(key)
        if minutes and _MINUTES.fullmatch(found.text):
            self.lenient(
                found.position, "openslo.number-minutes", key=name, given=found.text
            )
            return int(found.text) * UNITS_MS["m"]
        try:
            value = parse_duration(found.text)
        except DurationError:
            self.report(found.position, "openslo.duration", key=name, given=found.text)
            return None
        self.lenient(
            found.position, "openslo.duration-form", key=name, given=found.text
        )
        return value

    def number(self, fields: Fields, key: str) -> Decimal | None:
        """Return a number with its decimals exactly as written."""
        return fields.decimal(key)

    def choice(self, fields: Fields, key: str, choices: Collection[str]) -> str | None:
        """Return one of the choices; other letter case is a leniency."""
        found = fields.scalar(key, "text")
        if found is None or found.text in choices:
            return None if found is None else found.text
        near = {c.lower(): c for c in choices}.get(found.text.lower())
        if near is None:
            return fields.choice(key, choices)
        self.lenient(
            found.position,
            "openslo.letter-case",
            key=fields.name(key),
            given=found.text,
            used=near,
        )
        return near

    def flag(self, fields: Fields, key: str) -> bool | None:
        """Return a switch, None where it is not given."""
        if fields.entry(key) is None:
            return None
        return fields.boolean(key, default=False)

    def ref(self, fields: Fields, key: str, *, is_free: bool = False) -> Ref | None:
        """Return a reference to another object; a free one may have any form."""
        name = fields.text(key)
        if name is None:
            return None
        place = fields.place(key)
        used = slug(name)
        if used is None:
            self.report(place, "name.form", key=fields.name(key), given=name)
            return None
        if not (is_free or _NAME.fullmatch(name)):
            self.lenient(
                place, "openslo.name", key=fields.name(key), given=name, used=used
            )
        return Ref(name, place)

    def items(
        self, fields: Fields, key: str, ref_key: str, known: Collection[str]
    ) -> "list[Fields | Ref]":
        """Return a list of mappings; a name alone, as of old, is a reference.

        Args:
            fields: The mapping that has the list.
            key: The list.
            ref_key: The key of a reference in each of the mappings.
            known: All keys that these may have.
        """
        found: list[Fields | Ref] = []
        for number, node in enumerate(fields.items(key)):
            name = f"{key}[{number}]"
            if isinstance(node, YamlMap):
                path = fields.name(name)
                found.append(Fields(node, path, (ref_key, *known), self.problems))
            elif isinstance(node, YamlScalar) and not is_null(node) and slug(node.text):
                self.lenient(
                    node.position, "openslo.plain-ref", key=ref_key, given=node.text
                )
                found.append(Ref(node.text, node.position))
            else:
                name = fields.name(name)
                self.report(node.position, "field.mapping", key=name, given="…")
        return found

    def one_of(self, fields: Fields, keys: Collection[str]) -> str | None:
        """Return which one of some fields is given; report none, and more than one."""
        given = [key for key in keys if fields.entry(key) is not None]
        names = ", ".join(keys)
        where = fields.path or "…"
        if not given:
            self.report(fields.position, "openslo.one-of", keys=names, where=where)
            return None
        for extra in given[1:]:
            self.report(fields.place(extra), "openslo.only-one", keys=names)
        return given[0]

    def inline(self, fields: Fields, kind: str, *, needs_kind: bool = True) -> None:
        """Check the kind of an object that stands inside another one."""
        given = fields.text("kind")
        if given is None:
            if needs_kind:
                self.lenient(fields.position, "openslo.inline-kind", kind=kind)
        elif given != kind:
            self.report(
                fields.place("kind"), "openslo.inline-other", given=given, kind=kind
            )

    def free_map(self, fields: Fields, key: str) -> YamlMap | None:
        """Return a mapping of any keys that has at least one."""
        node = fields.mapping(key)
        if node is not None and not node.entries:
            self.report(node.position, "openslo.empty", key=fields.name(key))
        return node


def slug(text: str) -> str | None:
    """Return a text as an RFC 1123 label, None where nothing is left of it."""
    words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return words[:LONGEST_NAME].strip("-") or None


def unresolved(
    reading: OpenSloReading, ref: Ref, kind: str, known: Collection[str]
) -> None:
    """Report a reference to an object that no file declares."""
    near = did_you_mean(ref.name, known) or ", ".join(sorted(known)) or "–"
    reading.report(ref.place, "openslo.unresolved", kind=kind, name=ref.name, near=near)


def text_of(node: YamlMap | None, *keys: str) -> YamlScalar | None:
    """Return the first of some entries of a free mapping that is a text."""
    for key in keys:
        for entry in node.entries if node is not None else ():
            value = entry.value
            if (
                entry.key == key
                and isinstance(value, YamlScalar)
                and not is_null(value)
            ):
                return value
    return None
