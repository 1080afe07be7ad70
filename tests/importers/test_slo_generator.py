"""slo-generator's files as Kizashi declarations."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from kizashi.importers.slo_generator import union
from kizashi.model.durations import parse_duration
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.policy import PresetPolicy

Carry = Callable[..., object]
GOOD_VALID = """{filter_good: 'http_total{job="a",code=~"2.."}[window]', filter_valid: 'http_total{job="a"}[window]'}"""
CONFIG = """\
default_exporters: [prometheus]
backends: {prometheus: {url: http://prometheus.example}}
exporters: {prometheus: {url: http://push.example}}
error_budget_policies:
  default:
    steps:
      - {name: 1 hour, burn_rate_threshold: 9, alert: true, message_alert: a, message_ok: b, window: 3600}
      - {name: 28 days, burn_rate_threshold: 1, alert: false, message_alert: a, message_ok: b, window: 2419200}
  other: {steps: []}
"""


def slo(
    indicator: str = GOOD_VALID,
    *,
    method: str = "good_bad_ratio",
    backend: str = "prometheus",
    rest: str = "",
) -> str:
    return f"""\
apiVersion: sre.google.com/v2
kind: ServiceLevelObjective
metadata:
  name: shop-api-availability
  labels: {{service_name: shop, feature_name: api, slo_name: availability, tier: gold}}
spec:
  description: Most requests are answered.
  goal: 0.999
  backend: {backend}
  method: {method}
  service_level_indicator: {indicator}
{rest}"""


def test_an_objective_keeps_its_names_goal_and_longest_window(carry: Carry):
    result = carry("slo-generator", slo(rest="  exporters: [a]\n"), CONFIG)

    objective = result.objective()
    assert (result.service().name, objective.name) == ("shop", "api-availability")
    assert objective.target == Decimal("0.999")
    assert objective.window.length_ms == parse_duration("28d")
    assert objective.display_name.en == "Most requests are answered."
    assert objective.policy == PresetPolicy("google-30d")
    assert objective.indicator == RatioIndicator(
        valid=parse_selector('http_total{job="a"}'),
        good=parse_selector('http_total{job="a",code=~"2.."}'),
    )
    assert sorted(result.codes) == [
        "import.label-own",
        # Exporters of the objective; of the configuration those, their defaults and
        # backends.
        *["import.rules-only"] * 4,
        "import.slo-generator.step",
    ]


def test_the_step_of_a_policy_is_named_with_its_place(carry: Carry):
    result = carry("slo-generator", slo(), CONFIG)

    (found,) = [p for p in result.imported.problems if p.code.endswith(".step")]
    assert found.params["step"] == "1 hour"
    assert found.params["window"] == "1h"
    assert found.params["place"] == "1.yaml:7:9"


def test_without_a_policy_the_window_is_said(carry: Carry):
    result = carry("slo-generator", slo())
    assert "import.window" in result.codes
    assert result.objective().window.length_ms == parse_duration("30d")

    chosen = carry(
        "slo-generator", slo(), CONFIG, window=RollingWindow(parse_duration("7d"))
    )
    assert chosen.objective().window.length_ms == parse_duration("7d")


@pytest.mark.parametrize(
    ("method", "given", "indicator"),
    [
        (
            "good_bad_ratio",
            """{filter_bad: 'b_total{job="a"}[window]', filter_valid: 'v_total{job="a"}[window]', operators: [sum, rate]}""",
            RatioIndicator(
                valid=parse_selector('v_total{job="a"}'),
                bad=parse_selector('b_total{job="a"}'),
            ),
        ),
        (
            "good_bad_ratio",
            """{filter_good: 'h_total{job="a",code="200"}[window]', filter_bad: 'h_total{job="a",code=~"5.."}[window]'}""",
            RatioIndicator(
                valid=parse_selector('h_total{job="a",code=~"(200)|(5..)"}'),
                good=parse_selector('h_total{job="a",code="200"}'),
            ),
        ),
        (
            "query_sli",
            """{expression: 'sum(rate(g_total{job="a"}[window])) / sum(rate(v_total{job="a"}[window]))'}""",
            RatioIndicator(
                valid=parse_selector('v_total{job="a"}'),
                good=parse_selector('g_total{job="a"}'),
            ),
        ),
        (
            "distribution_cut",
            """{expression: 'd_seconds_bucket{job="a"}', threshold_bucket: 0.25}""",
            LatencyIndicator("d_seconds", Decimal("0.25"), parse_selector('{job="a"}')),
        ),
    ],
)
def test_methods_are_told_by_what_they_count(
    carry: Carry, method: str, given: str, indicator: object
):
    result = carry("slo-generator", slo(given, method=method))

    assert result.objective().indicator == indicator


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (slo(backend="datadog", method="query_slo"), "import.slo-generator.backend"),
        (slo(method="window"), "import.slo-generator.backend"),
        (
            slo("{filter_good: 'a[window]', filter_bad: 'b[window]'}"),
            "import.slo-generator.no-valid",
        ),
        (slo("{filter_good: 'a[window]'}"), "openslo.one-of"),
        (
            slo("{filter_good: 'rate(a[window])', filter_valid: b}"),
            "promql.wants-range",
        ),
        (
            slo(
                "{expression: 'a_total', threshold_bucket: 1}",
                method="distribution_cut",
            ),
            "import.slo-generator.no-bucket",
        ),
        (slo("{expression: 'avg(x)'}", method="query_sli"), "openslo.query-form"),
        (slo().replace("goal: 0.999", "goal: 1"), "objective.target-whole"),
        (slo().replace("goal:", "gaol:"), "field.unknown-near"),
        (slo().replace("/v2", "/v1"), "import.version"),
        (slo().replace("ServiceLevelObjective", "X"), "document.kind"),
        ("- a\n", "document.mapping"),
    ],
)
def test_what_cannot_be_carried_is_an_error(carry: Carry, text: str, code: str):
    result = carry("slo-generator", text)

    assert code in result.codes
    assert result.services == {}


def test_a_second_server_of_a_kind_is_of_that_kind(carry: Carry):
    assert carry("slo-generator", slo(backend="prometheus/eu")).objectives()


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ('a{c="1.0"}', 'a{c=~"2|3"}', r'a{c=~"(1\\.0)|(2|3)"}'),
        ('a{c="1"}', 'a{c!="1"}', None),
        ('a{c="1"}', 'a{d="1"}', None),
        ("a", "b", None),
        ('a{c="1",d="2"}', 'a{c="3",d="4"}', None),
    ],
)
def test_a_union_is_one_selector_or_none(one: str, other: str, both: str | None):
    found = union(parse_selector(one), parse_selector(other))

    assert found == (None if both is None else parse_selector(both))
