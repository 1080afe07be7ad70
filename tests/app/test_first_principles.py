"""Constant error ratios against first principles, worked out by hand.

At a limit L a window of length w that was clean is above it once bad time is more than
L x w: after L x w / e at the error ratio e. The limits of `google-30d` at 99.9 % are
0.0144 of an hour and 0.006 of six: 51.84 s / e and 129.6 s / e, so 0.864, 8.64 and
213.861 minutes at 100 %, 10 % and 1.01 %. A ratio that is the limit itself never does.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import pytest

from harness.ledger_world import Config, LedgerWorld
from kizashi.app.alerting import AlertTracker
from kizashi.ledger.building import LedgerPlan
from kizashi.model.labels import Labels
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.rules.alert_state import Phase
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.policy import PresetPolicy
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

HOUR_S = 3_600
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
#: Events a second: every share below is a whole number of them.
RATE = 100_000
TIMEOUT_S = 10
#: Scrapes do not stand on the edges of slices.
PHASE_S = 7


@dataclass(frozen=True)
class Case:
    """An objective whose errors are a constant share, and when it must be told of.

    Attributes:
        page_s: Seconds from the first error, by hand; None for never.
        ticket_s: The same of its ticket.
    """

    preset: str
    target: str
    share: str
    page_s: Fraction | None
    ticket_s: Fraction | None

    @property
    def name(self) -> str:
        return f"{self.preset} at {self.target}, {self.share} of errors"


def seconds(text: str) -> Fraction:
    return Fraction(text)


# Tickets: 0.003 of a day and 0.001 of three are 259.2 s / e, both.
CASES = (
    Case("google-30d", "0.999", "1", seconds("51.84"), seconds("259.2")),
    Case("google-30d", "0.999", "0.1", seconds("518.4"), seconds("2592")),
    Case(
        *("google-30d", "0.999", "0.0101"),
        *(Fraction(129_600, 10) / Fraction("1.01"), None),
    ),
    # 0.0144 of two hours is 103.68 s / e.
    Case("2h-6h-24h", "0.999", "1", seconds("103.68"), seconds("259.2")),
    Case("2h-6h-24h", "0.999", "0.1", seconds("1036.8"), seconds("2592")),
    # A tenth and ten times the budget: 0.00144 and 0.144 of an hour.
    Case("google-30d", "0.9999", "1", seconds("5.184"), seconds("25.92")),
    Case("google-30d", "0.99", "1", seconds("518.4"), seconds("2592")),
    # At 50 % everything but the factor 1 is dead, and that is half of three days.
    Case("google-30d", "0.5", "1", None, seconds("129600")),
    # Exactly at a limit: 6 x 0.001, 6 x 0.0005, 6 x 0.0001 and 6 x 0.01, and 1 x 0.001.
    Case("google-30d", "0.999", "0.006", None, seconds("43200")),
    Case("2h-6h-24h", "0.999", "0.006", None, seconds("43200")),
    Case("google-30d", "0.9995", "0.003", None, seconds("43200")),
    Case("google-30d", "0.9999", "0.0006", None, seconds("43200")),
    Case("google-30d", "0.99", "0.06", None, seconds("43200")),
    Case("google-30d", "0.999", "0.001", None, None),
    Case("2h-6h-24h", "0.999", "0.001", None, None),
)


def counters() -> Iterator[tuple[Labels, Labels, int]]:
    """Yield both counters of each case, and how much a second the failed one grows."""
    for n, case in enumerate(CASES):
        bad = Fraction(case.share) * RATE
        assert bad.denominator == 1
        known = Labels.of(__name__="requests_total", case=str(n))
        good, failed = (known.merged({"code": code}) for code in ("200", "500"))
        yield good, failed, int(bad)


COUNTERS = tuple(counters())


@dataclass
class Watch:
    """One target whose every scrape takes as long as it may, and who is told when."""

    slice_s: int
    interval_s: int
    onset_s: int
    told: dict[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        objectives = tuple(
            ObjectiveSpec(
                "s",
                case.name,
                Decimal(case.target),
                RollingWindow(30 * 86_400_000),
                RatioIndicator(
                    valid=parse_selector(f'requests_total{{case="{n}"}}'),
                    bad=parse_selector(f'requests_total{{case="{n}",code="500"}}'),
                ),
                job="j",
                policy=PresetPolicy(case.preset),
            )
            for n, case in enumerate(CASES)
        )
        service = ServiceSpec("s", LocalText("s", "s"), objectives=objectives)
        interval_ms, slice_ms = self.interval_s * 1_000, self.slice_s * 1_000
        plan = LedgerPlan((service,), {"j": interval_ms}, slice_ms)
        self.world = LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0)
        self.target = self.world.discover("j", "x", T0, Config(interval_ms=interval_ms))
        self.alerting = AlertTracker()
        self.alerting.adopt(self.world.engine.built, T0)

    def page(self, now_s: int) -> dict[Labels, float]:
        """Return every counter as it stands at a time: traffic without a break."""
        events, failing_s = RATE * now_s, max(0, now_s - self.onset_s)
        page = {}
        for good, failed, a_second in COUNTERS:
            page[good] = float(events - a_second * failing_s)
            page[failed] = float(a_second * failing_s)
        return page

    def run(self, until_s: int) -> None:
        """Let time pass; alerts are stepped at edges of slices and when a scrape lands."""
        scraped_s = None
        for now_s in range(until_s):
            now_ms = T0 + now_s * 1_000
            if scraped_s is not None and now_s == scraped_s + TIMEOUT_S:
                page = self.page(scraped_s)
                self.world.land(self.target, T0 + scraped_s * 1_000, page)
                self.step(now_ms)
            if now_s % self.interval_s == PHASE_S % self.interval_s:
                self.world.start(self.target, now_ms)
                scraped_s = now_s
            if now_s % self.slice_s == 0:
                self.step(now_ms)

    def step(self, now_ms: int) -> None:
        self.world.tick(now_ms)
        for change in self.alerting.evaluate():
            labels = change.alert.labels
            if change.alert.state.phase is Phase.FIRING:
                key = labels.get("objective"), labels.get("severity")
                self.told.setdefault(key, now_ms - T0 - self.onset_s * 1_000)


def compare(watch: Watch, *, watched_s: int, clean: bool) -> None:
    """Compare when people were told with what was worked out by hand."""
    late_s = watch.interval_s + TIMEOUT_S + watch.slice_s
    for case in CASES:
        for severity, due_s in (("page", case.page_s), ("ticket", case.ticket_s)):
            told_ms = watch.told.get((case.name, severity))
            if due_s is None or due_s >= watched_s:
                assert told_ms is None, (case.name, severity)
                continue
            assert told_ms is not None, (case.name, severity)
            # Before there was a scrape to compare with, its slice counts as seen, too.
            early_s = 0 if clean else watch.slice_s
            told_s = Fraction(told_ms, 1_000)
            assert due_s - early_s < told_s <= due_s + late_s, (case.name, severity)


@pytest.mark.parametrize(
    ("slice_s", "interval_s"),
    [
        (15, 60),
        pytest.param(15, 15, marks=pytest.mark.nightly),
        pytest.param(1, 15, marks=pytest.mark.nightly),
        pytest.param(1, 60, marks=pytest.mark.nightly),
    ],
)
@pytest.mark.parametrize("is_clean", [True, False], ids=["clean", "a minute old"])
def test_rule_9_a_constant_error_ratio_is_told_of_at_the_first_principles_time(
    slice_s: int, interval_s: int, *, is_clean: bool
) -> None:
    """A second after a scrape it begins, so that the next one is as late as can be.

    It lasts until the window of six hours holds nothing else: a ratio exactly at the
    limit of it, or of any other, is never told of.
    """
    # After 213.9 minutes of errors the window of six hours must be covered.
    history_s = 150 * 60 if is_clean else 60
    watch = Watch(slice_s, interval_s, onset_s=history_s + PHASE_S + 1)
    assert watch.interval_s > TIMEOUT_S
    lasting_s = 6 * HOUR_S + 10 * 60
    watch.run(watch.onset_s + lasting_s)
    compare(watch, watched_s=lasting_s - 120, clean=is_clean)
