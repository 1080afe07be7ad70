"""One state, told by every face: the same digits, and those worked out here again."""

import asyncio
import re
from dataclasses import dataclass, replace
from datetime import UTC
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any, TypeVar, cast

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from kizashi.alert.group import GroupedAlert
from kizashi.alert.wording import annotations
from kizashi.api._base import plain
from kizashi.app.alert_views import evidence_view
from kizashi.app.answering import ObjectiveSlices
from kizashi.app.answers import AlertView, ObjectiveView, PairView
from kizashi.app.evidence import PairEvaluation, facts_at, look_at
from kizashi.app.figures import Instant, objective_view
from kizashi.app.standings import ObjectiveStanding, standings_of
from kizashi.cli import explain, status
from kizashi.cli.text.explanation import Explainer
from kizashi.ledger.tracking import Tracked, track
from kizashi.messages.formats import duration, indicator, number, share, times
from kizashi.model.labels import Labels
from kizashi.model.outside import Outside
from kizashi.model.windows import RollingWindow
from kizashi.ports.alert_service import AlertDetailView, AlertListView, EvidencePairView
from kizashi.ports.linting import NoLintService
from kizashi.promql.selectors import parse_selector
from kizashi.rules.alert_state import AlertState
from kizashi.sli.ratio import RatioIndicator
from kizashi.slo.generations import Generation
from kizashi.slo.objective import LocalText, NoData, ObjectiveSpec, ServiceSpec
from kizashi.slo.slices import SliceRange
from kizashi.slo.standing import Burning
from kizashi.slo.window_sums import SEEN_ONE, State, WindowSums
from kizashi.ui import alert as alert_page, objective as objective_page
from kizashi.ui.parts.base import Ask, Show
from kizashi.ui.parts.cards import card_of, grouped
from kizashi.ui.parts.frame import RegionFrame
from kizashi.ui.parts.render import regions_html
from kizashi.ui.parts.words import Words

T = TypeVar("T")

SLICE_MS = 15_000
AT_MS = 1_800_000_000_000
WINDOW_MS = 30 * 86_400_000
TARGETS = ("0.9", "0.99", "0.995", "0.999", "0.9995", "0.99995")


