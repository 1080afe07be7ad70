"""A month that never was: what the to-do service of the demo would have counted.

Pure and the same for the same seed and end. Requests follow the day and the week of
an office in Japan; three incidents and one bad deploy stand in it, at fixed hours. The last days are calm, so that no alert begins where reality does.

Pages have the shape of the reference application's, with ``instance="simulated"``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from kizashi.model.arrays import BoolArray, FloatArray, Int64Array

INSTANCE = "simulated"
STEP_MS = 60_000
DAY_MS = 86_400_000
_STEPS_A_DAY = DAY_MS // STEP_MS

#: Requests a minute: the least by night, and what the busiest hour adds.
_QUIET, _BUSY = 180.0, 540.0
_WEEKEND = 0.55
_PEAK_HOUR = 14.0
_TOKYO_MS = 9 * 3_600_000
_THURSDAY = 3  # 1 January 1970, counted from Monday
_SATURDAY = 5
#: Share of requests that fail on a good day: a sixth of the budget of 99.95 %.
_ERRORS = 0.00008

#: Upper edges of the histogram, as the reference application writes them.
EDGES = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.2", "0.5", "1.0", "2.0", "5.0")
#: Share of requests in each bucket, the last one above every edge.
_FAST = (0.22, 0.28, 0.26, 0.13, 0.06, 0.035, 0.011, 0.003, 0.0009, 0.0001, 0.0)
_SLOW = (0.10, 0.18, 0.24, 0.17, 0.11, 0.08, 0.09, 0.022, 0.007, 0.001, 0.0)
_MIDDLES_S = (0.004, 0.008, 0.018, 0.037, 0.075, 0.15, 0.35, 0.75, 1.5, 3.0, 7.0)


_Series = Mapping[str, FloatArray | Int64Array]


@dataclass(frozen=True, slots=True)
class SimulatedRoute:
    """A route: its share of the requests, and the status of its good answers."""

    method: str
    path: str
    status: str
    share: float


ROUTES = (
    SimulatedRoute("GET", "/tasks", "200", 0.55),
    SimulatedRoute("POST", "/tasks", "201", 0.20),
    SimulatedRoute("PUT", "/tasks/{task_id}", "200", 0.15),
    SimulatedRoute("POST", "/tasks/{task_id}/complete", "200", 0.10),
)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that went wrong.

    Attributes:
        days_ago: On which day before the last one it began.
        at: Minutes after midnight in Japan when it began.
        minutes: How long it lasted.
        errors: Share of requests that failed meanwhile.
        is_slow: Whether answers were slow.
        is_down: Whether nothing answered, not even a scrape; it restarts after that.
    """

    days_ago: int
    at: int
    minutes: int
    errors: float = 0.0
    is_slow: bool = False
    is_down: bool = False

    def covers(self, ts_ms: Int64Array) -> BoolArray:
        """Return at which times it went on, the last of them being today's."""
        today_ms = (int(ts_ms[-1]) + _TOKYO_MS) // DAY_MS * DAY_MS - _TOKYO_MS
        began_ms = today_ms - self.days_ago * DAY_MS + self.at * STEP_MS
        ended_ms = began_ms + self.minutes * STEP_MS
        inside: BoolArray = (ts_ms >= began_ms) & (ts_ms < ended_ms)
        return inside


_HOUR = 60
TROUBLES = (
    # A broken dependency: a quarter of the requests fail for fourteen minutes.
    Trouble(24, 10 * _HOUR + 12, minutes=14, errors=0.25),
    # A crash: errors first, then silence, then a new process.
    Trouble(16, 15 * _HOUR, minutes=3, errors=0.6),
    Trouble(16, 15 * _HOUR + 3, minutes=9, is_down=True),
    # A slow leak of failures that no fast window sees.
    Trouble(9, 11 * _HOUR, minutes=6 * _HOUR, errors=0.005),
    # A deploy that made answers slow, until it was rolled back.
    Trouble(5, 13 * _HOUR, minutes=1, is_down=True),
    Trouble(5, 13 * _HOUR + 1, minutes=7 * _HOUR, is_slow=True),
    Trouble(5, 20 * _HOUR + 1, minutes=1, is_down=True),
)


