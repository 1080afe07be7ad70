"""Overview: every service, the one that needs a person most first, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kizashi.app.signals import Signals
from kizashi.slo.objective import ServiceSpec
from kizashi.slo.standing import Urgency
from kizashi.ui.parts.base import Ask, Column, Sorting
from kizashi.ui.parts.cards import (
    COLUMNS as LINES,
    Card,
    Group,
    arranged,
    card_of,
    group_keys,
)
from kizashi.ui.parts.contexts import Badge, PageContext
from kizashi.ui.parts.glance import glance
from kizashi.ui.parts.signal_tiles import Tile, tiles
from kizashi.ui.parts.terms import LEVELS, level_badge

#: When a budget is empty is worked out for those on a page alone.
COLUMNS = tuple(replace(c, sortable=c.key != "empty") for c in LINES)
#: Services on one page.
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class LevelCount:
    """How many services stand alike, and where they are shown alone."""

    badge: Badge
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class ServiceCard:
    """A service and its signals; `is_reading` where these are not known yet."""

    card: Card
    tiles: Sequence[Tile]
    is_reading: bool


@dataclass(frozen=True, slots=True)
class BareService:
    """A service of which nothing is measured."""

    name: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewContext(PageContext):
    """What the overview shows.

    Attributes:
        services: Those on this page.
        columns: What their objectives are told by.
        sorting: How they are sorted.
        bare: Services of which nothing is measured.
        total: How many there are.
        found: How many are looked for.
        number: Which page this is.
        last: Which is the last one.
        counts: How many stand how.
        owners: Whose they are.
        tiers: What tiers there are.
        levels: How they may stand: a word of addresses, and one of the reader's.
        is_filtered: Whether some are left out.
    """

    services: Sequence[ServiceCard]
    columns: Sequence[Column]
    sorting: Sorting
    bare: Sequence[BareService]
    total: int
    found: int
    number: int
    last: int
    counts: Sequence[LevelCount]
    owners: Sequence[str]
    tiers: Sequence[int]
    levels: Sequence[tuple[str, str]]
    is_filtered: bool


async def show(ask: Ask) -> OverviewContext:
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
    views = past or ask.services.overview.objectives(shown)
    signals = await _signals(ask, [g.spec for g in here])
    return OverviewContext(
        services=[
            _service(
                g.spec, arranged(card_of(g, views, ask.words), sorting), signals, ask
            )
            for g in here
        ],
        columns=COLUMNS,
        sorting=sorting,
        bare=[
            BareService(b.name, ask.words.local(b.display_name.as_dict(), b.name))
            for b in (bare if page == 1 else [])
        ],
        total=len(everything),
        found=len(found) + len(bare),
        number=page,
        last=max(1, -(-len(found) // PAGE_SIZE)),
        counts=_counts(everything, ask),
        owners=sorted({g.spec.owner for g in everything if g.spec.owner}),
        tiers=sorted({g.spec.tier for g in everything if g.spec.tier is not None}),
        levels=[(level.word, ask.words.t(LEVELS[level])) for level in Urgency],
        is_filtered=any(ask.query.get(k) for k in ("q", "owner", "tier", "state")),
    )


def _service(
    spec: ServiceSpec, card: Card, signals: Mapping[str, Signals], ask: Ask
) -> ServiceCard:
    known = signals.get(spec.name) if spec.signals_preset else None
    return ServiceCard(
        card,
        () if known is None else tiles(known, ask.words),
        is_reading=bool(spec.signals_preset) and known is None,
    )


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


def _page_number(given: str | None, services: int) -> int:
    last = max(1, -(-services // PAGE_SIZE))
    is_number = given is not None and given.isascii() and given.isdigit()
    return min(last, max(1, int(given[:6]))) if given and is_number else 1


def _counts(groups: Sequence[Group], ask: Ask) -> list[LevelCount]:
    counts = []
    for level in Urgency:
        count = sum(g.level is level for g in groups if g.standings)
        if count or level is Urgency.CALM:
            href = ask.link(state=level.word, page=None)
            counts.append(LevelCount(level_badge(level, ask.words), count, href))
    return counts
