"""How scrape targets stand, as far as alerts ask."""

from collections.abc import Sequence
from dataclasses import dataclass

from kizashi.alert.facts import Fact


@dataclass(frozen=True, slots=True)
class TargetHealth:
    """How a scrape target stands, as far as TargetDown asks.

    Attributes:
        job: The target's job label.
        is_down: Whether its last scrape failed; None before the first.
        interval_ms: Its scrape interval.
        instance: Its instance label.
        error: Why its last scrape failed, as a message id; empty where it did not.
        params: The parameters of that message.
    """

    job: str
    is_down: bool | None
    interval_ms: int
    instance: str = ""
    error: str = ""
    params: tuple[tuple[str, str], ...] = ()


def down_facts(job: str, targets: Sequence[TargetHealth]) -> dict[str, Fact]:
    """Return what is told of a job's targets, with one that fails for example."""
    down = [t for t in targets if t.is_down]
    facts: dict[str, Fact] = {"job": job, "down": len(down), "targets": len(targets)}
    named = [t for t in down if t.instance and t.error]
    if not named:
        return facts
    first = min(named, key=lambda t: t.instance)
    facts |= {"instance": first.instance, "error": first.error}
    return facts | {f"error.{name}": value for name, value in first.params}
