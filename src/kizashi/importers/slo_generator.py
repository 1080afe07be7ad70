"""The dialect of slo-generator: ``ServiceLevelObjective`` of ``sre.google.com/v2``.

Its shared configuration, without ``kind``, may be given beside the objectives.

Source: slo-generator, API ``sre.google.com/v2``, and its Prometheus backend.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kizashi.declarations.fields import Fields
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.yaml_document import YamlMap, YamlScalar, text_in
from kizashi.errors import PromqlError
from kizashi.importers._base import Carrier, Dialect, texts_of
from kizashi.importers.drafts import Draft
from kizashi.importers.queries import QueryReader, counters
from kizashi.importers.slo_generator_rules import (
    OPERATORS,
    Share,
    Step,
    former,
    of_bad,
    of_valid,
)
from kizashi.model.durations import format_duration
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.model.positions import Position
from kizashi.model.regexes import any_of
from kizashi.model.windows import RollingWindow, Window
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import EDGE_LABEL, Indicator

_VERSION, _KIND = "sre.google.com/v2", "ServiceLevelObjective"
_SPEC_KEYS = (
    "description",
    "goal",
    "backend",
    "method",
    "service_level_indicator",
    "error_budget_policy",
    "exporters",
)
_CONFIG_KEYS = ("default_exporters", "backends", "exporters", "error_budget_policies")
_STEP_KEYS = (
    "name",
    "burn_rate_threshold",
    "alert",
    "message_alert",
    "message_ok",
    "window",
)
_WINDOW = re.compile(r"\[\s*\$?\{?window\}?\s*(?::[^\]]*)?\]")
_DEFAULT_POLICY = "default"
_BUCKET, _COUNT = "_bucket", "_count"


#: An indicator, and what slo-generator asks of it; None where it could not.
_Read = tuple[Indicator, Share | None]


@dataclass(slots=True)
class _Reader:
    """Reads documents; the shared configuration first."""

    carrier: Carrier
    policies: dict[str, list[tuple[Position, Step]]] = field(default_factory=dict)
    objectives: list[Fields] = field(default_factory=list)

    def take(self, node: YamlMap) -> None:
        """Take one document."""
        problems = self.carrier.problems
        keys = node.by_key
        if "apiVersion" not in keys and keys.keys() & set(_CONFIG_KEYS):
            self._take_config(Fields(node, "", _CONFIG_KEYS, problems))
            return
        version, kind = keys.get("apiVersion"), keys.get("kind")
        given = text_in(version, "–")
        if given != _VERSION:
            place = node.position if version is None else version.position
            problems.report(place, "import.version", given=given, known=_VERSION)
            return
        if not isinstance(kind, YamlScalar) or kind.text != _KIND:
            place = node.position if kind is None else kind.position
            name = text_in(kind)
            problems.report(place, "document.kind", given=name, known=_KIND)
            return
        self.objectives.append(
            Fields(node, "", ("apiVersion", "kind", "metadata", "spec"), problems)
        )

    def _take_config(self, fields: Fields) -> None:
        for key in ("default_exporters", "backends", "exporters"):
            if fields.entry(key) is not None:
                fields.remark(key, "import.rules-only", key=key)
        node = fields.mapping("error_budget_policies")
        names = () if node is None else tuple(entry.key for entry in node.entries)
        policies = fields.open("error_budget_policies", names)
        for name in names if policies is not None else ():
            policy = policies.open(name, ("steps",)) if policies is not None else None
            steps = [] if policy is None else policy.open_items("steps", _STEP_KEYS)
            self.policies[name] = [
                step for one in steps if (step := _step(one)) is not None
            ]

    def finish(self) -> None:
        """Carry every objective."""
        for document in self.objectives:
            if document.require("metadata", "spec"):
                self._carry(document)

    def _carry(self, document: Fields) -> None:
        metadata = document.open("metadata", ("name", "labels", "annotations"))
        spec = document.open("spec", _SPEC_KEYS)
        if metadata is None or spec is None:
            return
        metadata.require("name")
        spec.require("goal", "backend", "method", "service_level_indicator")
        name, goal = metadata.text("name"), spec.decimal("goal")
        labels = dict(metadata.text_map("labels"))
        read = self._indicator(spec)
        if spec.entry("exporters") is not None:
            spec.remark("exporters", "import.rules-only", key="exporters")
        steps = self._steps(spec)
        window = self._window(spec, steps)
        if name is None or goal is None or read is None:
            return
        indicator, share = read
        whole = Step("", window.length_ms, None, is_alert=False)
        service = (
            labels.pop("service_name", None) or self.carrier.options.service or name
        )
        short = labels.pop("slo_name", None) or name
        feature = labels.pop("feature_name", None)
        draft = Draft(
            service,
            f"{feature}-{short}" if feature else short,
            metadata.place("name"),
            goal,
            spec.place("goal"),
            window,
            indicator,
            title=spec.text("description"),
            former=None if share is None else former(share, goal, steps or [whole]),
        )
        for key in labels:
            metadata.advise("labels", "import.label-own", name=key)
        self.carrier.carry(draft)

    def _steps(self, spec: Fields) -> list[Step]:
        """Return the steps of a policy, and name what they would say."""
        chosen = spec.text("error_budget_policy") or _DEFAULT_POLICY
        found = self.policies.get(chosen, [])
        for place, step in found:
            if step.is_alert:
                spec.advise(
                    "error_budget_policy",
                    "import.slo-generator.step",
                    step=step.name,
                    window=format_duration(step.window_ms),
                    place=place,
                )
        return [step for _, step in found]

    def _window(self, spec: Fields, steps: Sequence[Step]) -> Window:
        """Return the longest step's window."""
        longest = max((step.window_ms for step in steps), default=0)
        wanted = self.carrier.options.window
        if wanted is None and longest:
            return RollingWindow(longest)
        if wanted is None:
            window = str(self.carrier.window)
            self.carrier.problems.remark(spec.position, "import.window", window=window)
        return self.carrier.window

    # Indicators.

    def _indicator(self, spec: Fields) -> _Read | None:
        backend, method = spec.text("backend"), spec.text("method")
        if backend is None or method is None:
            return None
        read = {
            "good_bad_ratio": self._good_bad,
            "query_sli": self._query_sli,
            "distribution_cut": self._cut,
        }.get(method)
        # A second server of a kind is called KIND/NAME.
        if backend.partition("/")[0].lower() != "prometheus" or read is None:
            spec.report(
                "backend",
                "import.slo-generator.backend",
                backend=backend,
                method=method,
            )
            return None
        return read(spec)

    def _good_bad(self, spec: Fields) -> _Read | None:
        keys = ("filter_good", "filter_bad", "filter_valid")
        fields = spec.open("service_level_indicator", (*keys, "operators"))
        if fields is None:
            return None
        if fields.entry("operators") is not None:
            fields.remark("operators", "import.rules-only", key="operators")
        found = {
            key: self._filter(fields, key)
            for key in keys
            if fields.entry(key) is not None
        }
        if any(selector is None for selector in found.values()):
            return None
        good, bad, valid = (found.get(key) for key in keys)
        operators = fields.texts("operators") or OPERATORS
        share = None
        if good is not None and (rest := bad or valid) is not None:
            of_rest = of_valid if bad is None else of_bad
            share = of_rest(good, rest, operators)
        queries = QueryReader(self.carrier.problems)
        if valid is None and good is not None and bad is not None:
            valid = union(good, bad)
            if valid is None:
                fields.report("filter_bad", "import.slo-generator.no-valid")
                return None
        part = good or bad
        if part is None or valid is None:
            self.carrier.problems.report(
                fields.position,
                "openslo.one-of",
                keys="filter_valid, filter_bad",
                where=fields.path,
            )
            return None
        events = counters(part, valid, is_good=good is not None)
        indicator = queries.indicator(events, fields.place("filter_good"))
        return None if indicator is None else (indicator, share)

    def _filter(self, fields: Fields, key: str) -> Selector | None:
        """Return a filter's selector; its range is the placeholder of a window."""
        text = fields.text(key) or ""
        try:
            return parse_selector(_WINDOW.sub(_blank, text))
        except PromqlError as error:
            fields.report_promql(key, error)
            return None

    def _query_sli(self, spec: Fields) -> _Read | None:
        fields = spec.open("service_level_indicator", ("expression",))
        if fields is None or not fields.require("expression"):
            return None
        written = fields.text("expression") or ""
        text = _WINDOW.sub("[5m]", written)
        place = fields.place("expression")
        queries = QueryReader(self.carrier.problems)
        events = queries.ratio_of(text, place, is_good=True)
        indicator = None if events is None else queries.indicator(events, place)
        if indicator is None:
            return None
        return indicator, lambda window: f"({_WINDOW.sub(f'[{window}]', written)})"

    def _cut(self, spec: Fields) -> _Read | None:
        keys = ("expression", "threshold_bucket")
        fields = spec.open("service_level_indicator", keys)
        if fields is None or not fields.require(*keys):
            return None
        buckets, edge = self._filter(fields, keys[0]), fields.text(keys[1])
        if buckets is None or edge is None:
            return None
        name = buckets.metric_name or ""
        if not name.endswith(_BUCKET):
            fields.report(keys[0], "import.slo-generator.no-bucket")
            return None
        others = tuple(m for m in buckets.matchers if m.name != METRIC_NAME)
        count = LabelMatcher(
            METRIC_NAME, MatchOp.EQUAL, name.removesuffix(_BUCKET) + _COUNT
        )
        at_edge = buckets.with_matchers(LabelMatcher(EDGE_LABEL, MatchOp.EQUAL, edge))
        total = Selector((count, *others))
        queries = QueryReader(self.carrier.problems)
        events = counters(at_edge, total, is_good=True)
        indicator = queries.indicator(events, fields.place(keys[0]))
        return None if indicator is None else (indicator, of_valid(at_edge, total))


