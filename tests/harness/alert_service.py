"""Alerts with evidence worked out by hand, for tests of the faces."""

from dataclasses import replace

from kizashi.app.silencing import check_silence, matcher_of
from kizashi.errors import InputError, NotFoundError
from kizashi.model.labels import Labels
from kizashi.ports.alert_service import (
    AcknowledgedView,
    AlertDetailView,
    AlertEventView,
    AlertListView,
    AttemptView,
    DamagedSilencesView,
    EvidencePairView,
    EvidenceView,
    EvidenceWindowView,
    NewSilence,
    NotificationView,
    SilenceView,
)
from kizashi.ports.alerts import Silence

#: The end of the newest closed slice: 2023-11-14T22:13:30Z, on an edge of 15 s.
AT = 1_700_000_010.0
PAGE_ID = "00000000000000a1"
TICKET_ID = "00000000000000a2"
LOSS_ID = "00000000000000a3"
_ACTIVE = frozenset({"firing", "frozen"})


def page_evidence() -> EvidenceView:
    """Return what two pairs say of a target of 99.9 %: the first fires.

    14.4 x 0.001 = 9/625. In the last hour 12 of 100 were bad at coverage 0.6:
    12 x 625 x 0.6 = 4,500 > 9 x 100 = 900, a burn of 120. In the last 5 minutes 3 of
    20: 3 x 625 = 1,875 > 9 x 20 = 180, a burn of 150.

    6 x 0.001 = 3/500. In the last 6 hours 12 of 5,000 were bad at coverage 0.5:
    12 x 500 x 0.5 = 3,000 < 3 x 5,000 = 15,000, a burn of 2.4. With x more bad events
    (12 + x) x 250 > 3 x (5,000 + x) from x > 12,000 / 247 = 48.6 on.
    """
    return EvidenceView(
        at=AT,
        min_bad_events=3,
        no_data="freeze",
        for_s=0.0,
        pairs=(
            EvidencePairView(
                factor="14.4",
                limit="9/625",
                long=EvidenceWindowView("1h", 12, 100, 144.0, 240, 0.6),
                short=EvidenceWindowView("5m", 3, 20, 20.0, 20, 1.0),
                fires=True,
                resolves=False,
                held=True,
            ),
            EvidencePairView(
                factor="6",
                limit="3/500",
                long=EvidenceWindowView("6h", 12, 5000, 720.0, 1440, 0.5),
                short=EvidenceWindowView("30m", 12, 60, 120.0, 120, 1.0),
                fires=False,
                resolves=True,
                held=False,
            ),
        ),
    )


def earlier_evidence() -> dict[str, object]:
    """Return what the first pair said when the page fired, as history keeps it."""
    return {
        "min_bad_events": 3,
        "no_data": "freeze",
        "for_s": 0.0,
        "pairs": [
            {
                "factor": "14.4",
                "limit": "9/625",
                "long": {
                    "window": "1h",
                    "bad": 3,
                    "valid": 90,
                    "seen": 140.0,
                    "expected": 240,
                    "coverage": 140 / 240,
                },
                "short": {
                    "window": "5m",
                    "bad": 3,
                    "valid": 20,
                    "seen": 20.0,
                    "expected": 20,
                    "coverage": 1.0,
                },
                "fires": True,
                "resolves": False,
                "held": True,
            }
        ],
    }


def page_notifications() -> tuple[NotificationView, ...]:
    """Return one that is tried again, and an older one that arrived."""
    return (
        NotificationView(
            id="n-2",
            receiver="on-call",
            kind="webhook",
            state="pending",
            created=AT - 60,
            next_attempt=AT + 30,
            attempts=(AttemptView(AT - 59, "retry", "503 Service Unavailable"),),
        ),
        NotificationView(
            id="n-1",
            receiver="on-call",
            kind="webhook",
            state="delivered",
            created=AT - 7200,
            next_attempt=None,
            attempts=(AttemptView(AT - 7199, "delivered", "200 OK"),),
        ),
    )


