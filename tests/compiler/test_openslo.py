"""OpenSLO documents made of declarations, and read again."""

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings, strategies as st
from reading import configured, declared

from harness.examples import examples
from kizashi.compiler import TARGETS, load_target
from kizashi.compiler._base import Compiled, CompileOptions
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import ProblemLevel
from kizashi.declarations.service import parse_declarations
from kizashi.model.labels import Labels
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.settings.declaration_files import load
from kizashi.sli._base import Comparison, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import (
    Dependency,
    LocalText,
    NoData,
    ObjectiveSpec,
    RunbookRef,
    ServiceSpec,
)
from kizashi.slo.policy import CustomPair, CustomPolicy, PresetPolicy

EXAMPLES = Path(__file__).parents[2] / "examples"
MINUTE = 60_000
DAY = 86_400_000


def compiled(
    services: Sequence[ServiceSpec],
    configuration: Configuration | None = None,
    language: str = "en",
) -> Compiled:
    target = load_target("openslo")
    options = CompileOptions(language=language)
    return target.compile(services, configuration or Configuration(), options)


def read_again(made: Compiled) -> list[ServiceSpec]:
    """Return the services of compiled documents, which must be strictly valid."""
    sources = [SourceText(file.path, file.text) for file in made.files]
    found = parse_declarations(sources, is_strict=True)
    faults = [p for p in found.problems if p.level is ProblemLevel.ERROR]
    assert faults == []
    return sorted(found.services, key=lambda service: service.name)


def canonical(services: Sequence[ServiceSpec]) -> list[ServiceSpec]:
    return sorted(services, key=lambda service: service.name)


def test_openslo_is_a_target():
    assert "openslo" in TARGETS


def test_each_file_holds_one_document_named_for_what_it_is():
    services = declared(
        """\
        apiVersion: kizashi.dev/v1
        kind: Service
        metadata: {name: web}
        spec:
          objectives:
            - {name: works, target: 99.9%, window: 30d, ratio: {bad: e_total, valid: a_total}, job: j}
        """
    )
    configuration = configured(
        """\
        route: {receiver: On call}
        receivers: [{name: On call, webhook_configs: [{url: "http://127.0.0.1:1/"}]}]
        """
    )
    made = compiled(services, configuration)

    assert [file.path for file in made.files] == [
        "on-call.notification-target.yaml",
        "web-works.slo.yaml",
        "web.service.yaml",
    ]
    documents = [list(yaml.safe_load_all(file.text)) for file in made.files]
    assert [len(d) for d in documents] == [1, 1, 1]
    (target,), (slo,), (service,) = documents
    assert target["kind"] == "AlertNotificationTarget"
    assert service == {
        "apiVersion": "openslo/v1",
        "kind": "Service",
        "metadata": {"name": "web"},
        "spec": {},
    }
    assert slo["metadata"] == {
        "name": "web-works",
        "displayName": "works",
        "annotations": {
            "kizashi.dev/objective": "works",
            "kizashi.dev/job": "j",
            "kizashi.dev/policy": "google-30d",
        },
    }
    spec = slo["spec"]
    assert spec["objectives"] == [{"target": 0.999}]
    assert spec["timeWindow"] == [{"duration": "30d", "isRolling": True}]
    conditions = [p["spec"]["conditions"][0]["spec"] for p in spec["alertPolicies"]]
    assert [
        (c["severity"], c["condition"]["threshold"], c["condition"]["lookbackWindow"])
        for c in conditions
    ] == [
        ("page", 14.4, "1h"),
        ("page", 6, "6h"),
        ("ticket", 3, "1d"),
        ("ticket", 1, "3d"),
    ]
    assert spec["alertPolicies"][0]["spec"]["notificationTargets"] == [
        {"targetRef": "on-call"}
    ]


