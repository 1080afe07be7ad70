"""What every server that we read instead of scraping must do, as tests.

Derive a test class from `UpstreamContract` and give it the fixture `upstream`, which
reads a server that holds `WORLD` and evaluates nothing. The module needs the anyio
marker.
"""

from kizashi.model.labels import Labels
from kizashi.model.upstream import UpstreamSamples
from kizashi.ports.upstream import Upstream

#: A whole minute, far enough from now that no server takes it for the future.
START_MS = 1_750_000_020_000
_A = Labels.of(__name__="jobs_total", job="shop", instance="a:1", path='/"x"\\é')
_B = Labels.of(__name__="jobs_total", job="shop", instance="b:1")
_UP = Labels.of(__name__="up", job="shop", instance="a:1")

#: Series with their samples: milliseconds after START_MS, and value.
WORLD: tuple[tuple[Labels, tuple[tuple[int, float], ...]], ...] = (
    (
        _A,
        (
            (0, 1.0),
            (15_007, 4.0),
            (29_999, 1_234_567_890_123.0),
            (45_000, 2.5),
            (60_000, 7.0),
        ),
    ),
    # A gap that is longer than any look-back.
    (_B, ((0, 0.0), (1_500_000, 3.0))),
    (_UP, tuple((15_000 * n, 1.0) for n in range(5))),
)


def as_text(start_ms: int = START_MS) -> str:
    """Return the world in the text format, with time stamps in milliseconds."""
    return "".join(
        f"{labels} {value!r} {start_ms + at}\n"
        for labels, samples in WORLD
        for at, value in samples
    )


def as_openmetrics(start_ms: int = START_MS) -> str:
    """Return the world as OpenMetrics, which writes time stamps in seconds."""
    lines = [
        f"{labels} {value!r} {(start_ms + at) / 1000:.3f}"
        for labels, samples in WORLD
        for at, value in samples
    ]
    return "\n".join([*lines, "# EOF\n"])


def plain(found: UpstreamSamples) -> dict[Labels, list[tuple[int, float]]]:
    """Return samples as pairs of milliseconds after START_MS, and value."""
    return {
        one.labels: [
            (ts - START_MS, value)
            for ts, value in zip(one.ts_ms.tolist(), one.values.tolist(), strict=True)
        ]
        for one in found.series
    }


class UpstreamContract:
    """Holds for every server."""

    async def test_samples_come_as_they_were_stored_at_their_own_times(
        self, upstream: Upstream
    ) -> None:
        """Neither aligned to a grid nor looked back for."""
        found = await upstream.samples(
            'jobs_total{job="shop"}', START_MS - 1, START_MS + 60_000
        )

        assert plain(found) == {
            _A: [
                (0, 1.0),
                (15_007, 4.0),
                (29_999, 1_234_567_890_123.0),
                (45_000, 2.5),
                (60_000, 7.0),
            ],
            _B: [(0, 0.0)],
        }
        assert not found.is_partial

    async def test_the_left_edge_is_left_out_and_the_right_edge_is_not(
        self, upstream: Upstream
    ) -> None:
        """So that neighbouring stretches share no sample."""
        first = await upstream.samples(str(_A), START_MS, START_MS + 45_000)
        second = await upstream.samples(str(_A), START_MS + 45_000, START_MS + 60_000)

        assert [at for at, _ in plain(first)[_A]] == [15_007, 29_999, 45_000]
        assert [at for at, _ in plain(second)[_A]] == [60_000]

    async def test_a_selector_may_match_several_names(self, upstream: Upstream) -> None:
        """One request reads the bad and the valid counts of everyone."""
        found = await upstream.samples(
            '{__name__=~"jobs_total|up",instance="a:1"}',
            START_MS + 14_000,
            START_MS + 15_500,
        )

        assert plain(found) == {_A: [(15_007, 4.0)], _UP: [(15_000, 1.0)]}

    async def test_no_series_is_an_answer_too(self, upstream: Upstream) -> None:
        """Nothing there is not a failure."""
        nobody = await upstream.samples('up{job="x"}', START_MS, START_MS + 60_000)
        before = await upstream.samples(str(_A), START_MS - 60_000, START_MS - 1)

        assert (nobody.series, before.series) == ((), ())

    async def test_the_last_value_before_a_time_is_found_across_a_gap(
        self, upstream: Upstream
    ) -> None:
        """A counter continues from it, however long it was away."""
        at_ms = START_MS + 1_400_000
        found = await upstream.last_before("jobs_total", at_ms, 86_400_000)
        short = await upstream.last_before("jobs_total", at_ms, 60_000)

        assert plain(found) == {_A: [(1_400_000, 7.0)], _B: [(1_400_000, 0.0)]}
        assert short.series == ()

    async def test_presence_says_when_there_was_anything(
        self, upstream: Upstream
    ) -> None:
        """Cheaply, for a whole month: where there is nothing, nobody need ask."""
        step_ms = 300_000
        grid_ms = START_MS // step_ms * step_ms
        found = await upstream.presence(
            "jobs_total",
            ("job", "instance"),
            grid_ms - 2 * step_ms,
            grid_ms + 9 * step_ms,
            step_ms,
        )

        steps = {
            one.labels: [(at - grid_ms) // step_ms for at in one.ts_ms.tolist()]
            for one in found.series
        }
        assert steps == {
            Labels.of(job="shop", instance="a:1"): [1],
            Labels.of(job="shop", instance="b:1"): [1, 6],
        }

    async def test_a_server_without_rules_has_no_groups_and_no_alerts(
        self, upstream: Upstream
    ) -> None:
        """None is a list, not an error."""
        assert await upstream.groups() == ()
        assert await upstream.alerts() == ()

    async def test_a_server_that_scrapes_nothing_tells_no_interval(
        self, upstream: Upstream
    ) -> None:
        """Then `up` is measured."""
        assert dict(await upstream.intervals()) == {}
