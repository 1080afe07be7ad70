"""What OpenSLO documents mean here: indicators, windows, policies, names and places."""

import copy
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from openslo_documents import (
    ABSENT,
    DOCUMENTS,
    RATIO,
    RAW,
    THRESHOLD,
    as_yaml,
    changed,
    codes,
    document,
    metric,
    parse,
)

from kizashi.declarations.measuring import Measuring, SourceText
from kizashi.declarations.problems import ProblemLevel
from kizashi.declarations.service import parse_declarations
from kizashi.model.labels import Labels
from kizashi.model.matchers import Selector
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.settings.declaration_files import load
from kizashi.sli._base import Comparison, Indicator, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import LocalText, NoData, ObjectiveSpec, RunbookRef
from kizashi.slo.policy import CustomPair, CustomPolicy, PresetPolicy

EXAMPLE = Path(__file__).parents[2] / "examples" / "openslo"
MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def only(documents: list[dict[str, Any]], **how: object) -> ObjectiveSpec:
    """Return the objective of documents that have one, and no error."""
    declared = parse(as_yaml(documents), **how)
    assert codes(declared.problems, ProblemLevel.ERROR) == set()
    (objective,) = declared.objectives
    return objective


def ratio(side: str, part: str, total: str, *, counter: bool = True) -> dict[str, Any]:
    return {
        "ratioMetric": {"counter": counter, side: metric(part), "total": metric(total)}
    }


def test_a_whole_set_of_documents_is_one_service_with_one_objective():
    declared = parse(as_yaml(list(DOCUMENTS.values())), is_strict=True)

    assert codes(declared.problems, ProblemLevel.ERROR, ProblemLevel.WARNING) == set()
    (service,) = declared.services
    assert (service.name, service.display_name) == (
        "web",
        LocalText("The web", "The web"),
    )
    (objective,) = service.objectives
    assert objective == ObjectiveSpec(
        "web",
        "availability",
        Decimal("0.999"),
        RollingWindow(30 * DAY),
        RatioIndicator(
            valid=parse_selector('requests_total{job="web"}'),
            good=parse_selector('requests_total{job="web",code!~"5.."}'),
        ),
        job="web",
        policy=CustomPolicy(
            (CustomPair(HOUR, 5 * MINUTE, Decimal("14.4"), Severity.PAGE),)
        ),
        no_data=NoData.FREEZE,
        for_ms=5 * MINUTE,
        display_name=LocalText("The availability", "The availability"),
    )


BUCKET = 'http_seconds_bucket{job="web",le="0.25"}'
SLOW = parse_selector('{job="web"}')


@pytest.mark.parametrize(
    ("spec", "indicator"),
    [
        (
            ratio("bad", 'errors_total{job="web"}', 'requests_total{job="web"}'),
            RatioIndicator(
                valid=parse_selector('requests_total{job="web"}'),
                bad=parse_selector('errors_total{job="web"}'),
            ),
        ),
        (
            ratio(
                "bad",
                'sum(rate(errors_total{job="web"}[5m])) or vector(0)',
                '(sum(increase(requests_total{job="web"}[1h])))',
                counter=False,
            ),
            RatioIndicator(
                valid=parse_selector('requests_total{job="web"}'),
                bad=parse_selector('errors_total{job="web"}'),
            ),
        ),
        (
            RAW,
            RatioIndicator(
                valid=parse_selector('requests_total{job="web"}'),
                bad=parse_selector('requests_total{job="web",code=~"5.."}'),
            ),
        ),
        (
            ratio("good", BUCKET, 'http_seconds_count{job="web"}'),
            LatencyIndicator("http_seconds", Decimal("0.25"), SLOW),
        ),
        (
            ratio("good", BUCKET, 'http_seconds_bucket{le="+Inf",job="web"}'),
            LatencyIndicator("http_seconds", Decimal("0.25"), SLOW),
        ),
        (
            ratio(
                "good",
                f"sum(rate({BUCKET}[5m]))",
                'sum(rate(http_seconds_count{job="web"}[5m]))',
                counter=False,
            ),
            LatencyIndicator("http_seconds", Decimal("0.25"), SLOW),
        ),
    ],
)
def test_a_query_names_the_counters_that_are_counted(
    spec: dict[str, Any], indicator: Indicator
):
    assert only(changed("SLI", "", None, spec=spec)).indicator == indicator


