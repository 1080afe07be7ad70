"""What is written is a declaration that gives the same service, and sound rules."""

import subprocess
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from sound_inputs import SOUND

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.importers.service_text import service_text
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity
from kizashi.model.windows import RollingWindow
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import Comparison, SampleTest
from kizashi.sli.boolean import BooleanIndicator
from kizashi.sli.latency import LatencyIndicator
from kizashi.sli.ratio import RatioIndicator
from kizashi.sli.threshold import ThresholdIndicator
from kizashi.slo.objective import (
    Dependency,
    LocalText,
    NoData,
    ObjectiveSpec,
    RunbookRef,
    ServiceSpec,
)
from kizashi.slo.policy import CustomPair, CustomPolicy, PresetPolicy

names = st.from_regex(r"[a-z]([-a-z0-9]{0,8}[a-z0-9])?", fullmatch=True)
texts = st.text(
    st.characters(min_codepoint=33, max_codepoint=0x30FF, categories=["L", "N", "P"]),
    min_size=1,
    max_size=20,
)
selectors = st.sampled_from(
    [
        'a_total{job="x"}',
        'a_total{job="x",path=~"/a\\\\.b|\'",q!="\\""}',
        '{__name__="b:total",job="x",c!~"5.."}',
    ]
).map(parse_selector)
gauges = st.just(parse_selector('queue_length{job="x",m="日本"}'))
whole = parse_selector('all_total{job="x"}')
bounds = st.decimals(-1000, 1000, allow_nan=False, places=3)
indicators = st.one_of(
    selectors.map(lambda s: RatioIndicator(valid=whole, bad=s)),
    selectors.map(lambda s: RatioIndicator(valid=whole, good=s)),
    st.integers(1, 5_000).map(
        lambda ms: LatencyIndicator(
            "d_seconds", Decimal(ms) / 1000, parse_selector('{job="x"}')
        )
    ),
    gauges.map(BooleanIndicator),
    st.builds(
        lambda gauge, comparison, bound: ThresholdIndicator(
            gauge, SampleTest(comparison, bound)
        ),
        gauges,
        st.sampled_from([c for c in Comparison if c is not Comparison.DIFFERS]),
        bounds,
    ),
)
pairs = st.builds(
    lambda short, times, factor, severity: CustomPair(
        short * 60_000 * times, short * 60_000, factor, severity
    ),
    st.integers(1, 60),
    st.integers(2, 12),
    st.decimals(Decimal("0.1"), 99, places=3),
    st.sampled_from(Severity),
)
policies = st.one_of(
    st.sampled_from(["google-30d", "2h-6h-24h"]).map(PresetPolicy),
    st.lists(pairs, min_size=1, max_size=4).map(lambda p: CustomPolicy(tuple(p))),
)
objectives = st.builds(
    lambda name, title, target, indicator, policy, rest: ObjectiveSpec(
        service="shop",
        name=name,
        target=target,
        window=RollingWindow(30 * 86_400_000),
        indicator=indicator,
        job=rest[0],
        policy=policy,
        min_bad_events=rest[1],
        no_data=rest[2],
        for_ms=rest[3],
        display_name=title or LocalText(name, name),
    ),
    names,
    st.one_of(st.none(), st.builds(LocalText, texts, texts)),
    st.decimals(Decimal("0.9901"), Decimal("0.999999"), places=6),
    indicators,
    policies,
    st.tuples(
        st.sampled_from(["x", "y"]),
        st.integers(1, 9),
        st.sampled_from(NoData),
        st.sampled_from([0, 90_000]),
    ),
)


@given(
    st.lists(objectives, min_size=1, max_size=3, unique_by=lambda o: o.name),
    st.one_of(st.none(), names),
    st.dictionaries(st.sampled_from(["team", "region", "on"]), texts),
)
@settings(max_examples=60, deadline=None)
def test_reading_what_was_written_gives_the_service_again(
    given_objectives: list[ObjectiveSpec], owner: str | None, labels: dict[str, str]
):
    service = ServiceSpec(
        "shop",
        LocalText("shop", "店"),
        owner=owner,
        tier=2,
        depends_on=(Dependency("db", "hard"), Dependency("ai", "soft")),
        signals_preset="fastapi",
        objectives=tuple(given_objectives),
        runbooks=(RunbookRef(given_objectives[0].name, "wiki: a #1"),),
        labels=Labels.of(labels),
    )

    text = service_text(service, ["One line", "", "- another"])
    declared = parse_declarations([SourceText("a.yaml", text)])

    assert declared.is_usable, [*declared.problems]
    assert declared.services == (service,)


def test_an_edge_between_milliseconds_is_written_as_the_ratio_it_is():
    indicator = LatencyIndicator("d_seconds", Decimal("0.0005"))
    objective = ObjectiveSpec(
        "a", "b", Decimal("0.9"), RollingWindow(86_400_000), indicator
    )
    service = ServiceSpec("a", LocalText("a", "a"), objectives=(objective,))

    (read,) = parse_declarations([SourceText("a", service_text(service))]).services

    assert read.objectives[0].indicator == RatioIndicator(
        valid=parse_selector('d_seconds_bucket{le="+Inf"}'),
        good=parse_selector('d_seconds_bucket{le="0.0005"}'),
    )


@pytest.mark.peer("prometheus")
@pytest.mark.parametrize("dialect", SOUND)
def test_prometheus_takes_the_rules_of_what_was_imported(
    dialect: str, carry: Callable[..., object], tmp_path: Path
):
    result = carry(dialect, SOUND[dialect])
    assert result.imported.carried
    assert "error" not in {p.level for p in result.imported.problems}

    for file in result.rules():
        path = tmp_path / file.path
        path.parent.mkdir(exist_ok=True)
        path.write_text(file.text, encoding="utf-8")
    rules = sorted(str(path) for path in tmp_path.glob("*.rules.yaml"))
    told = subprocess.run(
        ["promtool", "check", "rules", *rules],  # noqa: S607 - as PATH offers
        check=False,
        capture_output=True,
        text=True,
    )

    assert rules
    assert told.returncode == 0, told.stdout + told.stderr