def firing_page() -> AlertDetailView:
    """Return a page that fires since a minute ago and was told twice."""
    why = earlier_evidence()
    labels = {
        "alertname": "ErrorBudgetBurn",
        "objective": "availability",
        "service": "backend",
        "severity": "page",
    }
    return AlertDetailView(
        alert=AlertListView(
            id=PAGE_ID,
            name="ErrorBudgetBurn",
            labels=labels,
            severity="page",
            state="firing",
            since=AT - 60,
            began=AT - 60,
            fired=AT - 60,
            episode=2,
            ending=None,
            facts={"factor": "14.4", "long": "1h", "bad": "12", "valid": "100"},
            runbook="rollback-backend",
            acknowledged=None,
            silenced_by=(),
            held_back=None,
        ),
        evidence=page_evidence(),
        history=(
            AlertEventView(AT - 7200, "inactive", "firing", 1, why),
            AlertEventView(
                AT - 6600,
                "firing",
                "resolved",
                1,
                {"ended": "person", "by": "aya", "reason": "rolled back"},
            ),
            AlertEventView(AT - 60, "inactive", "firing", 2, why),
        ),
        notifications=page_notifications(),
    )


def quiet_ticket() -> AlertDetailView:
    """Return a ticket that does not fire: nothing was bad, and 30 minutes had nothing.

    3 x 0.001 = 3/1000. With x more bad events in the last day x x 1,000 > 3 x
    (2,000 + x) from x > 6,000 / 997 = 6.02 on.
    """
    page = firing_page()
    evidence = EvidenceView(
        at=AT,
        min_bad_events=3,
        no_data="freeze",
        for_s=300.0,
        pairs=(
            EvidencePairView(
                factor="3",
                limit="3/1000",
                long=EvidenceWindowView("1d", 0, 2000, 5760.0, 5760, 1.0),
                short=EvidenceWindowView("2h", 0, 0, 480.0, 480, 1.0),
                fires=False,
                resolves=True,
                held=False,
            ),
        ),
    )
    alert = replace(
        page.alert,
        id=TICKET_ID,
        labels={**page.alert.labels, "severity": "ticket"},
        severity="ticket",
        state="inactive",
        since=None,
        began=None,
        fired=None,
        episode=0,
        facts={},
        runbook=None,
    )
    return AlertDetailView(alert, evidence, history=(), notifications=())


def quiet_loss() -> AlertDetailView:
    """Return a data-loss page that does not fire; it has no windows of its own."""
    quiet = quiet_ticket()
    alert = replace(
        quiet.alert,
        id=LOSS_ID,
        name="DataLoss",
        labels={
            "alertname": "DataLoss",
            "objective": "availability",
            "service": "backend",
            "severity": "page",
        },
        severity="page",
    )
    return AlertDetailView(alert, None, history=(), notifications=())


