"""Findings that their author knows of: comments with a reason."""

import re
from collections.abc import Iterable, Sequence

from kizashi.lint._base import Finding

_COMMENT = re.compile(r"#\s*kizashi:\s*ignore\s+([\w-]+(?:\s*,\s*[\w-]+)*)[ \t]*(.*)")


def suppress(
    findings: Iterable[Finding], lines: Sequence[str]
) -> tuple[list[Finding], list[tuple[Finding, str]]]:
    """Return what is left of a file's findings, and what a comment keeps back and why.

    A comment ``# kizashi:ignore RULE reason`` holds for its own line and the next one.
    Without a reason it keeps nothing back, and is a finding itself.
    """
    left: list[Finding] = []
    kept_back: list[tuple[Finding, str]] = []
    for finding in findings:
        told = _told(finding, lines)
        if told is None:
            left.append(finding)
        elif told:
            kept_back.append((finding, told))
        else:
            left += [
                finding,
                Finding("lint.no-reason", finding.position, {"rule": finding.rule}),
            ]
    return left, kept_back


def _told(finding: Finding, lines: Sequence[str]) -> str | None:
    """Return the reason given for a finding; None where no comment is about it."""
    row = finding.position.line - 1
    for line in (row, row - 1):
        found = _COMMENT.search(lines[line]) if 0 <= line < len(lines) else None
        if found is not None and finding.rule in re.split(r"\s*,\s*", found[1]):
            return found[2].strip()
    return None
