"""One table of stories, counted by the ledger and by the rules: rules 3 to 5.

Both are told the same pages. Where their numbers differ, the difference stands in the
handbook under "Where numbers differ".
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import inf, nan
from pathlib import Path

import pytest
from parity import (
    JOB,
    T0,
    Page,
    Story,
    at_edges,
    groups_of,
    live,
    options_of,
    said_by_promtool,
)
from test_parity import GRID, INTERVAL, SLICE, code

from kizashi.compiler.rule_groups import write_groups
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.rules.series_names import Series
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import ObjectiveSpec

pytestmark = pytest.mark.peer("prometheus")

MINUTE = 4  # scrapes
OK, FAILED = code("200"), code("500")
#: What else is on every page.
OTHERS = {Labels.of(__name__="process_info", number=str(n)): 1.0 for n in range(12)}
SPEC = ObjectiveSpec(
    "s",
    "o",
    Decimal("0.9"),
    RollingWindow(86_400_000),
    RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code="500"}'),
    ),
    job=JOB,
)


def page(
    failed: float | None = None,
    ok: float = 100.0,
    *,
    ok_s: float | None = None,
    failed_s: float | None = None,
) -> Page:
    """Return a page with so many failures, or without that series.

    Args:
        failed: How many.
        ok: How many requests have succeeded.
        ok_s: The created time of the latter, if the page tells it.
        failed_s: The created time of the former.
    """
    told = {OK: ok, FAILED: failed, created(OK): ok_s, created(FAILED): failed_s}
    return OTHERS | {k: v for k, v in told.items() if v is not None}


def created(labels: Labels) -> Labels:
    """Return the series that holds a counter's created time."""
    return labels.merged({"__name__": "requests_created"})


WITHOUT = page()
#: Time in which nothing is scraped, in scrapes; the server is then started again.
Dead = int


@dataclass(frozen=True)
class Row:
    """A story of one target.

    Attributes:
        pages: In order; None is a scrape that fails. A number is for how many scrapes
            the server is dead, 0 a reload: either may bring another configuration, and
            neither writes markers.
        ledger: Bad events on time in the ledger.
        rules: In the slices of rules.
    """

    pages: Sequence[Page | Dead | None]
    ledger: int
    rules: int


def scrape_s(number: int) -> float:
    """Return the time of a scrape in seconds, by the ledger's clock."""
    return (T0 + number * INTERVAL + GRID) / 1_000


YESTERDAY = scrape_s(0) - 86_400


RENAMED = {k.merged({"zone": "a"}): v for k, v in page(5_000).items()}
ROWS = {
    "restart, back after 25 min": Row(
        [page(5), *[WITHOUT] * 25 * MINUTE, page(500)], 495, 495
    ),
    "the same, back below": Row([page(50), *[WITHOUT] * 25 * MINUTE, page(7)], 7, 7),
    "not listed for 6 min": Row([page(40), *[WITHOUT] * 6 * MINUTE, page(40)], 0, 0),
    "not listed and grown": Row([page(40), *[WITHOUT] * 6 * MINUTE, page(43)], 3, 3),
    "every other scrape": Row(
        [WITHOUT, page(10), WITHOUT, page(12), WITHOUT, page(15)], 15, 15
    ),
    # Late in the ledger.
    "drop rule, rolled back": Row(
        [page(5_000), 0, *[WITHOUT] * 10 * MINUTE, 0, page(5_030)], 0, 0
    ),
    "drop rule taken away": Row([*[WITHOUT] * 8, 0, page(5_000)], 0, 0),
    "all are renamed": Row([*[page(5_000)] * 3, 0, *[RENAMED] * 3], 0, 0),
    "killed for 5 min": Row([page(100), 19, page(130)], 30, 30),
    # Late in the ledger.
    "killed for 10 min": Row([page(100), 39, page(130)], 0, 0),
    "killed, dropped, rolled back": Row(
        [page(5_000), 1, *[WITHOUT] * 20, 0, page(5_000)], 0, 0
    ),
    "killed, hidden": Row(
        [page(5_000), 1, *[WITHOUT] * 21, page(5_000), page(5_030)], 30, 30
    ),
    "balancer": Row([page(ok=40), *[page(7, ok=90), page(ok=40)] * 6], 7, 7),
    "created with the process, as all are": Row(
        [page(ok=9, ok_s=YESTERDAY), page(5, ok_s=YESTERDAY, failed_s=YESTERDAY)], 5, 5
    ),
    "an older created time of its own": Row(
        [page(ok_s=YESTERDAY), page(5_000, ok_s=YESTERDAY, failed_s=YESTERDAY - 9)],
        0,
        5_000,
    ),
    "created after a scrape that failed": Row(
        [page(ok_s=YESTERDAY), None, page(5, ok_s=YESTERDAY, failed_s=scrape_s(2) - 1)],
        5,
        0,
    ),
    "restored and created anew": Row(
        [
            page(5_000, ok_s=YESTERDAY, failed_s=YESTERDAY),
            None,
            page(5_000, ok_s=scrape_s(2) - 1, failed_s=scrape_s(2) - 1),
            page(5_001, ok_s=scrape_s(2) - 1, failed_s=scrape_s(2) - 1),
        ],
        1,
        1,
    ),
    "restored, listed 10 min later": Row(
        [page(5_000), None, *[WITHOUT] * 10 * MINUTE, page(5_002)], 2, 2
    ),
    **{
        f"{odd} for a while": Row([page(10), page(odd), page(14)], 4, 0)
        for odd in (nan, inf, -inf)
    },
    **{
        f"{odd} at first": Row([WITHOUT, page(odd), page(5)], 0, 0)
        for odd in (nan, inf, -inf)
    },
}


def story_of(row: Row) -> Story:
    """Return a row's pages, one a slice, as a story."""
    story, number = Story(INTERVAL), 0
    own: list[tuple[int, Page | None]] = []
    for told in row.pages:
        if isinstance(told, int):
            number += told
            story.starts.append(number * INTERVAL)
            continue
        own.append((number * INTERVAL + GRID, told))
        number += 1
    # So long that the last page's slice has closed.
    story.scrapes["a"] = [*own, ((number + 1) * INTERVAL + GRID, None)]
    return story


@pytest.mark.parametrize("name", ROWS)
def test_the_ledger_counts_each_row_of_the_law(name: str):
    lived = live(story_of(ROWS[name]), [SPEC], SLICE)

    assert sum(bad for bad, _, _ in lived.slices["o"]) == ROWS[name].ledger


def test_rules_count_each_row_of_the_law(tmp_path: Path):
    stories = {name: story_of(row) for name, row in ROWS.items()}
    quick, _ = groups_of([SPEC], options_of(Story(INTERVAL), SLICE))
    rules = write_groups("rules.yaml", at_edges(quick, SLICE), "query_offset")
    (tmp_path / rules.path).write_text(rules.text)
    total = f"sum(sum_over_time({Series.SLICE_BAD}[3h]))"
    document = {
        "rule_files": [rules.path],
        "group_eval_order": [group.name for group in quick],
        "evaluation_interval": format_duration(SLICE),
        "tests": [
            {
                "name": name,
                "interval": format_duration(GRID),
                "input_series": list(story.series(GRID)),
                "promql_expr_test": [
                    {
                        "expr": total,
                        "eval_time": format_duration(story.end_ms),
                        "exp_samples": [{"labels": "{}", "value": ROWS[name].rules}],
                    }
                ],
            }
            for name, story in stories.items()
        ],
    }
    path = tmp_path / "test.yaml"
    path.write_text(json.dumps(document))

    assert said_by_promtool(path) == ""
