"""Demo: break the service on purpose, and see what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.responses import Response

from demo.faults import Faults, FaultSwitch
from demo.past import Loading, SimulatedPast, SimulatedView
from demo.words import Say, speaker
from kizashi.api._base import Access, json_reply
from kizashi.errors import InputError
from kizashi.ports.alert_service import AlertListView
from kizashi.ui.parts.base import Ask, Data, Form, Page, Row
from kizashi.ui.parts.contexts import Badge, Banner, PageContext
from kizashi.ui.parts.render import environment
from kizashi.ui.parts.terms import PHASES
from kizashi.ui.parts.words import Words

PRESETS: Mapping[str, Faults] = {
    "errors": Faults(error_share=0.2),
    "slow": Faults(latency_ms=300, latency_share=0.5),
    "outage": Faults(outage=True),
    "store": Faults(store_latency_ms=300),
    "ai": Faults(ai_down=True),
    "certificate": Faults(certificate_expired=True),
    "leak": Faults(leak_kb=256),
}
_WELL = Faults()
TEMPLATE = Path(__file__).with_name("page.html")
TOLD = ("injected", "cleared", "killed")


@dataclass(frozen=True, slots=True)
class DemoView:
    """A demo: its simulated past, and its faults; these are None while it is down."""

    simulated: SimulatedView
    faults: Faults | None


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
        say: The demo's words, for the reader.
        told: What was done a moment ago, in words; empty for nothing.
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

    say: Say
    told: str
    presets: Sequence[str]
    badge: Badge
    in_force: Sequence[str]
    firing: Sequence[DemoAlert]
    loading: str
    share: float
    is_loading: bool
    start: float | None
    until: float | None
    may_act: bool


class DemoPages:
    """The page, its forms, and what stands above every page of a demo.

    Args:
        past: The simulated past.
        switch: The service's fault switch.
    """

    def __init__(self, past: SimulatedPast, switch: FaultSwitch) -> None:
        self._past = past
        self._switch = switch

    def rows(self) -> tuple[Row, ...]:
        """Return the rows of the table of pages."""
        template = environment().from_string(TEMPLATE.read_text(encoding="utf-8"))
        return (
            Page("/demo", "Demo", template, self.show),
            Form("/demo/faults", self.inject, Access.OPERATOR, ("fault",)),
            Form("/demo/kill", self.kill, Access.OPERATOR),
            Data("/kizashi/v1/demo", self.tell),
        )

    def banners(self, words: Words) -> Sequence[Banner]:
        """Return what says on every page what is simulated."""
        say, past = speaker(words.language), self._past.view
        if past.start >= past.until or past.state is Loading.FAILED:
            text = say("banner_real")
        elif past.state is Loading.LOADED:
            text = say("banner", until=words.clock(past.until))
        else:
            text = say("banner_loading", share=words.pct(past.share, 0))
        return [Banner(say("title"), text, "/demo", say("break"))]

    async def tell(self, ask: Ask) -> Response:
        """Answer a program with the state of the demo."""
        del ask
        return json_reply(DemoView(self._past.view, await self._switch.faults()))

    async def show(self, ask: Ask) -> DemoContext:
        """Return what the page shows."""
        faults = await self._switch.faults()
        alerts = await ask.services.api.alerts.alerts()
        past, say = self._past.view, speaker(ask.words.language)
        badge = Badge("page", say("broken"))
        if faults is None:
            badge = Badge("blind", say("down"))
        elif faults == _WELL:
            badge = Badge("calm", say("well"))
        in_force = [say(key) for key, preset in PRESETS.items() if faults == preset]
        is_past = past.start < past.until and past.state is not Loading.FAILED
        told = ask.query.get("told", "")
        share = ask.words.pct(past.share, 0)
        return DemoContext(
            say=say,
            told=say(f"told.{told}") if told in TOLD else "",
            presets=tuple(PRESETS),
            badge=badge,
            in_force=in_force or [say("other")] if badge.level == "page" else [],
            firing=[
                _alert(alert, ask.words)
                for alert in alerts
                if alert.state in {"firing", "frozen"}
            ],
            loading=say(f"loading.{past.state}", share=share),
            share=past.share,
            is_loading=past.state in {Loading.STORING, Loading.COUNTING},
            start=past.start if is_past else None,
            until=past.until if is_past else None,
            may_act=ask.may("operator"),
        )

    async def inject(self, ask: Ask, fields: Mapping[str, str]) -> str:
        """Inject a preset fault, or take every fault away.

        Raises:
            InputError: If there is no such fault, or the service does not answer.
        """
        say, wanted = speaker(ask.words.language), fields.get("fault", "")
        known = {"well": _WELL, **PRESETS}
        if wanted not in known:
            raise InputError(say("unknown", known=", ".join(known)))
        if not await self._switch.inject(known[wanted]):
            raise InputError(say("away"))
        ask.services.live.announce()
        return f"/demo?told={'cleared' if wanted == 'well' else 'injected'}"

    async def kill(self, ask: Ask, fields: Mapping[str, str]) -> str:
        """Kill the service as if it had crashed.

        Raises:
            InputError: If it does not answer.
        """
        del fields
        if not await self._switch.kill():
            raise InputError(speaker(ask.words.language)("away"))
        ask.services.live.announce()
        return "/demo?told=killed"


def _alert(alert: AlertListView, words: Words) -> DemoAlert:
    labels = alert.labels
    names = (labels.get("service", labels.get("job", "")), labels.get("objective", ""))
    level = "page" if alert.severity == "page" else "ticket"
    badge = Badge(level, words.t(PHASES[alert.state]))
    return DemoAlert(alert.id, badge, "/".join(names) if names[1] else names[0])