@pytest.mark.parametrize(
    ("good", "total"),
    [
        # Other matchers, another histogram, a side that is no bucket, milliseconds.
        (BUCKET, "http_seconds_count"),
        (BUCKET, 'other_seconds_count{job="web"}'),
        ('http_seconds_bucket{job="web"}', 'http_seconds_count{job="web"}'),
        ('http_ms_bucket{job="web",le="250"}', 'http_ms_count{job="web"}'),
        ('http_seconds_bucket{job="web",le="+Inf"}', 'http_seconds_count{job="web"}'),
    ],
)
def test_what_is_not_one_histogram_in_seconds_is_counted_as_counters(
    good: str, total: str
):
    found = only(changed("SLI", "", None, spec=ratio("good", good, total))).indicator

    assert found == RatioIndicator(
        valid=parse_selector(total), good=parse_selector(good)
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("sum by (code) (rate(requests_total[5m]))", "openslo.query-grouped"),
        ("avg(requests_total)", "openslo.query-form"),
        ("sum(a_total) - sum(b_total)", "openslo.query-form"),
        ("sum(a_total) * 2", "openslo.query-form"),
        ("sum(a_total) or sum(b_total)", "openslo.query-form"),
        ("sum(rate(a_total[5m:1m]))", "openslo.query-form"),
        ("sum(irate(a_total[5m]))", "openslo.query-form"),
        ("count_over_time(a[5m])", "openslo.query-form"),
        ("sum(a_total offset 5m)", "promql.selector-moved"),
        ("sum(rate(a_total[5m] @ 60))", "promql.selector-moved"),
        ("sum(rate(a_total[{{.window}}]))", "openslo.query-template"),
        ("", "promql.empty"),
        ("sum(a_total) / sum(b_total)", "openslo.quotient"),
        ('sum(requests_total{job="web"})', "openslo.same-as-total"),
    ],
)
def test_a_query_whose_events_cannot_be_told_is_refused(query: str, code: str):
    path = "spec.ratioMetric.good.metricSource.spec.query"
    declared = parse(as_yaml(changed("SLI", path, query)))

    assert codes(declared.problems, ProblemLevel.ERROR) == {code}
    assert declared.objectives == ()


@pytest.mark.parametrize(
    ("op", "comparison"),
    [
        ("lt", Comparison.BELOW),
        ("lte", Comparison.AT_MOST),
        ("gt", Comparison.ABOVE),
        ("gte", Comparison.AT_LEAST),
    ],
)
def test_a_threshold_metric_is_a_threshold_on_a_gauge(op: str, comparison: Comparison):
    documents = changed("SLI", "", None, spec=THRESHOLD)
    slo = next(d for d in documents if d["kind"] == "SLO")
    slo["spec"]["objectives"] = [{"op": op, "value": 100.5, "target": 0.99}]

    assert only(documents, is_strict=True).indicator == ThresholdIndicator(
        parse_selector('queue_length{job="web"}'),
        SampleTest(comparison, Decimal("100.5")),
    )


@pytest.mark.parametrize(
    "query",
    [
        "sum(queue_length)",
        "rate(requests_total[5m])",
        "histogram_quantile(0.9, sum by (le) (rate(http_seconds_bucket[5m])))",
        "sum(a_total) / sum(b_total)",
    ],
)
def test_a_value_worked_out_from_several_samples_is_no_event(query: str):
    spec = {"thresholdMetric": metric(query)}
    documents = changed("SLO", "spec.objectives.0.op", "lt", spec=spec)
    slo = next(d for d in documents if d["kind"] == "SLO")
    slo["spec"]["objectives"][0]["value"] = 1

    errors = codes(parse(as_yaml(documents)).problems, ProblemLevel.ERROR)

    assert errors <= {"openslo.threshold-form", "openslo.query-form"}
    assert errors


