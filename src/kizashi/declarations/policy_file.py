"""A policy on its own: a file with an ``alerting`` mapping and no objective around it."""

from dataclasses import dataclass

from kizashi.declarations.alerting import GUARD_KEYS, Alerting, Promise, read_alerting
from kizashi.declarations.fields import Fields
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.objective import read_promise
from kizashi.declarations.problems import Problem, ProblemList
from kizashi.declarations.yaml_document import (
    YamlEntry,
    YamlMap,
    YamlScalar,
    parse_documents,
)
from kizashi.model.positions import Position
from kizashi.slo.policy import SliceTiming

_KEY = "alerting"


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What such a file says.

    Attributes:
        alerting: The policy; None where none of it could be read.
        problems: What is wrong; a pair that can never fire is none here, because
            that takes a target.
    """

    alerting: Alerting | None
    problems: tuple[Problem, ...]


def parse_policy_file(source: SourceText) -> PolicyFile | None:
    """Read a policy file.

    Args:
        source: The file.

    Returns:
        What it says; None where it is no policy file but, say, a declaration.
    """
    problems = ProblemList()
    documents = parse_documents(source.text, source.file, problems)
    first = documents[0] if documents else None
    if not isinstance(first, YamlMap) or all(e.key != _KEY for e in first.entries):
        return None
    fields = Fields(first, "", (_KEY, *GUARD_KEYS), problems)
    return PolicyFile(read_alerting(fields, None), tuple(problems))


def promise_of(
    target: str, window: str, timing: SliceTiming
) -> tuple[Promise | None, tuple[Problem, ...]]:
    """Return what a target and a window given as texts promise, or what is wrong.

    Args:
        target: As in a declaration: ``99.9%`` or ``0.999``.
        window: As in a declaration: ``30d``.
        timing: Slice and scrape interval.
    """
    problems = ProblemList()
    nowhere = Position("")
    given = {"target": target, "window": window}
    entries = (
        YamlEntry(key, nowhere, YamlScalar(nowhere, text))
        for key, text in given.items()
    )
    fields = Fields(YamlMap(nowhere, tuple(entries)), "", tuple(given), problems)
    return read_promise(fields, timing), tuple(problems)
