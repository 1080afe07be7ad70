"""A story of ten pages, told to Kizashi and to a real Prometheus: what each stores."""

import asyncio
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import yaml
from serving import CLOCK, Kizashi, Opened

from harness.prometheus import PrometheusServer, running_prometheus
from harness.targets import Servers, page
from kizashi.model.arrays import is_stale
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.promql.selectors import parse_selector

pytestmark = [pytest.mark.anyio, pytest.mark.peer("prometheus"), pytest.mark.nightly]

A, B, C = b"a_total 1\n", b'b{x="1"} 2\n', b"c 3\n"
WRONG = b"no page\na_total 1\n"
#: What each scrape of one server gets; None is a 503. Afterwards the last for ever.
#: A page that breaks off after a sample is another matter: Prometheus counts that sample
#: and leaves its series without a staleness marker, and we take nothing of the page.
STORY = (A + B, A + B, A, A + B, None, None, A + B, A + A + B, WRONG, B + C, A, A)
#: One server's series at each scrape: its value, "stale", or absent.
Told = dict[str, list[float | str]]

JOBS = """\
  - job_name: story
    metrics_path: /story
    scrape_interval: 1s
    scrape_timeout: 1s
    static_configs: [{{targets: ["{address}"], labels: {{zone: z}}}}]
  - job_name: dropped
    metrics_path: /dropped
    scrape_interval: 1s
    scrape_timeout: 1s
    static_configs: [{{targets: ["{address}"]}}]
    metric_relabel_configs: [{{source_labels: [__name__], regex: b, action: drop}}]
"""
#: How long a scrape took is each server's own.
OWN = "scrape_duration_seconds"


class Teller:
    """Tells the story to everyone anew: by user agent and job."""

    def __init__(self) -> None:
        self.told: defaultdict[str, int] = defaultdict(int)

    async def __call__(self, head: str, writer: asyncio.StreamWriter) -> None:
        lines = head.splitlines()
        (agent,) = [x for x in lines if x.lower().startswith("user-agent")]
        who = f"{agent.split(': ')[1].split('/')[0]} {lines[0].split()[1]}"
        body = STORY[min(self.told[who], len(STORY) - 1)]
        self.told[who] += 1
        answer = page(b"", "503 No") if body is None else page(body)
        await answer(head, writer)

    def is_over(self) -> bool:
        return len(self.told) == 4 and min(self.told.values()) > len(STORY)


def kizashis(opened: Opened) -> Told:
    every = parse_selector('{__name__=~".+"}')
    stored = list(opened.samples.select(every, 0, 2**50))
    times = {
        s.labels.get("job"): s.ts_ms.tolist()
        for s in stored
        if s.labels.metric_name == "up"
    }
    out: Told = {}
    for series in stored:
        values = [
            "stale" if is_stale(np.array([v]))[0] else v for v in series.values.tolist()
        ]
        by_time = dict(zip(series.ts_ms.tolist(), values, strict=True))
        out[str(series.labels)] = [
            by_time.get(ts, "") for ts in times[series.labels.get("job")]
        ]
    return out


def prometheuses(server: PrometheusServer) -> Told:
    found = server.get('query?query={__name__=~".%2B"}[5m]')["result"]
    times = {
        each["metric"]["job"]: [ts for ts, _ in each["values"]]
        for each in found
        if each["metric"]["__name__"] == "up"
    }
    out: Told = {}
    for each in found:
        labels = Labels.of(each["metric"])
        by_time = {ts: float(value) for ts, value in each["values"]}
        told: list[float | str] = []
        for ts in times[labels.get("job")]:
            value: float | str = by_time.get(ts, "")
            if value == "" and told and told[-1] not in ("", "stale"):
                # Within the lookback an absent series has a staleness marker.
                where = str(labels.without(METRIC_NAME)).replace("{", "", 1)
                query = f"query?time={ts}&query={labels.metric_name}{{{where}"
                value = "" if server.get(query)["result"] else "stale"
            told.append(value)
        out[str(labels)] = told
    return out


def cut(told: Told) -> Told:
    """Return the story proper, staleness of what was absent anyway left out."""
    return {
        name: [
            "" if value == "stale" and before in ("", "stale") else value
            for before, value in zip(["", *values], values, strict=False)
        ][: len(STORY)]
        for name, values in told.items()
        if OWN not in name
    }


async def test_both_store_the_same_story(
    kizashi: Kizashi, servers: Servers, tmp_path: Path
):
    teller = Teller()
    address = f"127.0.0.1:{(await servers.start(teller)).port}"
    jobs = JOBS.format(address=address)
    kizashi.config.write_text(f"ledger: {{slice: 1s}}\nscrape_configs:\n{jobs}")
    (tmp_path / "peer").mkdir()
    configuration = yaml.safe_load(f"scrape_configs:\n{jobs}")
    with running_prometheus(tmp_path / "peer", configuration) as server:
        await kizashi.start()
        async with asyncio.timeout(60):
            while not teller.is_over():
                await CLOCK.sleep(0.2)
        theirs = await asyncio.to_thread(prometheuses, server)
    await kizashi.stop()
    opened = Opened(kizashi.data)
    ours = kizashis(opened)
    opened.close()
    assert cut(ours) == cut(theirs)
    stale = sum(values.count("stale") for values in cut(ours).values())
    # Both series of one job and one of the other twice or more, and what they end with.
    assert stale >= 6
