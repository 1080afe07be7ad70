"""Targets: what is scraped, how that goes, and why it does not where it fails."""

from collections import Counter
from collections.abc import Callable, Mapping

from kizashi.app.answers import TargetView
from kizashi.ui.parts.base import Ask, Choice, Column, Sorting

HEALTH: Mapping[str, str] = {
    "down": "ui.health.down",
    "unknown": "ui.health.unknown",
    "up": "ui.health.up",
}
LEVELS = {"down": "page", "unknown": "blind", "up": "calm"}
_RANK = {"down": 0, "unknown": 1, "up": 2}
COLUMNS = (
    Column("instance", "ui.targets.instance"),
    Column("health", "ui.filter.state"),
    Column("scraped", "ui.targets.scraped"),
    Column("took", "ui.targets.took", is_number=True, from_top=True),
    Column("samples", "ui.targets.samples", is_number=True, from_top=True),
    Column("interval", "ui.targets.interval", is_number=True, sortable=False),
)
_KEYS: Mapping[str, Callable[[TargetView], object]] = {
    "instance": lambda t: (t.job, t.instance),
    "health": lambda t: _RANK.get(t.health, 0),
    "scraped": lambda t: t.last_scrape,
    "took": lambda t: t.last_duration_s,
    "samples": lambda t: t.samples,
}
#: Rows on one page; a server of thousands of targets has a filter.
MOST = 500


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows."""
    every = ask.services.api.answers.targets()
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    wanted = ask.query.get("q", "").strip().lower()
    state = ask.query.get("state", "")
    state = state if state in HEALTH else ""
    found = [t for t in every if _matches(t, wanted)]
    rows = [t for t in found if not state or t.health == state]
    # Whatever needs a person first.
    rows.sort(key=lambda t: (_RANK.get(t.health, 0), t.job, t.instance))
    rows = sorting.arrange(rows, _KEYS)
    return {
        "rows": rows[:MOST],
        "found": len(rows),
        "total": len(every),
        "choices": _choices(ask, found, state),
        "wanted": ask.query.get("q", ""),
        "columns": COLUMNS,
        "sorting": sorting,
        "health": HEALTH,
        "levels": LEVELS,
    }


def _matches(target: TargetView, wanted: str) -> bool:
    texts = (target.job, target.instance, target.url, *target.labels.values())
    return not wanted or any(wanted in text.lower() for text in texts)


def _choices(ask: Ask, found: list[TargetView], chosen: str) -> list[Choice]:
    counts = Counter(target.health for target in found)
    words = ask.words
    choices = [
        Choice(
            f"{words.t('ui.filter.any')} {words.num(len(found))}",
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
