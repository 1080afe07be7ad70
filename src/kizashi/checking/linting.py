"""Files to findings: what `check --lint` looks at, and what of it is known already."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path, PurePath

from kizashi.checking.gathering import tried
from kizashi.checking.seen import Gather, GatheredEvidence, TriedLinks
from kizashi.declarations.configuration import parse_configuration
from kizashi.declarations.measuring import Measuring, SourceText
from kizashi.declarations.problems import Problem, ProblemLevel, ProblemList
from kizashi.declarations.service import parse_declarations
from kizashi.declarations.yaml_document import MOST_FOREIGN_BYTES, lines_of
from kizashi.lint._base import Expression, Finding, ScrapedJobs, Setting
from kizashi.lint.objectives import expressions_of
from kizashi.lint.rules import LEVELS, lint, order
from kizashi.lint.sources import SourceContents, read
from kizashi.lint.suppressing import suppress
from kizashi.model.scraping import DEFAULT_INTERVAL_MS
from kizashi.settings.declaration_files import CONFIGURATION_NAMES, read_source, walk

#: What a file holds that may hold rules, a dashboard, routes, jobs or a declaration.
_OURS = re.compile(
    r"\bexpr\b|\bgroups\b|\breceivers\b|\bscrape_configs\b|kizashi\.dev/|openslo/"
)
SUFFIXES = (".yaml", ".yml", ".json", ".rules")


@dataclass(slots=True)
class Linted:
    """What was found in files.

    Attributes:
        findings: By place, without those that are suppressed or known.
        problems: Files that could not be read.
        texts: Each file's text.
        expressions: How many were looked at.
        kept_back: What a comment keeps back, and the reason that it gives.
        known: How many the baseline holds.
        keys: Every finding's key, known ones among them, for a new baseline.
        gathered: What the rules were held against.
    """

    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    expressions: int = 0
    kept_back: list[tuple[Finding, str]] = field(default_factory=list)
    known: int = 0
    keys: list[str] = field(default_factory=list)
    gathered: GatheredEvidence = field(default_factory=GatheredEvidence)

    @property
    def suppressed(self) -> int:
        """How many findings a comment keeps back."""
        return len(self.kept_back)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left that is worth a failed build."""
        return not self.problems and not self.findings

    def count(self, level: ProblemLevel) -> int:
        """Return how many findings and problems are so bad."""
        levels = [LEVELS[finding.code] for finding in self.findings]
        return [*levels, *(p.level for p in self.problems)].count(level)


@dataclass(slots=True)
class RuleTexts:
    """Texts of rules and dashboards, read and not yet looked at.

    Attributes:
        texts: Each text, by the name that findings call it.
        reads: What each holds, in the same order.
        problems: What could not be read.
    """

    texts: dict[str, str]
    reads: list[SourceContents]
    problems: list[Problem]

    @property
    def expressions(self) -> list[Expression]:
        """Every expression, in the order of the texts."""
        return [e for each in self.reads for e in each.expressions]


@dataclass(frozen=True, slots=True)
class RuleEnvironment:
    """What is known of where rules run; None where nothing is.

    Attributes:
        scrape_interval_ms: How often targets are scraped; a server may say so.
        retention_ms: How far back the server remembers; a server may say so.
        gather: Gathers evidence for expressions.
        try_links: Whether the runbooks that alerts link to are asked for.
    """

    scrape_interval_ms: int | None = None
    retention_ms: int | None = None
    gather: Gather | None = None
    try_links: bool = False


NOWHERE = RuleEnvironment()


def read_files(paths: Sequence[Path]) -> RuleTexts:
    """Read files, and folders that are searched for YAML, JSON and ``*.rules``."""
    problems = ProblemList()
    texts: dict[str, str] = {}
    named = {str(path) for path in paths}
    for path in walk(paths, problems, SUFFIXES):
        source, unread = read_source(path, MOST_FOREIGN_BYTES)
        problems.extend(unread)
        # A folder of manifests holds much that is none of our business, templates that
        # are no YAML among them.
        if source is not None and (str(path) in named or _OURS.search(source.text)):
            texts[source.file] = source.text
    return read_texts(texts, problems)


