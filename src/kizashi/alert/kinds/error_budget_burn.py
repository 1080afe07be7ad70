"""``ErrorBudgetBurn``: a pair of windows burns faster than its factor."""

from kizashi.alert.kinds._base import AlertKind
from kizashi.alert.words import AlertWords
from kizashi.model.severity import Severity

NAME = "ErrorBudgetBurn"


def _burn(words: AlertWords) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.burn.over"), _burn_account(words)
    if words.is_frozen:
        return words.say("notify.burn.frozen"), _burn_account(words)
    fast = "notify.burn.summary" if words.has("burn") else "notify.burn.plain"
    return words.say(fast), _burn_account(words)


def _burn_account(words: AlertWords) -> str:
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


KIND = AlertKind(
    NAME,
    "ui.alert.burn",
    "explanation/when-a-person-is-woken",
    (
        Severity.PAGE,
        Severity.TICKET,
    ),
    ("service", "objective"),
    _burn,
    is_in_rules=True,
)
