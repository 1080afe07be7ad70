"""Burn-rate alerts of rule files as Kizashi declarations."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions
from kizashi.declarations.configuration import Configuration
from kizashi.model.durations import parse_duration
from kizashi.model.severity import Severity
from kizashi.promql.selectors import parse_selector
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import RunbookRef
from kizashi.slo.policy import CustomPair, PresetPolicy

Carry = Callable[..., object]
SHARE = (
    'sum(rate(http_total{{job="api",code=~"5.."}}[{0}])) '
    '/ sum(rate(http_total{{job="api"}}[{0}]))'
)
BAD = RatioIndicator(
    valid=parse_selector('http_total{job="api"}'),
    bad=parse_selector('http_total{job="api",code=~"5.."}'),
)


def alert(
    expr: str, *, name: str = "Burn", labels: str = "{severity: page}", rest: str = ""
) -> str:
    return f"""\
      - alert: {name}
        expr: {expr}
        labels: {labels}
{rest}"""


def record(name: str, expr: str, labels: str = "{}") -> str:
    return f"      - {{record: '{name}', expr: '{expr}', labels: {labels}}}\n"


def rules(*rows: str) -> str:
    return "groups:\n  - name: a\n    rules:\n" + "".join(rows)


def pair(long: str, short: str, limit: str, share: str = SHARE) -> str:
    legs = [f"{share.format(w)} > {limit}" for w in (long, short)]
    return f"({legs[0]} and {legs[1]})"


def test_the_workbooks_alerts_are_one_objective_with_the_preset(carry: Carry):
    page = pair("1h", "5m", "14.4 * (1 - 0.999)") + " or "
    page += pair("6h", "30m", "6 * (1 - 0.999)")
    ticket = pair("1d", "2h", "3 * (1 - 0.999)") + " or "
    ticket += pair("3d", "6h", "1 * (1 - 0.999)")
    text = rules(
        alert(page, rest="        annotations: {runbook_url: wiki/api}\n"),
        alert(ticket, name="SlowBurn", labels="{severity: ticket}"),
    )
    result = carry("prometheus", text)

    objective = result.objective()
    assert (result.service().name, objective.name) == ("api", "burn")
    assert objective.target == Decimal("0.999")
    assert objective.window.length_ms == parse_duration("30d")
    assert objective.indicator.fingerprint == BAD.fingerprint
    assert objective.policy == PresetPolicy("google-30d")
    assert result.service().runbooks == (RunbookRef("burn", "wiki/api"),)
    assert sorted(result.codes) == ["import.renamed", "import.service", "import.window"]


@pytest.mark.parametrize(
    ("limit", "factor", "target"),
    [
        ("14.4 * 0.001", "14.4", "0.999"),
        ("(14.4 * (1 - 0.999))", "14.4", "0.999"),
        ("14.4 * (1 - 99.9/100)", "14.4", "0.999"),
        ("(1 - 0.999) * 14.4", "14.4", "0.999"),
        ("0.5 * 0.001", "0.5", "0.999"),
        # As Sloth writes them: a float's noise is none of anybody's promise.
        ("(14.4 * 0.0009999999999999432)", "14.4", "0.999"),
        ("(5.6000000000000005 * 0.0005)", "5.6", "0.9995"),
    ],
)
def test_factor_and_target_are_told_from_the_limit(
    carry: Carry, limit: str, factor: str, target: str
):
    objective = carry("prometheus", rules(alert(pair("2h", "5m", limit)))).objective()

    assert objective.target == Decimal(target)
    assert objective.policy.pairs == (
        CustomPair(
            parse_duration("2h"), parse_duration("5m"), Decimal(factor), Severity.PAGE
        ),
    )


@pytest.mark.parametrize(
    ("share", "indicator"),
    [
        (f"100 * ({SHARE})", BAD),
        (
            "(1 - (" + SHARE.replace("5..", "2..") + "))",
            RatioIndicator(
                valid=parse_selector('http_total{job="api"}'),
                good=parse_selector('http_total{job="api",code=~"2.."}'),
            ),
        ),
        (
            '(sum(rate(d_seconds_count{{job="api"}}[{0}])) - sum(rate(d_seconds_bucket{{job="api",le="1"}}[{0}]))) / sum(rate(d_seconds_count{{job="api"}}[{0}]))',
            LatencyIndicator("d_seconds", Decimal(1), parse_selector('{job="api"}')),
        ),
        (
            '(sum(increase(bad_total{{job="api"}}[{0}])) or vector(0)) / sum(increase(all_total{{job="api"}}[{0}]))',
            RatioIndicator(
                valid=parse_selector('all_total{job="api"}'),
                bad=parse_selector('bad_total{job="api"}'),
            ),
        ),
    ],
)
def test_a_share_may_be_written_in_many_ways(
    carry: Carry, share: str, indicator: object
):
    limit = "14.4 * 0.1" if share.startswith("100") else "14.4 * 0.001"
    expr = "'" + pair("2h", "5m", limit, share) + "'"
    objective = carry("prometheus", rules(alert(expr))).objective()

    assert objective.indicator.fingerprint == indicator.fingerprint
    assert objective.target == Decimal("0.999")


def test_what_is_recorded_elsewhere_is_looked_up(carry: Carry):
    grouped = "sum by (job) (rate({0}[{1}]))"
    records = [
        record(f"job:ratio:rate{w}", f"job:bad:rate{w} / job:all:rate{w}")
        for w in ("1h", "5m")
    ]
    counts = [
        record(f"job:{kind}:rate{w}", grouped.format(metric, w))
        for w in ("1h", "5m")
        for kind, metric in (("bad", 'http_total{code=~"5.."}'), ("all", "http_total"))
    ]
    expr = " and ".join(
        f'job:ratio:rate{w}{{job="api"}} > 14.4 * 0.001' for w in ("1h", "5m")
    )
    result = carry("prometheus", rules(alert(f"'{expr}'")), rules(*records, *counts))

    indicator = result.objective().indicator
    assert set(indicator.valid.matchers) == set(BAD.valid.matchers)
    assert set(indicator.bad.matchers) == set(BAD.bad.matchers)
    assert "import.prometheus.record" not in result.codes


def test_records_of_one_name_are_told_apart_by_their_labels(carry: Carry):
    records = [
        record(
            f"slo:ratio:{w}",
            f"sum(rate({n}_bad_total[{w}])) / sum(rate({n}_total[{w}]))",
            f"{{slo: {n}}}",
        )
        for n in ("a", "b")
        for w in ("1h", "5m")
    ]
    legs = " and ".join(
        f'max(slo:ratio:{w}{{slo="b"}} > (14.4 * 0.001)) without (window)'
        for w in ("5m", "1h")
    )
    result = carry("prometheus", rules(*records, alert(f"'{legs}'")), job="x")

    assert result.objective().indicator == RatioIndicator(
        valid=parse_selector("b_total"), bad=parse_selector("b_bad_total")
    )
    assert result.codes.count("import.prometheus.record") == 2
    # What a recording rule adds is on the alert, too.
    assert list(result.objectives()) == ["b"]


@pytest.mark.parametrize(
    ("expr", "code"),
    [
        ("up == 0", "import.prometheus.not-burn"),
        (SHARE.format("5m") + " > 14.4 * 0.001", "import.prometheus.windows"),
        (pair("1h", "5m", "0.0144"), "import.prometheus.limit"),
        (
            pair("1h", "5m", "14.4 * 0.001", SHARE.replace("sum", "sum by (job) ")),
            "import.prometheus.grouped",
        ),
        (
            pair("1h", "5m", "14.4 * 0.001", "unknown:ratio{0}"),
            "import.prometheus.not-burn",
        ),
        (
            pair("1h", "5m", "14.4 * 0.001", SHARE.replace("sum", "max")),
            "import.prometheus.not-burn",
        ),
        (
            f"({SHARE.format('1h')} > 14.4 * 0.001 and {SHARE.format('5m')} > 6 * 0.001)",
            "import.prometheus.not-burn",
        ),
    ],
)
def test_other_alerts_are_listed(carry: Carry, expr: str, code: str):
    result = carry("prometheus", rules(alert("'" + expr.replace("'", "''") + "'")))

    assert result.codes == [code]
    assert result.services == {}


def test_rules_that_build_on_themselves_come_to_an_end(carry: Carry):
    text = rules(
        record("a:b", "a:b"), alert("a:b > 14.4 * 0.001 and a:b > 14.4 * 0.001")
    )

    assert "import.prometheus.not-burn" in carry("prometheus", text).codes


def test_shares_of_shares_through_many_rules_are_read_without_recursion(carry: Carry):
    # Eight rules that take from 1 what the next one takes from 1, 250 times each.
    rows = []
    for window in ("1h", "5m"):
        rows.append(record(f"s{window}:0", SHARE.format(window)))
        for n in range(1, 8):
            inner = f"s{window}:{n - 1}{' * 1' * 250}"
            rows.append(record(f"s{window}:{n}", f"1 - (1 - ({inner}))"))
    limit = "14.4 * 0.001"
    expr = f"s1h:7 > {limit} and s5m:7 > {limit}"

    result = carry("prometheus", rules(*rows, alert(expr)))

    (objective,) = next(iter(result.services.values())).objectives
    indicator = objective.indicator
    assert isinstance(indicator, RatioIndicator)
    assert indicator.bad is not None
    assert BAD.bad is not None
    assert set(indicator.bad.matchers) == set(BAD.bad.matchers)


def test_labels_name_service_and_objective(carry: Carry):
    labels = "{severity: critical, service: shop, slo: orders}"
    text = rules(alert(pair("2h", "5m", "14.4 * 0.001"), labels=labels))
    result = carry("prometheus", text)

    assert list(result.services) == ["shop"]
    assert list(result.objectives()) == ["orders"]


def test_two_objectives_of_one_alert_name_stay_two(carry: Carry):
    other = SHARE.replace("5..", "4..")
    text = rules(
        alert(pair("2h", "5m", "14.4 * 0.001")),
        alert(pair("2h", "5m", "14.4 * 0.01", other)),
    )

    assert list(carry("prometheus", text).objectives()) == ["burn", "burn-2"]


def test_waiting_and_unknown_severities_are_kept_or_named(carry: Carry):
    text = rules(
        alert(
            pair("2h", "5m", "14.4 * 0.001"),
            labels="{severity: loud}",
            rest="        for: 2m\n",
        )
    )
    result = carry("prometheus", text)

    assert result.objective().for_ms == parse_duration("2m")
    assert "import.severity" in result.codes
    assert result.objective().policy.pairs[0].severity is Severity.TICKET


def test_the_object_of_the_operator_holds_rules_too(carry: Carry):
    inner = rules(alert(pair("2h", "5m", "14.4 * 0.001"))).replace("\n", "\n  ")
    text = (
        f"apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  {inner}"
    )

    assert list(carry("prometheus", text).objectives()) == ["burn"]


def test_a_file_without_rules_is_named(carry: Carry):
    assert carry("prometheus", "groups:\n").codes == ["import.prometheus.no-rules"]


def test_what_is_not_promql_is_an_error(carry: Carry):
    assert carry("prometheus", rules(alert("'sum('"))).codes == ["promql.open-bracket"]


def test_rules_that_we_compile_ourselves_are_left_where_they_are(carry: Carry):
    text = rules(alert(pair("2h", "5m", "14.4 * 0.001")))
    service = carry("prometheus", text).service()
    target = load_target("prometheus")
    files = target.compile([service], Configuration(), CompileOptions()).files
    compiled = next(f.text for f in files if f.path.endswith(".rules.yaml"))

    # They compare counts, not shares; reading them is what the declaration is for.
    assert carry("prometheus", compiled).services == {}