def read_texts(
    texts: Mapping[str, str], problems: ProblemList | None = None
) -> RuleTexts:
    """Read texts as files of these names."""
    problems = ProblemList() if problems is None else problems
    reads = {name: read(text, name, problems) for name, text in texts.items()}
    measuring = Measuring()
    for name, text in texts.items():
        if PurePath(name).name in CONFIGURATION_NAMES:
            checked = parse_configuration(SourceText(name, text))
            problems.extend(checked.problems)
            measuring = checked.configuration.measuring
    declared = parse_declarations(
        [SourceText(n, text) for n, text in texts.items() if reads[n].is_declaration],
        measuring,
    )
    problems.extend(declared.problems)
    for expression in expressions_of(declared.services):
        reads[expression.position.file].expressions.append(expression)
    # What is no YAML is told by each part that reads it, and more than one does.
    once = {repr(p.sort_key): p for p in problems if p.level is not ProblemLevel.NOTE}
    return RuleTexts(dict(texts), list(reads.values()), list(once.values()))


def lint_sources(
    sources: RuleTexts, where: RuleEnvironment = NOWHERE, baseline: Iterable[str] = ()
) -> Linted:
    """Look at texts together: a rule of one may read what another one records.

    Args:
        sources: The texts.
        where: What is known of where the rules run. Evidence is gathered here, which
            asks others and takes its time where `where` says so.
        baseline: Keys of findings that are known.
    """
    expressions = sources.expressions
    linted = Linted(texts=sources.texts, problems=sources.problems)
    linted.expressions = len(expressions)
    gathered = (
        where.gather(expressions) if where.gather is not None else GatheredEvidence()
    )
    links = tried(expressions) if where.try_links else TriedLinks()
    linted.gathered = replace(gathered, unseen=gathered.unseen + links.unseen)
    setting = _setting(sources, where, gathered)
    findings = lint(replace(setting, dead_links=links.dead))
    findings += [finding for each in sources.reads for finding in each.findings]
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.position.file, []).append(finding)
    known = set(baseline)
    for file, text in linted.texts.items():
        own = sorted(by_file.get(file, ()), key=order)
        left, kept_back = suppress(own, lines_of(text)) if own else ([], [])
        linted.kept_back += kept_back
        linted.keys += [key(finding) for finding in left]
        new = [finding for finding in left if key(finding) not in known]
        linted.known += len(left) - len(new)
        linted.findings += new
    return linted


def _setting(
    sources: RuleTexts, where: RuleEnvironment, gathered: GatheredEvidence
) -> Setting:
    """Return what rules are held against; what a person said comes first."""
    evidence = gathered.evidence
    is_told = where.retention_ms is not None
    interval_ms = where.scrape_interval_ms or gathered.scrape_interval_ms
    return Setting(
        sources.expressions,
        interval_ms or DEFAULT_INTERVAL_MS,
        where.retention_ms if is_told else gathered.retention_ms,
        evidence,
        _scraped_jobs(sources),
        [routing for each in sources.reads for routing in each.routings],
        retention_told_by="" if is_told or evidence is None else evidence.origin,
    )


def _scraped_jobs(sources: RuleTexts) -> ScrapedJobs | None:
    """Return the jobs of all scrape configurations; None where they are not known."""
    held = [
        (file, each.jobs)
        for file, each in zip(sources.texts, sources.reads, strict=True)
        if each.has_jobs
    ]
    names: set[str] = set()
    for _, jobs in held:
        if jobs is None:
            return None
        names |= jobs
    return (
        ScrapedJobs(", ".join(f for f, _ in held), frozenset(names)) if held else None
    )


def key(finding: Finding) -> str:
    """Return what a finding is known by while the lines around it move."""
    # What is near to a name changes with what is exported.
    correction = "" if finding.evidence else finding.correction
    told = json.dumps([finding.rule, sorted(finding.params.items()), correction])
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