class FakeAlertService:
    """A desk with the alerts of one objective, which tests may replace.

    Attributes:
        details: Every alert, inactive ones too.
        kept: The silences.
        damaged: What is told of those that are damaged.
        asked: Each call's arguments, as (method, ...).
        failure: Raised by every call, where it is set.
        now: Unix seconds.
    """

    def __init__(self, now: float = AT + 10) -> None:
        self.details = [firing_page(), quiet_ticket(), quiet_loss()]
        self.kept: list[SilenceView] = []
        self.damaged: DamagedSilencesView | None = None
        self.asked: list[tuple[object, ...]] = []
        self.failure: Exception | None = None
        self.now = now

    async def alerts(self, at: float | None = None) -> tuple[AlertListView, ...]:
        """Return the alerts that are not inactive."""
        self._note("alerts", at)
        return tuple(d.alert for d in self.details if d.alert.state != "inactive")

    async def alert(self, alert_id: str, at: float | None = None) -> AlertDetailView:
        """Return one alert.

        Raises:
            NotFoundError: If there is no such alert.
        """
        self._note("alert", alert_id, at)
        return self._find(alert_id)

    async def objective_alerts(
        self, service: str, objective: str, at: float | None = None
    ) -> tuple[AlertDetailView, ...]:
        """Return the alerts of an objective.

        Raises:
            NotFoundError: If there are none.
        """
        self._note("objective_alerts", service, objective, at)
        found = tuple(
            detail
            for detail in self.details
            if detail.alert.labels.get("service") == service
            and detail.alert.labels.get("objective") == objective
        )
        if not found:
            raise NotFoundError(f"{service}/{objective}")
        return found

    async def acknowledge(
        self, alert_id: str, who: str, remark: str = ""
    ) -> AlertListView:
        """Note who acknowledges an active alert.

        Raises:
            NotFoundError: If no active alert has this id.
        """
        self._note("acknowledge", alert_id, who, *([remark] if remark else []))
        taken = AcknowledgedView(who, self.now, remark)
        return self._replace(alert_id, acknowledged=taken, held_back="acknowledged")

    async def resolve(
        self, alert_id: str, who: str, reason: str, remark: str = ""
    ) -> AlertListView:
        """End an active alert.

        Raises:
            InputError: If the reason is empty.
            NotFoundError: If no active alert has this id.
        """
        self._note("resolve", alert_id, who, reason, *([remark] if remark else []))
        if not reason.strip():
            raise InputError("a reason is missing")
        return self._replace(
            alert_id, state="resolved", since=self.now, ending="person"
        )

    async def notifications(self, limit: int = 100) -> tuple[NotificationView, ...]:
        """Return the newest notifications of all alerts, the newest first."""
        return page_notifications()[:limit]

    async def silences(self) -> tuple[SilenceView, ...]:
        """Return the silences."""
        self._note("silences")
        return tuple(self.kept)

    async def damaged_silences(self) -> DamagedSilencesView | None:
        """Return what `damaged` says."""
        self._note("damaged_silences")
        return self.damaged

    async def add_silence(self, new: NewSilence) -> SilenceView:
        """Add a silence.

        Raises:
            InputError: As `kizashi.app.silencing.check_silence` says.
        """
        self._note("add_silence", new)
        starts = self.now if new.starts is None else new.starts
        silence = Silence(
            id=f"{len(self.kept) + 1:016x}",
            matchers=new.matchers,
            starts_ms=int(starts * 1000),
            ends_ms=int(new.ends * 1000),
            owner=new.owner,
            reason=new.reason,
            created_ms=int(self.now * 1000),
        )
        check_silence(silence, int(self.now * 1000))
        matchers = [matcher_of(m) for m in new.matchers]
        made = SilenceView(
            id=silence.id,
            matchers=tuple(
                {"name": m.name, "op": m.op, "value": m.value} for m in new.matchers
            ),
            starts=starts,
            ends=new.ends,
            owner=new.owner,
            reason=new.reason,
            created=self.now,
            state="pending" if starts > self.now else "active",
            made_by=new.made_by,
            mutes=tuple(
                d.alert.id
                for d in self.details
                if d.alert.state != "inactive"
                and all(m.matches(Labels.of(**d.alert.labels)) for m in matchers)
            ),
        )
        self.kept.append(made)
        return made

    async def delete_silence(self, silence_id: str, who: str) -> None:
        """End a silence.

        Raises:
            NotFoundError: If there is none of this id.
        """
        self._note("delete_silence", silence_id, who)
        left = [s for s in self.kept if s.id != silence_id]
        if len(left) == len(self.kept):
            raise NotFoundError(silence_id)
        self.kept = left

    def _find(self, alert_id: str) -> AlertDetailView:
        for detail in self.details:
            if detail.alert.id == alert_id:
                return detail
        raise NotFoundError(f"no alert has the id {alert_id}")

    def _replace(self, alert_id: str, **changes: object) -> AlertListView:
        detail = self._find(alert_id)
        if detail.alert.state not in _ACTIVE:
            raise NotFoundError(f"no active alert has the id {alert_id}")
        alert = replace(detail.alert, **changes)  # type: ignore[arg-type]
        self.details[self.details.index(detail)] = replace(detail, alert=alert)
        return alert

    def _note(self, *asked: object) -> None:
        self.asked.append(asked)
        if self.failure is not None:
            raise self.failure