@dataclass(frozen=True, slots=True)
class Past:
    """What happened, minute by minute; counts are of the minute that ends there.

    Attributes:
        ts_ms: When the service was scraped, shape (n,).
        up: Whether that succeeded, same shape.
        good: Requests that succeeded, shape (routes, n).
        bad: Requests that failed, same shape.
        buckets: Requests by duration, shape (routes, edges + 1, n).
        starts_ms: When the process began that answers, shape (n,).
    """

    ts_ms: Int64Array
    up: BoolArray
    good: Int64Array
    bad: Int64Array
    buckets: Int64Array
    starts_ms: Int64Array


def past_until(
    end_ms: int, days: int, seed: int, troubles: Sequence[Trouble] = TROUBLES
) -> Past:
    """Return what happened in so many days.

    Args:
        end_ms: The last scrape; the others stand a minute apart before it.
        days: How many, at least one.
        seed: Decides every draw.
        troubles: What went wrong.
    """
    steps = days * _STEPS_A_DAY
    ts_ms = end_ms - np.arange(steps - 1, -1, -1) * STEP_MS
    draw = np.random.default_rng(seed)
    up, starts_ms = _processes(ts_ms, troubles)
    errors = np.full(steps, _ERRORS)
    slow = np.zeros(steps, np.bool_)
    for trouble in troubles:
        inside = trouble.covers(ts_ms)
        errors[inside] = np.maximum(errors[inside], trouble.errors)
        slow |= inside & trouble.is_slow
    shape = (len(ROUTES), steps)
    shares = np.array([route.share for route in ROUTES])
    wanted = np.where(up, rate_at(ts_ms), 0.0)
    # The first scrape of a process counts nothing: what it counted is its baseline.
    wanted[0] = 0.0
    total = draw.poisson(shares[:, None] * wanted)
    bad = draw.binomial(total, errors)
    buckets = np.empty((len(ROUTES), len(EDGES) + 1, steps), np.int64)
    for number in range(shape[0]):
        for is_slow, spread in ((False, _FAST), (True, _SLOW)):
            chosen = slow == is_slow
            drawn = draw.multinomial(total[number, chosen], spread)
            buckets[number][:, chosen] = drawn.T
    return Past(ts_ms, up, total - bad, bad, buckets, starts_ms)


