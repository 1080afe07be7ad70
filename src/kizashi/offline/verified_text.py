"""What `kizashi verify` found, as lines for people."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from kizashi.messages import render
from kizashi.messages.formats import utc
from kizashi.offline.verifying import DamageFinding, Verified

_MOST_LINES = 50
_MOST_NAMES = 5
#: As far as a time can be that nobody knows.
_NO_END_MS = 2**53


def verified_text(verified: Verified, language: str) -> str:
    """Return what was found and what to do, a line each."""
    present = [one for one in verified.findings if not one.is_past]
    params = {"folder": verified.folder, "files": ", ".join(verified.files)}
    if not verified.findings:
        return render(language, "verify.clean", **params)
    head = "verify.damaged" if present else "verify.past"
    lines = [render(language, head, **params, count=len(verified.findings))]
    lines += findings_text(verified.findings, language)
    lines += ["", render(language, "verify.advice")]
    lines.append("  " + advice(Path(verified.folder), is_backup=verified.is_backup))
    return "\n".join(lines)


def findings_text(findings: Sequence[DamageFinding], language: str) -> list[str]:
    """Return a line for each finding, and how many more there are."""
    lines = [f"  {line_of(one, language)}" for one in findings[:_MOST_LINES]]
    if len(findings) > _MOST_LINES:
        more = len(findings) - _MOST_LINES
        lines.append("  " + render(language, "verify.more", count=more))
    return lines


#: What these say is of the past already.
_PAST = {"verify.aside", "verify.log-aside"}


def line_of(finding: DamageFinding, language: str) -> str:
    """Return one finding in a line."""
    where = {
        "file": finding.file,
        "table": finding.table,
        "row": "" if finding.row is None else finding.row,
        "what": " ".join(finding.what.split()),
        "objectives": _names(finding.objectives, language),
        "start": _time(finding.start_ms),
        "end": _time(finding.end_ms),
    }
    text = render(language, finding.code, **where)
    if finding.is_past and finding.code not in _PAST:
        text = f"{text} {render(language, 'verify.gone')}"
    return text


def advice(folder: Path, *, is_backup: bool) -> str:
    """Return the command that makes it good."""
    name = shlex.quote(str(folder))
    if is_backup:
        return "kizashi backup NEW --data DATA"
    return f"mv {name} {name}.damaged && kizashi restore BACKUP --data {name}"


def _names(objectives: Sequence[str], language: str) -> str:
    if not objectives:
        return render(language, "verify.nobody")
    shown = ", ".join(objectives[:_MOST_NAMES])
    if len(objectives) > _MOST_NAMES:
        return f"{shown}, … ({len(objectives)})"
    return shown


def _time(ms: int | None) -> str:
    if ms is None or not 0 < ms < _NO_END_MS:
        return "?"
    return utc(ms)
