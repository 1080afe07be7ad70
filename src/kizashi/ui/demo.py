"""Demo: break the service on purpose, and see what comes of it. In a demo only."""

from collections.abc import Mapping
from dataclasses import dataclass

from kizashi.errors import InputError, NotFoundError
from kizashi.ports.demo import DemoControl, FaultsView, Loading
from kizashi.ui.parts.base import Ask

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


async def show(ask: Ask) -> Mapping[str, object]:
    """Return what the page shows.

    Raises:
        NotFoundError: If this server is no demo.
    """
    desk = _desk(ask)
    faults = await desk.faults()
    alerts = await ask.services.api.alerts.alerts()
    past = desk.simulated()
    return {
        "presets": PRESETS,
        "faults": faults,
        "is_well": faults == _WELL,
        "in_force": [p.key for p in PRESETS if faults == p.faults],
        "past": past,
        "loading": LOADING[past.state],
        "firing": [a for a in alerts if a.state in {"firing", "frozen"}],
        "may_act": ask.may("operator"),
    }


async def inject(ask: Ask, fields: Mapping[str, str]) -> str:
    """Inject a preset fault, or take every fault away.

    Raises:
        NotFoundError: If this server is no demo.
        InputError: If there is no such fault, or the service does not answer.
    """
    desk, wanted = _desk(ask), fields.get("fault", "")
    known = {"well": _WELL, **{p.key: p.faults for p in PRESETS}}
    if wanted not in known:
        raise InputError(ask.words.t("ui.demo.unknown", known=", ".join(known)))
    if not await desk.inject(known[wanted]):
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
    if not await _desk(ask).kill():
        raise InputError(ask.words.t("ui.demo.away"))
    ask.services.live.announce()
    return "/demo?told=killed"


def _desk(ask: Ask) -> DemoControl:
    desk = ask.services.api.demo
    if desk is None:
        raise NotFoundError("this server is no demo")
    return desk
