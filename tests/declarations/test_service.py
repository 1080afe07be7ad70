"""Service documents: what they mean, and every way in which they can be wrong."""

import string
from decimal import Decimal

import pytest

from kizashi.declarations.measuring import Measuring, SourceText
from kizashi.declarations.problems import Problem, ProblemLevel
from kizashi.declarations.service import Declarations, parse_declarations
from kizashi.messages import CATALOGUE
from kizashi.model.positions import Position
from kizashi.model.severity import Severity
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Comparison, Indicator, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import Dependency, LocalText, NoData, RunbookRef
from kizashi.slo.policy import CustomPair, CustomPolicy, PresetPolicy

WHOLE = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: backend, displayName: {en: Backend API, ja: バックエンドAPI}, owner: platform, tier: 1}
spec:
  job: web
  dependsOn: [{service: ai, kind: soft}, {service: dynamodb, kind: hard}]
  signals: {preset: fastapi}
  objectives:
    - name: availability
      displayName: Availability
      target: 99.95%
      window: 30d
      ratio:
        bad: http_requests_total{service="backend",status=~"5.."}
        valid: http_requests_total{service="backend"}
    - name: latency
      target: 0.95
      window: 7d
      job: other
      latency: {histogram: d_seconds, match: '{service="backend"}', below: 200ms}
      alerting: {preset: 2h-6h-24h, minBadEvents: 5, noData: bad}
    - name: own
      target: 99.9%
      window: 1h
      ratio: {good: ok_total, valid: all_total}
      alerting:
        policies:
          - {long: 10m, short: 75s, factor: 14.4, severity: page}
  runbooks: [{on: availability, ref: rollback-backend}]
"""

GAUGES = parse_selector('up{job="todo"}')


def parse(text: str, measuring: Measuring | None = None) -> Declarations:
    return parse_declarations([SourceText("a.yaml", text)], measuring)


def is_explained(problem: Problem) -> bool:
    """Return whether the catalogue has the message and the problem its parameters."""
    texts = CATALOGUE[problem.code]
    fields = [f for _, f, _, _ in string.Formatter().parse(texts[0]) if f]
    return texts[0].count("\n") == texts[1].count("\n") == 1 and all(
        field in problem.params for field in fields
    )


def found(text: str, measuring: Measuring | None = None) -> list[tuple[str, str]]:
    problems = parse(text, measuring).problems
    assert all(is_explained(p) for p in problems)
    return [(f"{p.position.line}:{p.position.col}", p.code) for p in problems]


def test_a_whole_declaration_is_read_as_written():
    declared = parse(WHOLE)

    assert declared.problems == ()
    assert declared.is_usable
    (service,) = declared.services
    assert service.name == "backend"
    assert service.display_name == LocalText("Backend API", "バックエンドAPI")
    assert (service.owner, service.tier) == ("platform", 1)
    assert service.signals_preset == "fastapi"
    assert service.depends_on == (
        Dependency("ai", "soft"),
        Dependency("dynamodb", "hard"),
    )
    assert service.runbooks == (RunbookRef("availability", "rollback-backend"),)
    assert [o.key for o in declared.objectives] == [
        ("backend", "availability"),
        ("backend", "latency"),
        ("backend", "own"),
    ]


def test_a_ratio_objective_takes_the_services_job_and_the_default_alerting():
    objective = parse(WHOLE).objectives[0]

    assert objective.target == Decimal("0.9995")
    assert objective.window.length_ms == 30 * 86_400_000
    assert objective.job == "web"
    assert objective.policy == PresetPolicy("google-30d")
    assert (objective.min_bad_events, objective.no_data) == (3, NoData.FREEZE)
    assert objective.display_name == LocalText("Availability", "Availability")
    assert objective.position == Position("a.yaml", 9, 13)
    assert isinstance(objective.indicator, RatioIndicator)
    assert str(objective.indicator.events) == (
        'bad: http_requests_total{service="backend",status=~"5.."}'
        ' / valid: http_requests_total{service="backend"}'
    )


@pytest.mark.parametrize(
    ("value", "indicator"),
    [
        ("boolean: {gauge: 'up{job=\"todo\"}'}", BooleanIndicator(GAUGES)),
        *(
            (
                f"threshold: {{gauge: 'up{{job=\"todo\"}}', {key}: -0.5}}",
                ThresholdIndicator(GAUGES, SampleTest(comparison, Decimal("-0.5"))),
            )
            for key, comparison in (
                ("below", Comparison.BELOW),
                ("atMost", Comparison.AT_MOST),
                ("above", Comparison.ABOVE),
                ("atLeast", Comparison.AT_LEAST),
            )
        ),
    ],
)
def test_an_objective_on_a_gauge_is_read(value: str, indicator: Indicator):
    declared = parse(changed("GAUGE", value, GAUGE))

    assert declared.problems == ()
    assert declared.objectives[0].indicator == indicator
    assert declared.objectives[0].job == "todo"


def test_a_latency_objective_is_read_in_seconds():
    objective = parse(WHOLE).objectives[1]

    assert isinstance(objective.indicator, LatencyIndicator)
    assert objective.indicator.below_s == Decimal("0.2")
    assert objective.job == "other"
    assert objective.policy == PresetPolicy("2h-6h-24h")
    assert (objective.min_bad_events, objective.no_data) == (5, NoData.BAD)


def test_a_policy_of_ones_own_keeps_its_factor_exactly():
    assert parse(WHOLE).objectives[2].policy == CustomPolicy(
        (CustomPair(600_000, 75_000, Decimal("14.4"), Severity.PAGE),)
    )


@pytest.mark.parametrize(
    ("target", "share"),
    [("99.95%", "0.9995"), ("0.9995", "0.9995"), ("99%", "0.99"), (".5", "0.5")],
)
def test_a_target_is_a_percentage_or_a_share(target: str, share: str):
    declared = parse(OBJECTIVE.replace("99%", target))

    assert declared.objectives[0].target == Decimal(share)


OBJECTIVE = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: todo}
spec:
  objectives:
    - name: up
      job: todo
      target: 99%
      window: 30d
      ratio:
        bad: bad_total
        valid: all_total
"""
ALERTING = OBJECTIVE + "      alerting: "
POLICY = (
    ALERTING + "{policies: [{long: 1h, short: 5m, factor: 14.4, severity: page}]}\n"
)


