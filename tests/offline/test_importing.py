"""Back-filled history: the ledger is what living through it would have made it."""

import gzip
import json
import math
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings, strategies as st

from harness.brute_force import (
    ScrapeStory,
    TargetStory,
    brute_ledger,
    brute_seen,
)
from harness.ledger_world import LedgerWorld
from kizashi.app.answering import EngineAnswers
from kizashi.ledger.building import LedgerPlan
from kizashi.ledger.engine import Engine
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scraping import ScrapeConfig
from kizashi.model.targets import DiscoverySpan, TargetConfig
from kizashi.model.windows import RollingWindow
from kizashi.offline.history import (
    ImportRefusedError,
    ImportSamplesRequest,
    ImportStage,
    ImportSummary,
    ImportTarget,
)
from kizashi.offline.history_writing import FINGERPRINT, ImportWriter
from kizashi.offline.importing import import_into, import_samples
from kizashi.offline.sample_spool import HOUR_MS, SampleSpool
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Comparison, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.window_sums import SEEN_ONE, State
from kizashi.testing.clock import ManualClock
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples
from kizashi.tsdb.database import Database

#: A whole hour, and the beginning of a block of 15-second slices.
T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
SECOND = 1_000
INTERVAL = 15 * SECOND
DAY = 24 * HOUR_MS

RATIO = RatioIndicator(
    valid=parse_selector("requests_total"),
    bad=parse_selector('requests_total{code="500"}'),
)
LATENCY = LatencyIndicator("duration_seconds", Decimal("0.2"))
SCRAPED = BooleanIndicator(parse_selector('up{job="j"}'))
SHORT = ThresholdIndicator(
    parse_selector("queue_length"), SampleTest(Comparison.AT_MOST, Decimal(3))
)
INDICATORS = {"ratio": RATIO, "latency": LATENCY, "scraped": SCRAPED, "short": SHORT}


def plan_of(*, job: str | None = "j") -> LedgerPlan:
    objectives = tuple(
        ObjectiveSpec(
            "s", name, Decimal("0.99"), RollingWindow(30 * DAY), indicator, job=job
        )
        for name, indicator in INDICATORS.items()
    )
    service = ServiceSpec("s", LocalText("s", "s"), objectives=objectives)
    return LedgerPlan((service,), {"j": INTERVAL}, INTERVAL)


def silent(_stage: ImportStage, _share: float) -> None:
    """Nobody watches."""


def requests(code: str = "200", **more: str) -> Labels:
    return Labels.of(__name__="requests_total", code=code, **more)


def line(labels: Labels, ts_ms: int, value: float) -> str:
    return f"{labels} {value!r} {ts_ms // 1000}.{ts_ms % 1000:03d}\n"


@dataclass
class Imported:
    """Stores in memory, and a way to import into them."""

    folder: Path
    now_ms: int
    plan: LedgerPlan | None

    def __post_init__(self) -> None:
        self.samples, self.ledgers = MemorySamples(), MemoryLedger()
        self.jobs: dict[str, ScrapeConfig] = {}
        self.retention_ms = 90 * DAY

    def take(self, lines: Iterable[str], **request: object) -> ImportSummary:
        path = self.folder / "in.om"
        path.write_text("".join(lines) + "# EOF\n", encoding="utf-8")
        place = ImportTarget(
            self.samples,
            self.ledgers,
            self.folder,
            self.plan,
            self.jobs,
            self.retention_ms,
        )
        asked = replace(ImportSamplesRequest((path,)), **request)
        return import_into(place, asked, self.now_ms, silent)

    def engine(self) -> Engine:
        """Return an engine that starts on what was imported."""
        engine = Engine(self.samples, self.ledgers)
        assert self.plan is not None
        engine.take_over(engine.build(self.plan, self.now_ms))
        return engine


@pytest.fixture
def imported(tmp_path: Path) -> Imported:
    return Imported(tmp_path, T0 + DAY, plan_of())


def values_of(imported: Imported, labels: Labels, target: int = 1) -> dict[int, float]:
    """Return the stored samples of one series of a target."""
    series = [
        n for n, own in imported.samples.series_of_target(target) if own == labels
    ]
    times, values = imported.samples.read_matrix(
        target, np.array(series, np.int64), 0, 2**50
    )
    return dict(zip(times.tolist(), values[:, 0].tolist(), strict=True))