def test_a_threshold_without_op_and_value_is_refused():
    declared = parse(as_yaml(changed("SLI", "", None, spec=THRESHOLD)))

    assert codes(declared.problems, ProblemLevel.ERROR) == {"openslo.op-needed"}


def test_a_type_is_taken_from_the_data_source():
    documents = changed("DataSource", "spec.type", "New Relic")
    sli = next(d for d in documents if d["kind"] == "SLI")
    source = sli["spec"]["ratioMetric"]["good"]["metricSource"]
    source |= {"metricSourceRef": "prometheus"}
    del source["type"]

    declared = parse(as_yaml(documents))

    assert codes(declared.problems, ProblemLevel.ERROR) == {"openslo.source-type"}


def test_a_job_that_nobody_names_is_told_in_the_words_of_openslo():
    plain = ratio("bad", "errors_total", "requests_total")
    mixed = ratio("bad", 'errors_total{job="a"}', 'requests_total{job="b"}')
    unnamed = parse(as_yaml(changed("SLI", "", None, spec=plain)))
    several = parse(as_yaml(changed("SLI", "", None, spec=mixed)))

    assert codes(unnamed.problems, ProblemLevel.WARNING) == {"openslo.no-job"}
    assert codes(several.problems, ProblemLevel.ERROR) == {"openslo.jobs-differ"}


# Windows, names, services.


@pytest.mark.parametrize(
    ("duration", "days"), [("1w", 7), ("4w", 28), ("1M", 30), ("1Q", 90), ("1Y", 365)]
)
def test_a_window_is_as_long_as_the_sdk_has_it(duration: str, days: int):
    documents = changed("SLO", "spec.timeWindow.0.duration", duration)

    assert only(documents).window.length_ms == days * DAY


def test_without_a_window_30_days_are_taken():
    assert only(changed("SLO", "spec.timeWindow", ABSENT)).window.length_ms == 30 * DAY


def test_a_target_in_percent_loses_no_digit():
    documents = changed("SLO", "spec.objectives", [{"targetPercent": 99.95}])

    assert only(documents).target == Decimal("0.9995")


def test_several_objectives_are_told_apart_by_their_names_or_numbers():
    two = [
        {"displayName": "Usual", "target": 0.99},
        {"displayName": "Best", "target": 0.9},
    ]
    named = parse(as_yaml(changed("SLO", "spec.objectives", two)))
    same = [{"displayName": "A", "target": 0.99}, {"displayName": "A", "target": 0.9}]
    numbered = parse(as_yaml(changed("SLO", "spec.objectives", same)))

    assert [(o.name, o.target) for o in named.objectives] == [
        ("availability-usual", Decimal("0.99")),
        ("availability-best", Decimal("0.9")),
    ]
    assert named.objectives[0].display_name.en == "The availability: Usual"
    assert [o.name for o in numbered.objectives] == ["availability-1", "availability-2"]


def test_an_objective_may_have_its_indicator_alone_and_several_make_a_composite():
    own = {"target": 0.99, "indicatorRef": "good-requests"}
    alone = changed("SLO", "spec.objectives", [own])
    both = changed("SLO", "spec.objectives", [own, own])
    for documents in (alone, both):
        del next(d for d in documents if d["kind"] == "SLO")["spec"]["indicatorRef"]

    assert only(alone).target == Decimal("0.99")
    assert codes(parse(as_yaml(both)).problems, ProblemLevel.ERROR) == {
        "openslo.composite"
    }


def test_names_in_other_forms_are_forgiven_and_references_to_them_found():
    documents = copy.deepcopy(list(DOCUMENTS.values()))
    text = as_yaml(documents).replace('"web"', '"Web_Site"', 1)
    text = text.replace('"service": "web"', '"service": "Web_Site"')
    text = text.replace('"availability"', '"Requests OK"')

    declared = parse(text)

    assert [(s.name, [o.name for o in s.objectives]) for s in declared.services] == [
        ("web-site", ["requests-ok"])
    ]
    assert declared.is_usable
    assert codes(declared.problems, ProblemLevel.WARNING) == {"openslo.name"}
    assert codes(parse(text, is_strict=True).problems, ProblemLevel.ERROR) == {
        "openslo.name"
    }


