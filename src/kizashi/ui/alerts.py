"""Alerts: what fires, what is kept back and why, what ended; and the silences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kizashi.ports.alert_service import AlertListView, DamagedSilencesView, SilenceView
from kizashi.ui.parts.alert_rows import AlertRow, alert_rank, matchers_text, row_of
from kizashi.ui.parts.base import Ask, Choice, Column, Sorting
from kizashi.ui.parts.contexts import PageContext
from kizashi.ui.parts.names import titles
from kizashi.ui.parts.terms import PHASES
from kizashi.ui.parts.words import Words

_GROUPS = ("firing", "frozen", "pending", "resolved")
_SILENCE_STATES = {
    "pending": "ui.silence.pending",
    "active": "silence.state.active",
    "expired": "ui.silence.expired",
}
COLUMNS = (
    Column("alert", "ui.alerts.title_one"),
    Column("state", "ui.filter.state"),
    Column("since", "ui.column.since", from_top=True),
    Column("told", "ui.alerts.telling"),
)
_KEYS: Mapping[str, Callable[[AlertRow], object]] = {
    "alert": lambda r: (r.title if r.name else "", r.name or r.title),
    "state": lambda r: r.rank,
    "since": lambda r: r.since,
    "told": lambda r: r.told,
}


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """One silence: what it matches, how it stands, and who made it.

    Times are Unix seconds.

    Attributes:
        id: Its name in addresses.
        matches: Its matchers, as PromQL writes them.
        state: How it stands.
        mutes: How many alerts it mutes.
        ends: When it ends, or ended.
        reason: Why it was made.
        who: Who made it.
        ended_by: Who ended it; empty for nobody.
        may_end: Whether the reader may end it.
    """

    id: str
    matches: str
    state: str
    mutes: int
    ends: float
    reason: str
    who: str
    ended_by: str
    may_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsContext(PageContext):
    """What the list of alerts shows.

    Attributes:
        rows: The alerts, as sorted.
        columns: What is shown of each alert.
        sorting: The order the reader chose.
        choices: The states to filter by.
        silences: The silences, by when they end.
        damaged: Silences that mute nothing because they are damaged.
    """

    rows: Sequence[AlertRow]
    columns: Sequence[Column]
    sorting: Sorting
    choices: Sequence[Choice]
    silences: Sequence[SilenceRow]
    damaged: DamagedSilencesView | None


async def show(ask: Ask) -> AlertsContext:
    """Return what the page shows."""
    alert_service = ask.services.api.alerts
    alerts = sorted(await alert_service.alerts(ask.at), key=alert_rank)
    silences = await alert_service.silences()
    wanted = ask.query.get("state", "")
    chosen = wanted if wanted in (*_GROUPS, "held") else ""
    names_of_all = titles(ask)
    rows = [row_of(a, ask.words, names_of_all) for a in alerts if _is_wanted(a, chosen)]
    sorting = Sorting.of(ask.query.get("sort"), COLUMNS)
    may_act = ask.may("operator")
    return AlertsContext(
        rows=sorting.arrange(rows, _KEYS),
        columns=COLUMNS,
        sorting=sorting,
        choices=_choices(ask, alerts, chosen),
        silences=[
            _silence(one, ask.words, may_act=may_act)
            for one in sorted(silences, key=lambda s: s.ends)
        ],
        damaged=await alert_service.damaged_silences(),
    )


async def end_silence(ask: Ask, fields: Mapping[str, str]) -> str:  # noqa: ARG001
    """End a silence now."""
    who = ask.principal.name if ask.principal else ""
    await ask.services.api.alerts.delete_silence(ask.named["id"], who)
    ask.services.live.announce()
    return "/alerts?told=unsilenced"


def _silence(one: SilenceView, words: Words, *, may_act: bool) -> SilenceRow:
    return SilenceRow(
        id=one.id,
        matches=matchers_text(one),
        state=words.t(_SILENCE_STATES[one.state]),
        mutes=len(one.mutes),
        ends=one.ends,
        reason=one.reason,
        who=one.who,
        ended_by=one.ended_by,
        may_end=may_act and one.state != "expired",
    )


def _is_wanted(alert: AlertListView, chosen: str) -> bool:
    if chosen == "held":
        return alert.held_back is not None
    return not chosen or alert.state == chosen


def _choices(ask: Ask, alerts: Sequence[AlertListView], chosen: str) -> list[Choice]:
    words = ask.words
    every = [("", words.t("ui.filter.any"), len(alerts))]
    every += [
        (state, words.t(PHASES[state]), sum(a.state == state for a in alerts))
        for state in _GROUPS
    ]
    held = sum(a.held_back is not None for a in alerts)
    every.append(("held", words.t("ui.alerts.held"), held))
    return [
        Choice(
            f"{label} ({count})", ask.link(state=key or None), is_chosen=key == chosen
        )
        for key, label, count in every
    ]
