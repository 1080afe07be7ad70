"""One alert: why it fires or is kept back, how it changed; and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from kizashi.api._base import parse_seconds
from kizashi.app.limit_texts import PAGE, comparison
from kizashi.errors import InputError
from kizashi.ports.alert_service import AlertDetailView, EvidenceView, NewSilence
from kizashi.ports.alerts import SilenceMatcher
from kizashi.ui.parts.alert_rows import AlertRow, matchers_text, row_of, who_acts
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.contexts import PageContext
from kizashi.ui.parts.histories import HistoryEvent, history_of
from kizashi.ui.parts.names import key_of, objective_of, titles
from kizashi.ui.parts.terms import HANDBOOK_PAGES, outcome_text
from kizashi.ui.parts.words import Words

_DURATIONS = ("30m", "1h", "2h", "4h", "8h", "1d", "7d")
_USUAL_DURATION = "2h"
_MOST_EVENTS = 50
#: Labels by which a silence of one alert finds it again, and nothing else.
_OWN_LABELS = ("alertname", "service", "objective", "severity", "job", "receiver")


@dataclass(frozen=True, slots=True)
class WindowCheck:
    """One window of a pair: its counts, and the comparison with its limit.

    `says` is what its pair says, beside the first of its windows.
    """

    window: str
    factor: str
    counted: str
    coverage: float
    compared: str
    says: str


@dataclass(frozen=True, slots=True)
class Muting:
    """A silence that mutes the alert."""

    matches: str
    reason: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification of the alert, and what became of it.

    Times are Unix seconds.
    """

    created: float
    receiver: str
    kind: str
    outcome: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertContext(PageContext):
    """What the page of one alert shows.

    Times are Unix seconds.

    Attributes:
        row: The alert, as the list has it.
        key: What it is of, by the names of its labels.
        objective: Its objective's address; empty for an alert of none.
        runbook: Its runbook's reference; empty for none.
        handbook: The page of the handbook on it; empty for a stranger's alert.
        acknowledged_by: Who acknowledged it; empty for nobody.
        acknowledged_at: When it was acknowledged; None if it was not.
        muting: Silences that mute it.
        labels: All its labels, by name.
        is_active: Whether there is something to be done about it.
        may_act: Whether the reader may.
        durations: For how long it may be silenced; whether that is the usual one.
        least: How many bad events a page asks for at least.
        checks: The decision, window by window.
        history: How it changed.
        notices: What was sent because of it.
    """

    row: AlertRow
    key: str
    objective: str
    runbook: str
    handbook: str
    acknowledged_by: str
    acknowledged_at: float | None
    muting: Sequence[Muting]
    labels: Sequence[tuple[str, str]]
    is_active: bool
    may_act: bool
    durations: Sequence[tuple[str, bool]]
    least: int
    checks: Sequence[WindowCheck]
    history: Sequence[HistoryEvent]
    notices: Sequence[Notice]


async def show(ask: Ask) -> AlertContext:
    """Return what the page of one alert shows.

    Raises:
        NotFoundError: If there is no such alert.
    """
    words = ask.words
    detail = await ask.services.api.alerts.alert(ask.named["id"], ask.at)
    alert = detail.alert
    silences = {s.id: s for s in await ask.services.api.alerts.silences()}
    objective = objective_of(alert)
    acknowledged = alert.acknowledged
    return AlertContext(
        row=row_of(alert, words, titles(ask)),
        key=key_of(alert),
        objective=""
        if objective is None
        else "/objectives/" + "/".join(quote(name, safe="") for name in objective),
        runbook=alert.runbook or "",
        handbook=HANDBOOK_PAGES.get(alert.name, ""),
        acknowledged_by=acknowledged.who if acknowledged else "",
        acknowledged_at=acknowledged.at if acknowledged else None,
        muting=[
            Muting(matchers_text(silences[i]), silences[i].reason)
            for i in alert.silenced_by
            if i in silences
        ],
        labels=sorted(alert.labels.items(), key=lambda pair: pair[0].lower()),
        # What is past can only be looked at.
        is_active=ask.at is None and alert.state in {"firing", "frozen"},
        may_act=ask.may("operator"),
        durations=[(one, one == _USUAL_DURATION) for one in _DURATIONS],
        least=detail.evidence.min_bad_events if detail.evidence else 0,
        checks=_checks(detail.evidence, words),
        history=history_of(
            detail.history,
            _MOST_EVENTS,
            lambda at: ask.link(at=at, told=None),
            words,
        ),
        notices=_notices(detail, words),
    )


def _notices(detail: AlertDetailView, words: Words) -> list[Notice]:
    return [
        Notice(
            created=one.created,
            receiver=one.receiver,
            kind=one.kind,
            outcome=outcome_text(one.state, words),
            tries=len(one.attempts),
        )
        for one in detail.notifications
    ]


async def acknowledge(ask: Ask, fields: Mapping[str, str]) -> str:
    """Note who acknowledges an alert."""
    alert_id = ask.named["id"]
    await ask.services.api.alerts.acknowledge(alert_id, *who_acts(ask, fields))
    ask.services.live.announce()
    return f"/alerts/{alert_id}?told=acknowledged"


async def resolve(ask: Ask, fields: Mapping[str, str]) -> str:
    """End an alert by a person's word."""
    alert_id = ask.named["id"]
    who, remark = who_acts(ask, fields)
    reason = fields.get("reason", "").strip()
    await ask.services.api.alerts.resolve(alert_id, who, reason, remark)
    ask.services.live.announce()
    return f"/alerts/{alert_id}?told=resolved"


async def silence(ask: Ask, fields: Mapping[str, str]) -> str:
    """Silence one alert for a while.

    Raises:
        NotFoundError: If there is no such alert.
        InputError: If the time or the reason is no good.
    """
    alert_id = ask.named["id"]
    detail = await ask.services.api.alerts.alert(alert_id)
    length_s = parse_seconds(fields.get("duration", ""))
    reason = fields.get("reason", "").strip()
    if length_s is None or not reason:
        raise InputError(ask.words.t("ui.silence.needs"))
    matchers = tuple(
        SilenceMatcher(name, "=", value)
        for name, value in detail.alert.labels.items()
        if name in _OWN_LABELS
    )
    who, owner = who_acts(ask, fields)
    ends = ask.now + length_s
    new = NewSilence(matchers, ends, owner or who, reason, made_by=who)
    await ask.services.api.alerts.add_silence(new)
    ask.services.live.announce()
    return f"/alerts/{alert_id}?told=silenced"


def _checks(evidence: EvidenceView | None, words: Words) -> list[WindowCheck]:
    """Return the decision on each pair, window by window."""
    if evidence is None:
        return []
    checks = []
    for pair in evidence.pairs:
        decision = evidence.decision(pair)
        resolves = "ui.pair.resolves" if pair.resolves else "ui.pair.holds"
        says = words.t("ui.pair.fires" if pair.fires else resolves)
        windows = ((pair.long, decision.long, says), (pair.short, decision.short, ""))
        checks += [
            WindowCheck(
                window.window,
                words.burn(float(pair.factor)),
                words.t(
                    "ui.bad_of_valid",
                    bad=words.num(window.bad),
                    valid=words.num(window.valid),
                ),
                window.coverage,
                comparison(weighing, PAGE),
                said,
            )
            for window, weighing, said in windows
        ]
    return checks