@dataclass(frozen=True)
class Told:
    """One state, as it goes to the faces."""

    tracked: Tracked
    instant: Instant
    looks: tuple[PairEvaluation, ...]
    view: ObjectiveView
    detail: AlertDetailView

    @property
    def error_budget(self) -> Fraction:
        return 1 - Fraction(str(self.tracked.spec.target))

    @property
    def bad(self) -> int:
        return int(self.instant.budget.bad + self.instant.budget.late_bad)

    @property
    def valid(self) -> int:
        return int(self.instant.budget.valid + self.instant.budget.late_valid)

    @property
    def left(self) -> float | None:
        if not self.valid:
            return None
        allowed = self.valid * self.error_budget
        return float((allowed - self.bad) / allowed)

    def burn(self, sums: WindowSums) -> Fraction | None:
        if not sums.valid:
            return None
        return Fraction(int(sums.bad), int(sums.valid)) / self.error_budget

    @property
    def burning(self) -> float | None:
        found = []
        for look in self.looks:
            both = [self.burn(look.long), self.burn(look.short)]
            if both != [None, None]:
                found.append(min(burn or Fraction(0) for burn in both))
        return float(max(found)) if found else None

    @property
    def empty_s(self) -> float | None:
        if not self.valid:
            return None
        allowed = self.valid * self.error_budget
        left = (allowed - self.bad) / allowed
        if left <= 0:
            return 0.0
        burn = self.burn(self.instant.hour)
        if burn is None or burn <= 1:
            return None
        return float(left * (WINDOW_MS // 1000) / burn)


@st.composite
def sums(draw: st.DrawFn, slices: int) -> WindowSums:
    valid = draw(st.sampled_from((0, 1, 12)) | st.integers(0, 10**9))
    few = st.integers(0, min(valid, 20))
    bad = draw(few | st.integers(0, valid // 100) | st.integers(0, valid))
    whole = slices * SEEN_ONE
    # Where something was counted, something was seen.
    seen = draw(st.sampled_from((whole, whole // 2)) | st.integers(bool(valid), whole))
    return WindowSums(slices, float(bad), float(valid), seen)


@st.composite
def states(draw: st.DrawFn) -> Told:
    indicator = RatioIndicator(
        valid=parse_selector("requests_total"),
        bad=parse_selector('requests_total{code="500"}'),
    )
    target = Decimal(draw(st.sampled_from(TARGETS)))
    no_data = draw(st.sampled_from(NoData))
    spec = ObjectiveSpec(
        "shop",
        "orders",
        target,
        RollingWindow(WINDOW_MS),
        indicator,
        job="shop",
        no_data=no_data,
    )
    generation = Generation(1, "shop", "orders", 1, "f", SLICE_MS, 0, None)
    tracked = track(spec, generation, SLICE_MS)
    whole = draw(sums(tracked.window_slices))
    late = draw(st.integers(0, 50))
    whole = replace(
        whole, late_bad=float(draw(st.integers(0, late))), late_valid=float(late)
    )
    of = {w: draw(sums(w)) for w in {*tracked.burn_windows, tracked.hour_slices}}
    burns = tuple(of[w] for w in tracked.burn_windows)
    instant = Instant(AT_MS, whole, of[tracked.hour_slices], burns, State.LIVE)
    looks = tuple(
        look_at(tracked, pair, of[pair.long_slices], of[pair.short_slices])
        for pair in tracked.plan.pairs
    )
    return told(tracked, instant, looks)


def told(tracked: Tracked, instant: Instant, looks: tuple[PairEvaluation, ...]) -> Told:
    """Return what the server makes of a state."""
    page = tuple(look for look in looks if look.pair.severity.value == "page")
    facts = facts_at(tracked, instant, page)
    fires = any(look.evidence.fires for look in page)
    pairs = tuple(
        PairView(
            tracked.window_text(look.pair.long_slices),
            tracked.window_text(look.pair.short_slices),
            float(look.pair.factor),
            look.evidence.fires,
        )
        for look in looks
    )
    state = "firing" if fires else "inactive"
    view = replace(
        objective_view(tracked, instant, explain=True),
        alerts=(AlertView("page", state, None, pairs),),
    )
    labels = {"alertname": "ErrorBudgetBurn", "service": "shop", "objective": "orders"}
    listed = AlertListView(
        "a1", "ErrorBudgetBurn", labels, "page", state, AT_MS / 1000, None, None, 1,
        None, {name: str(value) for name, value in facts.items()}, None, None, (), None,
    )  # fmt: skip
    evidence = evidence_view(tracked, page, AlertState(), AT_MS)
    return Told(
        tracked, instant, looks, view, AlertDetailView(listed, evidence, (), ())
    )


def over_http(value: object, kind: type[T]) -> T:
    """Return a value as a client reads it from the API."""
    return msgspec.json.decode(msgspec.json.encode(plain(value)), type=kind)


def words_of(html: str) -> str:
    """Return what a reader sees of a page, between blanks."""
    return " " + " ".join(re.sub(r"<[^>]*>", " ", html).split()) + " "


def pages(state: Told, language: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the live regions of the objective's page and of its alert's."""
    spec, at = state.tracked.spec, AT_MS / 1000
    service = ServiceSpec("shop", LocalText("Shop", "店"), objectives=(spec,))
    words = Words(language, UTC, at)
    alert_service = FakeAlertService(state.detail)
    answers = SimpleNamespace(objective=lambda *_: state.view)
    blank = ObjectiveSlices(state.tracked, SliceRange.blank(1, 0), ())
    services = SimpleNamespace(
        api=SimpleNamespace(
            answers=answers, alerts=alert_service, outside=lambda: Outside("")
        ),
        overview=SimpleNamespace(services=lambda: [service], declared=lambda *_: []),
        ledger=SimpleNamespace(stretch=lambda *_, **__: blank),
        lint=NoLintService(),
    )

    async def drawn(show: Show, template: str, **named: str) -> dict[str, str]:
        ask = Ask(cast("Any", services), words, "/x", named, {})
        regions = regions_html(template, ask, RegionFrame(base=""), await show(ask))
        return {name: words_of(html) for name, html in regions.items()}

    async def both() -> tuple[dict[str, str], dict[str, str]]:
        objective = drawn(
            objective_page.show, "objective.html", service="shop", objective="orders"
        )
        return await objective, await drawn(alert_page.show, "alert.html", id="a1")

    return asyncio.run(both())


class FakeAlertService:
    """Knows one alert."""

    def __init__(self, detail: AlertDetailView) -> None:
        self.detail = detail

    async def objective_alerts(self, *_: object) -> tuple[AlertDetailView, ...]:
        return (self.detail,)

    async def alert(self, *_: object) -> AlertDetailView:
        return self.detail

    async def silences(self) -> tuple[()]:
        return ()


def standing_of(state: Told) -> ObjectiveStanding:
    return standings_of([state.view], [state.detail.alert])[0]


def check(state: Told, language: str) -> None:
    """Fail where a face says another number than the state has."""
    left, empty_s = share(state.left), state.empty_s
    burning = None if state.burning is None else times(state.burning)
    check_api(state)
    line = check_status(state, language, burning)
    objective, alert = pages(state, language)
    head, pairs = objective["live-head"], objective["live-pairs"]

    # What is left, where it stands alone.
    notice = annotations(
        GroupedAlert("a1", Labels.of(alertname="ErrorBudgetBurn"), 0,
                   facts=facts_at(state.tracked, state.instant, state.looks[:1])),
        language,
    )  # fmt: skip
    assert f" {left} " in head
    if state.left is None:
        assert "budget_left" not in notice
    else:
        assert left in line
        assert notice["budget_left"] == left
    # How long it lasts.
    if empty_s:
        text = duration(language, empty_s)
        assert text in " ".join(line)
        assert f" {text} " in head
        assert notice["time_to_empty"] == text
    # How fast it burns, window by window.
    evidence = state.detail.evidence
    assert evidence is not None
    explained = "\n".join(
        Explainer(language).alert(over_http(state.detail, AlertDetailView))
    )
    compared = alert["live-why"]
    for look, pair in zip(state.looks, evidence.pairs, strict=False):
        for window in (look.long, look.short):
            burn = state.burn(window)
            if burn is not None:
                assert f"{times(float(burn))}" in pairs
                assert f" {times(float(burn))} " in explained
            check_comparison(state, look, window, explained, compared)
        first = look.long
        if look is state.looks[0] and first.valid:
            assert notice["burn"] == times(float(cast("Fraction", state.burn(first))))
        check_verdict(pair, look)
    check_card(state, language, burning)


def check_api(state: Told) -> None:
    body = over_http(state.view, dict[str, Any])
    budget = body["budget"]
    assert budget["remaining_ratio"] == state.left
    assert budget["time_to_empty_s"] == state.empty_s
    assert budget["spent"] == state.bad
    if state.valid:
        assert body["sli"] == float(Fraction(state.valid - state.bad, state.valid))
        assert budget["minutes"] == float(
            (1 - Fraction(state.bad) / (state.valid * state.error_budget))
            * state.error_budget * 43_200
        )  # fmt: skip
    for window, burn in zip(state.instant.burns, body["burn_rates"], strict=True):
        exact = state.burn(window)
        assert burn["value"] == (None if exact is None else float(exact))
    # The explanation ends in the figure that it explains.
    figures = over_http(state.view, explain.ExplainedObjective).explain
    for figure in figures:
        shown = figure.result.rpartition(" = ")[2]
        if figure.value is not None:
            assert float(shown) == figure.value


def check_status(state: Told, language: str, burning: str | None) -> list[str]:
    found = over_http(state.view, status.StatusObjective)
    _, line = status.as_table([found], language).splitlines()
    parts = line.split()
    if state.valid:
        target = float(state.tracked.spec.target)
        sli = float(Fraction(state.valid - state.bad, state.valid))
        assert indicator(sli, target) in parts
    assert share(state.instant.budget.coverage, 0) in parts
    assert (found.burning() is None) == (burning is None)
    if burning is not None:
        assert burning in parts
    return parts


def check_card(state: Told, language: str, burning: str | None) -> None:
    """The overview says what the list of the command line says."""
    standing = standing_of(state)
    spec = state.tracked.spec
    service = ServiceSpec("shop", LocalText("Shop", "店"), objectives=(spec,))
    (group,) = grouped([service], [standing])
    words = Words(language, UTC, AT_MS / 1000)
    (line,) = card_of(group, {spec.key: state.view}, words).lines
    shown = "–" if burning is None else f"{burning}"
    assert shown in line.burning
    from_cli = over_http(state.view, status.StatusObjective).burning()
    assert standing.burning == from_cli
    assert from_cli is None or isinstance(from_cli, Burning)


def check_comparison(
    state: Told, look: PairEvaluation, window: WindowSums, explained: str, page: str
) -> None:
    """Both explanations print the two sides, and the sign that was decided by."""
    p, q = look.pair.limit
    covered = Fraction(window.seen, window.slices * SEEN_ONE)
    left = Fraction(int(window.bad)) * covered
    if state.tracked.spec.no_data is NoData.BAD and window.seen:
        left += int(window.valid) * (1 - covered)
    left, right = left * q, p * int(window.valid)
    for text, signs in ((explained, (">", "<=")), (page, ("&gt;", "≤"))):
        sign = signs[0] if left > right else signs[1]
        result = f"= {number(left)} {sign} {p:,} "
        assert result in text, text
        assert f"= {number(Fraction(right))}" in text
        # The work, done again, comes to what stands behind it; slices seen are
        # shown with six decimals at most.
        work = text.partition(f" {result}")[0].splitlines()[-1]
        found = re.search(r"[(\d][\d.,()+/x×−\- ]*$", work)
        assert found is not None
        off = (window.bad + window.valid) * q / window.slices / 1_000_000 + 0.001
        written = found[0].rpartition("  ")[2].replace("x", "*").replace("×", "*")
        written = written.replace("−", "-").replace(",", "")
        assert eval(written) == pytest.approx(float(left), abs=off)  # noqa: S307


def check_verdict(pair: EvidencePairView, look: PairEvaluation) -> None:
    p, q = look.pair.limit
    assert Fraction(pair.limit) == Fraction(p, q)
    assert pair.fires == look.evidence.fires


QUICK = settings(
    max_examples=20, deadline=None, suppress_health_check=list(HealthCheck)
)
MANY = settings(
    max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck)
)


@QUICK
@given(states(), st.sampled_from(("en", "ja")))
def test_every_face_shows_the_same_digits(state: Told, language: str) -> None:
    check(state, language)


@pytest.mark.nightly
@MANY
@given(states(), st.sampled_from(("en", "ja")))
def test_every_face_shows_the_same_digits_in_two_thousand_states(
    state: Told, language: str
) -> None:
    check(state, language)
