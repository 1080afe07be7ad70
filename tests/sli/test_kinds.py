"""What every kind of indicator keeps to: each of its spellings reads back as itself."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.errors import ObjectiveError
from kizashi.importers.service_text import service_text
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli import _kinds
from kizashi.sli._base import (
    Comparison,
    CounterGrowth,
    EventSelector,
    GaugeSamples,
    Indicator,
    SampleTest,
    Side,
    threshold_edge,
)
from kizashi.sli._kinds import KINDS, is_told_apart, recognised
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec

NAMES = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)
VALUES = st.text(min_size=1, max_size=6)


def selectors(end: str = "") -> st.SearchStrategy[Selector]:
    """Return selectors that fix their metric's name."""
    others = st.dictionaries(NAMES, VALUES, max_size=2).map(
        lambda found: [
            LabelMatcher(n, MatchOp.EQUAL, v) for n, v in sorted(found.items())
        ]
    )
    named = NAMES.map(lambda n: LabelMatcher(METRIC_NAME, MatchOp.EQUAL, f"{n}{end}"))
    return st.builds(lambda name, rest: Selector((name, *rest)), named, others)


BOUNDS = st.decimals(min_value=-1000, max_value=1000, places=3)
SIDED = [each for each in Comparison if each is not Comparison.DIFFERS]
INDICATORS: st.SearchStrategy[Indicator] = st.one_of(
    st.builds(RatioIndicator, selectors("_all_total"), good=selectors("_good_total")),
    st.builds(RatioIndicator, selectors("_all_total"), bad=selectors("_bad_total")),
    st.builds(
        LatencyIndicator,
        NAMES,
        st.integers(1, 10**6).map(lambda ms: Decimal(ms) / 1000),
        selectors().map(lambda s: Selector(s.matchers[1:])),
    ),
    st.builds(BooleanIndicator, selectors()),
    st.builds(
        ThresholdIndicator,
        selectors(),
        st.builds(SampleTest, st.sampled_from(SIDED), BOUNDS),
    ),
)


def test_every_kind_that_has_a_file_has_a_row_under_its_name() -> None:
    room = Path(_kinds.__file__).parent

    assert {path.stem for path in room.glob("[!_]*.py")} == KINDS.keys()
    assert {name: kind.kind for name, kind in KINDS.items()} == {k: k for k in KINDS}


@given(INDICATORS)
def test_what_a_generation_keeps_is_read_back(indicator: Indicator) -> None:
    again = KINDS[indicator.kind].from_kept(indicator.kept())

    assert again == indicator
    assert again.fingerprint == indicator.fingerprint


@given(INDICATORS)
def test_a_document_that_names_the_kind_is_read_back(indicator: Indicator) -> None:
    assert recognised(indicator.plain, indicator.kind) == indicator


@given(INDICATORS)
def test_a_declaration_is_read_back(indicator: Indicator) -> None:
    objective = ObjectiveSpec(
        service="a",
        name="b",
        target=Decimal("0.99"),
        window=RollingWindow(86_400_000),
        indicator=indicator,
    )
    service = ServiceSpec("a", LocalText("a", "a"), objectives=(objective,))

    read = parse_declarations([SourceText("a.yaml", service_text(service))])

    assert [o.indicator for o in read.objectives] == [indicator]


@pytest.mark.parametrize(
    ("kind", "kept", "events"),
    [
        (
            "ratio",
            {"bad": 'r_total{code="5"}', "valid": "r_total"},
            'bad: r_total{code="5"} / valid: r_total',
        ),
        (
            "ratio",
            {"good": 'r_total{code="2"}', "valid": "r_total"},
            'good: r_total{code="2"} / valid: r_total',
        ),
        (
            "latency",
            {"histogram": "d_seconds", "match": "{}", "below_s": "0.2"},
            'good: d_seconds_bucket{le="0.2"} / valid: d_seconds_bucket{le="+Inf"}',
        ),
        ("boolean", {"gauge": "up"}, "good: up != 0 / valid: up"),
        (
            "threshold",
            {"gauge": "q", "comparison": "<=", "bound": "7.50"},
            "good: q <= 7.5 / valid: q",
        ),
    ],
)
def test_folders_of_former_releases_are_read(
    kind: str, kept: dict[str, str], events: str
) -> None:
    """What stands in folders is read for ever: who changes a kind leaves these texts."""
    indicator = KINDS[kind].from_kept(kept)

    assert str(indicator.events) == events
    assert indicator.kept() == kept


@pytest.mark.parametrize(
    ("indicator", "told"),
    [
        (RatioIndicator(parse_selector("v"), bad=parse_selector("b")), True),
        (LatencyIndicator("d_seconds", Decimal("0.2")), True),
        # Its unit seems to be another, so that the document must say what it is.
        (LatencyIndicator("d_ms", Decimal(200)), False),
        # A ratio that would be read as the latency that it could be.
        (
            RatioIndicator(
                parse_selector("d_seconds_count"),
                good=parse_selector('d_seconds_bucket{le="0.2"}'),
            ),
            False,
        ),
        (BooleanIndicator(parse_selector("up")), False),
        (
            ThresholdIndicator(
                parse_selector("up"), SampleTest(Comparison.ABOVE, Decimal(0))
            ),
            True,
        ),
    ],
)
def test_a_document_names_a_kind_where_its_selectors_do_not_tell_it(
    indicator: Indicator, *, told: bool
) -> None:
    assert is_told_apart(indicator) is told


@pytest.mark.parametrize(
    ("named", "found"),
    [("latency", "ratio"), ("boolean", "ratio"), ("threshold", "ratio")],
)
def test_counters_that_are_not_of_the_kind_that_is_named_are_a_ratio(
    named: str, found: str
) -> None:
    counters = CounterGrowth(
        Side.BAD,
        EventSelector(parse_selector("b_total")),
        EventSelector(parse_selector("v_total")),
    )

    assert recognised(counters, named).kind == found


@pytest.mark.parametrize("named", ["ratio", "latency", "boolean"])
def test_a_gauge_that_is_not_of_the_kind_that_is_named_is_a_threshold(
    named: str,
) -> None:
    gauge = EventSelector(parse_selector("queue"))
    samples = GaugeSamples(gauge, SampleTest(Comparison.BELOW, Decimal(9)))

    assert recognised(samples, named).kind == "threshold"


def test_a_bucket_counts_good_events_only() -> None:
    """Without its edge the ledger would count every event as slow."""
    bucket = EventSelector(parse_selector("d_bucket"), 0.25)

    with pytest.raises(ObjectiveError, match="the good events"):
        CounterGrowth(Side.BAD, bucket, EventSelector(parse_selector("d_count")))


def test_only_a_histogram_has_a_threshold_edge() -> None:
    latency = LatencyIndicator("d", Decimal("0.25"))
    good = parse_selector('d_bucket{le="0.25"}')

    assert threshold_edge(latency) == 0.25
    assert threshold_edge(RatioIndicator(parse_selector("v"), good=good)) is None
    assert threshold_edge(BooleanIndicator(parse_selector("up"))) is None


@pytest.mark.parametrize(("gauge", "does"), [("up", True), ("probe_success", False)])
def test_what_the_scraper_writes_counts_scrapes(gauge: str, *, does: bool) -> None:
    assert BooleanIndicator(parse_selector(gauge)).events.are_scrapes is does
    ratio = RatioIndicator(parse_selector(gauge), bad=parse_selector("b"))
    assert ratio.events.are_scrapes is False
