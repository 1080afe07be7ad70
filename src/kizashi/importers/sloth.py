"""The dialect of Sloth: its own files, its object of Kubernetes, its alert windows.

Source: Sloth, API ``prometheus/v1`` and ``sloth.slok.dev/v1``; the default windows
are its table for 28 and 30 days.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal

from kizashi.declarations.fields import Fields
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.yaml_document import YamlMap, YamlNode, text_in
from kizashi.importers._base import (
    RUNBOOKS,
    Carrier,
    Dialect,
    items_of,
    texts_of,
)
from kizashi.importers.drafts import Draft
from kizashi.importers.queries import (
    QueryReader,
    with_window,
    without_placeholder,
)
from kizashi.importers.sloth_rules import SlothObjective
from kizashi.importers.sloth_windows import (
    DEFAULT_PERIODS,
    DEFAULT_ROWS,
    BurnRow,
    read_windows,
)
from kizashi.model.durations import format_duration
from kizashi.model.positions import Position
from kizashi.model.severity import Severity
from kizashi.model.windows import Window
from kizashi.sli._base import CounterGrowth, Indicator
from kizashi.slo.policy import CustomPair

_OWN_VERSION = "prometheus/v1"
_KUBERNETES_VERSION = "sloth.slok.dev/v1"
_SLO_KIND, _WINDOWS_KIND = "PrometheusServiceLevel", "AlertWindows"
_PERCENT = 100
#: A factor that is no short decimal is rounded to these places.
_FACTOR_PLACES = Decimal("0.0001")
_ALERTS = (("page_alert", Severity.PAGE), ("ticket_alert", Severity.TICKET))


@dataclass(frozen=True, slots=True)
class _Form:
    """How keys are spelt: with underscores, or in camel case as Kubernetes does."""

    is_camel: bool

    def key(self, name: str) -> str:
        if not self.is_camel:
            return name
        return re.sub("_([a-z])", lambda found: found[1].upper(), name)

    def keys(self, *names: str) -> tuple[str, ...]:
        return tuple(map(self.key, names))


@dataclass(frozen=True, slots=True)
class _Sli:
    """What an SLI counts, and its query of the share of bad events as written."""

    indicator: Indicator
    query: str


def _of(
    queries: QueryReader, events: CounterGrowth, place: Position, query: str
) -> _Sli | None:
    indicator = queries.indicator(events, place)
    return None if indicator is None else _Sli(indicator, query)


@dataclass(frozen=True, slots=True)
class _Home:
    """What the SLOs of a file share."""

    service: str
    labels: Mapping[str, str]
    form: _Form


@dataclass(slots=True)
class _Reader:
    """Reads documents; windows first, because SLOs depend on them."""

    carrier: Carrier
    rows: dict[Window, tuple[BurnRow, ...]] = field(default_factory=dict)
    specs: list[tuple[Fields, _Form]] = field(default_factory=list)

    def take(self, node: YamlMap) -> None:
        problems = self.carrier.problems
        keys = node.by_key
        if text_in(keys.get("apiVersion")) == _KUBERNETES_VERSION:
            self._take_object(node, keys)
        elif text_in(keys.get("version")) == _OWN_VERSION:
            form = _Form(is_camel=False)
            known = ("version", *_spec_keys(form))
            self.specs.append((Fields(node, "", known, problems), form))
        else:
            version = keys.get("version") or keys.get("apiVersion")
            place = node.position if version is None else version.position
            given = (
                text_in(keys.get("version")) or text_in(keys.get("apiVersion")) or "–"
            )
            problems.report(
                place,
                "import.version",
                given=given,
                known=f"{_OWN_VERSION}, {_KUBERNETES_VERSION}",
            )

    def _take_object(self, node: YamlMap, keys: Mapping[str, YamlNode]) -> None:
        problems = self.carrier.problems
        kind = text_in(keys.get("kind"))
        fields = Fields(
            node, "", ("apiVersion", "kind", "metadata", "spec", "status"), problems
        )
        if kind not in {_SLO_KIND, _WINDOWS_KIND}:
            known = f"{_SLO_KIND}, {_WINDOWS_KIND}"
            fields.report("kind", "document.kind", given=kind, known=known)
            return
        fields.require("spec")
        form = _Form(is_camel=True)
        if kind == _WINDOWS_KIND:
            self.rows |= read_windows(fields)
            return
        spec = fields.open("spec", _spec_keys(form))
        if spec is not None:
            self.specs.append((spec, form))

    def period(self) -> tuple[Window, tuple[BurnRow, ...]]:
        """Return the window of every SLO, and its pairs."""
        wanted = self.carrier.options.window
        if wanted is None and len(self.rows) == 1:
            return next(iter(self.rows.items()))
        period = self.carrier.window
        return period, self.rows.get(period, DEFAULT_ROWS)

    # SLOs.

    def finish(self) -> None:
        period, rows = self.period()
        for spec, form in self.specs:
            if period not in (*self.rows, *DEFAULT_PERIODS):
                self.carrier.problems.advise(
                    spec.position,
                    "import.sloth.period",
                    period=str(period),
                )
            _SloReader(self.carrier, period, rows).read(spec, form)


@dataclass(frozen=True, slots=True)
class _SloReader:
    """Carries the SLOs of one file."""

    carrier: Carrier
    period: Window
    rows: tuple[BurnRow, ...]

    def read(self, spec: Fields, form: _Form) -> None:
        """Carry every SLO of a spec."""
        spec.require("slos")
        service = self._service(spec)
        labels = self.carrier.labels(
            spec.text_map("labels"), lambda _: spec.place("labels")
        )
        self._name_plugins(spec, form.key("slo_plugins"))
        keys = ("name", "description", "objective", "plugins", "labels", "sli")
        for fields in spec.open_items("slos", (*keys, "alerting")):
            if service is not None:
                self._carry(fields, _Home(service, labels, form))

    def _service(self, spec: Fields) -> str | None:
        service = spec.text("service") or self.carrier.options.service
        if service is None and spec.require("service"):
            spec.report("service", "name.form", key="service", given="")
        return service

    def _carry(self, fields: Fields, home: _Home) -> None:
        fields.require("name", "objective", "sli")
        self._name_plugins(fields, "plugins")
        if fields.entry("labels") is not None:
            fields.advise("labels", "import.slo-labels")
        name, objective = fields.text("name"), fields.decimal("objective")
        sli = self._sli(fields, home.form)
        runbook, severities = self._alerting(fields, home.form)
        if name is None or objective is None or sli is None:
            return
        description = fields.text("description")
        draft = Draft(
            home.service,
            name,
            fields.place("name"),
            objective / _PERCENT,
            fields.place("objective"),
            self.period,
            sli.indicator,
            pairs=self._pairs(severities, fields.place("objective")),
            title=description,
            runbook=runbook,
            former=self._former(home, name, objective / _PERCENT, sli).former(
                severities
            ),
        )
        self.carrier.carry(draft, home.labels)

    def _former(
        self, home: _Home, name: str, target: Decimal, sli: _Sli
    ) -> SlothObjective:
        """Return the objective as Sloth makes rules of it."""
        alerts = tuple(
            (
                severity.value,
                tuple(
                    (
                        format_duration(row.short_ms),
                        format_duration(row.long_ms),
                        row.factor(self.period),
                    )
                    for row in self.rows
                    if row.severity is severity
                ),
            )
            for severity in Severity
        )
        return SlothObjective(
            home.service,
            name,
            target,
            str(self.period),
            lambda window: with_window(sli.query, window),
            alerts,
        )

    def _name_plugins(self, fields: Fields, key: str) -> None:
        plugins = fields.open(key, ("overridePrevious", "chain"))
        if plugins is None:
            return
        chain = plugins.open_items("chain", ("id", "config", "priority"))
        names = [each.text("id") or "–" for each in chain]
        fields.advise(key, "import.sloth.slo-plugins", names=", ".join(names) or "–")

    # Indicators.

    def _sli(self, fields: Fields, form: _Form) -> _Sli | None:
        sli = fields.open("sli", ("events", "raw", "plugin"))
        if sli is None:
            return None
        given = [k for k in ("events", "raw", "plugin") if sli.entry(k) is not None]
        problems = self.carrier.problems
        if len(given) != 1:
            keys = "events, raw, plugin"
            code = "openslo.only-one" if given else "openslo.one-of"
            problems.report(sli.position, code, keys=keys, where=sli.path)
            return None
        if given[0] == "plugin":
            plugin = sli.open("plugin", ("id", "options"))
            name = None if plugin is None else plugin.text("id")
            sli.report("plugin", "import.sloth.plugin", name=name or "–")
            return None
        return self._events(sli, form) if given[0] == "events" else self._raw(sli, form)

    def _events(self, sli: Fields, form: _Form) -> _Sli | None:
        keys = form.keys("error_query", "total_query")
        fields = sli.open("events", keys)
        if fields is None or not fields.require(*keys):
            return None
        error, total = (self._query(fields, key) for key in keys)
        if error is None or total is None:
            return None
        queries = QueryReader(self.carrier.problems)
        places = fields.place(keys[0]), fields.place(keys[1])
        events = queries.bad_of(error, places[0], total, places[1])
        texts = (fields.text_or(key, "") for key in keys)
        query = " / ".join(f"({text})" for text in texts)
        return None if events is None else _of(queries, events, places[0], query)

    def _raw(self, sli: Fields, form: _Form) -> _Sli | None:
        key = form.key("error_ratio_query")
        fields = sli.open("raw", (key,))
        if fields is None or not fields.require(key):
            return None
        query = self._query(fields, key)
        if query is None:
            return None
        queries = QueryReader(self.carrier.problems)
        events = queries.ratio_of(query, fields.place(key), is_good=False)
        if events is None:
            return None
        written = f"({fields.text_or(key, '')})"
        return _of(queries, events, fields.place(key), written)

    def _query(self, fields: Fields, key: str) -> str | None:
        text = fields.text(key)
        if text is None:
            return None
        query, had_window = without_placeholder(text)
        if not had_window:
            fields.advise(key, "import.sloth.no-window")
        return query

    # Alerts.

    def _alerting(
        self, fields: Fields, form: _Form
    ) -> tuple[str | None, frozenset[Severity]]:
        """Return the runbook, and the severities that are not switched off."""
        keys = ("name", "labels", "annotations", *form.keys(*(k for k, _ in _ALERTS)))
        alerting = fields.open("alerting", keys)
        if alerting is None:
            return None, frozenset(Severity)
        problems = self.carrier.problems
        if alerting.entry("name") is not None:
            name = alerting.text("name")
            alerting.remark("name", "import.alert-name", name=name)
        runbook = self._texts(alerting)
        on = set()
        for name, severity in _ALERTS:
            alert = alerting.open(form.key(name), ("disable", "labels", "annotations"))
            if alert is None or not alert.boolean("disable", default=False):
                on.add(severity)
            if alert is not None:
                runbook = self._texts(alert) or runbook
        if not on:
            problems.advise(alerting.position, "import.no-alerts")
        return runbook, frozenset(on)

    def _texts(self, fields: Fields) -> str | None:
        """Return the runbook that annotations name; what else they say is named."""
        for name, _ in fields.text_map("labels"):
            place = _place_in(fields, "labels", name)
            self.carrier.problems.advise(place, "import.alert-label", name=name)
        runbook = None
        for name, value in fields.text_map("annotations"):
            if name in RUNBOOKS and value:
                runbook = value
            else:
                place = _place_in(fields, "annotations", name)
                self.carrier.problems.remark(place, "import.annotation", name=name)
        return runbook

    def _pairs(
        self, severities: frozenset[Severity], place: Position
    ) -> tuple[CustomPair, ...]:
        """Return the pairs; where all alerts are off, all of them as tickets."""
        pairs = []
        for row in self.rows:
            severity = row.severity if severities else Severity.TICKET
            if severities and severity not in severities:
                continue
            exact = row.factor(self.period)
            factor = exact.quantize(_FACTOR_PLACES, ROUND_HALF_EVEN)
            if factor != exact:
                self.carrier.problems.remark(place, "import.factor", given=factor)
            pairs.append(
                CustomPair(row.long_ms, row.short_ms, factor.normalize(), severity)
            )
        return tuple(pairs)


def _spec_keys(form: _Form) -> tuple[str, ...]:
    return ("service", "labels", form.key("slo_plugins"), "slos")


def _place_in(fields: Fields, key: str, name: str) -> Position:
    """Return where a key of a mapping stands."""
    node = fields.mapping(key)
    entries = () if node is None else node.entries
    return next((e.position for e in entries if e.key == name), fields.place(key))


def _read(sources: Sequence[SourceText], carrier: Carrier) -> None:
    reader = _Reader(carrier)
    for document in carrier.documents(sources):
        for each in items_of(document):
            reader.take(each)
    reader.finish()


def _is_own(document: YamlMap) -> bool:
    return any(
        told.get("version") == _OWN_VERSION
        or told.get("apiVersion") == _KUBERNETES_VERSION
        for told in map(texts_of, items_of(document))
    )


DIALECT = Dialect("sloth", _is_own, _read)
