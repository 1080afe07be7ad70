"""The dialect of Pyrra: ``ServiceLevelObjective`` of ``pyrra.dev/v1alpha1``.

Source: Pyrra, API ``pyrra.dev/v1alpha1``, and the windows of its burn-rate alerts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from kizashi.declarations.fields import Fields
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.yaml_document import YamlMap
from kizashi.importers._base import (
    SEVERITIES,
    Carrier,
    Dialect,
    items_of,
    texts_of,
)
from kizashi.importers.drafts import Draft
from kizashi.importers.pyrra_rules import (
    BURNS,
    Measured,
    PyrraObjective,
    of_errors,
    of_gauge,
    of_success,
    part_of,
)
from kizashi.importers.queries import QueryReader, counters
from kizashi.model.matchers import Selector
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow, Window
from kizashi.sli._base import Indicator, implied_job
from kizashi.sli.boolean import BooleanIndicator
from kizashi.slo.policy import CustomPair

_VERSION, _KIND, _LIST = "pyrra.dev/v1alpha1", "ServiceLevelObjective", "List"
_DOCUMENT_KEYS = ("apiVersion", "kind", "metadata", "spec", "status")
_SPEC_KEYS = (
    "description",
    "target",
    "window",
    "indicator",
    "alerting",
    "partial_response_strategy",
    "performanceOverAccuracy",
    "ruleOutput",
)
_ALERTING_KEYS = (
    "disabled",
    "burnrates",
    "burnRateType",
    "absent",
    "name",
    "absentName",
    "severities",
)
_INDICATORS = ("ratio", "latency", "latencyNative", "bool_gauge")
_PREFIX = "pyrra.dev/"
_PERCENT = 100
#: An indicator, and what Pyrra asks of it.
_Read = tuple[Indicator, Measured]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Carries the objectives of one file."""

    carrier: Carrier

    def take(self, node: YamlMap) -> None:
        """Carry a document, or every item of a list."""
        problems = self.carrier.problems
        keys = (*_DOCUMENT_KEYS, "items")
        document = Fields(node, "", keys, problems)
        kind = document.text_or("kind", "")
        if kind.endswith(_LIST) and document.entry("items") is not None:
            for item in document.items("items"):
                if isinstance(item, YamlMap):
                    self.take(item)
            return
        version = document.text_or("apiVersion", "")
        if version != _VERSION:
            document.report(
                "apiVersion", "import.version", given=version or "–", known=_VERSION
            )
        elif kind != _KIND:
            document.report("kind", "document.kind", given=kind, known=_KIND)
        elif document.require("metadata", "spec"):
            self._carry(document)

    def _carry(self, document: Fields) -> None:
        metadata = document.mapping("metadata")
        spec = document.open("spec", _SPEC_KEYS)
        if metadata is None or spec is None:
            return
        # Kubernetes writes more into metadata than anybody lists.
        every = tuple(entry.key for entry in metadata.entries)
        named = Fields(metadata, "metadata", every, self.carrier.problems)
        named.require("name")
        spec.require("target", "window", "indicator")
        name, target = named.text("name"), self._target(spec)
        length_ms = spec.duration_ms("window")
        read = self._indicator(spec)
        self._name_the_rest(spec)
        labels, annotations = (
            self._texts(named, "labels"),
            self._texts(named, "annotations"),
        )
        severities = self._severities(spec)
        if name is None or target is None or length_ms is None or read is None:
            return
        window = RollingWindow(length_ms)
        indicator, measured = read
        runbook = annotations.pop("runbook", annotations.pop("runbook_url", None))
        for key in annotations:
            named.remark("annotations", "import.annotation", name=key)
        draft = Draft(
            self._service(named, labels, indicator, name),
            name,
            named.place("name"),
            target,
            spec.place("target"),
            window,
            indicator,
            pairs=_pairs(window, severities),
            title=spec.text("description"),
            runbook=runbook,
            former=PyrraObjective(name, target, window, measured, severities).former(),
        )
        labels.pop("service", None)
        found = self.carrier.labels(labels.items(), lambda _: named.place("labels"))
        named.remark("name", "import.for", name=name)
        self.carrier.carry(draft, found)

    def _target(self, spec: Fields) -> Decimal | None:
        text = spec.text("target")
        if text is None:
            return None
        try:
            value = Decimal(text)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            spec.report("target", "field.number", key="spec.target", given=text)
            return None
        return value / _PERCENT

    def _texts(self, named: Fields, key: str) -> dict[str, str]:
        """Return the entries that Pyrra carries into alerts, their prefix off."""
        return {
            name.removeprefix(_PREFIX): value
            for name, value in named.text_map(key)
            if name.startswith(_PREFIX)
        }

    def _service(
        self,
        named: Fields,
        labels: dict[str, str],
        indicator: Indicator,
        name: str,
    ) -> str:
        """Return the service, which Pyrra does not name, and say where it is from."""
        jobs = implied_job(indicator)
        job = next(iter(jobs), None) if len(jobs) == 1 else None
        found = self.carrier.options.service or labels.get("service") or job or name
        named.remark("name", "import.service", name=name, service=found)
        return found

    # Indicators.

    def _indicator(self, spec: Fields) -> _Read | None:
        fields = spec.open("indicator", _INDICATORS)
        if fields is None:
            return None
        given = [key for key in _INDICATORS if fields.entry(key) is not None]
        problems = self.carrier.problems
        if len(given) != 1:
            code = "openslo.only-one" if given else "openslo.one-of"
            keys = ", ".join(_INDICATORS)
            problems.report(fields.position, code, keys=keys, where=fields.path)
            return None
        match given[0]:
            case "ratio":
                return self._sides(fields, "ratio", "errors", is_good=False)
            case "latency":
                return self._sides(fields, "latency", "success", is_good=True)
            case "bool_gauge":
                return self._gauge(fields)
            case _:
                fields.open("latencyNative", ("total", "latency", "grouping"))
                fields.report("latencyNative", "import.pyrra.native")
                return None

    def _sides(
        self, parent: Fields, key: str, side: str, *, is_good: bool
    ) -> _Read | None:
        fields = parent.open(key, (side, "total", "grouping"))
        if fields is None or not fields.require(side, "total"):
            return None
        self._name_grouping(fields)
        part, total = self._metric(fields, side), self._metric(fields, "total")
        if part is None or total is None:
            return None
        events = counters(part, total, is_good=is_good)
        queries = QueryReader(self.carrier.problems)
        indicator = queries.indicator(events, fields.place(side))
        if indicator is None:
            return None
        return indicator, (of_success if is_good else of_errors)(part, total)

    def _metric(self, parent: Fields, key: str) -> Selector | None:
        fields = parent.open(key, ("metric",))
        if fields is None or not fields.require("metric"):
            return None
        return fields.selector("metric")

    def _gauge(self, parent: Fields) -> _Read | None:
        fields = parent.open("bool_gauge", ("metric", "grouping"))
        if fields is None or not fields.require("metric"):
            return None
        self._name_grouping(fields)
        gauge = fields.selector("metric")
        return None if gauge is None else (BooleanIndicator(gauge), of_gauge(gauge))

    def _name_grouping(self, fields: Fields) -> None:
        grouping = fields.texts("grouping")
        if grouping:
            fields.advise(
                "grouping", "import.pyrra.grouping", labels=", ".join(grouping)
            )

    # Alerts, and what has no place here.

    def _severities(self, spec: Fields) -> dict[str, Severity] | None:
        """Return the severity of each alert; None where all are switched off."""
        found = {row.name: row.severity for row in BURNS}
        alerting = spec.open("alerting", _ALERTING_KEYS)
        if alerting is None:
            return found
        problems = self.carrier.problems
        for key in ("name", "absentName"):
            name = alerting.text(key)
            if name is not None:
                alerting.remark(key, "import.alert-name", name=name)
        if not alerting.boolean("absent", default=True):
            alerting.remark("absent", "import.pyrra.absent")
        if alerting.text("burnRateType") == "dynamic":
            alerting.advise("burnRateType", "import.pyrra.dynamic")
        given = alerting.open("severities", ("absent", *found))
        for key in ("absent", *found) if given is not None else ():
            text = given.text(key) if given is not None else None
            if given is None or text is None:
                continue
            known = SEVERITIES.get(text.lower())
            if key == "absent" or known is None:
                given.advise(key, "import.severity", key=key, given=text)
            else:
                found[key] = known
        is_off = alerting.boolean("disabled", default=False)
        if is_off or not alerting.boolean("burnrates", default=True):
            problems.advise(alerting.position, "import.no-alerts")
            return None
        return found

    def _name_the_rest(self, spec: Fields) -> None:
        for key in (
            "partial_response_strategy",
            "performanceOverAccuracy",
            "ruleOutput",
        ):
            if spec.entry(key) is not None:
                spec.remark(key, "import.rules-only", key=key)


def _pairs(
    window: Window, severities: dict[str, Severity] | None
) -> tuple[CustomPair, ...]:
    return tuple(
        CustomPair(
            part_of(window, row.long),
            part_of(window, row.short),
            Decimal(row.factor),
            Severity.TICKET if severities is None else severities[row.name],
        )
        for row in BURNS
    )


def _read(sources: Sequence[SourceText], carrier: Carrier) -> None:
    for document in carrier.documents(sources):
        _Reader(carrier).take(document)


def _is_own(document: YamlMap) -> bool:
    return any(texts_of(o).get("apiVersion") == _VERSION for o in items_of(document))


DIALECT = Dialect("pyrra", _is_own, _read)
