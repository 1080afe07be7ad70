"""Sloth's files as Kizashi declarations."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import ProblemList
from kizashi.importers import recognise
from kizashi.model.durations import parse_duration
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import RunbookRef
from kizashi.slo.policy import CustomPair, CustomPolicy, PresetPolicy

Carry = Callable[..., object]

OWN = """\
version: prometheus/v1
service: shop
labels:
  team: web
  severity: high
slo_plugins: {chain: [{id: a}]}
slos:
  - name: availability
    objective: 99.9
    description: Orders are taken.
    plugins: {chain: []}
    labels: {path: order}
    sli:
      events:
        error_query: sum(rate(http_total{job="shop",code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_total{job="shop"}[{{ .window }}]))
    alerting:
      name: ShopDown
      labels: {route: night}
      annotations: {summary: The shop is down, runbook: wiki/shop}
      page_alert: {labels: {pager: a}, annotations: {title: x}}
      ticket_alert: {disable: false}
"""
KUBERNETES = """\
apiVersion: sloth.slok.dev/v1
kind: PrometheusServiceLevel
metadata: {name: shop, namespace: monitoring, annotations: {a: b}}
spec:
  service: shop
  labels: {team: web}
  slos:
    - name: availability
      objective: 99.9
      description: Orders are taken.
      sli:
        events:
          errorQuery: sum(rate(http_total{job="shop",code=~"5.."}[{{.window}}]))
          totalQuery: sum(rate(http_total{job="shop"}[{{.window}}]))
      alerting:
        name: ShopDown
        annotations: {runbook: wiki/shop}
        pageAlert: {disable: false}
        ticketAlert: {disable: false}
status: {processedSLOs: 1}
"""
WINDOWS = """\
apiVersion: sloth.slok.dev/v1
kind: AlertWindows
spec:
  sloPeriod: 7d
  page:
    quick: {errorBudgetPercent: 8, shortWindow: 5m, longWindow: 1h}
    slow: {errorBudgetPercent: 12.5, shortWindow: 30m, longWindow: 6h}
  ticket:
    quick: {errorBudgetPercent: 20, shortWindow: 2h, longWindow: 1d}
    slow: {errorBudgetPercent: 42, shortWindow: 6h, longWindow: 3d}
"""


def slo(sli: str, *, objective: str = "99", alerting: str = "{name: A}") -> str:
    return f"""\
version: prometheus/v1
service: shop
slos:
  - name: a
    objective: {objective}
    sli: {sli}
    alerting: {alerting}
"""


def events(error: str, total: str) -> str:
    return slo(f"{{events: {{error_query: '{error}', total_query: '{total}'}}}}")


def raw(query: str) -> str:
    return slo(f"{{raw: {{error_ratio_query: '{query}'}}}}")


def pairs(*rows: str) -> CustomPolicy:
    found = []
    for row in rows:
        long, short, factor, severity = row.split()
        found.append(
            CustomPair(
                parse_duration(long),
                parse_duration(short),
                Decimal(factor),
                Severity(severity),
            )
        )
    return CustomPolicy(tuple(found))


@pytest.mark.parametrize("text", [OWN, KUBERNETES], ids=["own", "kubernetes"])
def test_both_forms_say_the_same(carry: Carry, text: str):
    service = carry("sloth", text).service()

    assert service.name == "shop"
    assert dict(service.labels) == {"team": "web"}
    assert service.runbooks == (RunbookRef("availability", "wiki/shop"),)
    (objective,) = service.objectives
    assert objective.name == "availability"
    assert objective.display_name.en == "Orders are taken."
    assert objective.target == Decimal("0.999")
    assert objective.window.length_ms == parse_duration("30d")
    assert objective.job == "shop"
    assert objective.indicator == RatioIndicator(
        valid=parse_selector('http_total{job="shop"}'),
        bad=parse_selector('http_total{job="shop",code=~"5.."}'),
    )
    # 14.4 over 1h/5m, 6 over 6h/30m, 3 over 1d/2h, 1 over 3d/6h: the preset's very own.
    assert objective.policy == PresetPolicy("google-30d")


def test_the_kubernetes_form_loses_nothing_but_the_alerts_name(carry: Carry):
    assert carry("sloth", KUBERNETES).codes == ["import.alert-name"]


def test_what_stays_behind_is_named_where_it_stands(carry: Carry):
    result = carry("sloth", OWN)

    assert result.codes == [
        "import.label",
        "import.sloth.slo-plugins",
        "import.sloth.slo-plugins",
        "import.slo-labels",
        "import.alert-name",
        "import.alert-label",
        "import.annotation",
        "import.alert-label",
        "import.annotation",
    ]
    assert result.place("import.alert-name") == (18, 13)


@pytest.mark.parametrize(
    ("window_ms", "policy"),
    [
        (
            parse_duration("28d"),
            pairs(
                "1h 5m 13.44 page",
                "6h 30m 5.6 page",
                "1d 2h 2.8 ticket",
                "3d 6h 0.9333 ticket",
            ),
        ),
        (parse_duration("30d"), PresetPolicy("google-30d")),
    ],
)
def test_factors_follow_the_period(carry: Carry, window_ms: int, policy: object):
    objective = carry("sloth", KUBERNETES, window=RollingWindow(window_ms)).objective()

    assert objective.window.length_ms == window_ms
    assert objective.policy == policy


def test_a_factor_that_is_no_short_decimal_is_said_to_be_rounded(carry: Carry):
    assert (
        "import.factor"
        in carry("sloth", OWN, window=RollingWindow(28 * 86_400_000)).codes
    )
    assert "import.factor" not in carry("sloth", OWN).codes


def test_windows_of_a_file_decide_period_and_factors(carry: Carry):
    objective = carry("sloth", KUBERNETES, WINDOWS).objective()

    assert objective.window.length_ms == parse_duration("7d")
    # 8 % x 168 h / 1 h, 12.5 % x 168/6, 20 % x 168/24, 42 % x 168/72.
    assert objective.policy == pairs(
        "1h 5m 13.44 page",
        "6h 30m 3.5 page",
        "1d 2h 1.4 ticket",
        "3d 6h 0.98 ticket",
    )


def test_a_period_without_windows_is_named(carry: Carry):
    result = carry("sloth", KUBERNETES, window=RollingWindow(parse_duration("14d")))

    assert "import.sloth.period" in result.codes
    # 2 % x 336 h / 1 h and so on.
    assert result.objective().policy == pairs(
        "1h 5m 6.72 page",
        "6h 30m 2.8 page",
        "1d 2h 1.4 ticket",
        "3d 6h 0.4667 ticket",
    )


@pytest.mark.parametrize(
    ("alerting", "policy", "code"),
    [
        (
            "{page_alert: {disable: true}}",
            pairs("1d 2h 3 ticket", "3d 6h 1 ticket"),
            None,
        ),
        (
            "{ticket_alert: {disable: true}}",
            pairs("1h 5m 14.4 page", "6h 30m 6 page"),
            None,
        ),
        (
            "{page_alert: {disable: true}, ticket_alert: {disable: true}}",
            pairs(
                "1h 5m 14.4 ticket",
                "6h 30m 6 ticket",
                "1d 2h 3 ticket",
                "3d 6h 1 ticket",
            ),
            "import.no-alerts",
        ),
    ],
)
def test_an_alert_that_was_off_wakes_nobody(
    carry: Carry, alerting: str, policy: object, code: str | None
):
    sli = '{raw: {error_ratio_query: \'sum(rate(b_total{job="a"}[{{.window}}])) / sum(rate(v_total{job="a"}[{{.window}}]))\'}}'
    result = carry("sloth", slo(sli, alerting=alerting))

    assert result.objective().policy == policy
    assert result.codes == ([] if code is None else [code])


def test_a_pair_that_can_never_fire_is_left_out_and_named(carry: Carry):
    text = KUBERNETES.replace("objective: 99.9", "objective: 93")
    result = carry("sloth", text)

    # 14.4 x 7 % is more than 1.
    assert result.codes.count("import.pair-dead") == 1
    assert result.objective().policy == PresetPolicy("google-30d")


R = "[{{.window}}]"
BAD = RatioIndicator(
    valid=parse_selector('v_total{job="a"}'), bad=parse_selector('b_total{job="a"}')
)
GOOD = RatioIndicator(
    valid=parse_selector('v_total{job="a"}'), good=parse_selector('g_total{job="a"}')
)
SLOW = LatencyIndicator("d_seconds", Decimal("0.3"), parse_selector('{job="a"}'))
B, G, V = (f'sum(rate({n}_total{{job="a"}}{R}))' for n in "bgv")
FAST = f'sum(rate(d_seconds_bucket{{job="a",le="0.3"}}{R}))'
ALL = f'sum(rate(d_seconds_count{{job="a"}}{R}))'


@pytest.mark.parametrize(
    ("text", "indicator"),
    [
        (events(B, V), BAD),
        (events(f"({B} or vector(0))", V), BAD),
        (events(B.replace("rate", "increase"), V), BAD),
        (events(f"{V} - {G}", V), GOOD),
        (events(f"({ALL} - {FAST})", ALL), SLOW),
        (raw(f"{B} / {V}"), BAD),
        (raw(f"1 - {G} / {V}"), GOOD),
        (raw(f"1 - ({FAST} / {ALL})"), SLOW),
        (raw(f"({V} - {G}) / {V}"), GOOD),
        (raw(f"1 - (({V} - {B}) / {V})"), BAD),
    ],
)
def test_queries_are_told_by_what_they_count(
    carry: Carry, text: str, indicator: object
):
    result = carry("sloth", text)

    assert result.objective().indicator == indicator
    assert result.codes == ["import.alert-name"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (slo("{plugin: {id: x/y, options: {a: b}}}"), "import.sloth.plugin"),
        (slo("{}"), "openslo.one-of"),
        (raw(f"avg(x) + {V}"), "openslo.query-form"),
        (raw(B), "import.no-quotient"),
        (events(B.replace("))", ")) by (p)"), V), "openslo.query-grouped"),
        (events(f"{G} - {B}", V), "import.difference"),
        (events(f"{B} / {V}", V), "import.quotient"),
        (events("sum(errors)", V), "import.no-growth"),
        (events(V, V), "ratio.same-as-valid"),
        (events(B, V).replace("99", "100"), "objective.target-whole"),
    ],
)
def test_what_cannot_be_counted_is_an_error_and_no_objective(
    carry: Carry, text: str, code: str
):
    result = carry("sloth", text)

    assert code in result.codes
    assert result.services == {}
    assert result.imported.carried == ()


def test_a_key_of_the_other_form_is_asked_about(carry: Carry):
    text = OWN.replace("page_alert", "pageAlert")
    result = carry("sloth", text)

    (found,) = [p for p in result.imported.problems if p.code == "field.unknown-near"]
    assert found.params["near"] == "page_alert"
    assert list(result.objectives()) == ["availability"]


def test_a_job_that_nobody_names_is_to_be_filled_in(carry: Carry):
    text = OWN.replace('job="shop",', "").replace('{job="shop"}', "")
    result = carry("sloth", text)

    assert "import.no-job" in result.codes
    assert "# - availability: no selector names a job" in result.imported.files[0].text
    assert carry("sloth", text, job="web").objective().job == "web"
    assert "import.no-job" not in carry("sloth", text, job="web").codes


def test_names_that_do_not_fit_are_spelt_so_that_they_do(carry: Carry):
    text = OWN.replace("service: shop", "service: My_Shop").replace(
        "name: availability", "name: Requests.Good"
    )
    result = carry("sloth", text)

    assert list(result.services) == ["my-shop"]
    assert list(result.objectives()) == ["requests-good"]
    assert result.service().display_name.en == "My_Shop"
    (carried,) = result.imported.carried
    assert (carried.name, carried.path) == ("Requests.Good", "my-shop.yaml")


def test_a_service_without_a_name_is_an_error_unless_one_is_given(carry: Carry):
    text = OWN.replace("service: shop", "service: ''")

    assert (
        "name.form" in carry("sloth", text).codes
        or "field.missing" in carry("sloth", text).codes
    )
    assert list(carry("sloth", text, service="web").services) == ["web"]


def test_the_same_slo_twice_is_an_error(carry: Carry):
    assert "objective.twice" in carry("sloth", OWN, KUBERNETES).codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("version: prometheus/v2\n", "import.version"),
        ("apiVersion: sloth.slok.dev/v1\nkind: Other\n", "document.kind"),
        ("- a\n", "document.mapping"),
        ("", "import.nothing"),
        ("version: prometheus/v1\nservice: a\nslos: []\n", "import.nothing"),
    ],
)
def test_a_file_of_another_kind_is_named(carry: Carry, text: str, code: str):
    assert carry("sloth", text).codes == [code]


def test_aliases_and_merge_keys_are_carried_as_what_they_stand_for(carry: Carry):
    text = """\
version: prometheus/v1
service: shop
slos:
  - &base
    name: availability
    objective: 99.9
    sli: &sli
      events:
        error_query: sum(rate(http_total{code=~"5.."}[{{.window}}]))
        total_query: sum(rate(http_total[{{.window}}]))
    alerting: &alerting {page_alert: {disable: false}, ticket_alert: {disable: false}}
  - {name: loose, objective: 99, sli: *sli, alerting: *alerting}
  - <<: *base
    name: merged
    objective: 99.5
"""
    found = carry("sloth", text).objectives()

    assert {n: o.target for n, o in found.items()} == {
        "availability": Decimal("0.999"),
        "loose": Decimal("0.99"),
        "merged": Decimal("0.995"),
    }
    assert len({o.indicator for o in found.values()}) == 1
    recognised = recognise([SourceText("a.yaml", text)], problems := ProblemList())
    assert recognised == {"sloth": ["a.yaml"]}
    assert not list(problems)
