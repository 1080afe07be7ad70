"""How scrape targets stand, as far as alerts ask, and what that says of their jobs."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kizashi.alert.facts import Fact
from kizashi.alert.kinds._base import LabelledCondition
from kizashi.alert.kinds.target_down import NAME as TARGET_DOWN
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity

_MINUTE_MS = 60_000


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


def jobs_down(targets: Iterable[TargetHealth]) -> Iterator[LabelledCondition]:
    """Yield what TargetDown says of every job: all failing is a page, some a ticket.

    A job without targets says nothing: what it had goes on (rule 15).
    """
    by_job: dict[str, list[TargetHealth]] = {}
    for target in targets:
        if target.is_down is not None:
            by_job.setdefault(target.job, []).append(target)
    for job, own in sorted(by_job.items()):
        down = sum(bool(t.is_down) for t in own)
        slowest = max(t.interval_ms for t in own)
        page_ms = max(3 * slowest, _MINUTE_MS)
        facts = down_facts(job, own)
        for severity, fires, over, wait_ms in (
            (Severity.PAGE, down == len(own), down < len(own), page_ms),
            (Severity.TICKET, 0 < down < len(own), down == 0, 10 * _MINUTE_MS),
        ):
            labels = Labels.of(alertname=TARGET_DOWN, job=job, severity=severity.value)
            yield LabelledCondition(labels, fires, facts, wait_ms, resolves=over)


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
