"""Overview: every service, the one that needs a person most first, and why."""

from collections.abc import Mapping, Sequence

from kizashi.app.standings import Level
from kizashi.ui._base import Ask
from kizashi.ui._cards import Group, card_of, grouped
from kizashi.ui._signal_tiles import tiles
from kizashi.ui._terms import LEVELS

#: Services on one page.
PAGE_SIZE = 50


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows."""
    board = ask.services.board
    alerts = await ask.services.api.alerts.alerts()
    everything = grouped(board.services(), board.standings(alerts))
    found = [g for g in everything if _is_wanted(g, ask)]
    page = _page_number(ask.query.get("page"), len(found))
    here = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    keys = [(s.service, s.objective) for g in here for s in g.standings]
    views = board.objectives(keys)
    signals = ask.services.signals.recent([g.spec for g in here])
    return {
        "cards": [card_of(g, views, ask.words) for g in here],
        "signals": {name: tiles(found, ask.words) for name, found in signals.items()},
        "total": len(everything),
        "found": len(found),
        "page": page,
        "pages": max(1, -(-len(found) // PAGE_SIZE)),
        "counts": _counts(everything, ask),
        "owners": sorted({g.spec.owner for g in everything if g.spec.owner}),
        "tiers": sorted({g.spec.tier for g in everything if g.spec.tier is not None}),
        "levels": [(level.word, ask.words.t(LEVELS[level])) for level in Level],
        "is_filtered": any(ask.query.get(k) for k in ("q", "owner", "tier", "state")),
    }


def _is_wanted(group: Group, ask: Ask) -> bool:
    query, spec = ask.query, group.spec
    wanted = query.get("q", "").strip().lower()
    names = [
        spec.name,
        *spec.display_name.as_dict().values(),
        *(o.name for o in spec.objectives),
        *(text for o in spec.objectives for text in o.display_name.as_dict().values()),
    ]
    return (
        (not wanted or any(wanted in name.lower() for name in names))
        and query.get("owner") in {None, "", spec.owner}
        and query.get("tier") in {None, "", str(spec.tier)}
        and (
            not query.get("state")
            or any(s.level.word == query["state"] for s in group.standings)
        )
    )


def _page_number(given: str | None, found: int) -> int:
    last = max(1, -(-found // PAGE_SIZE))
    is_number = given is not None and given.isascii() and given.isdigit()
    return min(last, max(1, int(given[:6]))) if given and is_number else 1


def _counts(groups: Sequence[Group], ask: Ask) -> list[tuple[str, str, int, str]]:
    counts: list[tuple[str, str, int, str]] = []
    for level in Level:
        count = sum(g.level is level for g in groups)
        if count or level is Level.CALM:
            href = ask.link(state=level.word, page=None)
            counts.append((level.word, ask.words.t(LEVELS[level]), count, href))
    return counts
