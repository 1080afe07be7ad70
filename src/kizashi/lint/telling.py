"""What rules and panels tell people that is not so, or leads nowhere."""

import re
from collections.abc import Iterator
from fractions import Fraction
from urllib.parse import urlsplit

from kizashi.lint import reading
from kizashi.lint._base import Expression, Finding, Found, Kind, Setting
from kizashi.model.durations import format_duration
from kizashi.slo.budget import lasts_ms

_DAY_MS = 86_400_000
#: Windows that people mean by a month: 30 and 28 days.
_MONTHS_MS = (30 * _DAY_MS, 28 * _DAY_MS)
_UNITS_MS = {
    "minute": 60_000,
    "hour": 3_600_000,
    "day": _DAY_MS,
    "week": 7 * _DAY_MS,
    "分": 60_000,
    "時間": 3_600_000,
    "日": _DAY_MS,
    "週間": 7 * _DAY_MS,
}
_SPENT = r"(?:exhaust|burn|consum|spen[dt]|deplet|empt|us(?:e|ing)\s+up|run(?:s|ning)?\s+out|gone)"
_EXHAUSTED = (
    re.compile(
        rf"{_SPENT}[^.\n]{{0,60}}?\b(?:with)?in\s+"
        r"(?:about\s+|around\s+|~\s*|under\s+|less\s+than\s+)?"
        r"(\d+(?:\.\d+)?)\s*((?:minute|hour|day|week)s?)\b",
        re.IGNORECASE,
    ),
    re.compile(
        r"(\d+(?:\.\d+)?)\s*(分|時間|日|週間)(?:以内に|ほどで|で)[^。\n]{0,30}?"
        r"(?:枯渇|使い切|使い果た|尽き|なくな|消費)"
    ),
)
_LETTERS = {"h": "hour", "d": "day", "w": "week"}
#: A title that says over how long its figure is taken.
_WINDOW = re.compile(
    r"\b(\d+)[\s-]*(hour|day|week|[hdw])s?\b[\s-]*(?:rolling|window)"
    r"|\b(?:rolling|window of)\s+(\d+)[\s-]*(hour|day|week|[hdw])s?\b",
    re.IGNORECASE,
)
#: How far a rounded time may be from the right one.
_TOLERANCE = Fraction(15, 100)
_BUDGET = re.compile(r"\b(slo|sli|error.?budget|budget)\b|バジェット", re.IGNORECASE)
_REACHED = frozenset({"up", "probe_success"})
_RUNBOOK = re.compile(r"runbook", re.IGNORECASE)
#: Hosts that are no one's. Source: RFC 2606 and RFC 6761.
_NOBODY = re.compile(r"(^|\.)(example|example\.(com|net|org)|invalid|test|localhost)$")


def exhausts_in(expression: Expression, _setting: Setting) -> Found:
    """Find texts that name another time to an empty budget than the burn rate does."""
    factor = reading.burn_factor(expression.tree)
    if factor is None:
        return
    for note in expression.notes:
        told = next((m for p in _EXHAUSTED if (m := p.search(note.text))), None)
        if told is None:
            continue
        said_ms = Fraction(told[1]) * _UNITS_MS[told[2].lower().rstrip("s")]
        if any(_is_near(said_ms, lasts_ms(factor, month)) for month in _MONTHS_MS):
            continue
        right = lasts_ms(factor, _MONTHS_MS[0])
        yield Finding(
            "lint.wrong-time-to-empty",
            note.position,
            {
                "said": note.text[told.start(1) : told.end(2)],
                "factor": f"{float(factor):g}",
                "right": format_duration(round(right / 60_000) * 60_000),
            },
        )


def reachable_is_no_budget(expression: Expression, _setting: Setting) -> Found:
    """Find ``up`` or a probe that is shown as an error budget."""
    texts = [expression.name, *(note.text for note in expression.notes)]
    if expression.kind is Kind.ALERT or not any(
        _BUDGET.search(t.replace("_", " ").replace(":", " ")) for t in texts
    ):
        return
    metrics = {selected.metric for selected in reading.selections(expression.tree)}
    if metrics and metrics <= _REACHED:
        yield expression.finding(
            "lint.reachable-is-no-budget",
            {"metric": ", ".join(sorted(metrics)), "name": expression.name},
        )


def another_window(expression: Expression, _setting: Setting) -> Found:
    """Find panels that name a window which their expression does not look at."""
    if expression.kind is not Kind.PANEL or expression.has_open_range:
        return
    longest = reading.longest_range_ms(expression.tree)
    for note in expression.notes:
        told = _WINDOW.search(note.text)
        if told is None or not longest:
            continue
        first = 1 if told[1] else 3
        number, unit = told[first], told[first + 1]
        said_ms = round(Fraction(number) * _UNITS_MS[_LETTERS.get(unit, unit.lower())])
        if longest * 2 > said_ms:
            continue
        yield expression.finding(
            "lint.another-window",
            {
                "title": note.text,
                "said": note.text[told.start(first) : told.end(first + 1)],
                "range": format_duration(longest),
            },
        )
        return


def dead_runbook(expression: Expression, setting: Setting) -> Found:
    """Find runbook links that lead nowhere."""
    if expression.kind is not Kind.ALERT:
        return
    for note in expression.notes:
        if not _RUNBOOK.search(note.name) or "{{" in note.text:
            continue
        address = note.text.strip()
        if address in setting.dead_links:
            yield Finding(
                "lint.dead-runbook",
                note.position,
                {"link": address},
                "",
                "lint.evidence.link",
                {"why": setting.dead_links[address]},
            )
            continue
        parts = urlsplit(address) if "://" in address else None
        host = "" if parts is None else (parts.hostname or "")
        if parts is not None and host and not _NOBODY.search(host):
            continue
        if address and parts is None and not note.name.endswith("_url"):
            # The name of a runbook, not its address.
            continue
        yield Finding("lint.dead-runbook", note.position, {"link": address or '""'})


def runbook_links(expression: Expression) -> Iterator[str]:
    """Yield whole addresses of an alert's runbooks."""
    if expression.kind is not Kind.ALERT:
        return
    for note in expression.notes:
        address = note.text.strip()
        is_whole = address.startswith(("http://", "https://")) and "{{" not in address
        if is_whole and _RUNBOOK.search(note.name):
            yield address


def same_name(expression: Expression, setting: Setting) -> Found:
    """Find rules that cannot be told apart by what they produce.

    Where a result has labels of the series it is made of, those may tell; so only
    results without any are looked at.
    """
    if expression.kind is Kind.PANEL or not reading.is_labelless(expression.tree):
        return
    first = setting.first_of_name(expression)
    if first is expression or str(first.tree) == str(expression.tree):
        return
    rule = (
        "lint.two-of-one-name"
        if expression.kind is Kind.ALERT
        else "lint.recorded-twice"
    )
    yield expression.finding(
        rule, {"name": expression.name, "first": str(first.position)}
    )


def _is_near(said_ms: Fraction, right_ms: Fraction) -> bool:
    return abs(said_ms - right_ms) <= _TOLERANCE * right_ms
