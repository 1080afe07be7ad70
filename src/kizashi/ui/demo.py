"""Demo: break the service on purpose, and see what comes of it. In a demo only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kizashi.errors import InputError, NotFoundError
from kizashi.ports.alert_service import AlertListView
from kizashi.ports.demo import DemoControl, FaultsView, Loading
from kizashi.ui.parts.base import Ask
from kizashi.ui.parts.contexts import Badge, PageContext
from kizashi.ui.parts.terms import PHASES
from kizashi.ui.parts.words import Words

LOADING: Mapping[Loading, str] = {
    Loading.WAITING: "ui.demo.loading.waiting",
    Loading.STORING: "ui.demo.loading.storing",
    Loading.COUNTING: "ui.demo.loading.counting",
    Loading.LOADED: "ui.demo.loading.loaded",
    Loading.FAILED: "ui.demo.loading.failed",
}


@dataclass(frozen=True, slots=True)
class FaultPreset:
    """A fault that one button injects: what it is called, and what to expect of it."""

    key: str
    title: str
    note: str
    faults: FaultsView


PRESETS = (
    FaultPreset(
        "errors",
        "ui.demo.errors",
        "ui.demo.errors_note",
        FaultsView(error_share=0.2),
    ),
    FaultPreset(
        "slow",
        "ui.demo.slow",
        "ui.demo.slow_note",
        FaultsView(latency_ms=300, latency_share=0.5),
    ),
    FaultPreset(
        "outage", "ui.demo.outage", "ui.demo.outage_note", FaultsView(outage=True)
    ),
    FaultPreset(
        "store",
        "ui.demo.store",
        "ui.demo.store_note",
        FaultsView(store_latency_ms=300),
    ),
    FaultPreset("ai", "ui.demo.ai", "ui.demo.ai_note", FaultsView(ai_down=True)),
    FaultPreset(
        "certificate",
        "ui.demo.certificate",
        "ui.demo.certificate_note",
        FaultsView(certificate_expired=True),
    ),
    FaultPreset("leak", "ui.demo.leak", "ui.demo.leak_note", FaultsView(leak_kb=256)),
)
_WELL = FaultsView()


@dataclass(frozen=True, slots=True)
class DemoAlert:
    """An alert that fires, and what it is of."""

    id: str
    badge: Badge
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoContext(PageContext):
    """What the page of a demo shows.

    Attributes:
        presets: Faults that a button injects.
        badge: How the service stands.
        in_force: Which faults are in force, in words; empty where none is.
        firing: Alerts that fire.
        loading: How far the simulated past is, in words.
        share: Share of it that is stored.
        is_loading: Whether it is on its way.
        start: When it begins.
        until: When it ends; both None where there is nothing of it.
        may_act: Whether the reader may break the service.
    """

    presets: Sequence[FaultPreset]
    badge: Badge
    in_force: Sequence[str]
    firing: Sequence[DemoAlert]
    loading: str
    share: float
    is_loading: bool
    start: float | None
    until: float | None
    may_act: bool


async def show(ask: Ask) -> DemoContext:
    """Return what the page shows.

    Raises:
        NotFoundError: If this server is no demo.
    """
    demo = _demo(ask)
    faults = await demo.faults()
    alerts = await ask.services.api.alerts.alerts()
    past = demo.simulated()
    t = ask.words.t
    badge = Badge("page", t("ui.demo.broken"))
    if faults is None:
        badge = Badge("blind", t("ui.demo.down"))
    elif faults == _WELL:
        badge = Badge("calm", t("ui.demo.well"))
    in_force = [t(preset.title) for preset in PRESETS if faults == preset.faults]
    is_past = past.start < past.until and past.state is not Loading.FAILED
    return DemoContext(
        presets=PRESETS,
        badge=badge,
        in_force=in_force or [t("ui.demo.other")] if badge.level == "page" else [],
        firing=[
            _alert(alert, ask.words)
            for alert in alerts
            if alert.state in {"firing", "frozen"}
        ],
        loading=t(LOADING[past.state], share=ask.words.pct(past.share, 0)),
        share=past.share,
        is_loading=past.state in {Loading.STORING, Loading.COUNTING},
        start=past.start if is_past else None,
        until=past.until if is_past else None,
        may_act=ask.may("operator"),
    )


def _alert(alert: AlertListView, words: Words) -> DemoAlert:
    labels = alert.labels
    names = (labels.get("service", labels.get("job", "")), labels.get("objective", ""))
    level = "page" if alert.severity == "page" else "ticket"
    badge = Badge(level, words.t(PHASES[alert.state]))
    return DemoAlert(alert.id, badge, "/".join(names) if names[1] else names[0])


async def inject(ask: Ask, fields: Mapping[str, str]) -> str:
    """Inject a preset fault, or take every fault away.

    Raises:
        NotFoundError: If this server is no demo.
        InputError: If there is no such fault, or the service does not answer.
    """
    demo, wanted = _demo(ask), fields.get("fault", "")
    known = {"well": _WELL, **{p.key: p.faults for p in PRESETS}}
    if wanted not in known:
        raise InputError(ask.words.t("ui.demo.unknown", known=", ".join(known)))
    if not await demo.inject(known[wanted]):
        raise InputError(ask.words.t("ui.demo.away"))
    ask.services.live.announce()
    return f"/demo?told={'cleared' if wanted == 'well' else 'injected'}"


async def kill(ask: Ask, fields: Mapping[str, str]) -> str:
    """Kill the service as if it had crashed.

    Raises:
        NotFoundError: If this server is no demo.
        InputError: If it does not answer.
    """
    del fields
    if not await _demo(ask).kill():
        raise InputError(ask.words.t("ui.demo.away"))
    ask.services.live.announce()
    return "/demo?told=killed"


def _demo(ask: Ask) -> DemoControl:
    demo = ask.services.api.demo
    if demo is None:
        raise NotFoundError("this server is no demo")
    return demo
