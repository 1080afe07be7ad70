"""From bytes to samples: time stamps, counts, limits."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, strategies as st

from kizashi.errors import LimitError, ScrapeError
from kizashi.model.labels import Labels
from kizashi.model.scraping import (
    RelabelAction,
    RelabelRule,
    ScrapeConfig,
    ScrapeLimits,
)
from kizashi.scrape.fetch import ScrapeBody
from kizashi.scrape.page import PageReader, PageSamples, fewest_samples
from kizashi.scrape.targets import DiscoveredTarget

TS_MS = 1_700_000_000_000
MINUTE_MS = 60_000
TEXT = "text/plain; version=0.0.4"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def reader(**settings: object) -> PageReader:
    config = ScrapeConfig("api", **settings)
    labels = Labels.of(job="api", instance="app:80")
    return PageReader(DiscoveredTarget(config, labels, "http://x/", 15_000, 10_000))


def read(text: str, kind: str = TEXT, **settings: object) -> PageSamples:
    return reader(**settings).read(ScrapeBody(text.encode(), kind), TS_MS)


def by_name(samples: PageSamples) -> Mapping[str, float]:
    names = [labels.metric_name for labels in samples.labels]
    return dict(zip(names, samples.values.tolist(), strict=True))


def test_values_and_counts_of_a_page():
    samples = read("a 1\nb 2\nc 3\n")

    assert by_name(samples) == {"a": 1, "b": 2, "c": 3}
    assert (samples.scraped, samples.remaining, samples.duplicates) == (3, 3, 0)
    assert samples.timestamps_ms is None


def test_the_second_page_of_the_same_series_has_the_same_labels_object():
    pages = reader()

    first = pages.read(ScrapeBody(b"a 1\nb 2\n", TEXT), TS_MS)
    second = pages.read(ScrapeBody(b"a 3\nb 4\n", TEXT), TS_MS + 15_000)

    assert second.labels is first.labels
    assert second.values.tolist() == [3, 4]


def test_dropped_series_count_as_scraped_and_not_as_kept():
    rules = (RelabelRule(RelabelAction.DROP, ("__name__",), regex="b"),)

    samples = read("a 1\nb 2 1\nc 3\n", metric_relabel=rules)

    assert by_name(samples) == {"a": 1, "c": 3}
    assert (samples.scraped, samples.remaining) == (3, 2)
    # The only sample with a time stamp is gone, so its age matters to nobody.
    assert (samples.future, samples.too_old) == (0, 0)


def test_a_series_given_twice_counts_once():
    samples = read("a 1\na 2\nb 3\n")

    assert by_name(samples) == {"a": 1, "b": 3}
    assert (samples.scraped, samples.remaining, samples.duplicates) == (3, 3, 1)


def test_explicit_time_stamps_are_kept_beside_samples_without():
    samples = read(f"a 1 {TS_MS - 5_000}\nb 2\n")

    assert samples.timestamps_ms.tolist() == [TS_MS - 5_000, -1]


def test_time_stamps_are_ignored_where_the_job_says_so():
    samples = read(f"a 1 {TS_MS + 3_600_000}\nb 2\n", honor_timestamps=False)

    assert samples.timestamps_ms is None
    assert by_name(samples) == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("offset_ms", "future", "too_old"),
    [
        (10 * MINUTE_MS, 0, 0),
        (10 * MINUTE_MS + 1, 1, 0),
        (315_360_000_000, 1, 0),
        (-10 * MINUTE_MS, 0, 0),
        (-10 * MINUTE_MS - 1, 0, 1),
    ],
)
def test_rule_24_a_stamp_out_of_bounds_drops_its_sample_alone(
    offset_ms: int, future: int, too_old: int
):
    samples = read(f"a 1 {TS_MS + offset_ms}\nb 2\n")

    assert (samples.future, samples.too_old) == (future, too_old)
    assert ("a" in by_name(samples)) == (not future and not too_old)
    assert by_name(samples)["b"] == 2
    assert (samples.scraped, samples.remaining) == (2, 2)


def test_the_labels_stay_the_same_object_while_the_same_samples_are_dropped():
    pages = reader()
    body = ScrapeBody(f"a 1 {TS_MS + 3_600_000}\nb 2\n".encode(), TEXT)

    first, second = pages.read(body, TS_MS), pages.read(body, TS_MS)

    assert first.timestamps_ms is None
    assert second.labels is first.labels


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("NaN", None),
        ("+Inf", 0x7FF0000000000000),
        ("-Inf", 0xFFF0000000000000),
        ("-0", 0x8000000000000000),
        ("5e-324", 0x0000000000000001),
        ("1.7976931348623157e308", 0x7FEFFFFFFFFFFFFF),
    ],
)
def test_values_are_bit_exact(text: str, bits: int | None):
    (value,) = read(f"a {text}\n").values

    if bits is None:
        assert np.isnan(value)
    else:
        assert np.float64(value).view(np.uint64) == bits


@pytest.mark.parametrize("body", [b"a 1\nb two\n", b'a{b="\xff"} 1\n', b"a 1\n{"])
def test_a_broken_page_has_no_samples_and_a_reason(body: bytes):
    with pytest.raises(ScrapeError) as caught:
        reader().read(ScrapeBody(body, TEXT), TS_MS)

    assert "line" in str(caught.value)


def test_a_page_over_the_sample_limit_is_refused():
    with pytest.raises(LimitError):
        read("a 1\nb 2\nc 3\n", limits=ScrapeLimits(samples=2))


@given(
    st.lists(
        st.sampled_from(["a 1", "", "", "# HELP a x", "  ", "\t# b", "b 2", "\r"]),
        max_size=30,
    )
)
def test_the_quick_count_never_exceeds_the_samples_on_a_page(lines: list[str]):
    samples = sum(line in {"a 1", "b 2"} for line in lines)

    for text in ("\n".join(lines), "".join(f"{line}\n" for line in lines)):
        assert fewest_samples(text.encode()) <= samples


def test_a_page_far_over_the_sample_limit_is_not_even_read():
    page = ScrapeBody(b"!\n" * 50_100, TEXT)

    with pytest.raises(LimitError, match="more than 50000 samples"):
        reader().read(page, TS_MS)


def test_open_metrics_is_read_by_its_type():
    text = "# TYPE a counter\na_total 1\n# EOF\n"

    assert by_name(read(text, OPEN_METRICS)) == {"a_total": 1}


def test_an_empty_label_on_the_page_keeps_an_honoured_target_label_away():
    # A push gateway writes instance="" so that no target's name is put in its place.
    samples = read('pushed{instance=""} 1\n', honor_labels=True)

    assert samples.labels[0].as_dict() == {"__name__": "pushed", "job": "api"}


def test_an_empty_label_is_none_where_labels_are_not_honoured():
    samples = read('pushed{instance="",path=""} 1\n')

    assert samples.labels[0].as_dict() == {
        "__name__": "pushed",
        "job": "api",
        "instance": "app:80",
    }


def test_a_label_that_becomes_empty_is_noticed():
    pages = reader(honor_labels=True)

    before = pages.read(ScrapeBody(b"pushed 1\n", TEXT), TS_MS)
    after = pages.read(ScrapeBody(b'pushed{instance=""} 1\n', TEXT), TS_MS + 1)

    assert before.labels[0].get("instance") == "app:80"
    assert after.labels[0].get("instance") == ""
