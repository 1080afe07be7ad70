"""Files that hold PromQL: rule files, objects of Kubernetes, dashboards of Grafana.

Source: Prometheus, "Recording rules" and "Alerting rules"; Prometheus Operator,
PrometheusRule; Kubernetes, ConfigMap; Grafana, "Dashboard JSON model".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kizashi.declarations.documents._base import API_VERSION
from kizashi.declarations.openslo import is_openslo
from kizashi.declarations.problems import ProblemList
from kizashi.declarations.yaml_document import (
    YamlEntry,
    YamlList,
    YamlMap,
    YamlNode,
    YamlScalar,
    entries_in,
    items_in,
    parse_documents,
    text_in,
)
from kizashi.errors import DurationError, PromqlError
from kizashi.lint._base import DisplayText, Expression, Finding, Kind
from kizashi.lint.route_tree import RoutingTree, read_routing
from kizashi.lint.variables import FilledExpression, fillings
from kizashi.model.durations import parse_duration
from kizashi.promql.reader import parse
from kizashi.promql.scanner import words_of
from kizashi.promql.tree import Tree

#: Log queries look like rules, and are none of ours. Source: Grafana Loki, "LogQL".
_LOG_QUERY = re.compile(r"\{[^}]*\}\s*(?:\|=|\|~|!=|!~|\|)")
#: Words in the kinds of data sources that speak PromQL.
_SPEAK_PROMQL = ("prom", "victoria", "mimir", "thanos", "cortex", "mixed", "$")
#: A log query shows its filter early.
_LONGEST_LOG_QUERY = 2000
#: What passes a limit and may be good PromQL all the same.
_TOO_LARGE = frozenset(
    {
        "promql.too-long",
        "promql.too-deep",
        "promql.too-many-operators",
        "promql.regexes-too-large",
    }
)
#: A rule file in a ConfigMap in a list is as far as people go.
_MOST_INSIDE = 3
_READ_ELSEWHERE = frozenset({"items", "dashboard", "data"})
_RULE_KEYS = ("alert", "record")


@dataclass(slots=True)
class SourceContents:
    """What files hold.

    Attributes:
        expressions: In the order of the files.
        findings: Expressions that are not PromQL.
        is_rules: Whether anything looked like rules or a dashboard.
        routings: Routing trees of Alertmanagers.
        jobs: Jobs of scrape configurations; None where some cannot be known.
        has_jobs: Whether there are scrape configurations.
        is_declaration: Whether a document declares services or objectives of ours.
        inside: In how many other files this one stands, as a text.
    """

    expressions: list[Expression] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    is_rules: bool = False
    routings: list[RoutingTree] = field(default_factory=list)
    jobs: set[str] | None = field(default_factory=set)
    has_jobs: bool = False
    is_declaration: bool = False
    inside: int = 0

    def add(
        self,
        kind: Kind,
        name: str,
        expr: YamlScalar,
        around: "ExpressionContext | None" = None,
    ) -> None:
        """Add an expression, or the finding that it is none."""
        try:
            tree = parse(expr.text)
        except PromqlError as error:
            self._refuse(name, expr, error)
            return
        self._take(kind, name, expr, tree, around or ExpressionContext())

    def _refuse(self, name: str, expr: YamlScalar, error: PromqlError) -> None:
        if _LOG_QUERY.search(expr.text[:_LONGEST_LOG_QUERY]) is not None:
            return
        code = "lint.too-large" if error.code in _TOO_LARGE else "lint.not-promql"
        why = {"why": str(error), "why_code": error.code}
        params = {**error.params, **why, "name": name}
        self.findings.append(Finding(code, expr.place_of(error.params), params))

    def add_panel(
        self, name: str, expr: YamlScalar, notes: Sequence[DisplayText]
    ) -> None:
        """Add a panel's expression; what only variables make unreadable is left out."""
        try:
            words_of(expr.text)
        except PromqlError as error:
            self._refuse(name, expr, error)
            return
        filled = None
        for filled in fillings(expr.text):
            try:
                tree = parse(filled.text)
            except PromqlError:
                continue
            around = ExpressionContext(notes=tuple(notes), filled=filled)
            self._take(Kind.PANEL, name, expr, tree, around)
            return
        if filled is not None and filled.text == expr.text:
            self.add(Kind.PANEL, name, expr)

    def _take(
        self,
        kind: Kind,
        name: str,
        expr: YamlScalar,
        tree: Tree,
        around: "ExpressionContext",
    ) -> None:
        self.expressions.append(
            Expression(
                kind,
                name,
                expr.text.strip(),
                expr.position,
                tree,
                for_ms=around.for_ms,
                labels=around.labels,
                notes=around.notes,
                filled=around.filled,
            )
        )