def test_a_service_nobody_declares_is_made():
    documents = [d for k, d in DOCUMENTS.items() if k != "Service"]

    declared = parse(as_yaml(documents))

    assert [(s.name, len(s.objectives)) for s in declared.services] == [("web", 1)]
    assert codes(declared.problems, ProblemLevel.WARNING) == {"openslo.no-service"}


def test_labels_that_alerts_can_have_are_carried():
    labels = {"team": ["shop"], "many": ["a", "b"], "a.b": "c", "service": "x"}
    declared = parse(as_yaml(changed("Service", "metadata.labels", labels)))

    assert declared.services[0].labels == Labels.of(team="shop")
    notes = [p for p in declared.problems if p.code == "openslo.label"]
    assert {p.params["key"] for p in notes} == {"many", "a.b", "service"}
    assert {p.level for p in notes} == {ProblemLevel.NOTE}


def test_two_of_a_kind_with_one_name_are_refused_and_of_two_kinds_are_not():
    twice = as_yaml([*DOCUMENTS.values(), DOCUMENTS["SLI"]])
    other = as_yaml(changed("SLI", "metadata.name", "availability")).replace(
        '"indicatorRef": "good-requests"', '"indicatorRef": "availability"'
    )

    assert codes(parse(twice).problems, ProblemLevel.ERROR) == {"openslo.twice"}
    assert parse(other).is_usable


# Alerts.


def alerts(condition: dict[str, Any], **policy: object) -> list[dict[str, Any]]:
    documents = copy.deepcopy(DOCUMENTS)
    documents["AlertCondition"]["spec"]["condition"] |= condition
    documents["AlertPolicy"]["spec"] |= policy
    return list(documents.values())


@pytest.mark.parametrize(
    ("lookback", "interval_s", "short_ms"),
    [
        # long / 12, but never under five scrapes: rule 17.
        ("1h", 15, 5 * MINUTE),
        ("3d", 15, 6 * HOUR),
        ("5m", 15, 75_000),
        ("30m", 60, 5 * MINUTE),
        # 25 minutes / 12 is 125 s: whole slices.
        ("25m", 15, 135_000),
        # The window itself is the shortest there is.
        ("2m", 60, 2 * MINUTE),
    ],
)
def test_a_condition_becomes_a_pair_with_the_short_window_of_rule_17(
    lookback: str, interval_s: int, short_ms: int
):
    measuring = Measuring(interval_ms=interval_s * 1000)
    objective = only(
        alerts({"lookbackWindow": lookback, "threshold": 2.5}), measuring=measuring
    )

    assert isinstance(objective.policy, CustomPolicy)
    (pair,) = objective.policy.pairs
    assert (pair.short_ms, pair.factor) == (short_ms, Decimal("2.5"))


@pytest.mark.parametrize(
    ("word", "severity", "is_told"),
    [
        ("page", Severity.PAGE, False),
        ("ticket", Severity.TICKET, False),
        ("Critical", Severity.PAGE, True),
        ("warning", Severity.TICKET, True),
        ("whatever", Severity.TICKET, True),
    ],
)
def test_a_severity_in_a_free_word_is_a_page_or_a_ticket(
    word: str, severity: Severity, *, is_told: bool
):
    declared = parse(as_yaml(changed("AlertCondition", "spec.severity", word)))

    policy = declared.objectives[0].policy
    assert isinstance(policy, CustomPolicy)
    assert policy.pairs[0].severity is severity
    assert (
        "openslo.severity" in codes(declared.problems, ProblemLevel.NOTE)
    ) is is_told


