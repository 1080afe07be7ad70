"""The four golden signals as small tiles: a line, a figure, its window, its unit."""

from dataclasses import dataclass, replace

from kizashi.app.signals import Signals, Window
from kizashi.messages.formats import NONE
from kizashi.ui.parts.signals import NEWEST_STEPS
from kizashi.ui.parts.tones import error_tone
from kizashi.ui.parts.words import Words


@dataclass(frozen=True, slots=True)
class Tile:
    """One signal.

    Attributes:
        label: Its name.
        value: Its figure over the newest minutes.
        note: What the figure is, beside its window.
        line: The last hour, for a sparkline.
        tone: How it is drawn.
        key: Which signal it is.
    """

    label: str
    value: str
    note: str
    line: tuple[float | None, ...]
    tone: str = "plain"
    key: str = ""


def tiles(signals: Signals, words: Words) -> tuple[Tile, ...]:
    """Return latency, traffic, errors and saturation, in this order."""
    newest = signals.newest(NEWEST_STEPS)
    window = words.dur(newest.seconds)
    seen = words.t("ui.coverage", share=words.pct(newest.coverage, 0))
    requests, errors = newest.requests, newest.errors
    ratio = errors / requests if requests and errors is not None else None
    per_s = None if requests is None else requests / newest.seconds
    found = (
        Tile(
            words.t("ui.signal.latency"),
            words.seconds(newest.quantiles[0.95]),
            words.t("ui.signal.p95", window=window, seen=seen),
            signals.quantiles[0.95],
            key="latency",
        ),
        Tile(
            words.t("ui.signal.traffic"),
            words.rate(per_s),
            words.t("ui.signal.mean", window=window, seen=seen),
            signals.requests,
            key="traffic",
        ),
        Tile(
            words.t("ui.signal.errors"),
            words.share(errors or 0.0, requests or 0.0),
            words.t(
                "ui.signal.of",
                bad=words.num(errors),
                valid=words.num(requests),
                window=window,
                seen=seen,
            ),
            error_ratios(signals),
            error_tone(ratio),
            key="errors",
        ),
        Tile(
            words.t("ui.signal.saturation"),
            words.t("ui.unit.cores", n=words.num(newest.cpu))
            if newest.cpu is not None
            else NONE,
            _resources(newest, words),
            signals.cpu,
            key="saturation",
        ),
    )
    if newest.coverage:
        return found
    unseen = words.t("ui.signal.unseen", window=window)
    return tuple(replace(tile, note=unseen) for tile in found)


def _resources(newest: Window, words: Words) -> str:
    memory = words.bytes(newest.memory)
    if newest.in_flight is None:
        return words.t("ui.signal.memory", memory=memory)
    in_flight = words.num(newest.in_flight)
    return words.t("ui.signal.resources", memory=memory, in_flight=in_flight)


def error_ratios(signals: Signals) -> tuple[float | None, ...]:
    """Return the share of requests that failed, step by step; None without any."""
    pairs = zip(signals.errors, signals.requests, strict=True)
    return tuple(e / r if r and e is not None else None for e, r in pairs)
