"""An alert in words: its annotations, in the language of the installation."""

from collections.abc import Callable, Mapping
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


_SOURCES = {
    "live": "status.state.live",
    "idle": "status.state.idle",
    "absent": "status.state.absent",
    "broken": "status.state.broken",
    "unknown": "status.state.unknown",
    "invalid": "status.state.invalid",
}


def source_word(state: str, language: str) -> str:
    """Return the state of an objective's data in the reader's language."""
    return render(language, _SOURCES[state]) if state in _SOURCES else state


def annotations(alert: GroupedAlert, language: str) -> dict[str, str]:
    """Return what a notification says of an alert.

    Always ``summary`` and ``description``; ``state`` is ``frozen`` while the alert is
    held without data; ``runbook`` where there is one; ``budget_left``,
    ``time_to_empty``, ``burn``, ``windows`` and ``coverage`` where they are known.

    Args:
        alert: The alert.
        language: One of the catalogue's.
    """
    name = alert.labels.get("alertname")
    words = _Words(alert, language)
    summary, description = _SAYINGS.get(name, _other)(words)
    found = {"summary": summary, "description": description}
    if alert.is_frozen:
        found["state"] = "frozen"
        found["description"] = words.joined(description, words.say("notify.frozen"))
    if alert.runbook:
        found["runbook"] = alert.runbook
    return found | words.figures()


class _Words:
    """The facts of one alert, put into words one at a time."""

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
        return render(self._language, message_id, **(self._params | more))

    def joined(self, *texts: str) -> str:
        return sentences(self._language, texts)

    def has(self, *names: str) -> bool:
        return all(name in self._params for name in names)

    def fact(self, name: str) -> str:
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
        return _number(self._facts, name) or 0.0

    def figures(self) -> dict[str, str]:
        """Return the annotations that are figures, rounded for people."""
        found = {}
        if (burn := _number(self._facts, "long_burn")) is not None:
            found["burn"] = times(burn)
        if (left := _number(self._facts, "budget_left")) is not None:
            found["budget_left"] = share(left)
        # Of a budget that is spent nothing is left to be used up.
        if (empty := _number(self._facts, "time_to_empty_s") or 0.0) > 0:
            found["time_to_empty"] = duration(self._language, empty)
        if (coverage := _number(self._facts, "coverage")) is not None:
            found["coverage"] = share(coverage, 0)
        if "long" in self._facts and "short" in self._facts:
            found["windows"] = f"{self.fact('long')}/{self.fact('short')}"
        return found


def _burn(words: _Words) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.burn.over"), _burn_account(words)
    if words.is_frozen:
        return words.say("notify.burn.frozen"), _burn_account(words)
    fast = "notify.burn.summary" if words.has("burn") else "notify.burn.plain"
    return words.say(fast), _burn_account(words)


def _burn_account(words: _Words) -> str:
    said = []
    if words.has("long_words", "bad", "valid"):
        is_empty = words.number("valid") == words.number("bad") == 0
        said.append(words.say("notify.burn.none" if is_empty else "notify.burn.counts"))
    said.append(words.told("why"))
    if words.has("budget_left", "target", "window_words"):
        left = words.figures()["budget_left"]
        said.append(
            words.say("notify.burn.overspent", over=left.removeprefix("-"))
            if words.number("budget_left") < 0
            else words.say("notify.burn.budget")
        )
    if words.has("time_to_empty") and not words.is_over:
        said.append(words.say("notify.burn.empty"))
    return words.joined(*said)


#: Why an objective is not seen, by the state of its data. What comes in in part needs no
#: word of its own.
_LOSS_CAUSES = {
    "absent": "notify.loss.absent",
    "broken": "notify.loss.broken",
    "unknown": "notify.loss.unknown",
}


def _data_loss(words: _Words) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.loss.over"), words.say("notify.loss.over-what")
    what = "notify.loss.what" if words.has("window_words", "coverage") else ""
    cause = _LOSS_CAUSES.get(words.fact("state"), "")
    return (
        words.say("notify.loss.summary"),
        words.joined(
            what and words.say(what),
            cause and words.say(cause),
            words.say("notify.loss.meaning"),
        ),
    )


def _invalid(words: _Words) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.invalid.over"), words.say("notify.invalid.over-what")
    summary = words.say("notify.invalid.summary")
    meaning = "notify.invalid.meaning" if words.fact("state") else ""
    return summary, words.joined(words.told("why"), meaning and words.say(meaning))


def _target_down(words: _Words) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.down.over"), words.say("notify.down.over-what")
    said = [words.say("notify.down.what")]
    if error := words.told("error"):
        is_one = words.number("down") == 1
        which = "notify.down.one" if is_one else "notify.down.some"
        said.append(words.say(which, error=error))
    return words.say("notify.down.summary"), words.joined(*said)


def _failed(words: _Words) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.failed.over"), words.say("notify.failed.over-what")
    return words.say("notify.failed.summary"), words.say("notify.failed.what")


def _damaged(words: _Words) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.damaged.over"), words.say("notify.damaged.over-what")
    is_mended = bool(words.fact("is_mended"))
    lost = "notify.damaged.mended" if is_mended else "notify.damaged.lost"
    if not words.has("start"):
        is_log = words.fact("tables") == "wal"
        lost = "notify.damaged.log" if is_log else "notify.damaged.aside"
    return words.say("notify.damaged.summary"), words.joined(
        words.say(lost), words.say("notify.damaged.what")
    )


def _failing(words: _Words) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.failing.over"), words.say("notify.failing.over-what")
    is_copy = bool(words.fact("is_copy"))
    what = "notify.failing.copy" if is_copy else "notify.failing.what"
    return words.say("notify.failing.summary"), words.say(what)


def _other(words: _Words) -> tuple[str, str]:
    over = "notify.other.over" if words.is_over else "notify.other.summary"
    return words.say(over), words.say("notify.other.what")


_SAYINGS: Mapping[str, Callable[[_Words], tuple[str, str]]] = {
    "ErrorBudgetBurn": _burn,
    "DataLoss": _data_loss,
    "InvalidFigures": _invalid,
    "TargetDown": _target_down,
    "NotificationFailed": _failed,
    "StoreDamaged": _damaged,
    "StoreFailing": _failing,
}


def _number(facts: Facts, name: str) -> float | None:
    found = facts.get(name)
    return None if found is None or isinstance(found, str) else float(found)


def _short(value: str) -> str:
    cut = value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)
