"""Targets: what is scraped, how that goes, and why it does not where it fails."""

from collections import Counter
from collections.abc import Mapping

from kizashi.app.answers import TargetView
from kizashi.ui._base import Ask, Choice, Column, Sorting

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
    Column("took", "ui.targets.took", is_number=True),
    Column("samples", "ui.targets.samples", is_number=True),
    Column("interval", "ui.targets.interval", is_number=True, sortable=False),
)
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
    rows.sort(key=lambda t: _key(t, sorting.key), reverse=sorting.is_down)
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


def _key(target: TargetView, key: str) -> tuple[object, ...]:
    own = (target.job, target.instance)
    match key:
        case "instance":
            return own
        case "scraped":
            return (target.last_scrape or 0.0, *own)
        case "took":
            return (target.last_duration_s or 0.0, *own)
        case "samples":
            return (target.samples or 0, *own)
        case _:
            # Whatever needs a person first.
            return (_RANK.get(target.health, 0), *own)


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
