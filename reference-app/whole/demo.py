"""The demo: everything comes up, a page says what to try, and the counts agree."""

import asyncio
import json
import os
import shlex
import sys
from typing import Any

from kizashi.cli.client import ServerError, fetch
from kizashi.cli.text.terminal import width
from kizashi.offline.tokens import create_token
from kizashi.ports.tokens import Role
from whole.children import Child
from whole.parts import PARTS
from whole.plan import GUESTS, PEOPLE, Plan
from whole.running import House, PartError
from whole.words import word

_STATUS_EVERY_S = 10.0
_POLL_S = 0.2
#: A scrape, its timeout, and the slice that closes after it; each lasts a second.
_SETTLE_S = 4.0
#: Steps in which the loading of the past is told.
_PAST_STEPS = 10
_PAST_ENDS = {"loaded": "loaded", "failed": "unloaded"}
#: Where people go first; the others follow in the table's order.
_FIRST = ("kizashi", "edge")
#: What the traffic counts by hand.
_COUNTED = ("availability", "latency", "full-answers")


class Demo:
    """One run, told in order.

    Args:
        house: The running parts.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._plan = house.plan
        self._say = house.say
        self._clock = house.clock

    async def tell(self) -> bool:
        """Show the pages as they come up, wait for the traffic, compare counts.

        Raises:
            PartError: If the traffic does not end well.
        """
        began = self._clock.monotonic()
        await self._house.until_ready("kizashi")
        took = f"{self._clock.monotonic() - began:.1f}"
        self._say("live", url=self._plan.url("kizashi"), seconds=took)
        await self._house.until_all_ready()
        await self._show_page()
        traffic = await self._house.start_traffic()
        beside = [
            asyncio.create_task(self._show_status()),
            asyncio.create_task(self._show_history()),
        ]
        try:
            code = await traffic.process.wait()
        finally:
            for endless in beside:
                endless.cancel()
        if code:
            raise PartError(traffic)
        self._say("settling")
        await self._clock.sleep(_SETTLE_S)
        await self._compare(traffic)
        return True

    async def _show_page(self) -> None:
        plan = self._plan
        data = plan.folder / "data"
        issued = await asyncio.to_thread(create_token, data, "demo", Role.OPERATOR)
        kizashi = f"{_own_python()} -m kizashi"
        server = f"--server {plan.url('kizashi')}"
        self._say(
            "page",
            places=await asyncio.to_thread(_places, plan),
            kizashi=plan.url("kizashi"),
            api=plan.url("api"),
            admin=plan.url("api-admin"),
            rate=f"{plan.rate:g}",
            people=PEOPLE,
            guests=GUESTS,
            duration=plan.duration,
            tokens=plan.tokens,
            admin_token=plan.admin_token,
            token=issued.plaintext,
            status=f"{kizashi} status {server}",
            explain=f"{kizashi} explain backend/availability {server}",
            restart=f"{plan.restart_s:g}",
        )

    async def _show_status(self) -> None:
        """Show the figures every ten seconds, without end."""
        while self._plan.shows_status:
            await self._clock.sleep(_STATUS_EVERY_S)
            # The command itself: the person sees what they would get by hand.
            await self._house.run_kizashi("status", is_shown=True)

    async def _show_history(self) -> None:
        """Show how the simulated past is coming, until it is there."""
        told = -1
        while self._plan.history_days:
            past = (await self._ask("/kizashi/v1/demo")).get("simulated")
            if past and past["state"] in _PAST_ENDS:
                self._say(_PAST_ENDS[past["state"]])
                return
            if past and int(past["share"] * _PAST_STEPS) > told:
                told = int(past["share"] * _PAST_STEPS)
                self._say("loading", percent=told * 100 // _PAST_STEPS)
            await self._clock.sleep(_POLL_S)

    async def _ask(self, path: str) -> dict[str, Any]:
        """Return what Kizashi answers, nothing where it does not."""
        url, language = self._plan.url("kizashi"), self._plan.language
        try:
            body = await asyncio.to_thread(
                fetch, url, path, token=None, language=language
            )
        except ServerError:
            return {}
        answer: dict[str, Any] = json.loads(body)
        return answer

    async def _compare(self, traffic: Child) -> None:
        """Show what the traffic counted by hand beside what the ledger holds."""
        tally = json.loads(await asyncio.to_thread(traffic.output.read_bytes))
        past = (await self._ask("/kizashi/v1/demo")).get("simulated", {"until": 0})
        listed = await self._ask("/kizashi/v1/objectives")
        for held in listed.get("objectives", []):
            if held["service"] != "backend" or held["objective"] not in _COUNTED:
                continue
            # What was simulated is not the traffic's.
            name = f"{held['service']}/{held['objective']}"
            stretch = await self._ask(
                f"/kizashi/v1/objectives/{name}/ledger"
                f"?start={past['until']:.3f}&end={held['at']:.3f}&step=1m"
            )
            points = stretch.get("points", [])
            self._say(
                "count",
                objective=name,
                bad=tally["bad"][held["objective"]],
                valid=tally["valid"][held["objective"]],
                ledger_bad=sum(point["bad"] for point in points),
                ledger_valid=sum(point["valid"] for point in points),
            )
        if tally["no_answer"]:
            self._say("no_answer", count=tally["no_answer"])


def _places(plan: Plan) -> str:
    """Return a line for each part that people can go to."""
    parts = sorted(PARTS, key=lambda part: part.name not in _FIRST)
    rows = [
        (part.title[plan.language], *part.place(plan))
        for part in parts
        if part.name in plan.parts and part.place is not None
    ]
    rows.insert(1, (word(plan.language, "place.handbook"), f"{rows[0][1]}/docs", ""))
    password = plan.password.read_text(encoding="ascii")
    who = word(plan.language, "place.who", person="demo", password=password)
    rows.append((word(plan.language, "place.log_in"), who, ""))
    widths = [max(width(row[n]) for row in rows[:-1]) + 2 for n in (0, 1)]
    return "".join(
        ("  " + _padded(title, widths[0]) + _padded(url, widths[1]) + note).rstrip()
        + "\n"
        for title, url, note in rows
    )


def _padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


def _own_python() -> str:
    return shlex.quote(os.path.relpath(sys.executable))
