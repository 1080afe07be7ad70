"""Targets as faces show them."""

from kizashi.app.answers import NoteView, TargetView
from kizashi.logs.logging import masker as known
from kizashi.model.durations import format_duration
from kizashi.scrape.results import TargetStatus


def target_view(status: TargetStatus) -> TargetView:
    """Return a target with how its last scrape went, its secrets masked."""
    masker = known()
    target = status.target
    started = status.last_scrape_ms
    labels = masker.labels(target.labels)
    return TargetView(
        job=target.labels.get("job", target.config.job_name),
        instance=labels.get("instance", ""),
        labels=labels,
        url=masker.mask(target.url),
        health=status.health.value,
        last_scrape=None if started is None else started / 1000,
        last_duration_s=status.duration_s,
        last_error=None
        if status.last_error is None
        else masker.mask(str(status.last_error)),
        samples=status.samples,
        limit_hit=status.limit_hit,
        interval=format_duration(target.interval_ms),
        timeout=format_duration(target.timeout_ms),
        error=None
        if status.last_error is None
        else NoteView(status.last_error.code, masker.labels(status.last_error.params)),
    )
