"""What OpenSLO has no word for, in annotations ``kizashi.dev/…``."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from kizashi.declarations.alerting import (
    Promise,
    advise_on_preset,
    check_pair,
)
from kizashi.declarations.fields import Fields
from kizashi.declarations.naming import read_name
from kizashi.declarations.openslo_reading import (
    OWN_PREFIX,
    UNITS_MS,
    Metadata,
    OpenSloReading,
)
from kizashi.declarations.yaml_document import (
    ScalarKind,
    YamlEntry,
    YamlMap,
    YamlScalar,
)
from kizashi.errors import DurationError
from kizashi.model.durations import format_duration, parse_duration
from kizashi.model.positions import Position
from kizashi.model.severity import Severity
from kizashi.sli._kinds import KINDS
from kizashi.slo.objective import Dependency, LocalText, NoData
from kizashi.slo.policy import PRESETS, CustomPair, CustomPolicy, Policy, PresetPolicy

#: Annotations of an SLO, without their prefix.
SLO_KEYS = (
    "objective",
    "display-name-en",
    "display-name-ja",
    "indicator",
    "job",
    "window",
    "policy",
    "for",
    "min-bad-events",
    "no-data",
    "runbook",
)
#: Annotations of a Service, without their prefix.
SERVICE_KEYS = (
    "display-name-en",
    "display-name-ja",
    "owner",
    "tier",
    "depends-on",
    "signals",
)
_PAIR = re.compile(r"([0-9a-z]+)/([0-9a-z]+) ([0-9.]+) ([a-z]+)")
_DEPENDENCY = re.compile(r"([^ ,]+) (hard|soft)")
#: Units in which a length says nothing else, longest first. Months are 30 days only
#: to some.
_WHOLE_UNITS = ("d", "h", "m")
_WHOLE = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class OwnAnnotations:
    """The annotations of one object that are for Kizashi."""

    fields: Fields

    @property
    def kind(self) -> str | None:
        """The kind that an indicator is said to be, where its form leaves that open."""
        return self.fields.choice("indicator", KINDS)

    def place(self, key: str) -> Position:
        """Return where an annotation stands."""
        return self.fields.place(key)

    def name(self, key: str) -> str | None:
        """Return a name that fits in a label, None where none is given."""
        return None if self.fields.entry(key) is None else read_name(self.fields, key)

    def local_text(self, default: str) -> LocalText:
        """Return the display name in both languages."""
        english = self.fields.text("display-name-en") or default
        return LocalText(english, self.fields.text("display-name-ja") or default)

    def no_data(self) -> NoData | None:
        """Return what too little data does to alerts, None where nothing is said."""
        chosen = self.fields.choice("no-data", tuple(NoData))
        return None if chosen is None else NoData(chosen)

    def policy(self, promise: Promise) -> Policy | None:
        """Return the alert policy, None where none is given or it is wrong."""
        text = self.fields.text("policy")
        if text is None:
            return None
        place, problems = self.fields.place("policy"), self.fields.problems
        if text in PRESETS:
            preset = PresetPolicy(text)
            advise_on_preset(problems, place, preset, promise)
            return preset
        pairs = [_parse_pair(part) for part in text.split(", ")]
        whole = tuple(pair for pair in pairs if pair is not None)
        if len(whole) < len(pairs):
            listed = ", ".join(PRESETS)
            problems.report(place, "openslo.own-policy", given=text, presets=listed)
            return None
        for pair in whole:
            check_pair(problems, (place, place, place), pair, promise)
        return CustomPolicy(whole)

    def dependencies(self) -> tuple[Dependency, ...]:
        """Return the services that a service needs."""
        text = self.fields.text("depends-on")
        if text is None:
            return ()
        parts = [_DEPENDENCY.fullmatch(part) for part in text.split(", ")]
        if not all(parts):
            self.fields.problems.report(
                self.fields.place("depends-on"), "openslo.own-dependency", given=text
            )
        return tuple(Dependency(p[1], p[2]) for p in parts if p is not None)


def own_annotations(
    metadata: Metadata, known: Collection[str], reading: OpenSloReading
) -> OwnAnnotations:
    """Return the annotations that are for Kizashi; unknown ones are reported."""
    entries = [
        YamlEntry(key.removeprefix(OWN_PREFIX), place, YamlScalar(place, text, kind))
        for key, text in metadata.annotations.items()
        if key.startswith(OWN_PREFIX)
        for place in [metadata.places[key]]
        for kind in [ScalarKind.INTEGER if _WHOLE.fullmatch(text) else ScalarKind.TEXT]
    ]
    node = YamlMap(metadata.place, tuple(entries))
    path = f"metadata.annotations {OWN_PREFIX}…"
    return OwnAnnotations(Fields(node, path, known, reading.problems))


def policy_text(policy: Policy) -> str:
    """Return a policy as the annotation ``policy`` has it."""
    match policy:
        case PresetPolicy(preset=preset):
            return preset
        case CustomPolicy(pairs=pairs):
            return ", ".join(
                f"{format_duration(p.long_ms)}/{format_duration(p.short_ms)}"
                f" {p.factor.normalize():f} {p.severity}"
                for p in pairs
            )


def duration_text(length_ms: int) -> str | None:
    """Return a length as OpenSLO's durations have it, None where they cannot."""
    for unit in _WHOLE_UNITS:
        count, rest = divmod(length_ms, UNITS_MS[unit])
        if count and not rest:
            return f"{count}{unit}"
    return None


def dependencies_text(dependencies: Iterable[Dependency]) -> str | None:
    """Return dependencies as the annotation ``depends-on``, None where it cannot be."""
    texts = [f"{d.service} {d.kind}" for d in dependencies]
    return ", ".join(texts) if all(map(_DEPENDENCY.fullmatch, texts)) else None


def _parse_pair(text: str) -> CustomPair | None:
    parts = _PAIR.fullmatch(text)
    if parts is None or parts[4] not in tuple(Severity):
        return None
    try:
        long_ms, short_ms = parse_duration(parts[1]), parse_duration(parts[2])
        factor = Decimal(parts[3])
    except (DurationError, ArithmeticError):
        return None
    if factor <= 0 or not 0 < short_ms <= long_ms:
        return None
    return CustomPair(long_ms, short_ms, factor, Severity(parts[4]))
