"""Rules and ledger agree through what happens to real counters and servers: rule 22.

Counters that are no numbers for a while, pairs of which one runs ahead, series that are
away for long, processes that restore their counters, created times, and a server that
is killed, writes no markers, and starts with another configuration.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
from parity import JOB, T0, Page, Story
from test_parity import ALL, FAST, GRID, INTERVAL, check_alerts, check_slices, code

from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Indicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.policy import CustomPair, CustomPolicy

pytestmark = pytest.mark.peer("prometheus")

DAY = 86_400_000
STARTED, FINISHED = (
    Labels.of(__name__=f"{name}_total") for name in ("started", "finished")
)
#: What else is on every page, so that no scrape looks like one of a new configuration.
OTHERS = {Labels.of(__name__="process_info", number=str(n)): 1.0 for n in range(12)}
NO_NUMBERS = (nan, inf, -inf, 2.0**101, -(2.0**101))
CODES = ("200", "204", "500", "503")
INDICATORS: dict[str, Indicator] = {
    "errors": RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code=~"5.."}'),
    ),
    "some": RatioIndicator(
        valid=parse_selector('requests_total{instance!="b:1",instance!~"x|y.*"}'),
        good=parse_selector('requests_total{code=~"2..",instance=~"(a|c):[0-9]+"}'),
    ),
    "flight": RatioIndicator(
        valid=parse_selector("started_total"), good=parse_selector("finished_total")
    ),
    "latency": LatencyIndicator("duration_seconds", Decimal("0.2")),
}


def specs() -> list[ObjectiveSpec]:
    pair = CustomPair(8 * INTERVAL, 4 * INTERVAL, Decimal(2), Severity.PAGE)
    return [
        ObjectiveSpec(
            "s",
            name,
            Decimal("0.9"),
            RollingWindow(DAY),
            indicator,
            job=JOB,
            policy=CustomPolicy((pair,)),
        )
        for name, indicator in INDICATORS.items()
    ]


@dataclass
class Exporter:
    """One target whose page a random story writes, scrape by scrape.

    Attributes:
        counts: Its counters.
        odd: The series that are no numbers just now: what they are, and for how long.
            None of them grows meanwhile: what grew across, only the ledger knows.
        away: The series that its page leaves out, and for how long.
        created: When each series that tells it began, in seconds of the ledger's clock.
        down: For how many scrapes it does not answer.
    """

    rng: np.random.Generator
    tells_created: bool
    counts: dict[Labels, float] = field(default_factory=dict)
    odd: dict[Labels, tuple[float, int]] = field(default_factory=dict)
    away: dict[Labels, int] = field(default_factory=dict)
    created: dict[Labels, float] = field(default_factory=dict)
    down: int = 0
    in_flight: int = 0
    was_up: bool = False

    def scrape(self, ts_ms: int) -> Page | None:
        """Return the next page, None where the scrape fails."""
        self._happen()
        self._grow(ts_ms)
        page = None if self.down else self._page()
        self.down = max(0, self.down - 1)
        self.odd = {k: (v, n - 1) for k, (v, n) in self.odd.items() if n > -1}
        self.away = {k: n - 1 for k, n in self.away.items() if n > 1}
        self.was_up = page is not None
        return page

    def _add(self, labels: Labels, more: int, ts_ms: int) -> None:
        if labels in self.odd:
            return
        if labels not in self.counts and self.tells_created and self.was_up:
            # After the scrape before: a birth to who reads it, and to who does not.
            self.created[labels] = (T0 + ts_ms) / 1_000 - 1
        self.counts[labels] = self.counts.get(labels, 0.0) + more

    def _grow(self, ts_ms: int) -> None:
        rng = self.rng
        for name, often in zip(CODES, (0.6, 0.3, 0.05, 0.02), strict=True):
            if rng.random() < often:
                self._add(code(name), int(rng.integers(0, 9)), ts_ms)
        fast, slow = (int(n) for n in rng.integers(0, 5, 2))
        for labels, more in ((FAST, fast), (ALL, fast + slow)):
            self.counts[labels] = self.counts.get(labels, 0.0) + more
        started = int(rng.integers(0, 6))
        finished = int(rng.integers(0, self.in_flight + started + 1))
        if STARTED not in self.odd and FINISHED not in self.odd:
            self.in_flight += started - finished
            self._add(STARTED, started, ts_ms)
            self._add(FINISHED, finished, ts_ms)

    def _happen(self) -> None:
        rng, happens = self.rng, self.rng.random()
        if self.odd:
            # What is no number is one again before anything else happens.
            return
        if happens < 0.01:
            self.counts, self.created, self.in_flight = {}, {}, 0
        elif happens < 0.02:
            # Restored from disk after a scrape that failed: nothing is lost or born.
            self.down, self.in_flight = 1, 0
        elif happens < 0.04:
            self.down = int(rng.choice([1, 2, 3, 18, 19, 20, 21, 25]))
        elif happens < 0.08:
            self.away[self._any()] = int(rng.choice([1, 2, 19, 20, 21, 30]))
        elif happens < 0.12 and self.was_up and not self.down and not self.away:
            odd = float(rng.choice(NO_NUMBERS))
            self.odd[self._any()] = (odd, int(rng.choice([1, 2, 3, 22])))

    def _any(self) -> Labels:
        known = [k for k in self.counts if k not in {FAST, ALL}]
        return known[int(self.rng.integers(len(known)))] if known else OTHER

    def _page(self) -> Page:
        page = {**OTHERS, **self.counts}
        page |= {k: v for k, (v, n) in self.odd.items() if n > 0 and k in page}
        for labels, seconds in self.created.items():
            own = labels.merged({"__name__": "requests_created"})
            if labels.metric_name == "requests_total":
                page[own] = seconds
        for labels in self.away:
            page.pop(labels, None)
        return page


OTHER = next(iter(OTHERS))


def troubled(seed: int, scrapes: int, kills: Sequence[int] = ()) -> Story:
    """Return a story of three targets.

    Args:
        seed: Decides all.
        scrapes: How many there are of each target.
        kills: At which scrapes the server dies; for a while nothing is scraped, and
            then series of one name are dropped, until the next time.
    """
    rng = np.random.default_rng(seed)
    story = Story(INTERVAL)
    away = [int(rng.choice([2, 3, 10, 19, 20, 21, 30])) for _ in kills]
    story.starts = [
        (at + gone) * INTERVAL for at, gone in zip(kills, away, strict=True)
    ]
    dead = {
        n for at, gone in zip(kills, away, strict=True) for n in range(at, at + gone)
    }
    for place, instance in enumerate(("a:1", "b:1", "c:22")):
        exporter = Exporter(rng, tells_created=place == 1)
        phase = int(rng.integers(1, INTERVAL // GRID)) * GRID
        own: list[tuple[int, Page | None]] = []
        for number in range(scrapes):
            ts = number * INTERVAL + phase
            page = exporter.scrape(ts)
            if number in dead:
                exporter.was_up = False
                continue
            if page is not None and story.life(ts) % 2:
                page = {k: v for k, v in page.items() if k != code("200")}
            own.append((ts, page))
        story.scrapes[instance] = own
    return story


def test_slices_are_the_same_through_troubles(tmp_path: Path):
    check_slices(tmp_path, troubled(1, 120), specs())


def test_slices_are_the_same_through_kills_of_the_server(tmp_path: Path):
    check_slices(tmp_path, troubled(3, 160, kills=(40, 90)), specs())


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(300, 310))
def test_slices_are_the_same_through_any_troubles(tmp_path: Path, seed: int):
    check_slices(tmp_path, troubled(seed, 400, kills=(60, 140, 260)), specs())


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(320, 325))
def test_alerts_change_at_the_same_evaluation_through_troubles(
    tmp_path: Path, seed: int
):
    check_alerts(tmp_path, troubled(seed, 300, kills=(150,)), specs())
