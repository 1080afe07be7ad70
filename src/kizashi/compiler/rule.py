"""A rule as Prometheus and its relatives have it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kizashi.compiler.yaml_text import Yaml
from kizashi.model.durations import format_duration


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """What is recorded, or the alert that is raised.

    Attributes:
        name: Of the series, or of the alert.
        expr: The expression.
        labels: What it adds to the labels of the result.
        is_alert: Whether it raises an alert.
        for_ms: How long an alert waits; 0 where it does not.
        annotations: What an alert says.
    """

    name: str
    expr: str
    labels: Mapping[str, str] = field(default_factory=dict)
    is_alert: bool = False
    for_ms: int = 0
    annotations: Mapping[str, str] = field(default_factory=dict)

    def as_yaml(self) -> dict[str, Yaml]:
        """Return the rule as a rule file has it."""
        rule: dict[str, Yaml] = {"alert" if self.is_alert else "record": self.name}
        rule["expr"] = self.expr
        if self.for_ms:
            rule["for"] = format_duration(self.for_ms)
        if self.labels:
            rule["labels"] = self.labels
        if self.annotations:
            rule["annotations"] = self.annotations
        return rule