@dataclass(frozen=True, slots=True)
class ExpressionContext:
    """What stands around an expression; see `kizashi.lint._base.Expression`."""

    for_ms: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[DisplayText, ...] = ()
    filled: FilledExpression | None = None


def read(
    text: str, file: str, problems: ProblemList, inside: int = 0
) -> SourceContents:
    """Return the expressions of a file; YAML's problems go on the list.

    Anything that is neither rules nor a dashboard holds none.

    Args:
        text: The file's content.
        file: Its name, for positions.
        problems: Takes what is no YAML.
        inside: In how many other files it stands, as a text.
    """
    found = SourceContents(inside=inside)
    for document in parse_documents(text, file, problems, is_foreign=True):
        if isinstance(document, YamlMap):
            _read_document(document.by_key, found, problems)
    return found


def _read_document(
    fields: dict[str, YamlNode], found: SourceContents, problems: ProblemList
) -> None:
    _read_rules(fields, found)
    _read_surroundings(fields, found)
    data = fields.get("data")
    if text_in(fields.get("kind")) == "ConfigMap":
        for entry in entries_in(data):
            _read_inner(entry, found, problems)
    inner = [*_maps(fields.get("items"))]
    inner += [_fields_of(fields.get("dashboard"))]
    for item in inner:
        if item:
            _read_document(item, found, problems)


def _read_rules(fields: dict[str, YamlNode], found: SourceContents) -> None:
    """Read what is evaluated or shown."""
    spec = _fields_of(fields.get("spec"))
    if isinstance(fields.get("groups"), YamlList):
        _read_groups(fields["groups"], found)
    elif text_in(fields.get("kind")) == "PrometheusRule":
        _read_groups(spec.get("groups"), found)
    elif isinstance(fields.get("panels"), YamlList):
        _read_panels(fields["panels"], found)
    elif "schemaVersion" in fields:
        for row in _maps(fields.get("rows")):
            _read_panels(row.get("panels"), found)
    else:
        _read_values(fields, found)


def _read_values(fields: Mapping[str, YamlNode], found: SourceContents) -> None:
    """Read rule files that stand somewhere in the values of a chart."""
    for key, node in fields.items():
        if key in _READ_ELSEWHERE:
            continue
        inner = [_fields_of(node), *_maps(node)]
        for each in inner:
            if isinstance(each.get("groups"), YamlList):
                _read_groups(each["groups"], found)
            elif each:
                _read_values(each, found)


def _read_surroundings(fields: dict[str, YamlNode], found: SourceContents) -> None:
    """Read what says where rules run, and who is told."""
    version = text_in(fields.get("apiVersion"))
    found.is_declaration |= version == API_VERSION or is_openslo(version)
    if (route := fields.get("route")) is not None:
        file = route.position.file
        routing = read_routing(route, fields.get("receivers"), file)
        found.routings += [] if routing is None else [routing]
    if isinstance(fields.get("scrape_configs"), YamlList):
        found.has_jobs = True
        names = _read_jobs(fields)
        found.jobs = None if names is None or found.jobs is None else found.jobs | names


