"""What every kind of indicator keeps to: each of its spellings reads back as itself."""

from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.errors import ObjectiveError
from kizashi.importers.service_text import service_text
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


def module_of(kind: str) -> Any:  # noqa: ANN401 - a module of tests
    """Return the tests of one kind, which hold its INDICATORS and its KEPT."""
    return import_module(f"sli.test_{kind.replace('-', '_')}")


#: Indicators of every kind.
INDICATORS: st.SearchStrategy[Indicator] = st.one_of(
    [module_of(kind).INDICATORS for kind in KINDS]
)
#: What folders hold of every kind, and the events that are counted by it.
KEPT: list[tuple[str, dict[str, str], str]] = [
    (kind, kept, events) for kind in KINDS for kept, events in module_of(kind).KEPT
]


def test_every_kind_that_has_a_file_has_a_row_under_its_name() -> None:
    room = Path(_kinds.__file__).parent

    assert {path.stem for path in room.glob("[!_]*.py")} == KINDS.keys()
    assert {name: kind.kind for name, kind in KINDS.items()} == {k: k for k in KINDS}


def test_every_kind_says_what_its_folders_hold() -> None:
    assert {kind for kind, _, _ in KEPT} == KINDS.keys()


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


@pytest.mark.parametrize(("kind", "kept", "events"), KEPT)
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
