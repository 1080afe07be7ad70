"""What a rule of the lint looks at and what it returns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from kizashi.lint.evidence import Evidence
from kizashi.lint.reading import ABSENCE, Selected, is_labelless, selections
from kizashi.lint.route_tree import RoutingTree
from kizashi.lint.variables import FilledExpression
from kizashi.model.positions import Position
from kizashi.promql.tree import Tree


class Kind(StrEnum):
    """What an expression is there for."""

    ALERT = "alert"
    RECORD = "record"
    PANEL = "panel"
    OBJECTIVE = "objective"


@dataclass(frozen=True, slots=True)
class DisplayText:
    """An annotation, or a panel's title: what people are told."""

    name: str
    text: str
    position: Position


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression of a rule file or a dashboard.

    Attributes:
        kind: Alert, recording rule or panel.
        name: The alert's, the recorded series' or the panel's name.
        text: The expression as written.
        position: Where it begins.
        tree: What it says.
        for_ms: How long an alert waits; 0 where it does not.
        labels: Labels that the rule adds.
        notes: Annotations; a panel's title and its legends.
        filled: How the variables of a dashboard were read; None where there are none.
    """

    kind: Kind
    name: str
    text: str
    position: Position
    tree: Tree
    for_ms: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[DisplayText] = ()
    filled: FilledExpression | None = None

    def finding(
        self,
        code: str,
        params: Mapping[str, str],
        correction: str = "",
        evidence: str = "",
        facts: Mapping[str, str] | None = None,
    ) -> "Finding":
        """Return a finding at the place where the expression begins."""
        return Finding(code, self.position, params, correction, evidence, facts or {})

    @property
    def has_open_range(self) -> bool:
        """Whether a variable says how far back it looks."""
        return self.filled is not None and bool(self.filled.ranges)


@dataclass(frozen=True, slots=True)
class ScrapedJobs:
    """The jobs of scrape configurations.

    Attributes:
        file: Where they stand.
        names: Every job.
    """

    file: str
    names: frozenset[str]


@dataclass(frozen=True)
class Setting:
    """What is known of where the rules run; None where nothing is.

    Attributes:
        expressions: All that are looked at together.
        scrape_interval_ms: How often targets are scraped.
        retention_ms: How far back the server remembers.
        evidence: What targets or a server were seen to have.
        jobs: Jobs that are scraped, as scrape configurations among the files say.
        routings: Routing trees of the Alertmanagers that are told.
        dead_links: Addresses that were tried and led nowhere, with why.
        retention_told_by: The server that said how far back it remembers; empty where
            a person did.
    """

    expressions: Sequence[Expression]
    scrape_interval_ms: int | None = None
    retention_ms: int | None = None
    evidence: Evidence | None = None
    jobs: ScrapedJobs | None = None
    routings: Sequence[RoutingTree] = ()
    dead_links: Mapping[str, str] = field(default_factory=dict)
    retention_told_by: str = ""

    def recorded(self, name: str) -> Expression | None:
        """Return the rule that records a series, None where no file here does."""
        return self._recorded.get(name)

    def first_of_name(self, expression: Expression) -> Expression:
        """Return the first rule whose result has no other labels than this one's."""
        return self._first[_identity(expression)]

    @cached_property
    def _recorded(self) -> dict[str, Expression]:
        held: dict[str, Expression] = {}
        for expression in self.expressions:
            if expression.kind is Kind.RECORD:
                held.setdefault(expression.name, expression)
        return held

    @cached_property
    def _first(self) -> dict[object, Expression]:
        held: dict[object, Expression] = {}
        for expression in self.expressions:
            if is_labelless(expression.tree):
                held.setdefault(_identity(expression), expression)
        return held

    def has_watched_targets(self, selected: Selected) -> bool:
        """Return whether an alert asks for the absence of targets that a selector reads."""
        return any(
            not selected.matchers or not asked or asked & selected.matchers
            for asked in self._watched_targets
        )

    @cached_property
    def _watched_targets(self) -> list[frozenset[tuple[str, str, str]]]:
        return [
            selected.matchers
            for expression in self.expressions
            if expression.kind is Kind.ALERT
            for selected in selections(expression.tree)
            if selected.metric == "up" and ABSENCE & set(selected.calls)
        ]

    @cached_property
    def watched(self) -> frozenset[str]:
        """The metrics whose absence some alert asks about."""
        return frozenset(
            selected.metric
            for expression in self.expressions
            if expression.kind is Kind.ALERT
            for selected in selections(expression.tree)
            if ABSENCE & set(selected.calls)
        )


def _identity(expression: Expression) -> object:
    return expression.kind, expression.name, frozenset(expression.labels.items())


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that will go wrong.

    Attributes:
        code: Message id: what is there, what will happen because of it, what to do.
        position: Where.
        params: Parameters of the texts.
        correction: The expression that does what was meant; empty where only its
            author can know.
        evidence: Message id of what was seen that proves it; empty where arithmetic
            does.
        facts: Further parameters of that text; they may differ from run to run.
        about: What it was found in; None where that is no expression.
    """

    code: str
    position: Position
    params: Mapping[str, str] = field(default_factory=dict)
    correction: str = ""
    evidence: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    about: Expression | None = None

    @property
    def rule(self) -> str:
        """The rule's id, as people write it."""
        return self.code.removeprefix("lint.")


Found = Iterator[Finding]
