"""PromQL out: durations, selectors and the few forms that rules are made of."""

import math
from collections.abc import Iterable
from decimal import Decimal

from kizashi.errors import PromqlError
from kizashi.model.durations import format_duration
from kizashi.model.regexes import any_of
from kizashi.promql.scanner import DEEPEST, MOST_BYTES, MOST_OPERATORS, words_of
from kizashi.sli._base import EDGE_LABEL, EventSelector


def left_open(window_ms: int) -> str:
    """Return a range that holds ``(t - window, t]`` on every server, with brackets.

    Prometheus 2 counts a sample at the left edge and Prometheus 3 does not; a
    millisecond less leaves it out on both. Source: rule 19.
    """
    return f"[{format_duration(window_ms - 1)}]"


def number(value: Decimal) -> str:
    """Return a decimal as PromQL reads it, without an exponent or noise."""
    return f"{value.normalize():f}"


def event_selector(events: EventSelector) -> str:
    """Return the selector of the series that count events, every edge spelling in it."""
    text = str(events.selector)
    if events.edge is None:
        return text
    spellings = any_of(edge_spellings(events.edge)).replace("\\", "\\\\")
    matcher = f'{EDGE_LABEL}=~"{spellings}"'
    if text.endswith("}"):
        return f"{text[:-1]},{matcher}}}"
    return f"{text}{{{matcher}}}"


def edge_spellings(edge: float) -> tuple[str, ...]:
    """Return how clients write a bucket's edge: the same number, spelled otherwise.

    Shortest digits as Go, Python, Java, Rust and JavaScript print them, with up to six
    decimals as ``%f`` does, 17 significant digits, and exponents with and without a
    padded one. Source: rule 6.
    """
    if edge == math.inf:
        return ("+Inf", "Inf", "+inf", "inf")
    exact = Decimal(repr(edge))
    plain = f"{exact.normalize():f}"
    found = [repr(edge), plain, plain if "." in plain else f"{plain}.0"]
    found += [f"{exact:.{places}f}" for places in range(1, 7)]
    found += [f"{edge:.17g}", f"{edge:.17f}".rstrip("0")]
    _, digits, _ = exact.normalize().as_tuple()
    head, rest = str(digits[0]), "".join(map(str, digits[1:]))
    exponent = exact.adjusted()
    mantissas = (f"{head}.{rest}",) if rest else (head, f"{head}.0")
    sign = "-" if exponent < 0 else ""
    powers = [f"{sign}{abs(exponent)}", f"{sign or '+'}{abs(exponent):02d}"]
    found += [f"{m}{e}{p}" for m in mantissas for e in "eE" for p in powers]
    return tuple(dict.fromkeys(s for s in found if float(s) == edge))


def indented(text: str, by: int = 2) -> str:
    """Return lines moved to the right."""
    pad = " " * by
    return "\n".join(f"{pad}{line}" if line else line for line in text.split("\n"))


def either(parts: Iterable[str], on: str = "") -> str:
    """Return what any of some expressions finds, the first of them first.

    Args:
        parts: The expressions.
        on: What makes two samples the same, such as ``on (service)``; empty for all
            their labels.
    """
    word = f"or {on}".rstrip()
    return f"\n{word}\n".join(parts)


def is_within_limits(expression: str) -> bool:
    """Return whether an expression of ours is one that Kizashi itself would read."""
    # No more operators than words and signs, nor deeper than brackets: fast to count.
    operators = len(expression.split()) + sum(map(expression.count, "-+:"))
    brackets = sum(map(expression.count, "([{"))
    size = len(expression.encode())
    if operators <= MOST_OPERATORS and brackets <= DEEPEST and size <= MOST_BYTES:
        return True
    try:
        words_of(expression)
    except PromqlError:
        return False
    return True


def labelled(expression: str, **labels: str) -> str:
    """Return an expression whose samples carry further labels."""
    for name, value in labels.items():
        expression = f'label_replace({expression}, "{name}", "{value}", "", "")'
    return expression