# What is stored.


def test_targets_have_spans_a_configuration_and_an_up_series(imported: Imported):
    a = requests(job="j", instance="a")
    summary = imported.take(
        [line(a, T0 + n * INTERVAL, n) for n in range(4)], interval_ms=INTERVAL
    )
    (target,) = imported.samples.targets()
    assert (target.job, target.labels) == ("j", Labels.of(job="j", instance="a"))
    last = T0 + 3 * INTERVAL
    assert imported.samples.discoveries() == [
        DiscoverySpan(1, T0 - INTERVAL, last + INTERVAL)
    ]
    assert imported.samples.configs() == [
        TargetConfig(1, T0 - INTERVAL, FINGERPRINT, False, INTERVAL)
    ]
    up = target.labels.merged({METRIC_NAME: "up"})
    assert values_of(imported, up) == {T0 + n * INTERVAL: 1.0 for n in range(4)}
    assert (summary.read, summary.ups, summary.new, summary.known) == (4, 4, 8, 0)
    assert (summary.first_ms, summary.last_ms) == (T0, last)
    assert summary.targets == (("j", "a"),)
    assert (summary.objectives, summary.is_derived) == (4, True)


def test_a_configured_job_gives_fingerprint_and_interval(imported: Imported):
    job = ScrapeConfig("j", interval_ms=60_000, metrics_path="/m", honor_labels=True)
    imported.jobs = {"j": job}
    imported.take([line(requests(job="j", instance="a"), T0, 1)])
    (config,) = imported.samples.configs()
    assert config == TargetConfig(1, T0 - 60_000, job.fingerprint, True, 60_000)


def test_a_target_that_is_known_goes_on_with_all_its_labels(imported: Imported):
    own = Labels.of(job="j", instance="a", zone="z")
    assert imported.samples.target_id("scraped", own) == 1
    imported.take([line(requests(job="j", instance="a", zone="z"), T0, 1)])
    assert len(imported.samples.targets()) == 1
    assert values_of(imported, own.merged({METRIC_NAME: "up"})) == {T0: 1.0}


def test_up_of_the_file_is_taken_as_it_is(imported: Imported):
    own = {"job": "j", "instance": "a"}
    up = Labels.of(own, __name__="up")
    summary = imported.take(
        [
            line(requests(**own), T0, 1),
            line(requests(**own), T0 + INTERVAL, 2),
            line(up.merged({"zone": "z"}), T0, 1),
            line(up.merged({"zone": "z"}), T0 + 2 * INTERVAL, 0),
        ]
    )
    assert values_of(imported, up) == {T0: 1.0, T0 + 2 * INTERVAL: 0.0}
    assert summary.ups == 0


def test_job_and_instance_may_be_told(imported: Imported):
    imported.take(
        [line(requests(), T0, 1), line(requests("500", instance="b"), T0, 1)],
        job="j",
        instance="a",
    )
    assert [t.labels.get("instance") for t in imported.samples.targets()] == ["a", "b"]
    assert values_of(imported, requests(job="j", instance="a")) == {T0: 1.0}


def test_repeating_an_import_changes_nothing(imported: Imported):
    lines = [line(requests(job="j", instance="a"), T0 + n * 7, n) for n in range(50)]
    first = imported.take(lines)
    told = imported.samples.discoveries(), imported.samples.configs()
    again = imported.take(lines)
    assert (first.new, first.known) == (100, 0)
    assert (again.new, again.known) == (0, 100)
    assert (imported.samples.discoveries(), imported.samples.configs()) == told


def test_of_two_samples_at_one_time_the_first_stays(imported: Imported):
    a = requests(job="j", instance="a")
    summary = imported.take([line(a, T0, 1), line(a, T0, 2)])
    assert values_of(imported, a) == {T0: 1.0}
    assert summary.known == 1
    imported.take([line(a, T0, 3)])
    assert values_of(imported, a) == {T0: 1.0}


