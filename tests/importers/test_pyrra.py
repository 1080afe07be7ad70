"""Pyrra's objects as Kizashi declarations."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from kizashi.model.durations import parse_duration
from kizashi.model.severity import Severity
from kizashi.promql.selectors import parse_selector
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import RunbookRef

Carry = Callable[..., object]
RATIO = """{ratio: {errors: {metric: 'http_total{job="api",code=~"5.."}'}, total: {metric: 'http_total{job="api"}'}}}"""
#: What is said of every object: its service, and that its alerts waited.
ALWAYS = ["import.for", "import.service"]


def slo(
    indicator: str = RATIO,
    *,
    target: str = "'99.5'",
    window: str = "28d",
    rest: str = "",
    metadata: str = "",
) -> str:
    return f"""\
apiVersion: pyrra.dev/v1alpha1
kind: ServiceLevelObjective
metadata:
  name: api-errors
  namespace: monitoring
  resourceVersion: '7'
{metadata}spec:
  target: {target}
  window: {window}
  indicator: {indicator}
{rest}"""


def test_an_object_is_an_objective_of_the_job_that_its_metrics_name(carry: Carry):
    result = carry("pyrra", slo(rest="  description: Requests answer.\n"))

    objective = result.objective()
    assert (result.service().name, objective.name) == ("api", "api-errors")
    assert objective.target == Decimal("0.995")
    assert objective.window.length_ms == parse_duration("28d")
    assert objective.display_name.en == "Requests answer."
    assert objective.indicator == RatioIndicator(
        valid=parse_selector('http_total{job="api"}'),
        bad=parse_selector('http_total{job="api",code=~"5.."}'),
    )
    assert result.codes == ALWAYS


# The windows of Pyrra, by hand: parts of the window in whole minutes, halves up.
@pytest.mark.parametrize(
    ("window", "pairs"),
    [
        ("28d", ["1h 5m", "6h 30m", "1d 2h", "4d 6h"]),
        ("4w", ["1h 5m", "6h 30m", "1d 2h", "4d 6h"]),
        ("30d", ["1h4m 5m", "6h26m 32m", "1d1h43m 2h9m", "4d6h51m 6h26m"]),
        ("14d", ["30m 3m", "3h 15m", "12h 1h", "2d 3h"]),
        ("7d", ["15m 1m", "1h30m 8m", "6h 30m", "1d 1h30m"]),
        ("90d", ["3h13m 16m", "19h17m 1h36m", "3d5h9m 6h26m", "12d20h34m 19h17m"]),
    ],
)
def test_windows_scale_as_pyrras_do(carry: Carry, window: str, pairs: list[str]):
    policy = carry("pyrra", slo(window=window)).objective().policy

    assert [(p.long_ms, p.short_ms) for p in policy.pairs] == [
        tuple(map(parse_duration, pair.split())) for pair in pairs
    ]
    assert [int(p.factor) for p in policy.pairs] == [14, 7, 2, 1]
    assert [p.severity for p in policy.pairs] == [
        Severity.PAGE,
        Severity.PAGE,
        Severity.TICKET,
        Severity.TICKET,
    ]


def test_a_short_window_of_nothing_is_left_out_and_named(carry: Carry):
    # 2 days are 2,880 minutes: a 8,064th of them is 0 minutes.
    result = carry("pyrra", slo(window="2d"))

    assert result.codes.count("import.pair-short") == 1
    assert [int(p.factor) for p in result.objective().policy.pairs] == [7, 2, 1]


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        (
            """{latency: {success: {metric: 'd_seconds_bucket{job="api",le="0.1"}'}, total: {metric: 'd_seconds_count{job="api"}'}}}""",
            LatencyIndicator(
                "d_seconds", Decimal("0.1"), parse_selector('{job="api"}')
            ),
        ),
        (
            """{latency: {success: {metric: 'd_ms_bucket{job="api",le="100"}'}, total: {metric: 'd_ms_count{job="api"}'}}}""",
            RatioIndicator(
                valid=parse_selector('d_ms_count{job="api"}'),
                good=parse_selector('d_ms_bucket{job="api",le="100"}'),
            ),
        ),
        (
            """{bool_gauge: {metric: 'up{job="api"}'}}""",
            BooleanIndicator(parse_selector('up{job="api"}')),
        ),
    ],
)
def test_each_kind_of_indicator_has_its_own(
    carry: Carry, indicator: str, expected: object
):
    result = carry("pyrra", slo(indicator))

    assert result.objective().indicator == expected
    assert result.codes == ALWAYS


@pytest.mark.parametrize(
    ("indicator", "code"),
    [
        (
            "{latencyNative: {total: {metric: a}, latency: 1s, grouping: [b]}}",
            "import.pyrra.native",
        ),
        ("{}", "openslo.one-of"),
        (
            "{ratio: {errors: {metric: 'rate(a[5m])'}, total: {metric: b}}}",
            "promql.not-selector",
        ),
        ("{bool_gauge: {metric: '{job=\"a\"}'}}", "gauge.no-metric"),
        ("{ratio: {errors: {metric: a}}}", "field.missing"),
        ("{bool_gouge: {metric: a}}", "field.unknown-near"),
    ],
)
def test_what_cannot_be_counted_is_an_error(carry: Carry, indicator: str, code: str):
    result = carry("pyrra", slo(indicator))

    assert code in result.codes
    assert result.services == {}


def test_groups_are_counted_together_and_that_is_named(carry: Carry):
    grouped = RATIO.replace("{ratio: {", "{ratio: {grouping: [handler, code], ")
    result = carry("pyrra", slo(grouped))

    (found,) = [p for p in result.imported.problems if "grouping" in p.code]
    assert found.params["labels"] == "handler, code"
    assert (found.position.line, found.position.col) == (10, 33)


@pytest.mark.parametrize("off", ["disabled: true", "burnrates: false"])
def test_alerts_that_were_off_become_tickets(carry: Carry, off: str):
    result = carry("pyrra", slo(rest=f"  alerting: {{{off}}}\n"))

    assert "import.no-alerts" in result.codes
    severities = {p.severity for p in result.objective().policy.pairs}
    assert severities == {Severity.TICKET}


def test_severities_are_page_or_ticket(carry: Carry):
    given = "{absent: critical, fastBurn: page, mediumBurn: warning, slowBurn: loud}"
    result = carry("pyrra", slo(rest=f"  alerting: {{severities: {given}}}\n"))

    assert [p.severity.value for p in result.objective().policy.pairs] == [
        "page",
        "ticket",
        "ticket",
        "ticket",
    ]
    assert result.codes.count("import.severity") == 2


def test_every_other_field_is_named(carry: Carry):
    rest = """\
  alerting: {name: Burn, absentName: Gone, absent: false, burnRateType: dynamic}
  partial_response_strategy: warn
  performanceOverAccuracy: true
  ruleOutput: {shortRulesLabels: {a: b}, longRulesLabels: {}, enableDescriptionAsLabel: true}
