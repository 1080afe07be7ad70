"""Scrape the targets named on the command line for a while; print what came of it.

A process of its own, so that its memory can be measured. Arguments: a JSON object of
job name to [scheme, address, interval in milliseconds], and how long in seconds.
"""

import asyncio
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from kizashi.clock import SystemClock
from kizashi.model.scraping import ScrapeConfig, TargetGroup
from kizashi.scrape.loop import Scraper
from kizashi.scrape.results import ScrapeResult
from kizashi.scrape.targets import DiscoveredTarget


class Tally:
    """Counts outcomes by job."""

    def __init__(self) -> None:
        self.up: Counter[str] = Counter()
        self.reasons: defaultdict[str, set[str]] = defaultdict(set)
        self.limits: defaultdict[str, set[str]] = defaultdict(set)
        self.longest_s: defaultdict[str, float] = defaultdict(float)
        self.samples = 0

    def on_discovered(self, target: DiscoveredTarget, at_ms: int) -> None: ...

    def on_gone(self, target: DiscoveredTarget, at_ms: int) -> None: ...

    def on_started(self, target: DiscoveredTarget, ts_ms: int) -> None: ...

    def on_finished(self, result: ScrapeResult) -> None:
        job = result.target.config.job_name
        self.up[job] += result.ok
        self.longest_s[job] = max(self.longest_s[job], result.duration_s)
        self.samples += len(result.values)
        if result.error is not None:
            self.reasons[job].add(str(result.error))
        if result.limit_hit is not None:
            self.limits[job].add(result.limit_hit)


def memory_mib(name: str) -> float:
    """Return VmRSS or VmHWM of this process, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise LookupError(name)


async def main() -> None:
    targets, seconds = json.loads(sys.argv[1]), float(sys.argv[2])
    tally, clock = Tally(), SystemClock()
    scraper = Scraper(clock, tally)
    before = memory_mib("VmRSS")
    await scraper.apply(
        [
            ScrapeConfig(
                job,
                interval_ms=interval_ms,
                timeout_ms=interval_ms,
                scheme=scheme,
                static_groups=(TargetGroup((address,)),),
            )
            for job, (scheme, address, interval_ms) in targets.items()
        ]
    )
    await clock.sleep(seconds)
    await scraper.close()
    outcome = {
        "up": tally.up,
        "reasons": {job: sorted(found) for job, found in tally.reasons.items()},
        "limits": {job: sorted(found) for job, found in tally.limits.items()},
        "longest_s": tally.longest_s,
        "samples": tally.samples,
        "growth_mib": memory_mib("VmHWM") - before,
    }
    sys.stdout.write(json.dumps(outcome))


asyncio.run(main())
