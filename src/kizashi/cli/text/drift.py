"""How a server's rules differ from those that would be generated, as a terminal shows it."""

from typing import Any

import msgspec

from kizashi.cli.text.terminal import utc
from kizashi.messages import render, render_sentences
from kizashi.model.durations import parse_duration
from kizashi.slo.intervals import gap_fault, rules_fault

_KINDS = {
    "missing_group": "drift.missing-group",
    "missing_rule": "drift.missing-rule",
    "changed": "drift.changed",
    "interval": "drift.interval",
    "wait": "drift.wait",
    "unknown_rule": "drift.unknown-rule",
    "failing": "drift.failing",
    "elsewhere": "drift.elsewhere",
}


class DriftLine(msgspec.Struct):
    """One difference; the API's document says what each field is."""

    kind: str
    group: str
    rule: str
    labels: dict[str, str]
    expected: str
    running: str


class Drift(msgspec.Struct):
    """The answer of ``/kizashi/v1/drift``.

    Times are Unix seconds.
    """

    server: str
    at: float | None
    is_in_step: bool | None
    error: dict[str, Any] | None
    groups: int
    entries: tuple[DriftLine, ...]


def drift_text(drift: Drift, language: str) -> str:
    """Return a line for each difference below a line that says whether there is any."""
    if drift.error is not None:
        why = drift.error.get("text", "")
        lines = [render(language, "drift.unread", server=drift.server, why=why)]
    elif drift.is_in_step is None or drift.at is None:
        return render(language, "drift.not-yet", server=drift.server)
    else:
        lines = []
    if drift.is_in_step is not None and drift.at is not None:
        said = "drift.in-step" if drift.is_in_step else "drift.differs"
        lines.append(
            render(
                language,
                said,
                server=drift.server,
                at=utc(drift.at),
                groups=drift.groups,
            )
        )
    return "\n".join([*lines, *(_line(entry, language) for entry in drift.entries)])


def _line(entry: DriftLine, language: str) -> str:
    if entry.kind == "scrapes":
        return f"  {_scrapes(entry, language)}"
    own = entry.labels
    objective = "/".join(own[n] for n in ("service", "objective") if n in own)
    code = _KINDS.get(entry.kind, entry.kind)
    text = render(
        language,
        code,
        group=entry.group,
        rule=f"{entry.rule} ({objective})" if objective else entry.rule,
        expected=_short(entry.expected),
        running=_short(entry.running),
    )
    return f"  {text}"


def _scrapes(entry: DriftLine, language: str) -> str:
    """Return that a job is scraped too seldom, as others who know it say it."""
    intervals = parse_duration(entry.running), parse_duration(entry.expected)
    fault = gap_fault(intervals[0]) or rules_fault(*intervals)
    why = (
        "" if fault is None else render_sentences(language, fault.code, **fault.params)
    )
    return render(language, "drift.scrapes", job=entry.rule, why=why)


def _short(expression: str) -> str:
    """Return an expression on one line, its beginning if it is long."""
    line = " ".join(expression.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


_LONGEST = 100