def test_series_with_times_of_their_own_are_stored_in_small_matrices(
    imported: Imported,
):
    every = [requests(job="j", instance="a", n=str(n)) for n in range(40)]
    lines = [
        line(labels, T0 + 1_000 * k + n, n + k)
        for n, labels in enumerate(every)
        for k in range(30)
    ]
    summary = imported.take(lines, slots=2_000)
    assert summary.new == 40 * 30 * 2
    for n, labels in enumerate(every):
        want = {T0 + 1_000 * k + n: float(n + k) for k in range(30)}
        got = values_of(imported, labels)
        assert {k: v for k, v in got.items() if not math.isnan(v)} == want


def test_what_is_not_a_number_or_too_old_is_left_out_and_counted(imported: Imported):
    a = requests(job="j", instance="a")
    imported.retention_ms = DAY
    summary = imported.take(
        [f"{a} NaN {T0 // 1000 + 1}\n", line(a, T0 - 1, 5), line(a, T0, 6)]
    )
    assert (summary.read, summary.blank, summary.expired) == (1, 1, 1)
    assert values_of(imported, a) == {T0: 6.0}


def test_a_packed_file_is_read_and_a_broken_one_named(imported: Imported):
    series = requests(job="j", instance="a")
    text = line(series, T0, 1) + line(series, T0 + 15_000, 3) + "# EOF\n"
    packed = gzip.compress(text.encode())
    place = ImportTarget(imported.samples, imported.ledgers, imported.folder)
    path = imported.folder / "in.om.gz"

    path.write_bytes(packed[:-12])
    with pytest.raises(ImportRefusedError) as caught:
        import_into(place, ImportSamplesRequest((path,)), T0 + DAY, silent)
    assert caught.value.code == "import-samples.unreadable"
    assert imported.samples.targets() == []

    path.write_bytes(packed)
    import_into(place, ImportSamplesRequest((path,)), T0 + DAY, silent)
    assert values_of(imported, series) == {T0: 1.0, T0 + 15_000: 3.0}


def test_an_empty_file_imports_nothing(imported: Imported):
    summary = imported.take([])
    assert (summary.new, summary.objectives, summary.first_ms) == (0, 0, None)
    assert imported.ledgers.generations() == []


# What is refused.


def test_rule_24_a_sample_ten_minutes_ahead_is_taken_and_a_later_one_refused(
    imported: Imported,
):
    edge = T0 + DAY + 600_000
    series = requests(job="j", instance="a")
    # With the sample that says the target answered.
    assert imported.take([line(series, edge, 1)]).new == 2
    with pytest.raises(ImportRefusedError):
        imported.take([line(series, edge + 1, 1)])


@pytest.mark.parametrize(
    ("bad", "code", "params"),
    [
        (
            line(requests(job="j", instance="a"), T0 + DAY + 600_001, 1),
            "import-samples.future",
            {"ahead_s": 600},
        ),
        (
            line(requests(job="j"), T0, 1),
            "import-samples.no-target",
            {"label": "instance"},
        ),
        (line(requests(instance="a"), T0, 1), "import-samples.no-target", {}),
        ("requests_total 1\n", "import-samples.malformed", {}),
    ],
)
def test_a_bad_line_is_named_and_nothing_is_stored(
    imported: Imported, bad: str, code: str, params: Mapping[str, object]
):
    good = line(requests(job="j", instance="a"), T0 + DAY + 600_000, 1)
    with pytest.raises(ImportRefusedError) as caught:
        imported.take([good, bad, good])
    assert caught.value.code == code
    told = caught.value.params
    assert "in.om:2" in str(told.get("place")) or "line 2:" in str(told.get("why"))
    assert params.items() <= told.items()
    assert imported.samples.targets() == []
    assert list(imported.folder.glob("import-*")) == []


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    imported = Imported(tmp_path, T0, None)
    place = ImportTarget(imported.samples, imported.ledgers, tmp_path)
    with pytest.raises(ImportRefusedError) as caught:
        import_into(place, ImportSamplesRequest((tmp_path / "none",)), T0, silent)
    assert caught.value.code == "import-samples.unreadable"


# What the ledger makes of it.