"""
    result = carry("pyrra", slo(rest=rest))

    assert sorted(result.codes) == sorted(
        [
            *ALWAYS,
            "import.alert-name",
            "import.alert-name",
            "import.pyrra.absent",
            "import.pyrra.dynamic",
            "import.rules-only",
            "import.rules-only",
            "import.rules-only",
        ]
    )


def test_what_pyrra_hands_to_alerts_is_handed_on(carry: Carry):
    metadata = """\
  labels: {pyrra.dev/team: web, pyrra.dev/service: Shop, other: x}
  annotations: {pyrra.dev/runbook: wiki/api, pyrra.dev/summary: Bad, other: y}
"""
    result = carry("pyrra", slo(metadata=metadata))

    service = result.service()
    assert service.name == "shop"
    assert dict(service.labels) == {"team": "web"}
    assert service.runbooks == (RunbookRef("api-errors", "wiki/api"),)
    assert "import.annotation" in result.codes


def test_the_user_may_name_the_service(carry: Carry):
    assert carry("pyrra", slo(), service="shop").service().name == "shop"


def test_a_list_of_kubernetes_holds_objects(carry: Carry):
    one = slo().replace("\n", "\n    ").rstrip()
    text = f"apiVersion: v1\nkind: List\nitems:\n  - {one}\n"

    assert list(carry("pyrra", text).objectives()) == ["api-errors"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (slo(target="'100'"), "objective.target-whole"),
        (slo(target="most"), "field.number"),
        (slo().replace("v1alpha1", "v2"), "import.version"),
        (slo().replace("ServiceLevelObjective", "Thing"), "document.kind"),
        (slo(window="x"), "field.duration"),
        ("- a\n", "document.mapping"),
    ],
)
def test_what_is_wrong_is_named(carry: Carry, text: str, code: str):
    result = carry("pyrra", text)

    assert code in result.codes
    assert result.services == {}