@pytest.mark.parametrize(
    ("value", "no_data"),
    [(True, NoData.FREEZE), (False, NoData.GOOD), (None, NoData.FREEZE)],
)
def test_only_a_policy_that_says_so_outright_keeps_lost_data_silent(
    value: bool | None, no_data: NoData
):
    assert only(alerts({}, alertWhenNoData=value)).no_data is no_data


def test_the_shortest_wait_of_several_conditions_is_taken():
    documents = alerts({"alertAfter": "10m"})
    other = copy.deepcopy(DOCUMENTS["AlertPolicy"])
    other["metadata"]["name"] = "slow"
    inline = document("AlertCondition", "slow", DOCUMENTS["AlertCondition"]["spec"])
    del inline["apiVersion"]
    other["spec"]["conditions"] = [inline]
    slo = next(d for d in documents if d["kind"] == "SLO")
    slo["spec"]["alertPolicies"].append({"alertPolicyRef": "slow"})
    declared = parse(as_yaml([*documents, other]))

    assert declared.objectives[0].for_ms == 5 * MINUTE
    assert "openslo.after" in codes(declared.problems, ProblemLevel.WARNING)


def test_what_is_carried_otherwise_is_said():
    documents = alerts({"op": "gte"}, alertWhenResolved=False)

    notes = codes(parse(as_yaml(documents)).problems, ProblemLevel.NOTE)

    assert notes == {
        "openslo.condition-gte",
        "openslo.condition-pair",
        "openslo.data-source",
        "openslo.resolved",
        "openslo.target",
    }


def test_without_a_policy_or_with_one_that_never_breaches_the_preset_applies():
    silent = parse(as_yaml(alerts({}, alertWhenBreaching=False)))
    without = parse(as_yaml(changed("SLO", "spec.alertPolicies", ABSENT)))

    assert silent.objectives[0].policy == PresetPolicy() == without.objectives[0].policy
    assert "openslo.not-breaching" in codes(silent.problems, ProblemLevel.WARNING)
    assert "openslo.default-policy" in codes(without.problems, ProblemLevel.NOTE)


# What OpenSLO has no word for.


def test_annotations_say_what_openslo_has_no_word_for():
    annotations = {
        "kizashi.dev/objective": "works",
        "kizashi.dev/display-name-ja": "可用性",
        "kizashi.dev/job": "site",
        "kizashi.dev/window": "90m",
        "kizashi.dev/policy": "30m/2m30s 10 page, 1h/5m 2 ticket",
        "kizashi.dev/for": "30s",
        "kizashi.dev/min-bad-events": "10",
        "kizashi.dev/no-data": "bad",
        "kizashi.dev/runbook": "restart",
    }
    declared = parse(as_yaml(changed("SLO", "metadata.annotations", annotations)))

    assert codes(declared.problems, ProblemLevel.ERROR) == set()
    (objective,) = declared.objectives
    assert (objective.name, objective.job) == ("works", "site")
    assert objective.display_name == LocalText("The availability", "可用性")
    assert objective.window.length_ms == 90 * MINUTE
    assert objective.policy == CustomPolicy(
        (
            CustomPair(30 * MINUTE, 150_000, Decimal(10), Severity.PAGE),
            CustomPair(HOUR, 5 * MINUTE, Decimal(2), Severity.TICKET),
        )
    )
    assert (objective.for_ms, objective.min_bad_events) == (30_000, 10)
    assert objective.no_data is NoData.BAD
    assert declared.services[0].runbooks == (RunbookRef("works", "restart"),)


