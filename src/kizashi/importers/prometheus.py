"""Rule files of Prometheus: burn-rate alerts on two windows are objectives.

Such an alert compares the share of bad events over a long and over a short window with
``factor * (1 - target)``. The share may be recorded by a rule of any of the files.

Source: SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.openslo_reading import slug
from kizashi.declarations.yaml_document import YamlList, YamlMap, text_in
from kizashi.importers._base import (
    RUNBOOKS,
    SEVERITIES,
    Carrier,
    Dialect,
)
from kizashi.importers.burn_conditions import (
    BurnLeg,
    RecordedRules,
    UnreadAlertError,
    joined,
)
from kizashi.importers.drafts import Draft
from kizashi.importers.prometheus_rules import former
from kizashi.importers.queries import QueryReader
from kizashi.lint._base import Expression, Kind
from kizashi.lint.sources import read
from kizashi.model.positions import Position
from kizashi.model.severity import Severity
from kizashi.sli._base import Indicator, implied_job
from kizashi.slo.policy import CustomPair

_SERVICES = ("service", "sloth_service")
_OBJECTIVES = ("objective", "slo", "sloth_slo")
_SEVERITY_LABELS = ("severity", "sloth_severity")
_SIDES = 2


@dataclass(slots=True)
class _Found:
    """An objective in the making."""

    first: Expression
    indicator: Indicator
    target: Decimal
    labels: Mapping[str, str]
    pairs: list[CustomPair] = field(default_factory=list)
    alerts: list[Expression] = field(default_factory=list)
    queries: dict[int, str] = field(default_factory=dict)
    reads: dict[int, Expression] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Makes objectives of alerts, and lists what is none."""

    carrier: Carrier
    rules: RecordedRules = field(default_factory=RecordedRules)
    found: dict[object, _Found] = field(default_factory=dict)
    names: dict[str, set[str]] = field(default_factory=dict)

    def take(self, expressions: Sequence[Expression]) -> None:
        """Take the rules of all files."""
        for each in expressions:
            if each.kind is Kind.RECORD:
                self.rules.records.setdefault(each.name, []).append(each)
        for each in expressions:
            if each.kind is Kind.ALERT:
                used = set(self.rules.used)
                try:
                    self._take_alert(each)
                except UnreadAlertError as error:
                    self.rules.used = used
                    self._leave(each, error.code)
        for each in expressions:
            if each.kind is Kind.RECORD and id(each) not in self.rules.used:
                self.carrier.problems.remark(
                    each.position, "import.prometheus.record", name=each.name
                )
        for found in self.found.values():
            self._carry(found)

    def _leave(self, alert: Expression, code: str) -> None:
        """List an alert that stays behind; one that is no burn rate is no loss."""
        problems = self.carrier.problems
        is_other = code == "import.prometheus.not-burn"
        tell = problems.remark if is_other else problems.advise
        tell(alert.position, code, name=alert.name)

    def _take_alert(self, alert: Expression) -> None:
        severity = self._severity(alert)
        self.rules.labels, self.rules.reads = {}, {}
        pairs: list[tuple[object, tuple[BurnLeg, ...], CustomPair]] = []
        for disjunct in joined(alert.tree, "or"):
            legs = [self.rules.leg(tree) for tree in joined(disjunct, "and")]
            if len(legs) != _SIDES:
                raise UnreadAlertError("import.prometheus.windows")
            short, long = sorted(legs, key=lambda leg: leg.window_ms)
            if (short.events, short.factor, short.target) != (
                long.events,
                long.factor,
                long.target,
            ):
                raise UnreadAlertError
            pair = CustomPair(long.window_ms, short.window_ms, long.factor, severity)
            pairs.append(((long.events, long.target), (long, short), pair))
        for key, told, pair in pairs:
            known = self.found.get(key)
            if known is None:
                queries = QueryReader(self.carrier.problems)
                indicator = queries.indicator(told[0].events, alert.position)
                if indicator is None:
                    return
                known = self.found[key] = _Found(
                    alert,
                    indicator,
                    told[0].target,
                    {**self.rules.labels, **alert.labels},
                )
            known.pairs.append(pair)
            known.alerts.append(alert)
            known.reads |= self.rules.reads
            known.queries |= {each.window_ms: each.query for each in told}

    def _severity(self, alert: Expression) -> Severity:
        given = _severities(alert)
        known = [SEVERITIES[text] for text in given if text in SEVERITIES]
        return known[0] if known else Severity.TICKET

    def _carry(self, found: _Found) -> None:
        problems, alert = self.carrier.problems, found.first
        for each in {id(a): a for a in found.alerts}.values():
            given = _severities(each)
            if not SEVERITIES.keys() & set(given):
                problems.advise(
                    each.position,
                    "import.severity",
                    key=each.name,
                    given=given[0] if given else "–",
                )
        window = self.carrier.window
        if self.carrier.options.window is None:
            problems.remark(alert.position, "import.window", window=str(window))
        name, service = self._names(found)
        waits = {each.for_ms for each in found.alerts}
        if len(waits) > 1:
            problems.remark(alert.position, "import.for", name=name)
        order = self.rules.records.values()
        read = [r for rules in order for r in rules if id(r) in found.reads]
        notes = [note for each in found.alerts for note in each.notes]
        draft = Draft(
            service,
            name,
            alert.position,
            found.target,
            alert.position,
            window,
            found.indicator,
            pairs=tuple(sorted(found.pairs, key=lambda p: -p.factor)),
            runbook=next((n.text for n in notes if n.name in RUNBOOKS), None),
            for_ms=waits.pop() if len(waits) == 1 else 0,
            former=former(found.alerts, found.pairs, found.queries, read),
        )
        self.carrier.carry(draft)

    def _names(self, found: _Found) -> tuple[str, str]:
        """Return the objective's name and its service's, as labels or alerts say."""
        labels, indicator = found.labels, found.indicator
        name = next((labels[k] for k in _OBJECTIVES if labels.get(k)), None)
        name = name or found.first.name
        jobs = implied_job(indicator)
        job = next(iter(jobs)) if len(jobs) == 1 else None
        said = next((labels[k] for k in _SERVICES if labels.get(k)), None)
        service = self.carrier.options.service or said or job or name
        if said is None:
            self.carrier.problems.remark(
                found.first.position, "import.service", name=name, service=service
            )
        taken = self.names.setdefault(slug(service) or "", set())
        unique, number = name, 1
        while (slug(unique) or "") in taken:
            number += 1
            unique = f"{name}-{number}"
        taken.add(slug(unique) or "")
        return unique, service


def _severities(alert: Expression) -> list[str]:
    """Return what an alert calls its severity, in lower case."""
    labels = alert.labels
    return [labels[k].lower() for k in _SEVERITY_LABELS if labels.get(k)]


def _read(sources: Sequence[SourceText], carrier: Carrier) -> None:
    expressions: list[Expression] = []
    for source in sources:
        found = read(source.text, source.file, carrier.problems)
        for finding in found.findings:
            params = dict(finding.params)
            why = params.pop("why_code")
            carrier.problems.report(finding.position, why, **params)
        expressions += found.expressions
        if not found.is_rules:
            place = Position(source.file)
            carrier.problems.advise(place, "import.prometheus.no-rules")
    _Reader(carrier).take(expressions)


def _is_own(document: YamlMap) -> bool:
    keys = document.by_key
    is_object = text_in(keys.get("kind")) in {"PrometheusRule", "ConfigMap"}
    return is_object or isinstance(keys.get("groups"), YamlList)


DIALECT = Dialect("prometheus", _is_own, _read)