def changed(old: str, new: str, text: str = OBJECTIVE) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


def test_the_text_that_the_cases_change_is_sound():
    assert found(OBJECTIVE) == []
    assert found(POLICY) == []
    assert found(ALERTING + "{preset: google-30d}\n") == []


CASES = [
    ("- a\n", "1:1", "document.mapping"),
    (changed("kizashi.dev/v1", "v2"), "1:13", "document.api-version"),
    (changed("Service", "SLO"), "2:7", "document.kind"),
    (changed("kind: Service\n", ""), "1:1", "field.missing"),
    (changed("apiVersion: kizashi.dev/v1\n", ""), "1:1", "field.missing"),
    ("# a\nmine: 1\nscrape_configs: []\n", "3:1", "document.configuration"),
    ("rule_files: []\nscrape_configs: []\n", "1:1", "document.configuration"),
    (changed("{name: todo}", "{owner: a}"), "3:11", "field.missing"),
    (changed("{name: todo}", "{name: To_do}"), "3:18", "name.form"),
    (changed("{name: todo}", "{name: todo, ownr: a}"), "3:24", "field.unknown-near"),
    (changed("{name: todo}", "{name: todo, q: 1}"), "3:24", "field.unknown"),
    (changed("{name: todo}", "{name: todo, tier: one}"), "3:30", "field.integer"),
    (changed("{name: todo}", "{name: todo, tier: 0}"), "3:30", "field.too-small"),
    (changed("{name: todo}", "{name: todo, owner: [a]}"), "3:31", "field.text"),
    (changed("{name: todo}", "todo"), "3:11", "field.mapping"),
    (
        changed("{name: todo}", f"{{name: todo, owner: {'a' * 5000}}}"),
        "3:31",
        "field.too-long",
    ),
    (changed("99%", "100%"), "8:15", "objective.target-whole"),
    (changed("99%", "1"), "8:15", "objective.target-whole"),
    (changed("99%", "99.95"), "8:15", "objective.target-percent"),
    (changed("99%", "0%"), "8:15", "objective.target-range"),
    (changed("99%", "101%"), "8:15", "objective.target-range"),
    (changed("99%", "high"), "8:15", "objective.target"),
    (changed("99%", "99.99999999%"), "8:15", "objective.target-places"),
    (changed("      target: 99%\n", ""), "6:7", "field.missing"),
    (changed("30d", "a month"), "9:15", "field.duration"),
    (changed("30d", "0"), "9:15", "field.duration-zero"),
    (changed("30d", "45s"), "9:15", "objective.window-short"),
    (changed("30d", "2y"), "9:15", "objective.window-long"),
    (changed("30d", "100s"), "9:15", "objective.window-slices"),
    (changed("bad_total", "rate(x[5m])"), "11:14", "promql.not-selector"),
    (changed("bad_total", "'x{'"), "11:16", "promql.open-bracket"),
    (changed("bad_total", "all_total"), "11:14", "ratio.same-as-valid"),
    (changed("        bad: bad_total\n", ""), "11:9", "ratio.no-side"),
    (changed("bad_total", "b\n        good: g"), "12:15", "ratio.both-sides"),
    (changed("ratio:", "ration:"), "6:7", "objective.no-indicator"),
    (
        OBJECTIVE + "      latency: {histogram: h, below: 1s}\n",
        "13:16",
        "objective.two-indicators",
    ),
    (
        changed("all_total", 'all_total{job="x"}')
        .replace("bad_total", 'bad_total{job="y"}')
        .replace("      job: todo\n", ""),
        "6:7",
        "objective.jobs-differ",
    ),
    (changed("all_total", 'all_total{job="x"}'), "6:7", "objective.other-job"),
    (changed("      job: todo\n", ""), "6:7", "objective.no-job"),
    (ALERTING + "{preset: google}\n", "13:26", "field.choice"),
    (ALERTING + "{noData: maybe}\n", "13:26", "field.choice"),
    (ALERTING + "{policies: []}\n", "13:28", "alerting.no-pairs"),
    (
        changed("{policies", "{preset: google-30d, policies", POLICY),
        "13:26",
        "alerting.preset-and-policies",
    ),
    (changed("14.4", "0", POLICY), "13:59", "alerting.factor-zero"),
    (
        ALERTING + "{noData: bad}\n      noData: good\n",
        "14:15",
        "alerting.guard-twice",
    ),
    (
        changed("metadata: {", "metadata: {labels: {severity: x}, "),
        "3:20",
        "service.label",
    ),
    (changed("14.4", "100", POLICY), "13:59", "alerting.factor-dead"),
    (changed("14.4", "many", POLICY), "13:59", "field.number"),
    (changed("5m", "1h", POLICY), "13:47", "alerting.short-not-shorter"),
    (changed("5m", "30s", POLICY), "13:47", "alerting.short-too-short"),
    (changed("1h", "31d", POLICY), "13:36", "alerting.long-too-long"),
    (changed("99%", "90%"), "6:7", "alerting.preset-dead"),
    (changed("30d", "2h"), "6:7", "alerting.preset-tight"),
    (
        OBJECTIVE + "  runbooks: [{on: down, ref: x}]\n",
        "13:19",
        "runbook.no-objective",
    ),
    (OBJECTIVE + "  dependsOn: [todo]\n", "13:15", "field.mapping"),
    (OBJECTIVE + "  dependsOn: todo\n", "13:14", "field.list"),
    (
        OBJECTIVE + "  dependsOn: [{service: todo}]\n",
        "13:25",
        "service.depends-on-itself",
    ),
]
LATENCY = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: todo}
spec:
  job: todo
  objectives:
    - {name: quick, target: 95%, window: 30d, latency: LATENCY}
