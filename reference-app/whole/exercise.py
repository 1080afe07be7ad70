"""The story, unattended, told beside what had to happen when.

Every step has a time that follows from first principles (`Timing`), and a bound: at
most one scrape, its timeout and one evaluation later, and for what is delivered the
group's wait or interval beside it. Everything goes through what anybody can call: the
API with a person's token, the admin port with its token, Kizashi over HTTP and its
commands, and a webhook.
"""

import asyncio
import http.client
import json
import urllib.request
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from whole.running import House
from whole.sink import Sink
from whole.words import word

#: Three minutes at most, and enough requests that no second is without one.
DURATION, RATE = "4m", 40.0
_POLL_S = 0.05
_HEALTHY_S = 60.0
#: So much later than its bound a step is still waited for, to say how late it was.
_GIVE_UP_S = 30.0
#: A part that ended is started again after a while; this is how long that may take.
_START_S = 60.0
#: A request on its way, a poll, a loaded machine.
_SLACK_S = 2.0
_CALL_S = 10.0
_BURN, _LOSS = "ErrorBudgetBurn", "DataLoss"


@dataclass(frozen=True, slots=True)
class Timing:
    """When things must happen, in seconds, for an exercise's policy.

    It pages when the burn exceeds 14.4 in the last 20 s and in the last 5 s, and three
    events of them are bad: at 99.95 % when 0.72 % fail. All requests fail, so after t
    seconds the share is t / 20 and t / 5.
    """

    scrape_s: float = 1.0
    timeout_s: float = 1.0
    slice_s: float = 1.0
    group_wait_s: float = 1.0
    group_interval_s: float = 2.0
    limit: float = 0.0072
    long_s: float = 20.0
    short_s: float = 5.0

    @property
    def late_s(self) -> float:
        """How much later than first principles detection may come."""
        return self.scrape_s + self.timeout_s + self.slice_s + _SLACK_S

    @property
    def detection_s(self) -> float:
        """Until both windows exceed the limit: 0.0072 x 20 s."""
        return self.limit * max(self.long_s, self.short_s)

    @property
    def reset_s(self) -> float:
        """Until the short window is within it again: 5 s less 0.0072 x 5 s."""
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
        what: What happened.
        observed_s: Seconds after its cause; None if it never came.
        expected_s: What first principles say is the earliest; 0 where nothing does.
        bound_s: The latest that is accepted.
    """

    what: str
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


class NeverError(Exception):
    """A step never came, so that those after it cannot be told."""


class Exercise:
    """One telling.

    Args:
        house: The running parts.
        sink: Takes what Kizashi delivers.
    """

    def __init__(self, house: House, sink: Sink) -> None:
        self._house = house
        self._plan = house.plan
        self._say = house.say
        self._clock = house.clock
        self._sink = sink
        self._timing = Timing()
        self.steps: list[Step] = []

    async def tell(self) -> bool:
        """Tell the story; return whether every step was seen in its bound.

        It ends at the first step that never comes: those after it build on it.

        Raises:
            PartError: If a part does not run.
        """
        with suppress(NeverError):
            await self._story()
        missed = [step.what for step in self.steps if not step.is_in_bound]
        names = "; ".join(word(self._plan.language, f"exercise.{m}") for m in missed)
        self._say("exercise.bad" if missed else "exercise.good", steps=names)
        return not missed

    async def _story(self) -> None:
        await self._house.until_all_ready()
        await self._house.start_traffic()
        await self._step("healthy", self._is_healthy, bound_s=_HEALTHY_S)
        await self._show_visits()
        await self._failure()
        await self._degradation()
        await self._outage()

    async def _failure(self) -> None:
        """Every request fails, a page goes out and says why; then all is well again."""
        timing = self._timing
        began = self._clock.monotonic()
        await self._fault("fault", {"error_share": 1.0})
        await self._alert("burn.firing", (_BURN, "firing"), began, timing.detection_s)
        due = (timing.detection_s, timing.group_wait_s)
        await self._notice("firing.delivered", (_BURN, "firing"), began, *due)
        await self._explain("backend/availability")
        began = self._clock.monotonic()
        await self._fault("well", {})
        await self._alert("burn.resolved", (_BURN, "resolved"), began, timing.reset_s)
        due = (timing.reset_s, timing.group_interval_s)
        await self._notice("resolved.delivered", (_BURN, "resolved"), began, *due)

    async def _degradation(self) -> None:
        """A fallback is neither good nor bad for one objective, and bad for another."""
        before = (await self._objective("availability")).get("bad", 0)
        await self._fault("silent", {"ai_down": True})
        late_s = self._timing.late_s
        await self._step("degraded", self._is_degraded, bound_s=_CALL_S)

        async def pages() -> bool:
            return (_BURN, "firing") in await self._states("full-answers")

        # Only some requests are sentences: until three of them have failed.
        await self._step("counted", pages, bound_s=late_s + _CALL_S)

        async def is_apart() -> bool:
            found = await self._objective("availability")
            return bool(found) and found["bad"] == before

        await self._step("apart", is_apart, bound_s=late_s)
        await self._fault("asked", {})

        async def is_over() -> bool:
            return (_BURN, "resolved") in await self._states("full-answers")

        # The circuit to the AI service stays open for five seconds after that.
        bound_s = 5.0 + self._timing.long_s + late_s
        await self._step("restored", is_over, bound_s=bound_s)

    async def _outage(self) -> None:
        """The API dies and is started again, as a cluster would."""
        timing = self._timing
        killed = self._house.running["api"]
        began = self._clock.monotonic()
        killed.process.kill()
        await killed.process.wait()
        self._say("exercise.killed")

        async def is_unreachable() -> bool:
            return (_BURN, "firing") in await self._states("reachable")

        await self._step(
            "unreachable", is_unreachable, began_s=began, bound_s=timing.late_s + 1.0
        )
        await self._alert("loss.firing", (_LOSS, "firing"), began, timing.loss_s)
        due = (timing.loss_s, timing.group_wait_s)
        await self._notice("firing.delivered", (_LOSS, "firing"), began, *due)
        seen = 0.0

        async def is_back() -> bool:
            nonlocal seen
            seen = self._clock.monotonic()
            return self._house.running["api"] is not killed and await self._is_seen()

        away_s = self._plan.restart_s
        await self._step(
            "back", is_back, began_s=began, expected_s=away_s, bound_s=away_s + _START_S
        )
        began = seen
        resolved = (_LOSS, "resolved")
        await self._alert("loss.resolved", resolved, began, timing.seen_again_s)
        due = (timing.seen_again_s, timing.group_interval_s)
        await self._notice("resolved.delivered", resolved, began, *due)

    async def _alert(
        self, what: str, wanted: tuple[str, str], began_s: float, expected_s: float
    ) -> None:
        async def holds() -> bool:
            return wanted in await self._states("availability")

        bound_s = expected_s + self._timing.late_s
        await self._step(
            what, holds, began_s=began_s, expected_s=expected_s, bound_s=bound_s
        )

    async def _notice(
        self,
        what: str,
        wanted: tuple[str, str],
        began_s: float,
        expected_s: float,
        wait_s: float,
    ) -> None:
        async def arrived() -> bool:
            return any(
                wanted in arrival.alerts()
                for arrival in self._sink.arrivals
                if arrival.at_s >= began_s
            )

        # A notice need not wait for its group at all, but not come before its alert.
        bound_s = expected_s + wait_s + self._timing.late_s
        await self._step(
            what, arrived, began_s=began_s, expected_s=expected_s, bound_s=bound_s
        )

    async def _step(
        self,
        what: str,
        holds: Callable[[], Awaitable[bool]],
        *,
        bound_s: float,
        expected_s: float = 0.0,
        began_s: float | None = None,
    ) -> None:
        """Wait for something, and tell when it came.

        Raises:
            NeverError: If it does not.
        """
        start = self._clock.monotonic() if began_s is None else began_s
        observed: float | None = None
        while self._clock.monotonic() - start < bound_s + _GIVE_UP_S:
            if await holds():
                observed = self._clock.monotonic() - start
                break
            await self._clock.sleep(_POLL_S)
        step = Step(what, observed, expected_s, bound_s)
        self.steps.append(step)
        self._say(
            "exercise.step" if expected_s else "exercise.step.free",
            mark="ok" if step.is_in_bound else "!!",
            what=word(self._plan.language, f"exercise.{what}"),
            observed="-" if observed is None else f"{observed:.2f}",
            expected=f"{expected_s:.2f}",
            bound=f"{bound_s:.2f}",
        )
        if observed is None:
            raise NeverError(what)

    async def _fault(self, what: str, faults: Mapping[str, object]) -> None:
        token = await asyncio.to_thread(self._plan.admin_token.read_text)
        url = f"{self._plan.url('api-admin')}/demo/faults"

        async def is_switched() -> bool:
            return bool(await asyncio.to_thread(_call, "PUT", url, token, faults))

        if not await is_switched():
            # A step that is told of only where it does not come at once.
            await self._step("switch", is_switched, bound_s=_CALL_S)
        self._say(f"exercise.{what}")

    async def _explain(self, objective: str) -> None:
        """Show what a person would be told, line by line as they would read it."""
        command = f"kizashi explain {objective}"
        self._say("exercise.explain", command=command)
        told = await self._house.run_kizashi("explain", objective)
        for line in told.rstrip().splitlines():
            print(f"   | {line}".rstrip(), flush=True)

    async def _show_visits(self) -> None:
        """Show what has been asked for so far, as the API counts it."""
        page = await asyncio.to_thread(_text, f"{self._plan.url('api')}/metrics")
        visits: Counter[str] = Counter()
        for line in page.splitlines():
            if line.startswith("http_requests_total{"):
                labels, _, value = line.rpartition(" ")
                route = labels.split('route="')[1].split('"')[0]
                method = labels.split('method="')[1].split('"')[0]
                visits[f"{method} {route}"] += int(float(value))
        told = ", ".join(f"{name} {count}" for name, count in visits.most_common())
        self._say("exercise.visits", visits=told)

    # What Kizashi and the application say.

    async def _objective(self, name: str) -> dict[str, Any]:
        """Return an objective of the backend, with what is bad in its window."""
        listed = await self._get("/kizashi/v1/objectives")
        for one in listed.get("objectives", []):
            if (one["service"], one["objective"]) == ("backend", name):
                found: dict[str, Any] = one
                return {**found, "bad": found["valid"] - found["good"]}
        return {}

    async def _is_healthy(self) -> bool:
        for name in ("availability", "full-answers", "reachable"):
            view = await self._objective(name)
            burns = view.get("burn_rates", [])
            full = all(b["coverage"] == 1 and b["valid"] > 0 for b in burns)
            if not (burns and full and view["sli"] == 1):
                return False
        return True

    async def _states(self, objective: str) -> set[tuple[str, str]]:
        listed = await self._get("/kizashi/v1/alerts")
        return {
            (alert["name"], alert["state"])
            for alert in listed.get("alerts", [])
            if alert["labels"].get("service") == "backend"
            and alert["labels"].get("objective") == objective
        }

    async def _get(self, path: str) -> dict[str, Any]:
        url = self._plan.url("kizashi") + path
        return await asyncio.to_thread(_call, "GET", url)

    async def _is_degraded(self) -> bool:
        tokens = await asyncio.to_thread(self._plan.tokens.read_text)
        body = {"text": "call Bob next Friday at 5pm", "timezone": "Asia/Tokyo"}
        url = f"{self._plan.url('api')}/tasks/from-text"
        task = await asyncio.to_thread(_call, "POST", url, tokens.split()[0], body)
        is_kept = task.get("title") == body["text"]
        return is_kept and task.get("source") == "degraded"

    async def _is_seen(self) -> bool:
        """Return whether there is what Kizashi scrapes of the API."""
        url = f"{self._plan.url('api')}/metrics"
        try:
            return bool(await asyncio.to_thread(_text, url))
        except (OSError, http.client.HTTPException):
            return False


def _call(
    method: str, url: str, token: str = "", body: object = None
) -> dict[str, Any]:
    """Return the answer; nothing where there is none, so that it is asked again."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_CALL_S) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    return found


def _text(url: str) -> str:
    with urllib.request.urlopen(url, timeout=_CALL_S) as answer:  # noqa: S310
        return str(answer.read(), "utf-8")
