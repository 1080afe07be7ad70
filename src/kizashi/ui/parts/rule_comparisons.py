"""What a server's rules differ in from the generated ones."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import yaml
from starlette.concurrency import run_in_threadpool

from kizashi.compiler._base import Compiled, GeneratedFile
from kizashi.model.upstream import RunningGroup
from kizashi.promql.canonical import Forms

#: Of how many services the differences are kept.
_KEPT = 16


@dataclass(frozen=True, slots=True)
class Difference:
    """A rule that a server lacks, or runs otherwise.

    Attributes:
        name: What it records, or the alert.
        state: A message id.
        ours: Our expression.
        theirs: The server's; empty where it has none.
    """

    name: str
    state: str
    ours: str
    theirs: str = ""


class RuleComparisons:
    """Compares one service's rules at a time, once for each reading of a server.

    A server may say expressions that take seconds to compare; however many readers ask
    at once, one core is what they take.
    """

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._running: Sequence[RunningGroup] = ()
        self._kept: dict[tuple[GeneratedFile, ...], tuple[Difference, ...]] = {}

    async def of(
        self, compiled: Compiled, running: Sequence[RunningGroup]
    ) -> tuple[Difference, ...]:
        """Return the differences.

        Args:
            compiled: What is generated for a service.
            running: What the server said last; the same object until it is read again.
        """
        async with self._turn:
            if running is not self._running:
                self._running, self._kept = running, {}
            differing = self._kept.get(compiled.files)
            if differing is None:
                compared = await run_in_threadpool(differences, compiled, running)
                differing = self._kept[compiled.files] = tuple(compared)
                if len(self._kept) > _KEPT:
                    del self._kept[next(iter(self._kept))]
            return differing


def differences(
    compiled: Compiled, running: Iterable[RunningGroup]
) -> list[Difference]:
    """Return the generated rules that a server lacks or runs with another expression.

    Expressions are compared as they are meant: how they are spaced or
    quoted is no difference.
    """
    forms = Forms()
    theirs: dict[str, list[str]] = {}
    for group in running:
        for rule in group.rules:
            theirs.setdefault(rule.name, []).append(rule.expression)
    differing = []
    for name, ours in _rules(compiled):
        known = theirs.get(name, [])
        if not known:
            differing.append(Difference(name, "ui.rules.missing", ours))
        elif not any(forms.are_one(ours, one) for one in known):
            differing.append(Difference(name, "ui.rules.differs", ours, known[0]))
    return differing


def _rules(compiled: Compiled) -> list[tuple[str, str]]:
    rules: list[tuple[str, str]] = []
    for made in compiled.files:
        document = yaml.safe_load(made.text)
        groups = document.get("groups", []) if isinstance(document, dict) else []
        for group in cast("Sequence[Mapping[str, object]]", groups):
            for rule in cast("Sequence[Mapping[str, object]]", group.get("rules", ())):
                name = str(rule.get("record") or rule.get("alert") or "")
                rules.append((name, str(rule.get("expr", ""))))
    return rules
