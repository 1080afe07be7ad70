"""The story, unattended: people's traffic, a fault, a page, why, and the end of it.

Everything goes through what anybody can call: the API with a person's token, the admin
port with its token, and Kizashi over HTTP.
"""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from kizashi.ports.clock import Clock

_POLL_S = 0.1
_HEALTHY_S = 60.0
#: A scrape, its timeout, the slice that closes after it (1 s each), and a loaded machine.
_LATE_S = 5.0
#: At 100 % of errors the share in 20 s exceeds 14.4 x 0.05 % at once; three bad events
#: must be counted first.
_DETECTED_S = 1.0
#: The short window must be free of errors again.
_RESOLVED_S = 5.0
_WORDS = {
    "en": {
        "healthy": "people's traffic is seen, and nothing is wrong",
        "fault": "fault: every request of theirs fails",
        "firing": "the page is out: ErrorBudgetBurn of backend/availability",
        "why": "why",
        "mended": "the fault is taken out",
        "resolved": "the page is resolved",
        "silent": "fault: the AI service is down",
        "degraded": "a sentence is kept and counted as degraded",
        "counted": "Kizashi counts it against backend/full-answers",
        "good": "every step came in its bound",
        "bad": "a step did not come in its bound",
    },
    "ja": {
        "healthy": "利用者のトラフィックが見えていて、異常はない",
        "fault": "障害: 利用者のリクエストがすべて失敗する",
        "firing": "呼び出しが出た: backend/availability の ErrorBudgetBurn",
        "why": "理由",
        "mended": "障害を取り除いた",
        "resolved": "呼び出しが解決した",
        "silent": "障害: AI サービスが止まる",
        "degraded": "文章は残り、縮退した応答として数えられた",
        "counted": "Kizashi が backend/full-answers に数えた",
        "good": "どの段階も期限の内に起きた",
        "bad": "期限の内に起きなかった段階がある",
    },
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is, and what opens it."""

    kizashi: str
    api: str
    admin: str
    admin_token: str
    token: str


class Exercise:
    """One telling.

    Args:
        places: Where everything is.
        clock: Paces the waiting.
        language: The reader's.
    """

    def __init__(self, places: Places, clock: Clock, language: str) -> None:
        self._places = places
        self._clock = clock
        self._words = _WORDS[language]
        self._is_good = True

    async def run(self) -> bool:
        """Tell the story; return whether each step came in its bound."""
        await self._step("healthy", self._is_healthy, _HEALTHY_S)
        await self._fault("fault", {"error_share": 1.0})
        await self._step("firing", self._is_firing, _DETECTED_S + _LATE_S)
        await self._say_why()
        await self._fault("mended", {})
        await self._step("resolved", self._is_resolved, _RESOLVED_S + _LATE_S)
        await self._fault("silent", {"ai_down": True})
        await self._step("degraded", self._is_degraded, _LATE_S)
        await self._step("counted", self._is_counted, _LATE_S)
        await self._fault("mended", {})
        self._tell("good" if self._is_good else "bad")
        return self._is_good

    def _tell(self, word: str, before: str = "") -> None:
        print(f"{before}{self._words[word]}", flush=True)

    async def _step(
        self, word: str, holds: Callable[[], Awaitable[bool]], bound_s: float
    ) -> None:
        """Wait for something, and tell when it came."""
        began = self._clock.monotonic()
        while not await holds():
            if self._clock.monotonic() - began > bound_s:
                self._is_good = False
                self._tell(word, f"!!       -  (≤ {bound_s:g} s)  ")
                return
            await self._clock.sleep(_POLL_S)
        took = self._clock.monotonic() - began
        self._tell(word, f"ok {took:6.2f} s  (≤ {bound_s:g} s)  ")

    async def _fault(self, word: str, faults: dict[str, object]) -> None:
        url = f"{self._places.admin}/demo/faults"
        await _call("PUT", url, self._places.admin_token, faults)
        self._tell(word)

    async def _objective(self, name: str) -> dict[str, Any]:
        listed = await _call("GET", f"{self._places.kizashi}/kizashi/v1/objectives")
        found: list[dict[str, Any]] = [
            one
            for one in listed.get("objectives", [])
            if (one["service"], one["objective"]) == ("backend", name)
        ]
        return found[0] if found else {"burn_rates": [], "sli": None}

    async def _is_healthy(self) -> bool:
        view = await self._objective("availability")
        burns = view["burn_rates"]
        is_seen = all(b["coverage"] == 1 and b["valid"] > 0 for b in burns)
        return bool(burns) and is_seen and view["sli"] == 1

    async def _states(self) -> set[tuple[str, str]]:
        listed = await _call("GET", f"{self._places.kizashi}/kizashi/v1/alerts")
        return {
            (alert["name"], alert["state"])
            for alert in listed.get("alerts", [])
            if alert["labels"].get("service") == "backend"
            and alert["labels"].get("objective") == "availability"
        }

    async def _is_firing(self) -> bool:
        return ("ErrorBudgetBurn", "firing") in await self._states()

    async def _is_resolved(self) -> bool:
        return ("ErrorBudgetBurn", "firing") not in await self._states()

    async def _say_why(self) -> None:
        view = await self._objective("availability")
        for burn in view["burn_rates"]:
            print(
                f"   {self._words['why']}: {burn['window']}:"
                f" {burn['bad']:g} / {burn['valid']:g}",
                flush=True,
            )

    async def _is_degraded(self) -> bool:
        body = {"text": "call Bob next Friday at 5pm", "timezone": "Asia/Tokyo"}
        url = f"{self._places.api}/tasks/from-text"
        task = await _call("POST", url, self._places.token, body)
        return task.get("source") == "degraded"

    async def _is_counted(self) -> bool:
        view = await self._objective("full-answers")
        return bool(view.get("valid", 0) > view.get("good", 0))


async def _call(
    method: str, url: str, token: str = "", body: object = None
) -> dict[str, Any]:
    return await asyncio.to_thread(_call_now, method, url, token, body)


def _call_now(method: str, url: str, token: str, body: object) -> dict[str, Any]:
    """Return the answer; nothing where there is none, so that it is asked again."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read())
    except (urllib.error.URLError, TimeoutError):
        return {}
    return found
