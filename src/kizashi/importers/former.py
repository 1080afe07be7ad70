"""How another tool measures an objective, and when it tells somebody.

What `--prove` evaluates beside the compiled rules: the rules that the other tool makes
of a declaration, or those of the given rule files.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kizashi.compiler.yaml_text import Yaml
from kizashi.model.severity import Severity
from kizashi.slo.policy import CustomPair


class RatioMethod(StrEnum):
    """How a tool comes to the share of bad events over a window."""

    RATES = "rates"
    MEAN = "mean"
    INCREASES = "increases"
    ROUNDED = "rounded"


@dataclass(frozen=True, slots=True)
class FormerNumber:
    """The share of bad events over one window.

    Attributes:
        window_ms: The window.
        query: What returns it.
        how: How it comes about.
    """

    window_ms: int
    query: str
    how: RatioMethod


@dataclass(frozen=True, slots=True)
class FormerAlert:
    """An alert of the other tool.

    Attributes:
        labels: What tells it from all others, ``alertname`` among them.
        severity: How a person is told.
        pairs: What it compares, joined by ``or``; both windows are the same where it
            looks at one only.
        for_ms: How long its condition must hold.
    """

    labels: Mapping[str, str]
    severity: Severity
    pairs: tuple[CustomPair, ...]
    for_ms: int = 0


@dataclass(frozen=True, slots=True)
class Former:
    """How an objective was watched before.

    Attributes:
        groups: Groups of rules, as a rule file has them, in the order of evaluation.
        step_ms: Between two evaluations of them.
        numbers: By window, the shortest first.
        alerts: All of them.
    """

    groups: Sequence[Mapping[str, Yaml]]
    step_ms: int
    numbers: tuple[FormerNumber, ...]
    alerts: tuple[FormerAlert, ...]
