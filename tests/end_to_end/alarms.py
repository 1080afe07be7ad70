"""A real `kizashi serve` that alerts within seconds, what it watches, whom it tells."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from serving import CLOCK, Kizashi

from harness.targets import page
from kizashi.testing.receivers import Answer, Received, ReceiverServer, status

#: A part whose requests all fail pages after 0.144 x 20 s, and a healed one is over
#: when the last failures have left 5 s; to each comes a scrape and a slice.
LONG_S = 20
SHORT_S = 5
CONFIGURATION = """\
declarations: [parts.yaml]
ledger: {{slice: 1s}}
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
{jobs}
route:
  receiver: people
  group_by: [alertname, service, objective, job]
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 1h
receivers:
  - name: people
    webhook_configs:
{hooks}
{more}"""
JOB = """\
  - job_name: {job}
    static_configs: [{{targets: ["{address}"]}}]
"""
SERVICE = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {{name: {job}}}
spec:
  job: {job}
  objectives:
{objectives}---
"""
OBJECTIVE = """\
    - name: {name}
      target: 99%
      window: 1h
      ratio:
        bad: hits_total{{part="{name}",code="500"}}
        valid: hits_total{{part="{name}"}}
      alerting:
        for: {wait}
        policies: [{{long: 20s, short: 5s, factor: 14.4, severity: page}}]
"""


@dataclass
class Parts:
    """An exporter whose parts each count requests, ten a page, and fail at will.

    Attributes:
        names: Its parts.
        address: Where it answers.
        failing: Parts whose requests fail.
        metric: The name its counters have.
        filler: So many further series, to make its pages long.
        is_hanging: Whether it takes requests and answers none.
        served: Times of its pages, in monotonic seconds.
    """

    names: tuple[str, ...]
    address: str = ""
    failing: set[str] = field(default_factory=set)
    metric: str = "hits_total"
    filler: int = 0
    is_hanging: bool = False
    served: list[float] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)

    async def __call__(self, head: str, writer: asyncio.StreamWriter) -> None:
        """Answer a scrape."""
        if self.is_hanging:
            await asyncio.Event().wait()
        for name in self.names:
            self.counts[name, "500"] += 10 * (name in self.failing)
            self.counts[name, "200"] += 10 * (name not in self.failing)
        lines = [
            f'{self.metric}{{part="{name}",code="{code}"}} {count}\n'
            for (name, code), count in self.counts.items()
        ]
        lines += [f'filler{{n="{n}"}} {len(self.served)}\n' for n in range(self.filler)]
        self.served.append(CLOCK.monotonic())
        await page("".join(lines).encode())(head, writer)


@dataclass(frozen=True, slots=True)
class Told:
    """One alert in a notification that a receiver took.

    Attributes:
        at_s: When it was taken, in monotonic seconds.
        key: The notification's idempotency key.
        alert: The alert's identifier.
        name: Its name.
        status: firing or resolved.
        since_s: The Unix time in seconds since when it is so.
        labels: All its labels.
    """

    at_s: float
    key: str
    alert: str
    name: str
    status: str
    since_s: float
    labels: Mapping[str, str]


class People(ReceiverServer):
    """A receiver that notes what it took, and which may be made to fail."""

    def __init__(self) -> None:
        super().__init__(answer=self._take)
        self.taken: list[Told] = []
        self.keys: Counter[str] = Counter()
        self.failure: Answer | None = None

    async def _take(self, received: Received, writer: asyncio.StreamWriter) -> None:
        if self.failure is not None:
            await self.failure(received, writer)
            return
        self.keys[received.key] += 1
        now_s = CLOCK.monotonic()
        self.taken += [_told(a, received.key, now_s) for a in _alerts(received)]
        await status(200)(received, writer)

    def told(self, name: str, state: str, **labels: str) -> list[Told]:
        """Return what was taken of an alert in a state, oldest first."""
        return [
            t
            for t in self.taken
            if (t.name, t.status) == (name, state)
            and labels.items() <= dict(t.labels).items()
        ]

    @property
    def extra(self) -> int:
        """How many notifications were taken more than once, counted by each more."""
        return self.keys.total() - len(self.keys)


