"""Services and objectives as cards: how they stand, and the reason in a sentence."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kizashi.alert.kinds import ALERT_KINDS
from kizashi.app.answers import ObjectiveView
from kizashi.app.standings import ObjectiveStanding
from kizashi.slo.budget import misses_target
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec
from kizashi.slo.standing import Urgency, worst_first
from kizashi.ui.parts.base import Column, Sorting
from kizashi.ui.parts.contexts import Badge
from kizashi.ui.parts.objective_facts import empty_text, indicator_text
from kizashi.ui.parts.terms import level_badge
from kizashi.ui.parts.tones import budget_tone, missed_tone
from kizashi.ui.parts.words import Words

_REASONS = {
    Urgency.PAGE: "ui.reason.page",
    Urgency.FROZEN: "ui.reason.frozen",
    Urgency.TICKET: "ui.reason.ticket",
    Urgency.PENDING: "ui.reason.pending",
    Urgency.SPENT: "ui.reason.spent",
}
_BLIND = {
    "unknown": "ui.reason.unknown",
    "broken": "ui.reason.broken",
    "absent": "ui.reason.absent",
}
#: Alerts that tell of data, and of no burn.
_OF_DATA = {kind.name: kind.reason for kind in ALERT_KINDS.values() if kind.reason}
_DAMAGE = "ledger.damaged."


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """One objective of a service.

    Attributes:
        name: Its name in addresses.
        title: What it is called.
        badge: How it stands; None where it is calm.
        view: Its figures.
        now: Its indicator as it is written.
        now_tone: How that is drawn.
        tone: How what is left of its budget is drawn.
        burning: The burn rate that counts, as it is written.
        burning_windows: The windows of that.
        empty: When its budget is empty, as it is written.
        rate: The burn rate that counts.
        damage: What its figures lack because it is damaged, as its page says it.
    """

    name: str
    title: str
    badge: Badge | None
    view: ObjectiveView
    now: str
    now_tone: str
    tone: str
    burning: str
    burning_windows: str
    empty: str
    rate: float | None = None
    damage: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """One service.

    Attributes:
        name: Its name in addresses.
        title: What it is called.
        owner: Whose it is; empty where nobody says.
        tier: How much depends on it; None where nobody says.
        badge: How it stands; None where nothing of it is measured.
        reason: Why it stands so.
        lines: Its objectives.
    """

    name: str
    title: str
    owner: str
    tier: int | None
    badge: Badge | None
    reason: str
    lines: tuple[ObjectiveLine, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A service with the standings of its objectives, the worst first."""

    spec: ServiceSpec
    standings: tuple[ObjectiveStanding, ...]

    @property
    def level(self) -> Urgency:
        """How much the service needs a person."""
        return self.standings[0].level if self.standings else Urgency.CALM


COLUMNS = (
    Column("name", "ui.column.objective"),
    Column("target", "ui.column.target", is_number=True),
    Column("now", "ui.column.now", is_number=True),
    Column("left", "ui.column.left", is_number=True),
    Column("burn", "ui.column.burn", is_number=True, from_top=True),
    Column("empty", "ui.column.empty", is_number=True),
)
_LINE_KEYS: Mapping[str, Callable[[ObjectiveLine], object]] = {
    "name": lambda one: one.title,
    "target": lambda one: one.view.target,
    "now": lambda one: one.view.sli,
    "left": lambda one: one.view.budget.remaining_ratio,
    "burn": lambda one: one.rate,
    "empty": lambda one: one.view.budget.time_to_empty_s,
}


def group_keys(
    words: Words, *, is_down: bool
) -> Mapping[str, Callable[[Group], object]]:
    """Return what services are sorted by: the objective that would come first."""
    best = max if is_down else min

    def of(
        figure: Callable[[Group], Iterable[float | None]],
    ) -> Callable[[Group], object]:
        def key(group: Group) -> float | None:
            known = [value for value in figure(group) if value is not None]
            return best(known, default=None)

        return key

    def targets(group: Group) -> dict[str, float]:
        return {o.name: float(o.target) for o in group.spec.objectives}

    return {
        "name": lambda g: words.local(g.spec.display_name.as_dict(), g.spec.name),
        "target": of(lambda g: targets(g).values()),
        "now": of(lambda g: (s.sli for s in g.standings)),
        "left": of(lambda g: (s.left_ratio for s in g.standings)),
        "burn": of(
            lambda g: (s.burning.rate if s.burning else None for s in g.standings)
        ),
    }


def arranged(card: Card, sorting: Sorting) -> Card:
    """Return a service with its objectives as an address asks for."""
    return replace(card, lines=tuple(sorting.arrange(card.lines, _LINE_KEYS)))