def tell(seed: int, *, with_up: bool) -> dict[str, TargetStory]:
    """Make up the scrapes of one to three targets."""
    rng = np.random.default_rng(seed)
    stories = {}
    for name in ("a", "b", "c")[: int(rng.integers(1, 4))]:
        own = {"job": "j", "instance": name}
        counts: dict[Labels, float] = {}
        now = T0 + int(rng.integers(0, 2 * HOUR_MS))
        story = stories[name] = TargetStory([], labels=Labels.of(own))
        queue = Labels.of(own, __name__="queue_length")
        for _ in range(int(rng.integers(2, 250))):
            if rng.random() < 0.02:
                counts = {}
            for code in ("200", "500", "503"):
                if rng.random() < 0.4:
                    labels = requests(code, **own)
                    counts[labels] = counts.get(labels, 0.0) + int(rng.integers(0, 9))
            fast, slow = rng.integers(0, 4, 2).tolist()
            for le, more in (("0.2", fast), ("+Inf", fast + slow)):
                labels = Labels.of(own, __name__="duration_seconds_bucket", le=le)
                counts[labels] = counts.get(labels, 0.0) + more
            page = {**counts, queue: float(rng.integers(0, 6))}
            failed = with_up and rng.random() < 0.1
            story.scrapes.append(ScrapeStory(now, None if failed else page))
            gaps = [INTERVAL] * 20 + [7 * SECOND, 300_000, 300_001, 50 * INTERVAL]
            now += int(rng.choice(gaps))
        first, last = story.scrapes[0].ts_ms, story.scrapes[-1].ts_ms
        story.discovered.append((first - INTERVAL, last + INTERVAL))
    return stories


def lines_of(stories: Mapping[str, TargetStory], rng: np.random.Generator) -> list[str]:
    """Return the samples of a story as OpenMetrics, one series after the other."""
    by_series: dict[Labels, list[str]] = {}
    for name, story in stories.items():
        up = Labels.of(__name__="up", job="j", instance=name)
        for scrape in story.scrapes:
            page = dict(scrape.values or {})
            if any(s.values is None for s in story.scrapes):
                page[up] = float(scrape.values is not None)
            for labels, value in page.items():
                text = line(labels, scrape.ts_ms, value)
                by_series.setdefault(labels, []).append(text)
    order = list(by_series)
    rng.shuffle(order)
    return [text for labels in order for text in by_series[labels]]


def live_through(stories: Mapping[str, TargetStory], end_ms: int) -> LedgerWorld:
    """Let an engine live through a story, scrape by scrape."""
    start = min(story.discovered[0][0] for story in stories.values())
    world = LedgerWorld(MemorySamples(), MemoryLedger(), plan_of(), start)
    events: list[tuple[int, int, str, ScrapeStory | None]] = []
    for name, story in stories.items():
        ((from_ms, to_ms),) = story.discovered
        events.append((from_ms, 0, name, None))
        events += [(s.ts_ms, 1, name, s) for s in story.scrapes]
        events.append((to_ms or end_ms, 2, name, None))
    numbers: dict[str, int] = {}
    for now, kind, name, scrape in sorted(events, key=lambda e: e[:3]):
        world.tick(now - 1)
        if kind == 0:
            numbers[name] = world.discover("j", name, now)
        elif kind == 2:
            world.lose(numbers[name], now)
        else:
            assert scrape is not None
            world.land(numbers[name], now, scrape.values)
    world.tick(end_ms)
    return world


def flat(engine: Engine, name: str, first: int, last: int) -> list[tuple[object, ...]]:
    """Return everything that the ledger holds of an objective, slice by slice."""
    shard, member = engine.built.place["s", name]
    part = shard.past_slices(member, first, last)
    ledgers, number = shard.ledgers, shard.members[member].generation.id
    late: dict[int, tuple[float, float]] = {}
    kept, fresh = ledgers.late(number, first, last), shard.collected.late[member]
    for e in (*kept, *fresh):
        bad, valid = late.get(e.slice, (0.0, 0.0))
        late[e.slice] = (bad + e.bad, valid + e.valid)
    kept, fresh = ledgers.births(number, first, last), shard.collected.births[member]
    births = sorted((b.slice, b.series, b.amount) for b in (*kept, *fresh))
    columns = (part.bad, part.valid, part.seen, part.state)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [
        *((first + i, *row, late.get(first + i)) for i, row in enumerate(rows)),
        *births,
    ]


