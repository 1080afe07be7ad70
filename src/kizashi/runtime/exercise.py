"""The exercise: a fault, its page, its end, told beside what had to happen when.

Every step has a time that follows from first principles (`Timing`), and a bound: at
most one scrape, its timeout and one evaluation later, and for what is delivered the
group's wait or interval beside it.
"""

import asyncio
import contextlib
import json
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from kizashi.messages import render
from kizashi.ports.clock import Clock
from kizashi.runtime.children import Child, Children
from kizashi.runtime.client import ServerError, fetch
from kizashi.runtime.demo import DemoPlan, Parts, Say
from kizashi.runtime.sink import Sink

_POLL_S = 0.05
_HEALTHY_S = 30.0
_GIVE_UP_S = 60.0
#: A request on its way, a poll, a loaded machine.
_SLACK_S = 1.0


_ALERTS = {
    ("ErrorBudgetBurn", "firing"): "exercise.burn.firing",
    ("ErrorBudgetBurn", "resolved"): "exercise.burn.resolved",
    ("DataLoss", "firing"): "exercise.loss.firing",
    ("DataLoss", "resolved"): "exercise.loss.resolved",
}
_DELIVERED = {
    "firing": "exercise.firing.delivered",
    "resolved": "exercise.resolved.delivered",
}


