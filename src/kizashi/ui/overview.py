"""Overview: every service, the one that needs a person most first, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kizashi.app.answers import ObjectiveView
from kizashi.app.standings import Level, Standing
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec
from kizashi.ui._base import Ask
from kizashi.ui._words import Words

#: Services on one page.
PAGE_SIZE = 50
_LEVELS = {
    Level.PAGE: "ui.level.page",
    Level.FROZEN: "ui.level.frozen",
    Level.TICKET: "ui.level.ticket",
    Level.PENDING: "ui.level.pending",
    Level.BLIND: "ui.level.blind",
    Level.SPENT: "ui.level.spent",
    Level.CALM: "ui.level.calm",
}
_REASONS = {
    Level.PAGE: "ui.reason.page",
    Level.FROZEN: "ui.reason.frozen",
    Level.TICKET: "ui.reason.ticket",
    Level.PENDING: "ui.reason.pending",
    Level.SPENT: "ui.reason.spent",
}
_BLIND = {
    "unknown": "ui.reason.unknown",
    "broken": "ui.reason.broken",
    "absent": "ui.reason.absent",
}
_LOW_BUDGET = 0.25


@dataclass(frozen=True, slots=True)
class Line:
    """One objective of a service."""

    spec: ObjectiveSpec
    title: str
    level: Level
    level_word: str
    view: ObjectiveView
    burning: str
    burning_windows: str
    tone: str


@dataclass(frozen=True, slots=True)
class Card:
    """One service."""

    spec: ServiceSpec
    title: str
    level: Level
    level_word: str
    reason: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class _Group:
    spec: ServiceSpec
    standings: tuple[Standing, ...]

    @property
    def worst(self) -> Standing | None:
        return self.standings[0] if self.standings else None

    @property
    def level(self) -> Level:
        return self.standings[0].level if self.standings else Level.CALM


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows."""
    board = ask.services.board
    alerts = await ask.services.api.alerts.alerts()
    everything = _grouped(board.services(), board.standings(alerts))
    found = [g for g in everything if _is_wanted(g, ask)]
    page = _page_number(ask.query.get("page"), len(found))
    here = found[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    keys = [(s.service, s.objective) for g in here for s in g.standings]
    views = board.objectives(keys)
    return {
        "cards": [_card(g, views, ask.words) for g in here],
        "total": len(everything),
        "found": len(found),
        "page": page,
        "pages": max(1, -(-len(found) // PAGE_SIZE)),
        "counts": _counts(everything, ask),
        "owners": sorted({g.spec.owner for g in everything if g.spec.owner}),
        "tiers": sorted({g.spec.tier for g in everything if g.spec.tier is not None}),
        "levels": [(level.word, ask.words.t(_LEVELS[level])) for level in Level],
        "is_filtered": any(ask.query.get(k) for k in ("q", "owner", "tier", "state")),
    }


def _grouped(
    services: Sequence[ServiceSpec], standings: Iterable[Standing]
) -> list[_Group]:
    """Return services, the worst first; of equal ones the fastest burn first."""
    by_service: dict[str, list[Standing]] = {}
    for standing in standings:
        by_service.setdefault(standing.service, []).append(standing)
    groups = [
        _Group(spec, tuple(sorted(by_service.get(spec.name, ()), key=lambda s: s.rank)))
        for spec in services
    ]
    return sorted(groups, key=_group_rank)


def _group_rank(group: _Group) -> tuple[int, float, float, str]:
    # The fastest burn of the service decides, whichever of its objectives has it.
    burns = [s.burning.rate for s in group.standings if s.burning]
    left = [s.left_ratio for s in group.standings if s.left_ratio is not None]
    return (
        group.level,
        -max(burns, default=0.0),
        min(left, default=1.0),
        group.spec.name,
    )


def _is_wanted(group: _Group, ask: Ask) -> bool:
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


def _counts(groups: Sequence[_Group], ask: Ask) -> list[tuple[str, str, int, str]]:
    counts: list[tuple[str, str, int, str]] = []
    for level in Level:
        count = sum(g.level is level for g in groups)
        if count or level is Level.CALM:
            href = ask.link(state=level.word, page=None)
            counts.append((level.word, ask.words.t(_LEVELS[level]), count, href))
    return counts


def _card(
    group: _Group, views: Mapping[tuple[str, str], ObjectiveView], words: Words
) -> Card:
    specs = {o.name: o for o in group.spec.objectives}
    lines = tuple(
        _line(specs[s.objective], s, views[s.service, s.objective], words)
        for s in group.standings
        if (s.service, s.objective) in views and s.objective in specs
    )
    return Card(
        spec=group.spec,
        title=local(group.spec.display_name.as_dict(), words, group.spec.name),
        level=group.level,
        level_word=words.t(_LEVELS[group.level]),
        reason=_reason(lines, group.standings, words),
        lines=lines,
    )


def _line(
    spec: ObjectiveSpec, standing: Standing, view: ObjectiveView, words: Words
) -> Line:
    burning = standing.burning
    left = view.budget.remaining_ratio
    tone = "plain"
    if left is not None and left <= 0:
        tone = "bad"
    elif left is not None and left < _LOW_BUDGET:
        tone = "warning"
    return Line(
        spec=spec,
        title=local(spec.display_name.as_dict(), words, spec.name),
        level=standing.level,
        level_word=words.t(_LEVELS[standing.level]),
        view=view,
        burning=words.burn(burning.rate if burning else None),
        burning_windows=""
        if burning is None
        else words.t(
            "ui.burn.windows",
            long=words.window(burning.long),
            short=words.window(burning.short),
        ),
        tone=tone,
    )


def _reason(lines: Sequence[Line], standings: Sequence[Standing], words: Words) -> str:
    """Return in a sentence why a service stands where it does."""
    if not lines or not standings:
        return words.t("ui.reason.none")
    line, worst = lines[0], standings[0]
    if worst.level is Level.BLIND:
        return words.t(_BLIND[worst.state], objective=line.title)
    if worst.level is Level.CALM:
        least = min(lines, key=lambda one: _left(one.view))
        left = least.view.budget.remaining_ratio
        if left is None:
            return words.t("ui.reason.idle")
        return words.t("ui.reason.calm", objective=least.title, left=words.pct(left, 0))
    empty = line.view.budget.time_to_empty_s
    ends = ""
    if empty:
        ends = " " + words.t("ui.reason.empty_in", dur=words.dur(empty))
    elif empty is not None:
        ends = " " + words.t("ui.reason.empty")
    burning = worst.burning
    said = words.t(
        _REASONS[worst.level],
        objective=line.title,
        burn=words.burn(burning.rate if burning else None),
        window=words.window(burning.long) if burning else "",
        since=words.ago(worst.since),
    )
    return said + ends


def _left(view: ObjectiveView) -> float:
    left = view.budget.remaining_ratio
    return 2.0 if left is None else left


def local(texts: Mapping[str, str], words: Words, otherwise: str) -> str:
    """Return a text of a declaration in the reader's language."""
    return texts.get(words.language) or texts.get("en") or otherwise
