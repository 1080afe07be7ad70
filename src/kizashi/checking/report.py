"""Findings of the lint, written for people and for programs."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from urllib.parse import quote

from kizashi import __version__
from kizashi.checking.linting import Linted, key
from kizashi.declarations.problems import ProblemLevel, has_errors
from kizashi.lint._base import Finding
from kizashi.lint.rules import LEVELS
from kizashi.messages import render
from kizashi.model.durations import format_duration
from kizashi.model.positions import Position
from kizashi.settings.annotating import annotation, as_document, excerpt, told

#: Where each rule is explained, under the handbook.
HANDBOOK = "reference/lint"
#: Columns of an expression that are shown.
_WIDEST = 160
_WORDS = {
    ProblemLevel.ERROR: "cli.check.error",
    ProblemLevel.WARNING: "cli.check.warning",
    ProblemLevel.NOTE: "cli.check.note",
}
#: Source: SARIF 2.1.0, 3.27.10, "level property".
_SARIF_LEVELS = {
    ProblemLevel.ERROR: "error",
    ProblemLevel.WARNING: "warning",
    ProblemLevel.NOTE: "note",
}
_PLACEHOLDER = re.compile(r"\{\w+\}")
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def said(finding: Finding, language: str) -> tuple[str, str, str]:
    """Return what is there, what will happen, and what to do."""
    params = dict(finding.params)
    reason = params.get("why_code")
    if reason is not None:
        why = render(language, reason, **params)
        params["why"] = why.partition("\n")[0]
    lines = render(language, finding.code, **params).split("\n")
    what, will, do = lines
    return what, will, do


def proof(finding: Finding, language: str) -> str:
    """Return what was seen that proves a finding; empty where arithmetic does."""
    if not finding.evidence:
        return ""
    params = {**finding.params, **finding.facts}
    return render(language, finding.evidence, **params)


def unseen(linted: Linted, language: str) -> list[str]:
    """Return what could not be looked at, a line each."""
    return [each.told(language) for each in linted.gathered.unseen]


def as_text(linted: Linted, language: str) -> str:
    """Return findings for a person.

    Each says where and what, shows the expression, and then what will happen, what was
    seen and what to write. What was explained already is not explained again.
    """
    lines: list[str] = []
    for problem in linted.problems:
        what, fix = told(problem, language)
        word = render(language, _WORDS[problem.level])
        lines += [f"{problem.position}: {word}: {what}", f"    {fix}", ""]
    explained: set[tuple[str, str]] = set()
    shown: Position | None = None
    for finding in linted.findings:
        paragraph = list(_paragraph(finding, explained, language))
        if finding.position != shown:
            paragraph[1:1] = [f"    {line}" for line in subject(finding, linted)]
        shown = finding.position
        lines += [*paragraph, ""]
    lines += [*_seen(linted, language), *unseen(linted, language)]
    lines.append(_sum(linted, language))
    return "\n".join(lines)


def _paragraph(
    finding: Finding, explained: set[tuple[str, str]], language: str
) -> Iterator[str]:
    """Yield the lines of a finding; `explained` holds what was said before."""
    what, will, do = said(finding, language)
    word = render(language, _WORDS[LEVELS[finding.code]])
    yield f"{finding.position}: {word}: {what} [{finding.rule}]"
    is_new = (finding.code, will) not in explained
    explained.add((finding.code, will))
    if is_new:
        yield f"    {render(language, 'lint.will', what=will)}"
    if finding.evidence:
        seen = proof(finding, language)
        yield f"    {render(language, 'lint.evidence', what=seen)}"
    if is_new:
        yield f"    {render(language, 'lint.do', what=do)}"
    else:
        yield f"    {render(language, 'lint.same')}"
    if finding.correction:
        yield f"    {render(language, 'lint.instead')}"
        yield f"        {finding.correction}"


def subject(finding: Finding, linted: Linted) -> list[str]:
    """Return what a finding is about: the expression by its name, or its line."""
    about = finding.about
    if about is None or about.position != finding.position:
        shown = excerpt(finding.position, linted.texts)
        return [line.removeprefix("    ") for line in shown]
    text = " ".join(line.partition(" # ")[0] for line in about.text.splitlines())
    text = " ".join(text.split()).replace("( ", "(").replace(" )", ")")
    if len(text) > _WIDEST:
        text = f"{text[:_WIDEST]}…"
    return [f"{about.name}: {text}" if about.name else text]


def _seen(linted: Linted, language: str) -> list[str]:
    """Return what the rules were held against, if anything."""
    evidence = linted.gathered.evidence
    if evidence is None:
        return []
    span_ms = round(evidence.span_ms, -3) or evidence.span_ms
    params = {
        "origin": evidence.origin,
        "count": f"{len(evidence.names):,}",
        "span": format_duration(span_ms),
    }
    return [render(language, "lint.seen", **params)]


def as_json(linted: Linted, language: str) -> str:
    """Return findings for a program, in one document."""
    findings = []
    for finding in linted.findings:
        what, will, do = said(finding, language)
        place = finding.position
        findings.append(
            {
                "rule": finding.rule,
                "severity": LEVELS[finding.code].value,
                "file": place.file,
                "line": place.line,
                "col": place.col,
                "message": what,
                "consequence": will,
                "evidence": proof(finding, language) or None,
                "fix": do,
                "correction": finding.correction or None,
                "params": dict(finding.params),
                "key": key(finding),
            }
        )
    problems = [as_document(problem, language) for problem in linted.problems]
    answer = {
        "findings": findings,
        "problems": problems,
        "unseen": unseen(linted, language),
        **_counts(linted),
    }
    return json.dumps(answer, ensure_ascii=False, indent=2)


def as_github(linted: Linted, language: str) -> str:
    """Return findings as annotations of GitHub."""
    lines = [
        annotation(p.position, p.level, p.code, " – ".join(told(p, language)))
        for p in linted.problems
    ]
    for finding in linted.findings:
        parts = _parts(finding, language)
        level = LEVELS[finding.code]
        text = "\n".join(parts)
        lines.append(annotation(finding.position, level, finding.rule, text))
    lines += unseen(linted, language)
    lines.append(_sum(linted, language))
    return "\n".join(lines)


def as_sarif(linted: Linted, language: str) -> str:
    """Return findings as one SARIF run.

    Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
    """
    rules = sorted({finding.code for finding in linted.findings})
    results = [
        _result(finding, rules.index(finding.code), language)
        for finding in linted.findings
    ]
    driver = {
        "name": "kizashi",
        "version": __version__,
        "rules": [_descriptor(rule, language) for rule in rules],
    }
    notices = [
        {
            "level": _SARIF_LEVELS[p.level],
            "message": {"text": " ".join(told(p, language))},
            "locations": [_location(p.position.file, p.position.line, p.position.col)],
        }
        for p in linted.problems
    ]
    notices += [
        {"level": "warning", "message": {"text": text}}
        for text in unseen(linted, language)
    ]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
        "invocations": [
            {
                "executionSuccessful": not has_errors(linted.problems),
                "toolExecutionNotifications": notices,
            }
        ],
    }
    log = {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2)


WRITERS: Mapping[str, Callable[[Linted, str], str]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}


def _parts(finding: Finding, language: str) -> list[str]:
    """Return all that is said of a finding, a line each."""
    what, will, do = said(finding, language)
    seen = proof(finding, language)
    parts = [what, will]
    if seen:
        parts.append(render(language, "lint.evidence", what=seen))
    parts.append(do)
    if finding.correction:
        parts.append(f"{render(language, 'lint.instead')} {finding.correction}")
    return parts


def _descriptor(code: str, language: str) -> dict[str, object]:
    """Return what a rule is about, with nothing of any one finding."""
    what, will, do = (
        _PLACEHOLDER.sub("…", line) for line in render(language, code).split("\n")
    )
    return {
        "id": code.removeprefix("lint."),
        "shortDescription": {"text": what},
        "fullDescription": {"text": will},
        "help": {"text": do},
        "defaultConfiguration": {"level": _SARIF_LEVELS[LEVELS[code]]},
    }


def _result(finding: Finding, index: int, language: str) -> dict[str, object]:
    place = finding.position
    text = "\n".join(_parts(finding, language))
    return {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _SARIF_LEVELS[LEVELS[finding.code]],
        "message": {"text": text},
        "locations": [_location(place.file, place.line, place.col)],
        "partialFingerprints": {"kizashi/v1": key(finding)},
    }


def _location(file: str, line: int, col: int) -> dict[str, object]:
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(file)},
            "region": {"startLine": line, "startColumn": col},
        }
    }


def _uri(file: str) -> str:
    """Return a file's name as a reference; relative ones stay relative.

    Source: SARIF 2.1.0, 3.4.3, "uri property".
    """
    path = PurePath(file)
    return ("file://" if path.is_absolute() else "") + quote(path.as_posix())


def _counts(linted: Linted) -> dict[str, int]:
    return {
        "files": len(linted.texts),
        "expressions": linted.expressions,
        "errors": linted.count(ProblemLevel.ERROR),
        "warnings": linted.count(ProblemLevel.WARNING),
        "suppressed": linted.suppressed,
        "known": linted.known,
    }


def _sum(linted: Linted, language: str) -> str:
    """Return one line that says how much was looked at and found."""
    if not linted.expressions and linted.is_clean:
        return render(language, "lint.sum.nothing")
    counts = _counts(linted)
    line = render(language, "lint.sum", **counts)
    if linted.suppressed or linted.known:
        line += " " + render(language, "lint.sum.kept-back", **counts)
    return line