def _blank(found: re.Match[str]) -> str:
    """Return blanks instead of a text, so that what follows keeps its place."""
    return " " * len(found[0])


def union(one: Selector, other: Selector) -> Selector | None:
    """Return the selector of what either selects, None where no one selector does.

    That there is where they differ in one label only, and each says what it is.
    """
    mine = [m for m in one.matchers if m not in other.matchers]
    theirs = [m for m in other.matchers if m not in one.matchers]
    if len(mine) != 1 or len(theirs) != 1 or mine[0].name != theirs[0].name:
        return None
    shared = [m for m in one.matchers if m in other.matchers]
    told = []
    for matcher in (mine[0], theirs[0]):
        if matcher.op not in {MatchOp.EQUAL, MatchOp.REGEX}:
            return None
        is_text = matcher.op is MatchOp.EQUAL
        told.append(any_of([matcher.value]) if is_text else matcher.value)
    if mine[0].name == METRIC_NAME:
        return None
    either = LabelMatcher(mine[0].name, MatchOp.REGEX, f"({told[0]})|({told[1]})")
    return Selector((*shared, either))


def _step(fields: Fields) -> tuple[Position, Step] | None:
    seconds = fields.integer("window", least=1)
    name = fields.text("name") or "–"
    is_alert = fields.boolean("alert", default=False)
    if seconds is None:
        return None
    threshold = fields.decimal("burn_rate_threshold")
    return fields.position, Step(name, seconds * 1000, threshold, is_alert)


def _read(sources: Sequence[SourceText], carrier: Carrier) -> None:
    reader = _Reader(carrier)
    for document in carrier.documents(sources):
        reader.take(document)
    reader.finish()


def _is_own(document: YamlMap) -> bool:
    told = texts_of(document).get("apiVersion")
    keys = document.by_key
    return told == _VERSION or (told is None and "error_budget_policies" in keys)


DIALECT = Dialect("slo-generator", _is_own, _read)