def _read_jobs(fields: Mapping[str, YamlNode]) -> set[str] | None:
    """Return the jobs of a configuration; None where a job may have other names."""
    if "scrape_config_files" in fields:
        return None
    names = set()
    for job in _maps(fields.get("scrape_configs")):
        rules = [*_maps(job.get("relabel_configs"))]
        rules += _maps(job.get("metric_relabel_configs"))
        is_renamed = any(
            text_in(rule.get("target_label")) == "job"
            or text_in(rule.get("action")) in {"labelmap", "labelkeep", "labeldrop"}
            for rule in rules
        )
        discovers = any(key.endswith("_sd_configs") for key in job)
        if is_renamed or discovers or text_in(job.get("honor_labels")) == "true":
            return None
        groups = _maps(job.get("static_configs"))
        given = [_fields_of(group.get("labels")).get("job") for group in groups]
        names |= {text_in(job.get("job_name"))} | {
            text_in(node) for node in given if node
        }
    return names - {""}


def _fields_of(node: YamlNode | None) -> dict[str, YamlNode]:
    return node.by_key if isinstance(node, YamlMap) else {}


def _read_inner(entry: YamlEntry, found: SourceContents, problems: ProblemList) -> None:
    """Read a file that is a text in another one; lines count in the outer one."""
    if not isinstance(entry.value, YamlScalar):
        return
    if not entry.key.endswith((".yaml", ".yml", ".json", ".rules")):
        return
    if found.inside >= _MOST_INSIDE:
        return
    place = entry.value.position
    # The text of a block begins on the line after its mark.
    blank = "\n" * place.line
    text = f"{blank}{entry.value.text}"
    inner = read(text, place.file, problems, found.inside + 1)
    found.is_rules |= inner.is_rules
    found.routings += inner.routings
    found.has_jobs |= inner.has_jobs
    found.jobs = (
        None if found.jobs is None or inner.jobs is None else found.jobs | inner.jobs
    )
    found.expressions += inner.expressions
    found.findings += inner.findings


def _read_groups(node: YamlNode | None, found: SourceContents) -> None:
    for group in _maps(node):
        for rule in _maps(group.get("rules")):
            kind = next((k for k in _RULE_KEYS if k in rule), None)
            expr = rule.get("expr")
            if kind is None or not isinstance(expr, YamlScalar):
                continue
            found.is_rules = True
            notes = [
                DisplayText(entry.key, entry.value.text, entry.value.position)
                for entry in entries_in(rule.get("annotations"))
                if isinstance(entry.value, YamlScalar)
            ]
            labels = {
                entry.key: text_in(entry.value)
                for entry in entries_in(rule.get("labels"))
            }
            found.add(
                Kind(kind),
                text_in(rule[kind]),
                expr,
                ExpressionContext(
                    _duration(text_in(rule.get("for"))), labels, tuple(notes)
                ),
            )


def _read_panels(node: YamlNode | None, found: SourceContents) -> None:
    for panel in _maps(node):
        _read_panels(panel.get("panels"), found)
        title = panel.get("title")
        name = text_in(title)
        notes = (
            [DisplayText("title", name, title.position)] if title is not None else []
        )
        for target in _maps(panel.get("targets")):
            expr = target.get("expr")
            is_ours = all(
                _speaks_promql(of.get("datasource")) for of in (panel, target)
            )
            if isinstance(expr, YamlScalar) and expr.text.strip() and is_ours:
                found.is_rules = True
                legend = target.get("legendFormat")
                own = (
                    [DisplayText("legend", text_in(legend), legend.position)]
                    if legend
                    else []
                )
                found.add_panel(name, expr, [*notes, *own])


def _speaks_promql(source: YamlNode | None) -> bool:
    """Return whether a data source may understand PromQL; most do not say."""
    kind = text_in(_fields_of(source).get("type")).lower()
    return not kind or any(word in kind for word in _SPEAK_PROMQL)


def _maps(node: YamlNode | None) -> Iterator[dict[str, YamlNode]]:
    return (item.by_key for item in items_in(node) if isinstance(item, YamlMap))


def _duration(text: str) -> int:
    try:
        return parse_duration(text) if text else 0
    except DurationError:
        return 0
