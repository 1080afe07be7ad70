"""The facts of one alert, put into words of the installation's language."""

from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal

from kizashi.alert.facts import Facts, text_of
from kizashi.alert.group import GroupedAlert
from kizashi.errors import DurationError
from kizashi.messages import CATALOGUE, render, render_sentences
from kizashi.messages.formats import duration, number, percent, sentences, share, times
from kizashi.model.durations import parse_duration

#: A value from outside that ends up in a sentence stays within this.
_LONGEST_VALUE = 300
#: What an objective's data looks like, as a message.
SOURCE_STATES: Mapping[str, str] = {
    "live": "status.state.live",
    "idle": "status.state.idle",
    "absent": "status.state.absent",
    "broken": "status.state.broken",
    "unknown": "status.state.unknown",
    "invalid": "status.state.invalid",
}


def source_word(state: str, language: str) -> str:
    """Return the state of an objective's data in the reader's language."""
    return render(language, SOURCE_STATES[state]) if state in SOURCE_STATES else state


class AlertWords:
    """The facts of one alert, put into words one at a time.

    Attributes:
        is_over: Whether the alert has ended.
        is_frozen: Whether it is held without data.
    """

    def __init__(self, alert: GroupedAlert, language: str) -> None:
        self.is_over = alert.ends_ms is not None
        self.is_frozen = alert.is_frozen
        self._language = language
        self._params = {
            **{name: _short(value) for name, value in alert.labels},
            **{name: _short(text_of(value)) for name, value in alert.facts.items()},
        }
        self._facts = alert.facts
        self._params |= self.figures()
        if isinstance(target := alert.facts.get("target"), Decimal):
            self._params["target"] = percent(target)
        for name in ("bad", "valid"):
            if (count := _number(alert.facts, name)) is not None:
                self._params[name] = number(count)
        if "state" in alert.facts:
            self._params["state"] = source_word(_short(self.fact("state")), language)
        for name in ("window", "long"):
            with suppress(DurationError):
                seconds = parse_duration(self.fact(name)) / 1000
                self._params[f"{name}_words"] = duration(self._language, seconds)

    def say(self, message_id: str, **more: object) -> str:
        """Return a message with the facts, labels and figures that it names."""
        return render(self._language, message_id, **(self._params | more))

    def joined(self, *texts: str) -> str:
        """Return sentences one after the other; empty ones are left out."""
        return sentences(self._language, texts)

    def has(self, *names: str) -> bool:
        """Return whether all of these are known."""
        return all(name in self._params for name in names)

    def fact(self, name: str) -> str:
        """Return a fact as a text, empty where it is not known."""
        return text_of(self._facts.get(name, ""))

    def told(self, name: str) -> str:
        """Return a message of the catalogue that a fact names, with its parameters."""
        code = self.fact(name)
        if code not in CATALOGUE:
            return ""
        prefix = f"{name}."
        params = {
            key.removeprefix(prefix): _short(text_of(value))
            for key, value in self._facts.items()
            if key.startswith(prefix)
        }
        return render_sentences(self._language, code, **params)

    def number(self, name: str) -> float:
        """Return a fact that is a number, 0 where it is none."""
        return _number(self._facts, name) or 0.0

    def figures(self) -> dict[str, str]:
        """Return the annotations that are figures, rounded for people."""
        texts = {}
        if (burn := _number(self._facts, "long_burn")) is not None:
            texts["burn"] = times(burn)
        if (left := _number(self._facts, "budget_left")) is not None:
            texts["budget_left"] = share(left)
        # Of a budget that is spent nothing is left to be used up.
        if (empty := _number(self._facts, "time_to_empty_s") or 0.0) > 0:
            texts["time_to_empty"] = duration(self._language, empty)
        if (coverage := _number(self._facts, "coverage")) is not None:
            texts["coverage"] = share(coverage, 0)
        if "long" in self._facts and "short" in self._facts:
            texts["windows"] = f"{self.fact('long')}/{self.fact('short')}"
        return texts


def _number(facts: Facts, name: str) -> float | None:
    found = facts.get(name)
    return None if found is None or isinstance(found, str) else float(found)


def _short(value: str) -> str:
    cut = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)
