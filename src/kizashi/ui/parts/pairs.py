"""What each pair of windows says of an objective, and how fast both burn."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kizashi.app.answers import ObjectiveView
from kizashi.ports.alert_service import AlertDetailView, EvidencePairView
from kizashi.slo.budget import value_of
from kizashi.ui.parts.contexts import Badge
from kizashi.ui.parts.terms import severity_text
from kizashi.ui.parts.tones import missed_tone
from kizashi.ui.parts.words import Words


@dataclass(frozen=True, slots=True)
class WindowBurn:
    """How fast one window of a pair burns; its tone is bad above the pair's factor."""

    heading: str
    burn: str
    window: str
    counted: str
    coverage: float
    tone: str


@dataclass(frozen=True, slots=True)
class PairRow:
    """One pair of windows: how fast both burn, and what it says."""

    badge: Badge
    burns: tuple[WindowBurn, WindowBurn]
    factor: str
    says: str


def pair_rows(
    alerts: Sequence[AlertDetailView], view: ObjectiveView, words: Words
) -> list[PairRow]:
    """Return what each pair of each alert says."""
    return [
        _pair(one.alert.severity, pair, view, words)
        for one in alerts
        if one.evidence
        for pair in one.evidence.pairs
    ]


def _pair(
    severity: str, pair: EvidencePairView, view: ObjectiveView, words: Words
) -> PairRow:
    if pair.fires:
        level, says = severity, "ui.pair.fires"
    elif view.fault:
        level, says = "invalid", "status.state.invalid"
    else:
        level = "calm"
        says = "ui.pair.resolves" if pair.resolves else "ui.pair.holds"
    long, short = (
        _window_burn(heading, pair, number, view, words)
        for number, heading in enumerate(("ui.column.long", "ui.column.short"))
    )
    return PairRow(
        Badge(level, severity_text(severity, words)),
        (long, short),
        words.burn(float(pair.factor)),
        words.t(says),
    )


def _window_burn(
    heading: str, pair: EvidencePairView, number: int, view: ObjectiveView, words: Words
) -> WindowBurn:
    window = (pair.long, pair.short)[number]
    burn = None if view.fault else pair.burn(window)
    is_over = burn is not None and burn.exceeds(Fraction(pair.factor))
    bad, valid = words.num(window.bad), words.num(window.valid)
    return WindowBurn(
        words.t(heading),
        words.burn(value_of(burn)),
        window.window,
        words.t("ui.bad_of_valid", bad=bad, valid=valid),
        window.coverage,
        missed_tone(is_missed=is_over),
    )
