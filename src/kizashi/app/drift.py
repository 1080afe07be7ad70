"""Whether a server runs the rules that the declarations would compile to today."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from kizashi.app.answers import NoteView
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.model.upstream import RunningGroup, RunningRule
from kizashi.promql.canonical import Forms
from kizashi.slo.intervals import rules_fault

_OURS = "kizashi-"


class DriftKind(StrEnum):
    """How what runs differs from what would be generated."""

    MISSING_GROUP = "missing_group"
    MISSING_RULE = "missing_rule"
    CHANGED = "changed"
    INTERVAL = "interval"
    SCRAPES = "scrapes"
    WAIT = "wait"
    UNKNOWN_RULE = "unknown_rule"
    FAILING = "failing"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class DriftEntry:
    """One difference.

    Attributes:
        kind: ``missing_group``, ``missing_rule``, ``changed`` (another expression:
            edited there, or of another version), ``interval``, ``scrapes`` (a job
            is scraped less often than the rules were compiled for), ``wait`` (another
            ``for``), ``unknown_rule`` (in our group, and not ours), ``failing`` (its
            last evaluation did); or ``elsewhere``, which is no difference: a group
            like ours of a service that is not declared here.
        group: The group.
        rule: The recorded series or the alert; the job, where it is about that; empty
            where it is about the group.
        labels: The labels that the rule adds.
        expected: What would be generated; empty where nothing would.
        running: What runs; empty where nothing does.
    """

    kind: DriftKind
    group: str
    rule: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    expected: str = ""
    running: str = ""


@dataclass(frozen=True, slots=True)
class DriftView:
    """What a server runs beside what would be generated for it.

    Attributes:
        server: The address of the server that evaluates the rules.
        at: When its rules were read, Unix seconds; None where they never were.
        is_in_step: Whether there is no difference; None where nobody knows.
        error: Why its rules cannot be read; None where they can.
        groups: How many groups would be generated.
        entries: The differences.
    """

    server: str
    at: float | None
    is_in_step: bool | None
    error: NoteView | None
    groups: int
    entries: tuple[DriftEntry, ...] = ()


def is_in_step(entries: Iterable[DriftEntry]) -> bool:
    """Return whether nothing differs; what belongs to others does not."""
    return all(entry.kind is DriftKind.ELSEWHERE for entry in entries)


def scrape_drift(
    compiled: Mapping[str, int], running: Mapping[str, int]
) -> tuple[DriftEntry, ...]:
    """Return the jobs that a server scrapes less often than rules were compiled for.

    Args:
        compiled: How often rules take each job to be scraped, in milliseconds.
        running: How often each job is scraped, as far as that is known.
    """
    rows = ((job, running.get(job, 0), compiled[job]) for job in sorted(compiled))
    return tuple(
        DriftEntry(
            DriftKind.SCRAPES,
            "",
            job,
            expected=format_duration(compiled_ms),
            running=format_duration(interval_ms),
        )
        for job, interval_ms, compiled_ms in rows
        if rules_fault(interval_ms, compiled_ms) is not None
    )


def drift(
    expected: Sequence[RunningGroup], running: Sequence[RunningGroup]
) -> tuple[DriftEntry, ...]:
    """Return every difference, by group in the order generated, unknown ones last.

    Args:
        expected: The groups that would be generated, as a server would tell them.
        running: The groups that it tells.
    """
    entries: list[DriftEntry] = []
    forms = Forms()
    by_name: dict[str, list[RunningGroup]] = {}
    for group in running:
        by_name.setdefault(group.name, []).append(group)
    for wanted in expected:
        there = by_name.pop(wanted.name, [])
        if not there:
            entries.append(DriftEntry(DriftKind.MISSING_GROUP, wanted.name))
            continue
        entries += _of_group(wanted, there, forms)
    entries += [
        DriftEntry(DriftKind.ELSEWHERE, name)
        for name in sorted(by_name)
        if name.startswith(_OURS)
    ]
    return tuple(entries)


def _of_group(
    wanted: RunningGroup, there: Sequence[RunningGroup], forms: Forms
) -> list[DriftEntry]:
    """Return the differences of one group, which may be loaded from several files."""
    name = wanted.name
    entries = [
        DriftEntry(
            DriftKind.INTERVAL,
            name,
            expected=format_duration(wanted.interval_ms),
            running=format_duration(group.interval_ms),
        )
        for group in there
        if group.interval_ms != wanted.interval_ms
    ]
    runs: dict[tuple[str, Labels], list[RunningRule]] = {}
    for group in there:
        for rule in group.rules:
            runs.setdefault((rule.name, rule.labels), []).append(rule)
    for own in wanted.rules:
        same = runs.get((own.name, own.labels), [])
        # Rules of one name may differ in their expression alone: each has its twin.
        twin = next(
            (r for r in same if forms.are_one(own.expression, r.expression)), None
        )
        match = twin or (same[0] if same else None)
        if match is None:
            entries.append(_entry(DriftKind.MISSING_RULE, name, own, own.expression))
            continue
        same.remove(match)
        entries += _of_rule(name, own, match, is_one=match is twin)
    entries += [
        DriftEntry(
            DriftKind.UNKNOWN_RULE,
            name,
            rule.name,
            rule.labels.as_dict(),
            running=rule.expression,
        )
        for rest in runs.values()
        for rule in rest
    ]
    return entries


def _of_rule(
    group: str, own: RunningRule, rule: RunningRule, *, is_one: bool
) -> list[DriftEntry]:
    entries = []
    if not is_one:
        entries.append(
            _entry(DriftKind.CHANGED, group, own, own.expression, rule.expression)
        )
    if own.for_ms != rule.for_ms:
        waits = format_duration(own.for_ms), format_duration(rule.for_ms)
        entries.append(_entry(DriftKind.WAIT, group, own, *waits))
    if rule.error:
        entries.append(_entry(DriftKind.FAILING, group, own, "", rule.error))
    return entries


def _entry(
    kind: DriftKind, group: str, rule: RunningRule, expected: str, running: str = ""
) -> DriftEntry:
    return DriftEntry(kind, group, rule.name, rule.labels.as_dict(), expected, running)
