"""With --sloth-names, Sloth's dashboards and alerts go on, with exact numbers."""

from decimal import Decimal
from pathlib import Path

import pytest
from parity import JOB, Page, Story, at_edges, promtool

from kizashi.compiler._base import CompileOptions
from kizashi.compiler.rule import CompiledRule
from kizashi.compiler.rule_groups import RuleGroup, service_rules
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec

pytestmark = pytest.mark.peer("prometheus")

DAY = 86_400_000
OK = Labels.of(__name__="requests_total", code="200")
FAILED = Labels.of(__name__="requests_total", code="500")
ID = 'sloth_id="s-a",sloth_service="s",sloth_slo="a"'
MINE = f'{{objective="a",service="s",{ID}}}'
#: As Sloth writes it, for a target of 99.9 %.
ALERT = " and ".join(
    f"max(slo:sli_error:ratio_rate{window}{{{ID}}} > (14.4 * 0.001))"
    " without (sloth_window)"
    for window in ("5m", "1h")
)
OURS = f'ALERTS{{alertname="ErrorBudgetBurn",{ID},sloth_severity="page"}}'


def rules() -> list[RuleGroup]:
    indicator = RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code="500"}'),
    )
    spec = ObjectiveSpec(
        "s", "a", Decimal("0.999"), RollingWindow(30 * DAY), indicator, job=JOB
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec,))
    options = CompileOptions(sloth_names=True, query_offset_ms=0)
    return at_edges(service_rules(service, options).quick, 15_000)


def judge(
    folder: Path, pages: list[Page], tests: list[tuple[str, list[object]]]
) -> str:
    story = Story(15_000, {"x": [(n * 15_000, page) for n, page in enumerate(pages)]})
    checks = [
        {"expr": expr, "eval_time": "10m", "exp_samples": samples}
        for expr, samples in tests
    ]
    groups = [
        *rules(),
        RuleGroup("theirs", 15_000, 0, [CompiledRule("Old", ALERT, is_alert=True)]),
    ]
    inputs = list(story.series(15_000))
    return promtool(folder, groups, inputs, checks, grid_ms=15_000, step_ms=15_000)


def test_an_existing_alert_goes_on_and_its_numbers_count_events(tmp_path: Path):
    """990 good and 110 bad in ten minutes, 400 and 100 of them in the last five."""
    pages: list[Page] = []
    good = bad = 0
    for number in range(41):
        if number:
            good, bad = (good + 30, bad) if number <= 20 else (good + 20, bad + 5)
        pages.append({OK: float(good), FAILED: float(bad)})

    said = judge(
        tmp_path,
        pages,
        [
            (
                "slo:sli_error:ratio_rate5m",
                [
                    {
                        "labels": "slo:sli_error:ratio_rate5m"
                        + MINE.replace("}", ',sloth_window="5m"}'),
                        "value": 0.2,
                    }
                ],
            ),
            # 100 of 1,100 events; the mean of the five-minute ratios is another number.
            (
                "round(slo:sli_error:ratio_rate1h * 11)",
                [{"labels": MINE.replace("}", ',sloth_window="1h"}'), "value": 1}],
            ),
            (
                "round(slo:current_burn_rate:ratio, 0.001)",
                [{"labels": MINE.replace("}", ',sloth_window="5m"}'), "value": 200}],
            ),
            (
                "slo:objective:ratio",
                [{"labels": f"slo:objective:ratio{MINE}", "value": 0.999}],
            ),
            (
                "slo:error_budget:ratio",
                [{"labels": f"slo:error_budget:ratio{MINE}", "value": 0.001}],
            ),
            (
                "slo:time_period:days",
                [{"labels": f"slo:time_period:days{MINE}", "value": 30}],
            ),
            (
                f"sloth_slo_info{{{ID},sloth_objective='99.9'}} * 0",
                [
                    {
                        "labels": MINE.replace(
                            "}",
                            ',sloth_objective="99.9",sloth_mode="kizashi",'
                            'sloth_spec="kizashi.dev/v1",sloth_version="kizashi"}',
                        ),
                        "value": 0,
                    }
                ],
            ),
            (
                'count(ALERTS{alertname="Old",alertstate="firing"})',
                [{"labels": "{}", "value": 1}],
            ),
            (
                f"count({OURS})",
                [{"labels": "{}", "value": 1}],
            ),
        ],
    )

    assert said == ""


@pytest.mark.parametrize("page", [{}, {OK: 5.0}])
def test_without_traffic_or_series_the_ratio_is_zero_and_never_nan(
    tmp_path: Path, page: Page
):
    expected = [{"labels": "{}", "value": 0}]
    tests = [
        (f"sum(slo:sli_error:ratio_rate{window})", expected)
        for window in ("5m", "30m", "1h")
    ]

    assert judge(tmp_path, [page] * 41, [*tests, ("count(ALERTS)", [])]) == ""