def rate_at(ts_ms: Int64Array) -> FloatArray:
    """Return how many requests a minute are wanted at some times, same shape."""
    there = ts_ms + _TOKYO_MS
    hour = there % DAY_MS / 3_600_000
    weekday = (there // DAY_MS + _THURSDAY) % 7
    day = (1 + np.cos(2 * np.pi * (hour - _PEAK_HOUR) / 24)) / 2
    # Raised, so that the night is longer than the rush.
    rate: FloatArray = (_QUIET + _BUSY * day**1.5) * np.where(
        weekday >= _SATURDAY, _WEEKEND, 1.0
    )
    return rate


def _processes(
    ts_ms: Int64Array, troubles: Sequence[Trouble]
) -> tuple[BoolArray, Int64Array]:
    """Return whether the service answered, and when its process began."""
    up = np.ones(len(ts_ms), np.bool_)
    for trouble in troubles:
        if trouble.is_down:
            up &= ~trouble.covers(ts_ms)
    starts_ms = np.full(len(ts_ms), ts_ms[0] - STEP_MS)
    for step in np.flatnonzero(~up[:-1] & up[1:]).tolist():
        # It began half a minute before it was first seen.
        starts_ms[step + 1 :] = ts_ms[step + 1] - STEP_MS // 2
    return up, starts_ms


def counted(amounts: FloatArray, starts_ms: Int64Array) -> FloatArray:
    """Return amounts by minute as a counter that begins at zero with each process."""
    sums: FloatArray = np.cumsum(amounts).astype(amounts.dtype)
    out = sums.copy()
    for step in (np.flatnonzero(np.diff(starts_ms)) + 1).tolist():
        out[step:] = sums[step:] - sums[step - 1]
    return out


def pages_of(past: Past, job: str) -> Iterator[bytes]:
    """Yield the past day by day, oldest first, in the OpenMetrics text format.

    Source: OpenMetrics 1.0.0, time stamps in seconds after each value.
    """
    families = _families(past)
    for first in range(0, len(past.ts_ms), _STEPS_A_DAY):
        day = slice(first, first + _STEPS_A_DAY)
        yield _page(past, families, day, f'job="{job}",instance="{INSTANCE}"')


def _families(past: Past) -> Mapping[str, tuple[str, _Series]]:
    """Return every family: its kind, and its series by suffix and labels."""
    requests: dict[str, FloatArray | Int64Array] = {}
    durations: dict[str, FloatArray | Int64Array] = {}
    for number, route in enumerate(ROUTES):
        own = f'method="{route.method}",route="{route.path}"'
        good, bad = past.good[number], past.bad[number]
        full = f'{own},answer="full"'
        requests[f'_total{{{full},status="{route.status}"}}'] = good
        requests[f'_total{{{full},status="500"}}'] = bad
        upto = np.cumsum(past.buckets[number], axis=0)
        for edge, row in zip((*EDGES, "+Inf"), upto, strict=True):
            durations[f'_bucket{{{own},le="{edge}"}}'] = row
        durations[f"_count{{{own}}}"] = upto[-1]
        sums_s: FloatArray = np.array(_MIDDLES_S) @ past.buckets[number]
        durations[f"_sum{{{own}}}"] = np.round(sums_s, 3)
    total = past.good.sum(axis=0) + past.bad.sum(axis=0)
    age_ms = past.ts_ms - past.starts_ms
    cpu_s: FloatArray = total.astype(np.float64) * 0.0011 + 0.06
    return {
        "http_requests": ("counter", _counters(requests, past)),
        "http_request_duration_seconds": ("histogram", _counters(durations, past)),
        "http_requests_in_flight": ("gauge", {"{}": total // 400}),
        "process_start_time_seconds": ("gauge", {"{}": past.starts_ms / 1000}),
        "process_cpu_seconds": (
            "counter",
            _counters({"_total{}": cpu_s}, past),
        ),
        # It grows with its age, as a cache does that nobody bounded.
        "process_resident_memory_bytes": (
            "gauge",
            {"{}": 78_000_000 + age_ms // 1000 * 24 + total * 900},
        ),
    }


def _counters(amounts: _Series, past: Past) -> _Series:
    return {
        # Whole numbers stay whole: they are printed as they are.
        name: counted(cast("FloatArray", each), past.starts_ms)
        for name, each in amounts.items()
    }


def _page(
    past: Past, families: Mapping[str, tuple[str, _Series]], day: slice, target: str
) -> bytes:
    up = past.up[day]
    times = [str(ms / 1000) for ms in past.ts_ms[day].tolist()]
    seen = [time for time, is_up in zip(times, up.tolist(), strict=True) if is_up]
    lines = ["# TYPE up gauge"]
    lines += [
        f"up{{{target}}} {int(is_up)} {time}"
        for time, is_up in zip(times, up.tolist(), strict=True)
    ]
    for family, (kind, series) in families.items():
        lines.append(f"# TYPE {family} {kind}")
        for name, values in series.items():
            suffix, _, labels = name.rstrip("}").partition("{")
            head = f"{family}{suffix}{{{target}{',' if labels else ''}{labels}}} "
            shown = values[day][up].tolist()
            lines += [f"{head}{v} {time}" for v, time in zip(shown, seen, strict=True)]
    lines.append("# EOF\n")
    return "\n".join(lines).encode()