"""
CASES += [
    (changed("LATENCY", value, LATENCY), place, code)
    for value, place, code in (
        ("{histogram: h, below: 0.2}", "7:78", "field.duration"),
        ("{histogram: 'h{}', below: 1s}", "7:68", "latency.histogram"),
        ("{histogram: h_bucket, below: 1s}", "7:68", "latency.bucket"),
        ("{histogram: h, below: 1s, match: '{le=\"1\"}'}", "7:89", "latency.match"),
        ("{histogram: h, below: 1s, match: '{'}", "7:90", "promql.open-bracket"),
        ("{histogram: h}", "7:56", "field.missing"),
    )
]
GAUGE = LATENCY.replace("latency: LATENCY", "GAUGE")
CASES += [
    (changed("GAUGE", value, GAUGE), place, code)
    for value, place, code in (
        ("boolean: {gauge: 'up{'}", "7:67", "promql.open-bracket"),
        ("boolean: {gauge: '{job=\"todo\"}'}", "7:64", "gauge.no-metric"),
        ("boolean: {gauge: x_total}", "7:64", "gauge.counter"),
        ("boolean: {}", "7:56", "field.missing"),
        ("boolean: {gauge: up, below: 1}", "7:68", "field.unknown"),
        ("threshold: {gauge: g}", "7:58", "threshold.no-side"),
        ("threshold: {gauge: g, above: 1, below: 9}", "7:86", "threshold.two-sides"),
        ("threshold: {gauge: g, below: 1s}", "7:76", "field.number"),
        ("threshold: {gauge: g, bellow: 1}", "7:69", "field.unknown-near"),
        ("threshold: {gauge: '{a=\"b\"}', below: 1}", "7:66", "gauge.no-metric"),
        ("threshold: {below: 1}", "7:58", "field.missing"),
    )
]


@pytest.mark.parametrize(("text", "place", "code"), CASES)
def test_a_problem_is_named_at_its_place(text: str, place: str, code: str):
    assert (place, code) in found(text)


def test_problems_that_follow_from_another_are_not_reported():
    assert found(changed("99%", "100%")) == [("8:15", "objective.target-whole")]
    assert found(changed("30d", "45s")) == [("9:15", "objective.window-short")]
    assert found(changed("kizashi.dev/v1", "sloth/v1")) == [
        ("1:13", "document.api-version")
    ]
    assert found(changed("window:", "windw:")) == [("9:7", "field.unknown-near")]


def test_a_warning_leaves_the_declaration_usable_and_an_error_does_not():
    warned = parse(changed("99%", "90%"))
    wrong = parse(changed("99%", "100%"))

    assert {p.level for p in warned.problems} == {ProblemLevel.WARNING}
    assert warned.is_usable
    assert len(warned.objectives) == 1
    assert not wrong.is_usable
    assert wrong.objectives == ()


def test_a_preset_at_ninety_percent_drops_14_4_alone():
    # Budget 0.1: a burn rate ends at 10, so 14.4 is dead and 6 is not.
    (problem,) = parse(changed("99%", "90%")).problems

    assert dict(problem.params) == {
        "preset": "google-30d",
        "factor": "14.4",
        "target": "0.9",
        "most": "10",
    }


def test_names_declared_twice_are_found_across_files_with_both_places():
    sources = [SourceText("a.yaml", OBJECTIVE), SourceText("b.yaml", OBJECTIVE)]

    (problem,) = parse_declarations(sources).problems

    assert (str(problem.position), problem.code) == ("b.yaml:3:18", "service.twice")
    assert dict(problem.params) == {"name": "todo", "first": "a.yaml:3:18"}


def test_an_objective_declared_twice_in_a_service_names_both_places():
    again = OBJECTIVE + OBJECTIVE[OBJECTIVE.index("    - name: up") :]

    (problem,) = parse(again).problems

    assert (str(problem.position), problem.code) == ("a.yaml:13:13", "objective.twice")
    assert problem.params["first"] == "a.yaml:6:13"


def test_problems_of_all_files_come_together_by_place():
    sources = [
        SourceText("b.yaml", changed("99%", "100%")),
        SourceText("a.yaml", "- x\n---\n- y\n"),
    ]

    places = [str(p.position) for p in parse_declarations(sources).problems]

    assert places == ["a.yaml:1:1", "a.yaml:3:1", "b.yaml:8:15"]


def test_slices_and_scrape_intervals_decide_what_is_short():
    seconds = Measuring(slice_ms=1_000, jobs={"todo": 1_000})
    minutes = Measuring(slice_ms=15_000, jobs={"todo": 60_000})

    assert found(changed("30d", "45s"), seconds) == [("6:7", "alerting.preset-tight")]
    assert found(changed("5m", "2m", POLICY), minutes) == [
        ("13:47", "alerting.short-too-short")
    ]


def test_a_window_that_one_failed_scrape_leaves_empty_is_refused():
    # Two scrapes of 60 s fill the short window of 2m, not those of 61 s.
    two, fewer = (Measuring(jobs={"todo": s * 1_000}) for s in (60, 61))
    text = changed("5m", "2m", POLICY)

    assert found(text, two) == [("13:47", "alerting.short-too-short")]
    assert found(text, fewer) == [("13:47", "interval.window")]
    assert not parse_declarations([SourceText("a.yaml", text)], fewer).is_usable


def test_a_preset_of_a_day_cannot_be_filled_by_a_scrape_every_90_seconds():
    # 1 h x 1 d / 30 d is a long window of two minutes.
    slow, quick = (Measuring(jobs={"todo": s * 1_000}) for s in (90, 60))

    codes = {code for _, code in found(changed("30d", "1d"), slow)}

    assert codes == {"interval.window", "alerting.preset-tight"}
    assert "interval.window" not in str(found(changed("30d", "1d"), quick))


def test_a_job_that_nothing_scrapes_is_named():
    known = Measuring(jobs={"web": 15_000})

    assert found(OBJECTIVE, known) == [("6:7", "objective.job-unknown")]


def test_the_job_is_taken_from_the_selectors_where_none_is_declared():
    text = changed("      job: todo\n", "").replace(
        "all_total", 'all_total{job="implied"}'
    )

    assert found(text) == []
    assert parse(text).objectives[0].job == "implied"


@pytest.mark.parametrize(
    "text",
    [
        changed("{name: todo}", f"{{name: {'a' * 63}}}"),
        changed("99%", "99.9999999%"),
        changed("30d", "366d"),
        changed("1h", "30d", POLICY),
        changed("5m", "75s", POLICY),
    ],
    ids=["63 letters", "nine nines", "366 days", "the whole window", "five scrapes"],
)
def test_what_stands_exactly_at_its_limit_is_allowed(text: str):
    assert found(text) == []


def test_four_slices_are_a_window():
    # Tight for a preset, yet a window.
    assert found(changed("30d", "1m")) == [("6:7", "alerting.preset-tight")]


def test_sixty_four_letters_are_no_name():
    text = changed("{name: todo}", f"{{name: {'a' * 64}}}")

    assert found(text) == [("3:18", "name.form")]


def test_a_declared_job_stands_where_the_selectors_name_another():
    declared = parse(changed("all_total", 'all_total{job="pushed"}'))

    assert [p.level for p in declared.problems] == [ProblemLevel.WARNING]
    assert declared.objectives[0].job == "todo"


def test_selectors_that_match_jobs_by_pattern_need_no_job():
    text = changed("      job: todo\n", "")
    text = changed("all_total", "'all_total{job=~\"a|b\"}'", text)

    assert found(text) == []
    assert parse(text).objectives[0].job is None


def test_a_service_may_promise_nothing():
    declared = parse(
        "apiVersion: kizashi.dev/v1\nkind: Service\nmetadata: {name: ai}\nspec: {}\n"
    )

    assert declared.problems == ()
    assert declared.services[0].objectives == ()


def test_guards_may_stand_beside_alerting_as_well_as_in_it():
    beside = (
        ALERTING + "{preset: google-30d}\n      minBadEvents: 7\n      noData: bad\n"
    )
    inside = ALERTING + "{minBadEvents: 7, noData: bad, for: 2m}\n"
    for text in (beside, inside):
        [service] = parse_declarations(
            [SourceText("a.yaml", text)], Measuring()
        ).services
        [objective] = service.objectives
        assert (objective.min_bad_events, objective.no_data) == (7, NoData.BAD)
    assert objective.for_ms == 120_000