def grouped(
    services: Sequence[ServiceSpec], standings: Iterable[ObjectiveStanding]
) -> list[Group]:
    """Return services, the worst first; of equal ones the fastest burn first."""
    by_service: dict[str, list[ObjectiveStanding]] = {}
    for standing in standings:
        by_service.setdefault(standing.service, []).append(standing)
    groups = [
        Group(spec, tuple(sorted(by_service.get(spec.name, ()), key=lambda s: s.rank)))
        for spec in services
    ]
    return sorted(groups, key=_group_rank)


def _group_rank(group: Group) -> tuple[int, float, float, str]:
    # The fastest burn of the service decides, whichever of its objectives has it.
    burns = [s.burning.rate for s in group.standings if s.burning]
    left = [s.left_ratio for s in group.standings]
    return (*worst_first(group.level, burns, left), group.spec.name)


def card_of(
    group: Group, views: Mapping[tuple[str, str], ObjectiveView], words: Words
) -> Card:
    """Return a service as a reader sees it."""
    specs = {o.name: o for o in group.spec.objectives}
    lines = tuple(
        line_of(specs[s.objective], s, views[s.service, s.objective], words)
        for s in group.standings
        if (s.service, s.objective) in views and s.objective in specs
    )
    return Card(
        name=group.spec.name,
        title=words.local(group.spec.display_name.as_dict(), group.spec.name),
        owner=group.spec.owner or "",
        tier=group.spec.tier,
        badge=level_badge(group.level, words) if lines else None,
        reason=_reason(lines, group.standings, words),
        lines=lines,
    )


def line_of(
    spec: ObjectiveSpec, standing: ObjectiveStanding, view: ObjectiveView, words: Words
) -> ObjectiveLine:
    """Return an objective as a reader sees it."""
    burning = standing.burning
    is_calm = standing.level is Urgency.CALM
    return ObjectiveLine(
        name=spec.name,
        title=words.local(spec.display_name.as_dict(), spec.name),
        badge=None if is_calm else level_badge(standing.level, words),
        view=view,
        now=indicator_text(view, words),
        now_tone=missed_tone(is_missed=misses_target(view.sli, view.target)),
        tone=budget_tone(view.budget.remaining_ratio),
        burning=words.burn(burning.rate if burning else None),
        burning_windows=""
        if burning is None
        else words.t(
            "ui.burn.windows",
            long=words.window(burning.long),
            short=words.window(burning.short),
        ),
        empty=empty_text(view, words),
        rate=burning.rate if burning else None,
        damage=tuple(
            words.told(note.code, **note.params)
            for note in view.notes
            if note.code.startswith(_DAMAGE)
        ),
    )


def _reason(
    lines: Sequence[ObjectiveLine], standings: Sequence[ObjectiveStanding], words: Words
) -> str:
    """Return in a sentence why a service stands where it does."""
    if not lines or not standings:
        return words.t("ui.reason.none")
    line, worst = lines[0], standings[0]
    if of_data := _of_data(line, worst, words):
        return of_data
    if worst.level is Urgency.CALM:
        least = min(lines, key=lambda one: _left(one.view))
        left = least.view.budget.remaining_ratio
        if left is None:
            return words.t("ui.reason.idle")
        return words.t("ui.reason.calm", objective=least.title, left=words.left(left))
    empty = line.view.budget.time_to_empty_s
    ends = ""
    if empty:
        ends = words.t("ui.reason.empty_in", dur=words.dur(empty))
    elif empty is not None:
        ends = words.t("ui.reason.empty")
    burning = worst.burning
    said = words.t(
        _REASONS[worst.level],
        objective=line.title,
        burn=words.burn(burning.rate if burning else None),
        window=words.window(burning.long) if burning else "",
        since=words.ago(worst.since),
    )
    return words.sentences(said, ends)


def _of_data(line: ObjectiveLine, worst: ObjectiveStanding, words: Words) -> str:
    """Return what is wrong with an objective's data; empty where it tells of a burn."""
    if (fault := line.view.fault) is not None:
        why = words.told(fault.code, **fault.params)
        return words.t("ui.reason.invalid", objective=line.title, why=why)
    if (message_id := _OF_DATA.get(worst.alert_name)) is not None:
        since = words.ago(worst.since)
        return words.t(message_id, objective=line.title, since=since)
    if worst.level is Urgency.BLIND:
        return words.t(_BLIND[worst.state], objective=line.title)
    return ""


def _left(view: ObjectiveView) -> float:
    left = view.budget.remaining_ratio
    return 2.0 if left is None else left