def test_what_is_not_whole_minutes_is_rounded_up_said_and_kept_in_an_annotation():
    services = declared(
        """\
        apiVersion: kizashi.dev/v1
        kind: Service
        metadata: {name: web}
        spec:
          objectives:
            - name: works
              target: 99%
              window: 90s
              ratio: {bad: 'e_total{job="j"}', valid: 'a_total{job="j"}'}
              alerting:
                for: 10s
                policies: [{long: 75s, short: 60s, factor: 2, severity: page}]
        """
    )
    made = compiled(services)

    rounded = {
        (n.params["exact"], n.params["used"])
        for n in made.notes
        if n.code == "compile.openslo.rounded"
    }
    assert rounded == {("1m30s", "2m"), ("1m15s", "2m"), ("10s", "1m")}
    assert read_again(made) == canonical(services)


def test_names_of_objectives_of_different_services_do_not_meet():
    spec = ObjectiveSpec(
        "a",
        "b-c",
        Decimal("0.99"),
        RollingWindow(DAY),
        BooleanIndicator(parse_selector("up")),
    )
    services = [
        ServiceSpec("a", LocalText("a", "a"), objectives=(spec,)),
        ServiceSpec(
            "a-b",
            LocalText("a-b", "a-b"),
            objectives=(
                ObjectiveSpec(
                    "a-b", "c", spec.target, RollingWindow(DAY), spec.indicator
                ),
                ObjectiveSpec(
                    "a-b", "a-b-c", spec.target, RollingWindow(DAY), spec.indicator
                ),
            ),
        ),
    ]
    made = compiled(services)

    names = [file.path.partition(".")[0] for file in made.files if ".slo." in file.path]
    assert len(set(names)) == 3
    assert {
        (service.name, objective.name)
        for service in read_again(made)
        for objective in service.objectives
    } == {("a", "b-c"), ("a-b", "c"), ("a-b", "a-b-c")}


