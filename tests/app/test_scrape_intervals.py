"""How often a server scrapes, from its samples, and what that means for its rules."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, strategies as st

from kizashi.app.drift import DriftEntry, DriftKind, scrape_drift
from kizashi.app.scrape_intervals import interval_fault, measured_interval_ms
from kizashi.cli.text.drift import Drift, DriftLine, drift_text
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.expected import compiled_intervals
from kizashi.model.labels import Labels
from kizashi.model.upstream import UpstreamSamples, UpstreamSeries
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec

RATIO = RatioIndicator(
    valid=parse_selector("hits_total"), bad=parse_selector('hits_total{code="500"}')
)


def spec(window_d: int = 30) -> ObjectiveSpec:
    return ObjectiveSpec(
        "s", "a", Decimal("0.999"), RollingWindow(window_d * 86_400_000), RATIO, job="j"
    )


def up(instance: str, *ts_ms: int) -> UpstreamSeries:
    labels = Labels.of(__name__="up", job="j", instance=instance)
    return UpstreamSeries(labels, np.array(ts_ms, np.int64), np.ones(len(ts_ms)))


def test_the_median_distance_of_samples_is_the_interval_whatever_one_gap_is():
    every_minute = [60_000 * n + (n % 3) for n in range(12)]
    after_a_gap = [n if n < 300_000 else n + 500_000 for n in every_minute]

    assert measured_interval_ms(UpstreamSamples((up("x", *after_a_gap),))) == 60_000


def test_the_slowest_target_decides_and_two_samples_say_nothing():
    quick, slow = (
        up("x", *range(0, 90_000, 15_000)),
        up("y", *range(0, 1_900_000, 600_000)),
    )

    assert measured_interval_ms(UpstreamSamples((quick, slow))) == 600_000
    assert measured_interval_ms(UpstreamSamples((up("x", 0, 600_000),))) is None
    assert measured_interval_ms(UpstreamSamples(())) is None


@given(
    st.integers(1, 600),
    st.lists(st.integers(-200, 200), min_size=3, max_size=50),
)
def test_jitter_does_not_change_what_is_measured(interval_s: int, off_ms: list[int]):
    stamps = [n * interval_s * 1_000 + off for n, off in enumerate(off_ms)]

    assert (
        measured_interval_ms(UpstreamSamples((up("x", *stamps),))) == interval_s * 1_000
    )


@pytest.mark.parametrize(
    ("interval_s", "code"),
    [
        (10, None),
        (15, None),
        (60, "interval.rules"),
        (299, "interval.rules"),
        (300, "interval.gap"),
        (600, "interval.gap"),
    ],
)
def test_what_a_server_scrapes_too_seldom_is_found_with_its_reason(
    interval_s: int, code: str | None
):
    fault = interval_fault({"j", "k"}, {"j": interval_s * 1_000, "l": 900_000}, 15_000)

    assert (fault and fault.code) == code


def test_drift_names_a_job_that_is_scraped_less_often_than_rules_were_compiled_for():
    service = ServiceSpec("s", LocalText("s", "s"), objectives=(spec(),))
    for_a_minute = CompileOptions(jobs={"j": JobTiming(60_000)})

    def told(options: CompileOptions, known: dict[str, int]) -> tuple[DriftEntry, ...]:
        return scrape_drift(compiled_intervals([service], options), known)

    found = told(CompileOptions(), {"j": 60_000})

    assert told(for_a_minute, {"j": 60_000}) == ()
    assert told(CompileOptions(), {"other": 60_000}) == ()
    [entry] = found
    assert (entry.kind, entry.rule) == (DriftKind.SCRAPES, "j")
    assert (entry.running, entry.expected) == ("1m", "15s")
    told = Drift(
        "http://p", 0.0, False, None, 1,
        (DriftLine("scrapes", "", "j", {}, entry.expected, entry.running),),
    )  # fmt: skip
    assert (
        "  j: Scrapes 1m apart are too far apart for rules compiled for 15s: a target"
        " counts as seen for only 37s500ms after a scrape."
    ) in drift_text(told, "en")
    assert "スクレイプ間隔 1m は、15s 用に生成されたルールには" in drift_text(
        told, "ja"
    )