def _alerts(received: Received) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", json.loads(received.body)["alerts"])


def _told(alert: Mapping[str, object], key: str, now_s: float) -> Told:
    labels = cast("Mapping[str, str]", alert["labels"])
    state = str(alert["status"])
    since = str(alert["startsAt" if state == "firing" else "endsAt"])
    since_s = datetime.fromisoformat(since).timestamp()
    name, alert_id = labels["alertname"], str(alert["fingerprint"])
    return Told(now_s, key, alert_id, name, state, since_s, labels)


def hook(url: str, timeout: str = "2s") -> str:
    """Return a webhook of the configuration."""
    return f'      - {{url: "{url}", timeout: {timeout}}}\n'


def write(
    kizashi: Kizashi,
    jobs: Mapping[str, Parts],
    hooks: Iterable[str],
    *,
    more: str = "",
    scrapes: str = "",
    waits: Mapping[str, str] | None = None,
) -> None:
    """Write the configuration and a service for each job.

    Args:
        kizashi: Whose.
        jobs: What is watched.
        hooks: Who is told.
        more: Further sections.
        scrapes: Further scrape configurations.
        waits: By part, the `for` of its objective where it has one.
    """
    listed = "".join(JOB.format(job=j, address=p.address) for j, p in jobs.items())
    text = CONFIGURATION.format(jobs=listed + scrapes, hooks="".join(hooks), more=more)
    kizashi.config.write_text(text)
    services = []
    for job, parts in jobs.items():
        objectives = "".join(
            OBJECTIVE.format(name=name, wait=(waits or {}).get(name, "0s"))
            for name in parts.names
        )
        services.append(SERVICE.format(job=job, objectives=objectives))
    text = "".join(services).removesuffix("---\n")
    (kizashi.folder / "parts.yaml").write_text(text)


async def states(kizashi: Kizashi) -> dict[tuple[str, str], str]:
    """Return the states of alerts, by name and objective, or job."""
    found = (await kizashi.get("/kizashi/v1/alerts"))["alerts"]
    shown = {}
    for alert in cast("list[dict[str, object]]", found):
        labels = cast("dict[str, str]", alert["labels"])
        whose = (
            labels.get("objective") or labels.get("job") or labels.get("receiver", "")
        )
        shown[str(alert["name"]), whose] = str(alert["state"])
    return shown


async def histories(kizashi: Kizashi, job: str) -> dict[str, list[dict[str, object]]]:
    """Return the histories of the burn alerts of a job's parts, by alert."""
    found = {}
    for name in await _objectives(kizashi, job):
        path = f"/kizashi/v1/objectives/{job}/{name}/alerts"
        details = cast("list[dict[str, object]]", (await kizashi.get(path))["alerts"])
        for detail in details:
            alert = cast("dict[str, object]", detail["alert"])
            if alert["name"] == "ErrorBudgetBurn":
                history = cast("list[dict[str, object]]", detail["history"])
                found[str(alert["id"])] = history
    return found


async def _objectives(kizashi: Kizashi, job: str) -> list[str]:
    found = (await kizashi.get("/kizashi/v1/objectives"))["objectives"]
    listed = cast("list[dict[str, object]]", found)
    return [str(o["objective"]) for o in listed if o["service"] == job]


async def eventually(holds: object, most_s: float, what: str) -> float:
    """Wait until something holds, and return how long that took.

    Args:
        holds: Called again and again; returns whether it does, or an awaitable of it.
        most_s: How long it may take.
        what: What is waited for.
    """
    began = CLOCK.monotonic()
    while (spent := CLOCK.monotonic() - began) < most_s:
        answer = holds()  # type: ignore[operator]
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return spent
        await CLOCK.sleep(0.05)
    raise AssertionError(f"not in {most_s} s: {what}")
