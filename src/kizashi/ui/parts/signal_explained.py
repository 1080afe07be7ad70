"""How a golden signal came to be: its series, its window, its formula with numbers."""

import math
from collections.abc import Iterable

from kizashi.app.signals import Signals, Window
from kizashi.model.labels import METRIC_NAME
from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.model.regexes import any_of
from kizashi.slo.quantiles import Located, located
from kizashi.slo.signal_presets import SignalPreset
from kizashi.ui.parts.explained import Rows, plain, stretch_text
from kizashi.ui.parts.words import Words

_RANK = 0.95


class SignalExplainer:
    """Explains the signals of one service.

    Args:
        signals: What was read.
        names: Where its preset reads them.
        jobs: Whose series they are.
        words: Writes for the reader.
    """

    def __init__(
        self, signals: Signals, names: SignalPreset, jobs: Iterable[str], words: Words
    ) -> None:
        self._signals = signals
        self._names = names
        self._jobs = sorted(jobs)
        self._words = words

    def tiles(self, newest: Window) -> dict[str, Rows]:
        """Return how the figures of the newest minutes came to be, by signal."""
        words = self._words
        in_all, end = newest.requests, newest.end
        bad, seconds = words.num(newest.errors), plain(newest.seconds)
        place = located(self._signals.edges, newest.heat, _RANK)
        rate = None if in_all is None else in_all / newest.seconds
        ratio = newest.errors / in_all if in_all and newest.errors is not None else None
        step_s = self._signals.step_s
        return {
            "latency": self._rows(
                "ui.formula.quantile", _quantile_text(place, words), "latency", newest
            ),
            "traffic": self._rows(
                "ui.formula.rate",
                f"{words.num(in_all)} ÷ {seconds} = {plain(rate)}",
                "traffic",
                newest,
            ),
            "errors": self._rows(
                "ui.formula.ratio",
                f"{bad} ÷ {words.num(in_all)} = {plain(ratio)}",
                "errors",
                newest,
            ),
            "saturation": [
                *self._how("ui.formula.saturation", self._newest_text(newest)),
                self._counted("saturation"),
                (
                    words.t("ui.explain.window"),
                    stretch_text(end - step_s, end, words),
                ),
            ],
        }

    def charts(self) -> dict[str, Rows]:
        """Return how the points of each chart came to be."""
        return {key: self._chart(key) for key in _CHARTS}

    def _chart(self, key: str) -> Rows:
        words, signals = self._words, self._signals
        formula, source = _CHARTS[key]
        return [
            (words.t("ui.explain.formula"), words.t(formula)),
            self._counted(source),
            (words.t("ui.explain.step"), words.dur(signals.step_s)),
            (
                words.t("ui.explain.window"),
                stretch_text(signals.at[0] - signals.step_s, signals.at[-1], words),
            ),
            (words.t("ui.explain.seen"), words.pct(signals.coverage, 0)),
        ]

    def _rows(self, formula: str, numbers: str, source: str, newest: Window) -> Rows:
        words = self._words
        start = newest.end - newest.seconds
        return [
            *self._how(formula, numbers),
            self._counted(source),
            (words.t("ui.explain.window"), stretch_text(start, newest.end, words)),
            (words.t("ui.explain.seen"), words.pct(newest.coverage, 0)),
        ]

    def _how(self, formula: str, numbers: str) -> Rows:
        words = self._words
        return [
            (words.t("ui.explain.formula"), words.t(formula)),
            (words.t("ui.explain.result"), numbers),
        ]

    def _newest_text(self, newest: Window) -> str:
        words, step_s = self._words, self._signals.step_s
        spent = None if newest.cpu is None else newest.cpu * step_s
        return (
            f"{plain(spent)} ÷ {plain(step_s)} = {plain(newest.cpu)}"
            f" · {words.num(newest.memory)} B · {words.num(newest.in_flight)}"
        )

    def _counted(self, source: str) -> tuple[str, str]:
        names = self._names
        found = {
            "latency": [self._series(names.bucket)],
            "traffic": [self._series(names.requests)],
            "errors": [
                self._series(
                    names.requests,
                    LabelMatcher(names.statuses[0], MatchOp.REGEX, "5.."),
                ),
                self._series(names.requests),
            ],
            "cpu": [self._series(names.cpu)],
            "memory": [self._series(names.memory)],
            "in-flight": [self._series(name) for name in names.in_flight],
        }
        found["saturation"] = [*found["cpu"], *found["memory"], *found["in-flight"]]
        return self._words.t("ui.explain.counted"), " / ".join(found[source])

    def _series(self, name: str, *more: LabelMatcher) -> str:
        matchers = [LabelMatcher(METRIC_NAME, MatchOp.EQUAL, name)]
        if len(self._jobs) == 1:
            matchers.append(LabelMatcher("job", MatchOp.EQUAL, self._jobs[0]))
        elif self._jobs:
            matchers.append(LabelMatcher("job", MatchOp.REGEX, any_of(self._jobs)))
        return str(Selector((*matchers, *more)))


def _quantile_text(place: Located | None, words: Words) -> str:
    if place is None:
        return words.t("status.none")
    params = {
        "rank": plain(_RANK),
        "total": words.num(place.total),
        "wanted": plain(place.wanted),
        "low": plain(place.low),
        "value": plain(place.value),
    }
    if math.isinf(place.high) or not place.count:
        return words.t("ui.explain.beyond", **params)
    return words.t(
        "ui.explain.quantile",
        **params,
        high=plain(place.high),
        below=words.num(place.below),
        count=words.num(place.count),
    )


#: How the points of each chart are worked out, and from which series.
_CHARTS = {
    "latency": ("ui.formula.quantile", "latency"),
    "heat": ("ui.formula.buckets", "latency"),
    "routes": ("ui.formula.rate", "traffic"),
    "statuses": ("ui.formula.rate", "traffic"),
    "errors": ("ui.formula.ratio", "errors"),
    "cpu": ("ui.formula.cpu", "cpu"),
    "memory": ("ui.formula.gauge", "memory"),
    "in-flight": ("ui.formula.gauge", "in-flight"),
}