def test_a_boolean_gauge_is_a_threshold_above_0_that_says_so():
    spec = {"thresholdMetric": metric('up{job="web"}')}
    objectives = [{"op": "gt", "value": 0, "target": 0.99}]
    documents = changed("SLO", "spec.objectives", objectives, spec=spec)
    plain = only(documents).indicator
    slo = next(d for d in documents if d["kind"] == "SLO")
    slo["metadata"]["annotations"] = {"kizashi.dev/indicator": "boolean"}

    assert isinstance(plain, ThresholdIndicator)
    assert only(documents).indicator == BooleanIndicator(
        parse_selector('up{job="web"}')
    )


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("jbo", "x", "field.unknown-near"),
        ("objective", "No Name", "name.form"),
        ("policy", "google", "openslo.own-policy"),
        ("policy", "1h/5m 14.4 wake", "openslo.own-policy"),
        ("policy", "5m/1h 14.4 page", "openslo.own-policy"),
        ("policy", "1h/5m 1000 page", "alerting.factor-dead"),
        ("policy", "31d/5m 2 page", "alerting.long-too-long"),
        ("min-bad-events", "0", "field.too-small"),
        ("min-bad-events", "few", "field.integer"),
        ("no-data", "ignore", "field.choice"),
        ("window", "a month", "field.duration"),
        ("window", "1s", "objective.window-short"),
        ("for", "soon", "field.duration"),
        ("indicator", "gauge", "field.choice"),
    ],
)
def test_a_wrong_annotation_of_ours_is_refused(key: str, value: str, code: str):
    annotations = {f"kizashi.dev/{key}": value}
    declared = parse(as_yaml(changed("SLO", "metadata.annotations", annotations)))

    assert codes(declared.problems, ProblemLevel.ERROR) == {code}


# Files and places.

TWO_FILES = [
    SourceText(
        "services.yaml",
        """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: web}
spec:
  objectives:
    - name: scraped
      target: 99%
      window: 7d
      boolean: {gauge: 'up{job="web"}'}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: good}
spec:
  ratioMetric:
    counter: true
    good:
      metricSource: {spec: {query: 'ok_total{job="web"}'}}
    total:
      metricSource: {spec: {query: 'all_total{job="web"}'}}
""",
    ),
    SourceText(
        "slos.yaml",
        """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: works}
spec:
  service: web
  indicatorRef: good
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
""",
    ),
]


def test_slos_join_a_service_of_kizashis_own_whatever_the_order_of_files():
    for sources in (TWO_FILES, TWO_FILES[::-1]):
        declared = parse_declarations(sources)

        assert (
            codes(declared.problems, ProblemLevel.ERROR, ProblemLevel.WARNING) == set()
        )
        (service,) = declared.services
        assert [o.name for o in service.objectives] == ["scraped", "works"]


def test_documents_may_stand_in_a_list_as_the_sdk_has_it():
    whole = json.dumps(list(DOCUMENTS.values()), indent=1)
    mixed = json.dumps([*DOCUMENTS.values(), "x", {"apiVersion": "v1"}])

    assert only(list(DOCUMENTS.values())) == parse(whole, is_strict=True).objectives[0]
    assert codes(parse(mixed).problems, ProblemLevel.ERROR) == {
        "document.mapping",
        "document.api-version",
    }
    assert codes(parse('[{"kind": "SLO"}]').problems, ProblemLevel.ERROR) == {
        "document.mapping"
    }


def test_an_objective_of_both_dialects_with_one_name_is_refused_where_it_stands():
    text = TWO_FILES[1].text.replace("name: works", "name: scraped")
    declared = parse_declarations([TWO_FILES[0], SourceText("slos.yaml", text)])

    (problem,) = [p for p in declared.problems if p.level is ProblemLevel.ERROR]
    assert (str(problem.position), problem.code) == (
        "slos.yaml:3:18",
        "objective.twice",
    )
    assert problem.params["first"] == "services.yaml:6:13"


def test_a_service_of_both_dialects_is_refused_where_it_stands():
    text = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: web}\nspec: {}\n"
    declared = parse_declarations([*TWO_FILES, SourceText("z.yaml", text)])

    (problem,) = [p for p in declared.problems if p.level is ProblemLevel.ERROR]
    assert (str(problem.position), problem.code) == ("z.yaml:3:18", "service.twice")