@dataclass(frozen=True, slots=True)
class Timing:
    """When things must happen, in seconds, for the policy in reference-app.

    The policy pages when more than 14.4 % of requests fail in the last 20 s and in
    the last 5 s. All requests fail, so after t seconds the share is t / 20 and t / 5.
    """

    scrape_s: float = 1.0
    timeout_s: float = 1.0
    slice_s: float = 1.0
    group_wait_s: float = 1.0
    group_interval_s: float = 2.0
    limit: float = 0.144
    long_s: float = 20.0
    short_s: float = 5.0

    @property
    def late_s(self) -> float:
        """How much later than first principles detection may come."""
        return self.scrape_s + self.timeout_s + self.slice_s + _SLACK_S

    @property
    def detection_s(self) -> float:
        """Until both windows exceed the limit: 0.144 x 20 s."""
        return self.limit * max(self.long_s, self.short_s)

    @property
    def reset_s(self) -> float:
        """Until the short window is within it again: 5 s less 0.144 x 5 s."""
        return self.short_s * (1 - self.limit)

    @property
    def loss_s(self) -> float:
        """Until lost data pages.

        The last scrape counts for 2.5 intervals; then half the short window goes
        unseen; then that must last as long as the window.
        """
        return 2.5 * self.scrape_s + self.short_s / 2 + self.short_s

    @property
    def seen_again_s(self) -> float:
        """Until half the short window is seen again."""
        return self.short_s / 2


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline.

    Attributes:
        message_id: What happened.
        observed_s: Seconds after its cause; None if it never came.
        expected_s: What first principles say.
        bound_s: The latest that is accepted.
    """

    message_id: str
    observed_s: float | None
    expected_s: float
    bound_s: float

    @property
    def is_in_bound(self) -> bool:
        """Whether it came in time, and not before it could."""
        if self.observed_s is None:
            return False
        earliest = self.expected_s - 1.0 if self.expected_s else 0.0
        return earliest <= self.observed_s <= self.bound_s


class Exercise:
    """One run of the story."""

    def __init__(self, plan: DemoPlan, say: Say, clock: Clock) -> None:
        self._plan = plan
        self._say = say
        self._clock = clock
        self._timing = Timing()
        self.steps: list[Step] = []

    async def run(self) -> bool:
        """Tell the story; return whether every step was seen in its bound.

        Raises:
            DemoError: If a part did not run.
        """
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, stop.set)
        with Sink(self._clock) as sink:
            async with Children(self._plan.folder) as children:
                story = asyncio.create_task(self._tell(children, sink))
                stopping = asyncio.create_task(stop.wait())
                await asyncio.wait(
                    {story, stopping}, return_when=asyncio.FIRST_COMPLETED
                )
                stopping.cancel()
                story.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await story
        is_good = bool(self.steps) and all(s.is_in_bound for s in self.steps)
        is_good = is_good and not stop.is_set()
        self._say("exercise.good" if is_good else "exercise.bad")
        return is_good

    async def _tell(self, children: Children, sink: Sink) -> None:
        parts = Parts(self._plan, self._clock, children)
        timing = self._timing
        self._say("exercise.starting")
        config = _write_configuration(self._plan, sink.url)
        api = await parts.start_api()
        server = await parts.start_kizashi(config)
        await parts.until_ready(api, self._plan.api_url, "/health/ready")
        await parts.until_ready(server, self._plan.kizashi_url, "/-/ready")
        await parts.start_traffic()
        await self._step(
            "exercise.healthy", self._is_healthy, expected_s=0, bound_s=_HEALTHY_S
        )
        began = self._clock.monotonic()
        await self._fault({"error_share": 1.0})
        self._told("exercise.fault")
        await self._alert("ErrorBudgetBurn", "firing", began, timing.detection_s)
        wait = timing.detection_s + timing.group_wait_s
        await self._notice(sink, "ErrorBudgetBurn", "firing", began, wait)
        began = self._clock.monotonic()
        await self._fault({})
        self._told("exercise.well")
        await self._alert("ErrorBudgetBurn", "resolved", began, timing.reset_s)
        wait = timing.reset_s + timing.group_interval_s
        await self._notice(sink, "ErrorBudgetBurn", "resolved", began, wait)
        await self._outage(parts, api, sink)

    async def _outage(self, parts: Parts, api: Child, sink: Sink) -> None:
        timing = self._timing
        began = self._clock.monotonic()
        api.process.kill()
        await api.process.wait()
        self._told("exercise.killed")
        await self._alert("DataLoss", "firing", began, timing.loss_s)
        wait = timing.loss_s + timing.group_wait_s
        await self._notice(sink, "DataLoss", "firing", began, wait)
        api = await parts.start_api()
        await parts.until_ready(api, self._plan.api_url, "/health/ready")
        began = self._clock.monotonic()
        self._told("exercise.back")
        await self._alert("DataLoss", "resolved", began, timing.seen_again_s)
        wait = timing.seen_again_s + timing.group_interval_s
        await self._notice(sink, "DataLoss", "resolved", began, wait)

    async def _alert(
        self, name: str, state: str, began_s: float, expected_s: float
    ) -> None:
        async def holds() -> bool:
            return (name, state) in await self._states()

        bound = expected_s + self._timing.late_s
        message_id = _ALERTS[name, state]
        await self._step(
            message_id, holds, began_s=began_s, expected_s=expected_s, bound_s=bound
        )

    async def _notice(
        self, sink: Sink, name: str, status: str, began_s: float, expected_s: float
    ) -> None:
        async def arrived() -> bool:
            return any(
                (name, status) in a.alerts() for a in sink.arrivals if a.at_s >= began_s
            )

        bound = expected_s + self._timing.late_s
        await self._step(
            _DELIVERED[status],
            arrived,
            began_s=began_s,
            # A notice may not wait for its tick at all: only the latest is bound.
            expected_s=expected_s,
            bound_s=bound,
            is_earliest_bound=False,
        )

    async def _step(
        self,
        message_id: str,
        holds: Callable[[], Awaitable[bool]],
        *,
        expected_s: float,
        bound_s: float,
        began_s: float | None = None,
        is_earliest_bound: bool = True,
    ) -> None:
        """Wait for something, and tell when it came."""
        start = self._clock.monotonic() if began_s is None else began_s
        observed: float | None = None
        while self._clock.monotonic() - start < bound_s + _GIVE_UP_S:
            if await holds():
                observed = self._clock.monotonic() - start
                break
            await self._clock.sleep(_POLL_S)
        earliest = expected_s if is_earliest_bound else 0.0
        step = Step(message_id, observed, earliest, bound_s)
        self.steps.append(step)
        self._say(
            "exercise.step",
            mark="ok" if step.is_in_bound else "!!",
            what=render(self._plan.language, message_id),
            observed="-" if observed is None else f"{observed:.2f}",
            expected=f"{expected_s:.2f}",
            bound=f"{bound_s:.2f}",
        )

    def _told(self, message_id: str) -> None:
        self._say(message_id)

    async def _is_healthy(self) -> bool:
        found = await self._get("/kizashi/v1/objectives")
        for view in cast("list[Mapping[str, object]]", found.get("objectives", [])):
            burns = cast("list[Mapping[str, float]]", view["burn_rates"])
            full = all(b["coverage"] == 1 and b["valid"] > 0 for b in burns)
            return view["sli"] == 1 and full
        return False

    async def _states(self) -> set[tuple[str, str]]:
        found = await self._get("/kizashi/v1/alerts")
        listed = cast("list[Mapping[str, str]]", found.get("alerts", []))
        return {(a["name"], a["state"]) for a in listed}

    async def _get(self, path: str) -> Mapping[str, object]:
        language = self._plan.language
        try:
            body = await asyncio.to_thread(
                fetch, self._plan.kizashi_url, path, token=None, language=language
            )
        except ServerError:
            return {}
        return cast("Mapping[str, object]", json.loads(body))

    async def _fault(self, fault: Mapping[str, float]) -> None:
        await asyncio.to_thread(_put, self._plan.api_port, json.dumps(fault))


def _put(port: int, body: str) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("PUT", "/demo/faults", body, headers)
        connection.getresponse().read()
    finally:
        connection.close()


def _write_configuration(plan: DemoPlan, hook: str) -> Path:
    """Write the exercise's configuration with this run's addresses."""
    folder = plan.checkout / "reference-app" / "kizashi" / "exercise"
    text = (folder / "kizashi.yaml").read_text(encoding="utf-8")
    text = text.replace("todo-api.yaml", str(folder / "todo-api.yaml"))
    text = text.replace("127.0.0.1:8080", f"127.0.0.1:{plan.api_port}")
    text = text.replace("http://127.0.0.1:9999/hook", hook)
    path = plan.folder / "kizashi.yaml"
    path.write_text(text, encoding="utf-8")
    return path
