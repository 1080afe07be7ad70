"""How figures are explained: worked out by hand here, in both languages."""

from zoneinfo import ZoneInfo

import httpx2
import pytest
from ui_house import House

from kizashi.app.answers import BudgetView, ExplainView, ObjectiveView
from kizashi.app.signals import Signals
from kizashi.slo.signal_presets import SignalPreset
from kizashi.ui.parts.explained import explained
from kizashi.ui.parts.signal_explained import SignalExplainer
from kizashi.ui.parts.words import Words

NOW = 1_795_528_800.0
ENGLISH = Words("en", ZoneInfo("UTC"), NOW)
JAPANESE = Words("ja", ZoneInfo("Asia/Tokyo"), NOW)


def figure(name: str, value: float | None, bad: float, valid: float) -> ExplainView:
    return ExplainView(
        name, value, "", "bad: failed_total / valid: requests_total",
        NOW - 3600, NOW, bad, valid, 240.0, 240, "3 + 1 = 4",
    )  # fmt: skip


def view(*figures: ExplainView, left: float | None = 0.6) -> ObjectiveView:
    budget = BudgetView(10, 4, 6, left, 25.9, 1.0)
    return ObjectiveView(
        "s", "o", 0.99, "30d", NOW, 996, 1000, 0, 0.996, 1.0, "live", 1, budget,
        (), (), figures,
    )  # fmt: skip


def numbers(one: ExplainView, words: Words, left: float | None = 0.6) -> str:
    rows = explained(view(one, left=left), words)[one.figure]
    return rows[1][1]


@pytest.mark.parametrize(
    ("one", "english", "japanese"),
    [
        (
            figure("sli", 0.996, 4, 1000),
            "(1,000 − 4) ÷ 1,000 = 0.996",
            "(1,000 − 4) ÷ 1,000 = 0.996",
        ),
        (
            figure("budget.remaining_ratio", 0.6, 4, 1000),
            "1 − 4 ÷ (1,000 × (1 − 0.99)) = 0.6",
            "1 − 4 ÷ (1,000 × (1 − 0.99)) = 0.6",
        ),
        # Six tenths of thirty days, at twice the pace: nine days.
        (
            figure("budget.time_to_empty_s", 777_600.0, 2, 100),
            "0.6 × 30 d ÷ 2 = 9 d",
            "0.6 × 30 日 ÷ 2 = 9 日",
        ),
        (
            figure("budget.time_to_empty_s", None, 1, 200),
            "burn rate 0.50×, not above 1: it is never empty",
            "バーンレート 0.50 倍 は 1 以下なので、尽きません",
        ),
        (figure("budget.spent", 4, 4, 1000), "3 + 1 = 4", "3 + 1 = 4"),
        (figure("late", 9, 1, 9), "1 bad of 9", "悪い 1 / 有効 9"),
        (figure("coverage", 1.0, 4, 1000), "240 ÷ 240 = 1", "240 ÷ 240 = 1"),
        (figure("burn_rate[1h]", 0.4, 4, 1000), "4 ÷ 1,000 ÷ (1 − 0.99) = 0.4", "4 ÷ 1,000 ÷ (1 − 0.99) = 0.4"),
        (figure("sli", None, 0, 0), "no data", "データなし"),
    ],
)  # fmt: skip
def test_a_figure_is_explained_with_its_numbers(
    one: ExplainView, english: str, japanese: str
):
    assert numbers(one, ENGLISH) == english
    assert numbers(one, JAPANESE) == japanese


def test_it_says_what_was_counted_and_over_which_window():
    rows = explained(view(figure("sli", 0.996, 4, 1000)), ENGLISH)["sli"]

    assert dict(rows) == {
        "formula": "(valid − bad) ÷ valid",
        "with numbers": "(1,000 − 4) ÷ 1,000 = 0.996",
        "counted": "bad: failed_total / valid: requests_total",
        "window": "after 13:00:00 UTC, up to and with 14:00:00 UTC",
        "seen": "240 of 240 slices",
    }


def signals() -> Signals:
    """Return five minutes of 100 requests: 50 up to 0.1 s, 40 up to 0.2 s, 10 above."""
    steps = 5
    return Signals(
        at=tuple(NOW - 60 * (steps - 1 - i) for i in range(steps)),
        step_s=60.0, coverage=1.0, seen=(1.0,) * steps,
        requests=(20.0,) * steps, errors=(1.0,) * steps, by_route={}, by_status={},
        edges=(0.1, 0.2, float("inf")), heat=((10.0,) * steps, (8.0,) * steps, (2.0,) * steps),
        quantiles={}, cpu=(0.5,) * steps, memory=(1e6,) * steps, in_flight=(2.0,) * steps,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("signal", "worked", "series"),
    [
        # The 95th of 100 is among the ten beyond the last finite edge.
        ("latency", "0.95 × 100 = request 95; it lies beyond the last finite edge: 0.2", 'http_request_duration_seconds_bucket{job="a"}'),
        ("traffic", "100 ÷ 300 = 0.3333333333", 'http_requests_total{job="a"}'),
        ("errors", "5 ÷ 100 = 0.05", 'http_requests_total{job="a",status=~"5.."} / http_requests_total{job="a"}'),
        ("saturation", "30 ÷ 60 = 0.5 · 1,000,000 B · 2", 'process_cpu_seconds_total{job="a"} / process_resident_memory_bytes{job="a"} / http_requests_in_flight{job="a"}'),
    ],
)  # fmt: skip
def test_a_golden_signal_is_explained_with_its_numbers(
    signal: str, worked: str, series: str
):
    found = signals()
    names = SignalPreset(in_flight=("http_requests_in_flight",))
    rows = SignalExplainer(found, names, ["a"], ENGLISH).tiles(found.newest(5))[signal]
    told = dict(rows)

    assert told["with numbers"] == worked
    assert told["counted"] == series
    newest = "13:59:00" if signal == "saturation" else "13:55:00"
    assert told["window"] == f"after {newest} UTC, up to and with 14:00:00 UTC"


@pytest.mark.parametrize(
    ("path", "least"),
    # Four signals and eight charts; seven figures, and as many windows as burn.
    [("/services/checkout", 12), ("/objectives/checkout/availability", 14)],
)
def test_every_figure_of_a_page_can_be_opened(house: House, path: str, least: int):
    for language in ("en", "ja"):
        text = httpx2.get(f"{house.url}{path}?lang={language}").text
        assert text.count('<details class="explain">') >= least
