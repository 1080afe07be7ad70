"""Overview: every service, the one that needs a person most first, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kizashi.app.signals import Signals
from kizashi.slo.objective import ServiceSpec
from kizashi.slo.standing import Urgency
from kizashi.ui.parts.base import Ask, Sorting
from kizashi.ui.parts.cards import (
    COLUMNS as LINES,
    Group,
    arranged,
    card_of,
    group_keys,
)
from kizashi.ui.parts.glance import glance
from kizashi.ui.parts.signal_tiles import tiles
from kizashi.ui.parts.terms import LEVELS

#: When a budget is empty is worked out for those on a page alone.
COLUMNS = tuple(replace(c, sortable=c.key != "empty") for c in LINES)
#: Services on one page.
PAGE_SIZE = 50


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows."""
    everything, past = await glance(ask)
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    keys = group_keys(ask.words, is_down=sorting.is_down)
    wanted = [g for g in everything if _is_wanted(g, ask)]
    bare = [g.spec for g in wanted if _is_bare(g.spec)]
    found = sorting.arrange([g for g in wanted if not _is_bare(g.spec)], keys)
    page = _page_number(ask.query.get("page"), len(found))
    here = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    shown = [(s.service, s.objective) for g in here for s in g.standings]
    views = past or ask.services.board.objectives(shown)
    signals = await _signals(ask, [g.spec for g in here])
    return {
        "cards": [arranged(card_of(g, views, ask.words), sorting) for g in here],
        "columns": COLUMNS,
        "sorting": sorting,
        "signals": {name: tiles(found, ask.words) for name, found in signals.items()},
        "bare": bare if page == 1 else [],
        "total": len(everything),
        "found": len(found) + len(bare),
        "page": page,
        "pages": max(1, -(-len(found) // PAGE_SIZE)),
        "counts": _counts(everything, ask),
        "owners": sorted({g.spec.owner for g in everything if g.spec.owner}),
        "tiers": sorted({g.spec.tier for g in everything if g.spec.tier is not None}),
        "levels": [(level.word, ask.words.t(LEVELS[level])) for level in Urgency],
        "is_filtered": any(ask.query.get(k) for k in ("q", "owner", "tier", "state")),
    }


async def _signals(ask: Ask, services: Sequence[ServiceSpec]) -> Mapping[str, Signals]:
    if ask.at is None:
        return ask.services.signals.recent(services)
    read = [(s.name, await ask.services.signals.hour(s, ask.at)) for s in services]
    return {name: found for name, found in read if found is not None}


def _is_bare(spec: ServiceSpec) -> bool:
    """Return whether nothing of a service is measured."""
    return not spec.objectives and not spec.signals_preset


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
    for level in Urgency:
        count = sum(g.level is level for g in groups if g.standings)
        if count or level is Urgency.CALM:
            href = ask.link(state=level.word, page=None)
            counts.append((level.word, ask.words.t(LEVELS[level]), count, href))
    return counts