@pytest.mark.parametrize(
    ("before", "after", "place", "code"),
    [
        ("indicatorRef: good", "indicatorRef: goof", "slos.yaml:6:17", "unresolved"),
        ("target: 0.99", "target: 99", "slos.yaml:9:25", "target-range"),
        ("Occurrences", "Timeslices", "slos.yaml:8:20", "method"),
        ("30d", "a month", "slos.yaml:7:27", "duration"),
        ("isRolling: true", "isRolling: false", "slos.yaml:7:16", "calendar-window"),
        ("service: web", "service: wbe", "slos.yaml:5:12", "no-service-near"),
        ("kind: SLO", "kind: SL0", "slos.yaml:2:7", "kind"),
    ],
)
def test_a_problem_is_named_at_its_place(
    before: str, after: str, place: str, code: str
):
    text = TWO_FILES[1].text.replace(before, after)
    declared = parse_declarations([TWO_FILES[0], SourceText("slos.yaml", text)])

    assert (place, f"openslo.{code}") in [
        (str(p.position), p.code) for p in declared.problems
    ]


def test_the_example_is_strictly_valid_and_counts_what_it_says():
    loaded = load([EXAMPLE], is_strict=True)

    counted = {
        f"{service.name}/{objective.name}": str(objective.indicator.events)
        for service in loaded.services
        for objective in service.objectives
    }
    assert codes(loaded.problems, ProblemLevel.ERROR, ProblemLevel.WARNING) == set()
    assert counted == {
        "storefront/orders": 'good: orders_total{job="storefront",result="accepted"}'
        ' / valid: orders_total{job="storefront"}',
        "storefront/pages-are-quick-usual": "good:"
        ' http_request_duration_seconds_bucket{job="storefront",le="0.5"} / valid:'
        ' http_request_duration_seconds_bucket{job="storefront",le="+Inf"}',
        "storefront/pages-are-quick-festive": "good:"
        ' http_request_duration_seconds_bucket{job="storefront",le="0.5"} / valid:'
        ' http_request_duration_seconds_bucket{job="storefront",le="+Inf"}',
        "storefront/queue-is-short": 'good: queue_length{job="storefront"} < 100'
        ' / valid: queue_length{job="storefront"}',
        "warehouse/scraped": 'good: up{job="warehouse"} != 0'
        ' / valid: up{job="warehouse"}',
        "warehouse/picks": 'bad: picks_total{job="warehouse",result="missing"}'
        ' / valid: picks_total{job="warehouse"}',
    }


def test_a_configuration_makes_reading_strict(tmp_path: Path):
    text = as_yaml(changed("SLO", "spec.objectives.0.op", "lt"))
    (tmp_path / "slo.yaml").write_text(text, encoding="utf-8")
    lenient = load([tmp_path])
    (tmp_path / "kizashi.yaml").write_text("openslo: {strict: true}\n", "utf-8")
    strict = load([tmp_path])

    assert lenient.is_usable
    assert not strict.is_usable
    assert not load([tmp_path / "slo.yaml"], is_strict=True).is_usable


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from(["", "x", "30d", "5", "Occurrences", "sum(a_total)", "{{", "é"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["spec", "metadata", "name", "kind", "query", "a"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


def paths(node: object, prefix: str = "") -> list[str]:
    """Return the path of every field of a document, and of every item."""
    pairs = (
        list(node.items())
        if isinstance(node, dict)
        else list(enumerate(node))
        if isinstance(node, list)
        else []
    )
    found = []
    for key, value in pairs:
        path = f"{prefix}.{key}" if prefix else str(key)
        found += [path, *paths(value, path)]
    return found


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_document_is_odd_enough_to_break_the_reader(data: st.DataObject):
    kind = data.draw(st.sampled_from(sorted(DOCUMENTS)))
    spec = data.draw(st.sampled_from([RATIO, RAW, THRESHOLD]))
    base = {**DOCUMENTS[kind], "spec": spec} if kind == "SLI" else DOCUMENTS[kind]
    path = data.draw(st.sampled_from(paths(base)))
    documents = changed(kind, path, data.draw(ODD), spec=spec)

    declared = parse(as_yaml(documents))

    # What cannot be used was refused, and what was not refused can be used.
    assert declared.objectives or not declared.is_usable or kind in {"SLO", "SLI"}
    for objective in declared.objectives:
        assert isinstance(objective.indicator.events.valid.selector, Selector)
