"""Files to findings: what `check --lint` looks at, and what of it is known already."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from kizashi.declarations.problems import Level, Problem, ProblemList
from kizashi.declarations.yaml_document import lines_of
from kizashi.lint._base import Finding, Setting
from kizashi.lint.rules import LEVELS, lint
from kizashi.lint.sources import Read, read
from kizashi.lint.suppressing import suppress
from kizashi.runtime.declaration_files import read_source, walk

SUFFIXES = (".yaml", ".yml", ".json", ".rules")


@dataclass(slots=True)
class Linted:
    """What was found in files.

    Attributes:
        findings: By place, without those that are suppressed or known.
        problems: Files that could not be read.
        texts: Each file's text.
        expressions: How many were looked at.
        suppressed: How many findings a comment keeps back.
        known: How many the baseline holds.
        keys: Every finding's key, known ones among them, for a new baseline.
    """

    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    expressions: int = 0
    suppressed: int = 0
    known: int = 0
    keys: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left that is worth a failed build."""
        return not self.problems and not self.findings

    def count(self, level: Level) -> int:
        """Return how many findings are so bad."""
        return sum(LEVELS[finding.code] is level for finding in self.findings)


def lint_files(
    paths: Sequence[Path],
    *,
    scrape_interval_ms: int,
    retention_ms: int | None,
    baseline: Iterable[str] = (),
) -> Linted:
    """Look at files together: a rule of one may read what another one records.

    Args:
        paths: Files, and folders that are searched for YAML, JSON and ``*.rules``.
        scrape_interval_ms: How often targets are scraped.
        retention_ms: How far back the server remembers; None where nobody said.
        baseline: Keys of findings that are known.
    """
    problems, linted = ProblemList(), Linted()
    reads: list[Read] = []
    for path in walk(paths, problems, SUFFIXES):
        source, unread = read_source(path)
        problems.extend(unread)
        if source is not None:
            linted.texts[source.file] = source.text
            reads.append(read(source.text, source.file, problems))
    linted.problems = list(problems)
    expressions = [e for each in reads for e in each.expressions]
    linted.expressions = len(expressions)
    found = lint(Setting(expressions, scrape_interval_ms, retention_ms))
    found += [finding for each in reads for finding in each.findings]
    known = set(baseline)
    for file, text in linted.texts.items():
        own = sorted(
            (f for f in found if f.position.file == file),
            key=lambda f: (f.position, f.code),
        )
        left, kept_back = suppress(own, lines_of(text))
        linted.suppressed += len(kept_back)
        linted.keys += [key(finding) for finding in left]
        new = [finding for finding in left if key(finding) not in known]
        linted.known += len(left) - len(new)
        linted.findings += new
    return linted


def key(finding: Finding) -> str:
    """Return what a finding is known by while the lines around it move."""
    told = json.dumps(
        [finding.rule, sorted(finding.params.items()), finding.correction]
    )
    return f"{finding.position.file}:{finding.rule}:{sha256(told.encode()).hexdigest()[:16]}"


def read_baseline(path: Path) -> list[str]:
    """Return the keys that a baseline holds.

    Raises:
        OSError: If the file cannot be read.
        ValueError: If it is no baseline.
    """
    held = json.loads(path.read_text("utf-8"))
    known = held.get("known") if isinstance(held, dict) else None
    if not isinstance(known, list):
        raise ValueError("known")  # noqa: TRY004
    return [str(each) for each in known]


def write_baseline(path: Path, linted: Linted) -> None:
    """Write every finding of now to a baseline.

    Raises:
        OSError: If the file cannot be written.
    """
    held = {"version": 1, "known": sorted(set(linted.keys))}
    path.write_text(json.dumps(held, indent=2) + "\n", "utf-8")