@pytest.mark.parametrize("folder", ["openslo", "todo", "sli", "short-policy"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_examples_are_the_same_when_read_again(folder: str, language: str):
    services = load([EXAMPLES / folder]).services

    once = read_again(compiled(services, language=language))
    twice = read_again(compiled(once, language=language))

    assert sorted_objectives(once) == sorted_objectives(services)
    assert sorted_objectives(twice) == sorted_objectives(once)


def sorted_objectives(services: Sequence[ServiceSpec]) -> list[object]:
    """Return services without the order of their objectives, which files do not keep."""
    return [
        (
            service.name,
            service.display_name,
            service.owner,
            service.tier,
            service.depends_on,
            service.signals_preset,
            service.labels,
            sorted(service.objectives, key=lambda o: o.name),
            sorted(service.runbooks, key=lambda r: r.on),
        )
        for service in canonical(services)
    ]


def test_what_cannot_be_written_is_named():
    service = ServiceSpec(
        "web",
        LocalText("web", "web"),
        depends_on=(Dependency("big one", "hard"),),
        labels=Labels.of(_team="x", team="y"),
    )
    made = compiled([service])

    assert {n.code for n in made.notes} == {
        "compile.openslo.depends-on",
        "compile.openslo.label",
    }
    assert read_again(made)[0].labels == Labels.of(team="y")


# Anything that can be declared.

NAMES = st.from_regex(re.compile(r"[a-z](?:[-a-z0-9]{0,20}[a-z0-9])?"), fullmatch=True)
METRICS = st.sampled_from(["a_total", "b_seconds", "c", "d:rate", "e_ms", "f_bytes"])
TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
    min_size=1,
    max_size=80,
)
MATCHERS = st.builds(
    LabelMatcher,
    st.sampled_from(["code", "path", "job", "x"]),
    st.sampled_from([MatchOp.EQUAL, MatchOp.NOT_EQUAL]),
    TEXTS,
) | st.just(LabelMatcher("code", MatchOp.REGEX, "5..|4[0-9]+"))


@st.composite
def selectors(draw: st.DrawFn, suffix: str = "") -> Selector:
    name = LabelMatcher("__name__", MatchOp.EQUAL, draw(METRICS) + suffix)
    return Selector((name, *draw(st.lists(MATCHERS, max_size=3))))


@st.composite
def bounds(draw: st.DrawFn) -> Decimal:
    whole = draw(st.integers(-(10**9), 10**9))
    return Decimal(whole).scaleb(-draw(st.integers(0, 6)))


@st.composite
def ratios(draw: st.DrawFn) -> RatioIndicator:
    valid = draw(selectors())
    part = valid.with_matchers(LabelMatcher("side", MatchOp.EQUAL, "other"))
    if draw(st.booleans()):
        return RatioIndicator(valid=valid, good=part)
    return RatioIndicator(valid=valid, bad=part)


@st.composite
def latencies(draw: st.DrawFn) -> LatencyIndicator:
    match = Selector(tuple(draw(st.lists(MATCHERS, max_size=2))))
    below_s = Decimal(draw(st.integers(1, 10**6))).scaleb(-draw(st.integers(0, 20)))
    return LatencyIndicator(draw(METRICS), below_s, match)


def bucket_ratio(edge: str, metric: str) -> RatioIndicator:
    """Return a ratio that looks like a latency."""
    return RatioIndicator(
        valid=parse_selector(f"{metric}_count"),
        good=parse_selector(f'{metric}_bucket{{le="{edge}"}}'),
    )


INDICATORS = st.one_of(
    ratios(),
    latencies(),
    st.builds(bucket_ratio, st.sampled_from(["0.5", "+Inf", "x"]), METRICS),
    st.builds(BooleanIndicator, selectors()),
    st.builds(
        ThresholdIndicator,
        selectors(),
        st.builds(
            SampleTest,
            st.sampled_from([c for c in Comparison if c is not Comparison.DIFFERS]),
            bounds(),
        ),
    ),
)


@st.composite
def pairs(draw: st.DrawFn) -> CustomPair:
    long_ms = draw(st.integers(4, 4_000)) * 15_000
    short_ms = draw(st.integers(1, long_ms // 15_000)) * 15_000
    factor = Decimal(draw(st.integers(1, 150))).scaleb(-1)
    return CustomPair(long_ms, short_ms, factor, draw(st.sampled_from(Severity)))


POLICIES = st.one_of(
    st.sampled_from([PresetPolicy("google-30d"), PresetPolicy("2h-6h-24h")]),
    st.builds(lambda found: CustomPolicy(tuple(found)), st.lists(pairs(), min_size=1)),
)
SHOWN = st.builds(LocalText, TEXTS, TEXTS)


@st.composite
def objectives(draw: st.DrawFn, service: str, name: str) -> ObjectiveSpec:
    return ObjectiveSpec(
        service,
        name,
        Decimal(draw(st.integers(940, 999))).scaleb(-3),
        RollingWindow(draw(st.integers(4_000, 100_000)) * 15_000),
        draw(INDICATORS),
        job=draw(NAMES),
        policy=draw(POLICIES),
        min_bad_events=draw(st.integers(1, 9)),
        no_data=draw(st.sampled_from(NoData)),
        for_ms=draw(st.integers(0, 9)) * 30_000,
        display_name=draw(SHOWN),
    )


@st.composite
def services(draw: st.DrawFn) -> ServiceSpec:
    name = draw(NAMES)
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    return ServiceSpec(
        name,
        draw(SHOWN),
        owner=draw(st.none() | TEXTS),
        tier=draw(st.none() | st.integers(1, 9)),
        depends_on=tuple(
            draw(
                st.lists(
                    st.builds(Dependency, NAMES, st.sampled_from(["hard", "soft"])),
                    max_size=2,
                )
            )
        ),
        signals_preset=draw(st.none() | st.just("fastapi")),
        objectives=tuple(draw(objectives(name, each)) for each in names),
        runbooks=tuple(RunbookRef(each, draw(TEXTS)) for each in names[:1]),
        labels=Labels.of(draw(st.dictionaries(st.sampled_from("ab"), TEXTS))),
    )


@settings(max_examples=examples(30), deadline=None)
@given(
    found=st.lists(services(), max_size=3, unique_by=lambda service: service.name),
    language=st.sampled_from(["en", "ja"]),
)
def test_whatever_is_declared_is_the_same_when_read_again(
    found: list[ServiceSpec], language: str
):
    made = compiled(found, language=language)

    once = read_again(made)

    assert sorted_objectives(once) == sorted_objectives(found)
    # And so the documents are a fixed point, whatever was read first.
    assert compiled(once, language=language).files == made.files


# From OpenSLO, and back.


@st.composite
def openslo_documents(draw: st.DrawFn) -> str:
    """Return SLOs as other people write them, in forms that are forgiven too."""
    word = draw(st.sampled_from(["gt", "gte"]))
    condition = {
        "kind": "AlertCondition",
        "metadata": {"name": "burns"},
        "spec": {
            "severity": draw(st.sampled_from(["page", "ticket", "High", "odd"])),
            "condition": {
                "kind": "burnrate",
                "op": word,
                "threshold": draw(st.sampled_from([1, 2.5, 14.4])),
                "lookbackWindow": draw(st.sampled_from(["1m", "7m", "1h", "3d"])),
                "alertAfter": draw(st.sampled_from(["0m", "5m", "30s"])),
            },
        },
    }
    policy = {
        "kind": "AlertPolicy",
        "metadata": {"name": "policy"},
        "spec": {
            "alertWhenNoData": draw(st.booleans()),
            "conditions": [condition],
            "notificationTargets": [],
        },
    }
    metric, sli = draw(st.sampled_from(METRIC_FORMS))
    objective = {"op": "lt", "value": 1.5} if metric == "thresholdMetric" else {}
    objectives = [
        {**objective, "displayName": f"{number} of them", "targetPercent": percent}
        for number, percent in enumerate(
            draw(st.lists(st.sampled_from([95, 99.5, 99.95]), min_size=1, max_size=3))
        )
    ]
    slo = {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": draw(st.sampled_from(["slo", "Web SLO", "x" * 60]))},
        "spec": {
            "service": draw(st.sampled_from(["web", "Web", "slo"])),
            "indicator": {"metadata": {"name": "sli"}, "spec": {metric: sli}},
            "timeWindow": [
                {"duration": draw(st.sampled_from(["1M", "4w", "5d", "90h"]))}
            ],
            "budgetingMethod": "Occurrences",
            "objectives": objectives,
            "alertPolicies": draw(st.sampled_from([[], [policy], [policy, policy]])),
        },
    }
    return json.dumps(slo)


def source(query: str) -> dict[str, object]:
    return {"metricSource": {"type": "prometheus", "spec": {"query": query}}}


METRIC_FORMS: list[tuple[str, dict[str, object]]] = [
    (
        "ratioMetric",
        {
            "counter": True,
            "bad": source('sum(e_total{job="j",x!="\\n"})'),
            "total": source('sum(a_total{job="j"})'),
        },
    ),
    (
        "ratioMetric",
        {
            "good": source('rate(d_seconds_bucket{le="0.30",job="j"}[5m])'),
            "total": source('rate(d_seconds_count{job="j"}[5m])'),
        },
    ),
    (
        "ratioMetric",
        {
            "rawType": "failure",
            "raw": source('sum(rate(e_total[5m])) / sum(rate(a_total{job="j"}[5m]))'),
        },
    ),
    ("thresholdMetric", source('queue{job="j"}')),
]


@settings(max_examples=80, deadline=None)
@given(text=openslo_documents())
def test_openslo_of_other_hands_is_a_fixed_point_once_it_was_read(text: str):
    first = parse_declarations([SourceText("a.yaml", text)])
    assert first.is_usable, first.problems

    made = compiled(first.services)
    once = read_again(made)

    assert sorted_objectives(once) == sorted_objectives(first.services)
    assert compiled(once).files == made.files
