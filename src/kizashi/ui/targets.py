"""Targets: what is scraped, how that goes, and why it does not where it fails."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kizashi.app.answers import TargetView
from kizashi.ui.parts.base import Ask, Choice, Column, Sorting
from kizashi.ui.parts.contexts import Badge, PageContext
from kizashi.ui.parts.terms import HEALTH, health_badge
from kizashi.ui.parts.words import Words

COLUMNS = (
    Column("instance", "ui.targets.instance"),
    Column("health", "ui.filter.state"),
    Column("scraped", "ui.targets.scraped"),
    Column("took", "ui.targets.took", is_number=True, from_top=True),
    Column("samples", "ui.targets.samples", is_number=True, from_top=True),
    Column("interval", "ui.targets.interval", is_number=True, sortable=False),
)
#: What needs a person first.
_RANK = {health: number for number, health in enumerate(HEALTH)}
_KEYS: Mapping[str, Callable[[TargetView], object]] = {
    "instance": lambda t: (t.job, t.instance),
    "health": lambda t: _RANK.get(t.health, 0),
    "scraped": lambda t: t.last_scrape,
    "took": lambda t: t.last_duration_s,
    "samples": lambda t: t.samples,
}
#: Rows on one page; a server of thousands of targets has a filter.
MOST = 500


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target: where it is, how its scrapes go, and why they do not.

    Times are Unix seconds.
    """

    instance: str
    job: str
    url: str
    labels: Mapping[str, str]
    badge: Badge
    error: str
    last_scrape: float | None
    last_duration_s: float | None
    samples: int | None
    interval: str
    timeout: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetsContext(PageContext):
    """What the page of targets shows.

    Attributes:
        rows: Those on this page, what needs a person first.
        found: How many are looked for.
        total: How many there are.
        choices: Which states may be shown alone.
        wanted: What is searched for.
        columns: What they are told by.
        sorting: How they are sorted.
    """

    rows: Sequence[TargetRow]
    found: int
    total: int
    choices: Sequence[Choice]
    wanted: str
    columns: Sequence[Column]
    sorting: Sorting


async def show(ask: Ask) -> TargetsContext:
    """Return what the page shows."""
    every = ask.services.api.answers.targets()
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    wanted = ask.query.get("q", "").strip().lower()
    state = ask.query.get("state", "")
    state = state if state in HEALTH else ""
    targets = [t for t in every if _matches(t, wanted)]
    rows = [t for t in targets if not state or t.health == state]
    # What needs a person first.
    rows.sort(key=lambda t: (_RANK.get(t.health, 0), t.job, t.instance))
    rows = sorting.arrange(rows, _KEYS)
    return TargetsContext(
        rows=[_row(target, ask.words) for target in rows[:MOST]],
        found=len(rows),
        total=len(every),
        choices=_choices(ask, targets, state),
        wanted=ask.query.get("q", ""),
        columns=COLUMNS,
        sorting=sorting,
    )


def _row(target: TargetView, words: Words) -> TargetRow:
    error = target.error
    return TargetRow(
        instance=target.instance,
        job=target.job,
        url=target.url,
        labels=target.labels,
        badge=health_badge(target.health, words),
        error=words.t(error.code, **error.params) if error else "",
        last_scrape=target.last_scrape,
        last_duration_s=target.last_duration_s,
        samples=target.samples,
        interval=target.interval,
        timeout=target.timeout,
    )


def _matches(target: TargetView, wanted: str) -> bool:
    texts = (target.job, target.instance, target.url, *target.labels.values())
    return not wanted or any(wanted in text.lower() for text in texts)


def _choices(ask: Ask, targets: list[TargetView], chosen: str) -> list[Choice]:
    counts = Counter(target.health for target in targets)
    words = ask.words
    choices = [
        Choice(
            f"{words.t('ui.filter.any')} {words.num(len(targets))}",
            ask.link(state=None),
            not chosen,
        )
    ]
    choices += [
        Choice(
            f"{words.t(message_id)} {words.num(counts[health])}",
            ask.link(state=health),
            chosen == health,
        )
        for health, message_id in HEALTH.items()
    ]
    return choices
