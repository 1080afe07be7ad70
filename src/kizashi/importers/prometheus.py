"""Rule files of Prometheus: burn-rate alerts on two windows are objectives.

Such an alert compares the share of bad events over a long and over a short window with
``factor * (1 - target)``. The share may be recorded by a rule of any of the files.

Source: SRE Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.openslo_promql import CountedQuery, bare_query, read_tree
from kizashi.declarations.openslo_reading import slug
from kizashi.declarations.yaml_document import YamlList, YamlMap
from kizashi.errors import SelectorError
from kizashi.importers._base import (
    RUNBOOKS,
    SEVERITIES,
    Carrier,
    Dialect,
    Draft,
    texts_of,
)
from kizashi.importers.prometheus_rules import former
from kizashi.importers.queries import Events, QueryReader
from kizashi.lint import reading
from kizashi.lint._base import Expression, Kind
from kizashi.lint.sources import read
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.model.positions import Position
from kizashi.model.severity import Severity
from kizashi.promql import tree as promql
from kizashi.promql.selectors import selector_of
from kizashi.promql.tree import Tree, bare, walk
from kizashi.promql.writer import shown
from kizashi.sli._base import Indicator, implied_job
from kizashi.slo.policy import CustomPair

_SERVICES = ("service", "sloth_service")
_OBJECTIVES = ("objective", "slo", "sloth_slo")
_SEVERITY_LABELS = ("severity", "sloth_severity")
#: Rules may build on rules, but not for ever.
_DEEPEST = 8
#: Targets have at most nine decimal places; what is finer is a float's noise.
_PLACES = Decimal("1e-9")
_FACTOR_PLACES = Decimal("1e-4")
_SIDES = 2

Fixed = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Ratio:
    """A share of events over a window, times a number such as 100."""

    events: Events
    window_ms: int
    scale: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class _Leg:
    """A share over one window that must exceed a factor times a budget."""

    events: Events
    window_ms: int
    factor: Decimal
    target: Decimal
    query: str


class _UnreadError(Exception):
    """An alert is no burn rate, or none that can be told; holds the message id."""

    def __init__(self, code: str = "import.prometheus.not-burn") -> None:
        super().__init__(code)
        self.code = code


@dataclass(slots=True)
class _Rules:
    """Recording rules of all files.

    Attributes:
        records: By the name of what they record.
        used: The rules that objectives were made of, by identity.
        labels: What the rules that an alert reads add to it.
        reads: The rules that an alert reads, by identity.
    """

    records: dict[str, list[Expression]] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    labels: dict[str, str] = field(default_factory=dict)
    reads: dict[int, Expression] = field(default_factory=dict)

    def ratio(self, tree: Tree, fixed: Fixed, depth: int = 0) -> _Ratio:
        """Return the share that an expression is.

        Args:
            tree: The expression.
            fixed: Labels whose values are fixed from outside.
            depth: How many rules were gone through.
        """
        around: list[Fraction | None] = []
        while not isinstance(found := self._inside(tree, fixed, depth), _Ratio):
            tree, fixed, depth, turned_or_times = found
            around += turned_or_times
        for times in reversed(around):
            found = _turned(found) if times is None else _scaled(found, times)
        return found

    def _inside(
        self, tree: Tree, fixed: Fixed, depth: int
    ) -> "_Ratio | tuple[Tree, Fixed, int, list[Fraction | None]]":
        """Return a quotient as a share, or what an expression is made of.

        With it stand what is fixed in there, how many rules were gone through, and what
        it is multiplied by; None where it is taken from 1.
        """
        tree = bare_query(tree)
        if isinstance(tree, promql.VectorSelector):
            return (*self._recorded(tree, fixed, depth), depth + 1, [])
        if not isinstance(tree, promql.BinaryExpr):
            raise _UnreadError
        left, right = reading.number(tree.lhs), reading.number(tree.rhs)
        if tree.op == "-" and left == 1:
            return tree.rhs, fixed, depth, [None]
        if tree.op == "*" and (left or right):
            times, other = (left, tree.rhs) if left else (right, tree.lhs)
            return other, fixed, depth, [times or Fraction(1)]
        if tree.op != "/" or left is not None or right is not None:
            raise _UnreadError
        return self._quotient(tree, fixed, depth)

    def _quotient(self, tree: promql.BinaryExpr, fixed: Fixed, depth: int) -> _Ratio:
        total, window_ms = self._side(tree.rhs, fixed, depth)
        part_tree = bare_query(tree.lhs)
        is_rest = False
        if isinstance(part_tree, promql.BinaryExpr) and part_tree.op == "-":
            is_rest = True
            whole = self._side(part_tree.lhs, fixed, depth)
            if whole != (total, window_ms):
                raise _UnreadError
            part_tree = part_tree.rhs
        part, part_ms = self._side(part_tree, fixed, depth)
        if part_ms != window_ms:
            raise _UnreadError
        return _Ratio(Events(part, total, is_good=is_rest), window_ms)

    def _side(self, tree: Tree, fixed: Fixed, depth: int) -> tuple[Selector, int]:
        """Return the counters that are added up, and over which window."""
        tree = bare_query(tree)
        if isinstance(tree, promql.VectorSelector):
            inner, more = self._recorded(tree, fixed, depth)
            return self._side(inner, more, depth + 1)
        if not isinstance(tree, promql.AggregateExpr) or tree.op != "sum":
            raise _UnreadError
        labels = _grouped_by(tree)
        if labels - fixed.keys():
            raise _UnreadError("import.prometheus.grouped")
        if fixed.keys() - labels:
            raise _UnreadError
        counted = read_tree(promql.AggregateExpr("sum", tree.expr))
        ranges = {
            node.range_ms
            for node in walk(tree.expr)
            if isinstance(node, promql.MatrixSelector)
        }
        if not isinstance(counted, CountedQuery) or not counted.is_growth:
            raise _UnreadError
        if len(ranges) != 1:
            raise _UnreadError
        pushed = {LabelMatcher(name, MatchOp.EQUAL, fixed[name]) for name in labels}
        matchers = {*counted.selector.matchers, *pushed}
        # In one order, so that what two alerts select can be compared.
        ordered = sorted(matchers, key=lambda m: (m.name, m.op.value, m.value))
        return Selector(tuple(ordered)), ranges.pop()

    def _recorded(
        self, selector: promql.VectorSelector, fixed: Fixed, depth: int
    ) -> tuple[Tree, Fixed]:
        """Return what a rule records, and the labels that are fixed of it."""
        try:
            wanted = selector_of(selector)
        except SelectorError:
            raise _UnreadError from None
        asked = dict(fixed)
        for matcher in wanted.matchers:
            if matcher.name != "__name__":
                if matcher.op is not MatchOp.EQUAL:
                    raise _UnreadError
                asked[matcher.name] = matcher.value
        rules = [
            rule
            for rule in self.records.get(selector.name or "", [])
            if all(asked.get(k, v) == v for k, v in rule.labels.items())
        ]
        if len(rules) != 1 or depth >= _DEEPEST:
            raise _UnreadError
        rule = rules[0]
        self.used.add(id(rule))
        self.reads[id(rule)] = rule
        self.labels |= rule.labels
        rest = {k: v for k, v in asked.items() if k not in rule.labels}
        return rule.tree, rest


def _turned(found: _Ratio) -> _Ratio:
    """Return a share taken from 1."""
    if found.scale != 1:
        raise _UnreadError
    events = found.events
    turned = Events(events.part, events.total, is_good=not events.is_good)
    return _Ratio(turned, found.window_ms)


def _scaled(found: _Ratio, times: Fraction) -> _Ratio:
    return _Ratio(found.events, found.window_ms, found.scale * times)


def _grouped_by(tree: promql.AggregateExpr) -> frozenset[str]:
    """Return the labels that a sum is grouped by."""
    if tree.modifier is None:
        return frozenset()
    if not tree.modifier.is_by:
        raise _UnreadError("import.prometheus.grouped")
    return frozenset(tree.modifier.labels)


def _parts(tree: Tree, sign: str) -> Iterator[Tree]:
    """Yield what ``and`` or ``or`` joins; a maximum of a condition is that condition."""
    left = [tree]
    while left:
        tree = bare(left.pop())
        while isinstance(tree, promql.AggregateExpr) and tree.op == "max":
            tree = bare(tree.expr)
        if isinstance(tree, promql.BinaryExpr) and tree.op == sign:
            left += (tree.rhs, tree.lhs)
        else:
            yield tree


def _limit(tree: Tree) -> tuple[Fraction, Fraction] | None:
    """Return the factor and the budget that a limit is the product of."""
    tree = bare(tree)
    if not isinstance(tree, promql.BinaryExpr) or tree.op != "*":
        return None
    sides = [bare(tree.lhs), bare(tree.rhs)]
    values = [reading.number(side) for side in sides]
    if values[0] is None or values[1] is None:
        return None
    budgets = [
        n
        for n, side in enumerate(sides)
        if isinstance(side, promql.BinaryExpr) and side.op == "-"
    ]
    at = budgets[0] if len(budgets) == 1 else values.index(min(values[0], values[1]))
    factor, budget = values[1 - at], values[at]
    if factor is None or budget is None or factor <= 0 or budget <= 0:
        return None
    return factor, budget


@dataclass(slots=True)
class _Found:
    """An objective in the making."""

    first: Expression
    indicator: Indicator
    target: Decimal
    labels: Fixed
    pairs: list[CustomPair] = field(default_factory=list)
    alerts: list[Expression] = field(default_factory=list)
    queries: dict[int, str] = field(default_factory=dict)
    reads: dict[int, Expression] = field(default_factory=dict)


@dataclass(slots=True)
class _Reader:
    """Makes objectives of alerts, and lists what is none."""

    carrier: Carrier
    rules: _Rules = field(default_factory=_Rules)
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
                except _UnreadError as error:
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
        pairs: list[tuple[object, tuple[_Leg, ...], CustomPair]] = []
        for disjunct in _parts(alert.tree, "or"):
            legs = [self._leg(tree) for tree in _parts(disjunct, "and")]
            if len(legs) != _SIDES:
                raise _UnreadError("import.prometheus.windows")
            short, long = sorted(legs, key=lambda leg: leg.window_ms)
            if (short.events, short.factor, short.target) != (
                long.events,
                long.factor,
                long.target,
            ):
                raise _UnreadError
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

    def _leg(self, tree: Tree) -> _Leg:
        if not isinstance(tree, promql.BinaryExpr):
            raise _UnreadError
        sides = {">": (tree.lhs, tree.rhs), "<": (tree.rhs, tree.lhs)}
        sides |= {f"{sign}=": both for sign, both in sides.items()}
        if tree.op not in sides:
            raise _UnreadError
        value, limit_tree = sides[tree.op]
        if reading.number(limit_tree) is None:
            raise _UnreadError
        ratio = self.rules.ratio(value, {})
        limit = _limit(limit_tree)
        if limit is None:
            raise _UnreadError("import.prometheus.limit")
        factor, budget = limit
        target = 1 - _decimal(budget / ratio.scale).quantize(_PLACES)
        return _Leg(
            ratio.events,
            ratio.window_ms,
            _decimal(factor).quantize(_FACTOR_PLACES).normalize(),
            target.normalize(),
            f"({shown(value)}) / {float(ratio.scale)!r}",
        )

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


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / value.denominator


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
    keys = {entry.key: entry.value for entry in document.entries}
    kind = texts_of(document).get("kind")
    is_object = kind in {"PrometheusRule", "ConfigMap"}
    return is_object or isinstance(keys.get("groups"), YamlList)


DIALECT = Dialect("prometheus", _is_own, _read)