def check_against_life(seed: int, folder: Path, *, with_up: bool) -> None:
    stories = tell(seed, with_up=with_up)
    end = max(story.scrapes[-1].ts_ms for story in stories.values()) + 2 * HOUR_MS
    imported = Imported(folder, end, plan_of())
    imported.take(lines_of(stories, np.random.default_rng(seed)), interval_ms=INTERVAL)
    engine = imported.engine()
    world = live_through(stories, end)
    first, last = T0 // INTERVAL - 10, end // INTERVAL
    for name, indicator in INDICATORS.items():
        rows = flat(engine, name, first, last)
        assert rows == flat(world.engine, name, first, last), name
        brute = brute_ledger(indicator, list(stories.values()), INTERVAL)
        shard, member = engine.built.place["s", name]
        part = shard.past_slices(member, first, last)
        for i, number in enumerate(range(first, last + 1)):
            got = float(part.bad[i]), float(part.valid[i])
            assert got == (brute.bad[number], brute.valid[number]), (name, number)
        sums = shard.window(member, 30 * DAY // INTERVAL)
        bad, valid, late_bad, late_valid = brute.window(last, 30 * DAY // INTERVAL)
        assert (sums.bad, sums.valid) == (bad, valid)
        assert (sums.late_bad, sums.late_valid) == (late_bad, late_valid)
        for number in range(first, last + 1, 7):
            share, state = brute_seen(
                indicator, list(stories.values()), number * INTERVAL
            )
            assert part.seen[number - first] == round(share * SEEN_ONE), number
            word = State(int(part.state[number - first])).word
            assert word == state or (state == "present" and word in {"live", "idle"})


@settings(max_examples=10)
# A target that is discovered in one block and scraped for the first time in the next.
@example(seed=42_111_534, with_up=True)
@given(seed=st.integers(0, 2**32), with_up=st.booleans())
def test_an_imported_story_gives_the_ledger_of_living_through_it(
    tmp_path_factory: pytest.TempPathFactory, seed: int, *, with_up: bool
):
    folder = tmp_path_factory.mktemp("story")
    check_against_life(seed, folder, with_up=with_up)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(40))
def test_many_imported_stories_give_the_ledger_of_living(tmp_path: Path, seed: int):
    check_against_life(seed, tmp_path, with_up=bool(seed % 2))


def steady(
    own: Mapping[str, str], start: int, count: int, value: int
) -> list[tuple[int, dict[Labels, float]]]:
    """Return scrapes of counters that grow by 9 and 1 each interval."""
    return [
        (
            start + n * INTERVAL,
            {
                requests("200", **own): float(value + 9 * n),
                requests("500", **own): float(value + n),
            },
        )
        for n in range(count)
    ]


def test_the_30_day_window_is_the_hand_count(imported: Imported):
    """Ten a scrape, one of them bad: 5,759 steps in a day, whose first is a base."""
    own = {"job": "j", "instance": "a"}
    scrapes = steady(own, T0, 5_760, 100)
    imported.take(
        line(labels, ts, value)
        for ts, page in scrapes
        for labels, value in page.items()
    )
    engine = imported.engine()
    shard, member = engine.built.place["s", "ratio"]
    sums = shard.window(member, 30 * DAY // INTERVAL)
    assert (sums.bad, sums.valid) == (5_759, 57_590)
    # Seen from the slice that ends with the first scrape to that of the last.
    assert sums.seen == 5_760 * SEEN_ONE


def test_history_around_a_live_stretch_joins_it(tmp_path: Path):
    """Before it, in its gap, over it and after it: one story, counted once."""
    own = {"job": "j", "instance": "a"}
    told = steady(own, T0, 4 * 240 * 5, 0)
    early, live, gap, again, late = (told[n * 960 : (n + 1) * 960] for n in range(5))
    end = T0 + 26 * HOUR_MS
    world = LedgerWorld(
        MemorySamples(), MemoryLedger(), plan_of(), live[0][0] - INTERVAL
    )
    target = world.discover("j", "a", live[0][0] - INTERVAL)
    for ts, page in (*live, *again):
        world.tick(ts - 1)
        world.land(target, ts, page)
    world.lose(target, again[-1][0] + INTERVAL)
    world.tick(end)

    imported = Imported(tmp_path, end, plan_of())
    imported.samples, imported.ledgers = world.samples, world.ledgers
    pieces = (late, early, gap, [*live[-9:], *gap, *again[:9]])
    for piece in pieces:
        imported.take(
            line(labels, ts, value)
            for ts, page in piece
            for labels, value in page.items()
        )

    shard, member = imported.engine().built.place["s", "ratio"]
    sums = shard.window(member, 30 * DAY // INTERVAL)
    assert (sums.bad, sums.valid) == (4_799, 47_990)
    assert (sums.late_bad, sums.late_valid) == (0, 0)
    first, last = told[0][0] // INTERVAL, told[-1][0] // INTERVAL
    part = shard.past_slices(member, first, last)
    assert set(part.seen.tolist()) == {SEEN_ONE}
    assert set(part.valid[1:].tolist()) == {10.0}


def test_rule_10_imported_history_reaches_superseded_generations(
    tmp_path: Path,
) -> None:
    """`?at=` answers with the generation of then, also for what came in later."""
    imported = Imported(tmp_path, T0 + 6 * HOUR_MS, plan_of())
    page = {requests(): 0.0, requests("500"): 0.0, requests("503"): 0.0}
    world = LedgerWorld(imported.samples, imported.ledgers, plan_of(), T0)
    target = world.discover("j", "x", T0)

    def live(first: int, last: int) -> None:
        for number in range(first, last):
            at = T0 + 7_000 + number * INTERVAL
            values = (9.0 * number, 1.0 * number, 2.0 * number)
            world.land(target, at, dict(zip(page, values, strict=True)))
            world.tick(at + 100)

    live(0, 100)
    wider = RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code=~"5.."}'),
    )
    service = plan_of().services[0]
    edited = replace(
        service, objectives=(replace(service.objectives[0], indicator=wider),)
    )
    changed = T0 + 100 * INTERVAL
    imported.plan = LedgerPlan((edited,), {"j": INTERVAL}, INTERVAL)
    world.rebuild(imported.plan, changed)
    live(100, 120)
    answers = EngineAnswers(world.engine, world.ledgers, list)
    before = answers.objective("s", "ratio", changed / 1000 - 1)
    assert (before.generation, before.budget.spent, before.valid) == (1, 98, 1_176)

    # Half an hour of the day before: 60 requests, 5 and 10 of them failed.
    start = T0 - DAY
    imported.take(
        line(one.merged({"job": "j", "instance": "x"}), start + n * INTERVAL, v * n)
        for one, v in zip(page, (3.0, 0.5, 1.0), strict=True)
        for n in range(11)
    )

    world.restart(T0 + 6 * HOUR_MS)
    answers = EngineAnswers(world.engine, world.ledgers, list)
    then = answers.objective("s", "ratio", start / 1000 + 3_600)
    assert (then.generation, then.budget.spent, then.valid) == (1, 5, 45)
    # The first live values, a baseline once, are now those of a restart: zero.
    after = answers.objective("s", "ratio", changed / 1000 - 1)
    assert (after.generation, after.budget.spent, after.valid) == (1, 103, 1_221)
    assert answers.objective("s", "ratio").budget.spent == 15 + 3 * 119


def test_without_a_configuration_the_next_start_derives(tmp_path: Path):
    imported = Imported(tmp_path, T0 + DAY, plan_of())
    imported.engine()
    imported.plan = None
    own = {"job": "j", "instance": "a"}
    summary = imported.take(
        line(labels, ts, value)
        for ts, page in steady(own, T0, 240, 0)
        for labels, value in page.items()
    )
    assert not summary.is_derived
    assert len([v for v in imported.ledgers.versions() if v.to_ms is None]) == 4
    imported.plan = plan_of()
    shard, member = imported.engine().built.place["s", "ratio"]
    assert shard.window(member, 30 * DAY // INTERVAL).valid == 2_390


def test_an_import_that_dies_is_derived_by_the_next_start(
    imported: Imported, monkeypatch: pytest.MonkeyPatch
):
    imported.engine()
    own = {"job": "j", "instance": "a"}
    lines = [
        line(labels, ts, value)
        for ts, page in steady(own, T0, 480, 0)
        for labels, value in page.items()
    ]
    store = ImportWriter._store

    def dies_in_the_second_hour(self: object, part: object) -> int:
        if part.ts_ms[0] >= T0 + HOUR_MS:  # type: ignore[attr-defined]
            raise KeyboardInterrupt
        return store(self, part)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(ImportWriter, "_store", dies_in_the_second_hour)
        with pytest.raises(KeyboardInterrupt):
            imported.take(lines)
    shard, member = imported.engine().built.place["s", "ratio"]
    assert shard.window(member, 30 * DAY // INTERVAL).valid == 2_390
    assert imported.take(lines).new == 240 * 3
    shard, member = imported.engine().built.place["s", "ratio"]
    assert shard.window(member, 30 * DAY // INTERVAL).valid == 4_790


# How large it may be.


def test_a_spill_gives_back_by_hour_and_target_what_came_in_any_order(tmp_path: Path):
    rng = np.random.default_rng(1)
    target_of = [0, 1, 0]
    every = [
        (int(rng.integers(3)), T0 + int(rng.integers(0, 5 * HOUR_MS)), float(n))
        for n in range(1_000)
    ]
    with SampleSpool(tmp_path, buffered=64) as spool:
        for sample in every:
            if spool.add(*sample):
                spool.flush(target_of)
        spool.flush(target_of)
        parts = list(spool.parts())
        assert spool.count() == len(parts) == 10
        for target, (first, last) in spool.spans().items():
            own = [ts for s, ts, _ in every if target_of[s] == target]
            assert (first, last) == (min(own), max(own))
    keys = [(int(p.ts_ms[0]) // HOUR_MS, p.target) for p in parts]
    assert keys == sorted(keys)
    for (hour, target), part in zip(keys, parts, strict=True):
        columns = (part.series, part.ts_ms, part.values)
        got = list(zip(*(c.tolist() for c in columns), strict=True))
        assert got == [
            s for s in every if (s[1] // HOUR_MS, target_of[s[0]]) == (hour, target)
        ]
    assert list(tmp_path.iterdir()) == []


MEASURE = """
import json, sys
from pathlib import Path
from kizashi.offline.history import ImportSamplesRequest
from kizashi.offline.importing import import_samples
from kizashi.testing.clock import ManualClock

def memory_mib(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024

before = memory_mib("VmRSS")
summary = import_samples(
    ImportSamplesRequest((Path(sys.argv[1]),)),
    Path(sys.argv[2]),
    None,
    progress=lambda *_: None,
    clock=ManualClock(int(sys.argv[3])),
)
print(json.dumps([summary.new, memory_mib("VmHWM") - before]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_million_samples_fit_into_300_mib(tmp_path: Path):
    """One series after the other, as a dump is: the file alone is over 100 MB."""
    times = [f"{(T0 - 30 * DAY) // 1000 + n * 15}.250\n" for n in range(2_000)]
    with (tmp_path / "in.om").open("w") as file:
        for n in range(1_000):
            head = f'requests_total{{code="200",job="j",instance="a",path="/{n}"}} '
            file.writelines(f"{head}{k} {t}" for k, t in enumerate(times))
        file.write("# EOF\n")
    config = ["-c", MEASURE, str(tmp_path / "in.om"), str(tmp_path / "data"), str(T0)]
    done = subprocess.run(
        [sys.executable, *config], capture_output=True, check=True, timeout=120
    )
    new, growth_mib = json.loads(done.stdout)
    assert new == 2_002_000
    assert growth_mib <= 300


def test_an_import_waits_for_the_disk_at_its_end(tmp_path: Path):
    """An hour and a target is a transaction: to wait at each would take hours."""
    (tmp_path / "in.om").write_text(
        line(requests(job="j", instance="a"), T0, 1) + "# EOF\n"
    )
    data = tmp_path / "data"
    request = ImportSamplesRequest((tmp_path / "in.om",))
    import_samples(request, data, None, progress=silent, clock=ManualClock(T0))
    assert not (data / "samples.db-wal").exists()
    with Database(data / "samples.db", is_bulk=True) as database:
        with database.write() as writer:
            level = writer.execute("PRAGMA synchronous").fetchone()
        assert level == (1,)
    with Database(data / "samples.db") as database, database.write() as writer:
        assert writer.execute("PRAGMA synchronous").fetchone() == (2,)
