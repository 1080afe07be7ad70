"""Impossible figures in a browser: never calm, with the reason, and no budget drawn."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser
from ui_house import House, Traffic, named, running
from visiting import visiting

from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec

pytestmark = pytest.mark.peer("chromium")

WINDOW_MS = 86_400_000
ORDERS = RatioIndicator(
    valid=parse_selector('orders_total{job="shop"}'),
    good=parse_selector('done_total{job="shop"}'),
)
SPEED = LatencyIndicator(
    histogram="http_request_duration_seconds",
    match=parse_selector('{job="shop"}'),
    below_s=Decimal("0.123"),
)
SHOP = ServiceSpec(
    "shop",
    LocalText("Shop", "店"),
    objectives=(
        ObjectiveSpec(
            "shop", "orders", Decimal("0.99"), RollingWindow(WINDOW_MS), ORDERS, job="shop",
            display_name=LocalText("Orders are done", "注文が完了する"),
        ),
        ObjectiveSpec(
            "shop", "speed", Decimal("0.95"), RollingWindow(WINDOW_MS), SPEED, job="shop",
            display_name=LocalText("Answers are quick", "応答が速い"),
        ),
    ),
)  # fmt: skip


class Odd(Traffic):
    """Three orders in two are done twice."""

    def at(self, number: int) -> dict[Labels, float]:
        super().at(number)
        self.counted[named("orders_total")] = 10.0 * number
        self.counted[named("done_total")] = 15.0 * number
        return self.counted


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("odd")
    with running(folder, (SHOP,), {"shop": Odd(20)}) as found:
        yield found


@pytest.mark.parametrize(
    ("language", "width", "scheme"), [("en", 1280, "light"), ("ja", 390, "dark")]
)
def test_impossible_figures_are_told_on_every_page_and_no_budget_is_drawn(
    odd: House, browser: Browser, language: str, width: int, scheme: str
):
    told = {
        "en": ("Invalid", "good events of", "is no edge of the histogram"),
        "ja": ("数字が無効", "良いイベントが", "ヒストグラムの境界にない"),
    }[language]
    with visiting(browser, odd, language=language, width=width) as visit:
        visit.page.emulate_media(color_scheme=scheme)
        for path, why in (
            ("/", told[1]),
            ("/services/shop", told[1]),
            ("/objectives/shop/orders", told[1]),
            ("/objectives/shop/speed", told[2]),
        ):
            assert visit.go(path) == 200
            text = visit.page.inner_text("main")
            assert told[0] in text
            assert why in text
            # What its budget would be: 1 - -50 % / 1 %.
            assert "5,100" not in text
            assert "150" not in text
            assert visit.page.locator(".service.level-calm").count() == 0
            assert visit.axe() == []
            assert visit.overflow() <= 0
