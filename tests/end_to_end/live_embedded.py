"""The embedded ledger against its own samples, counted once more, and the farm's truth."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from farm import Farm, Target
from live_recorded import NO_NUMBER, SLICE_MS
from serving import CLOCK, Kizashi, Opened

from harness.brute_force import TargetStory, brute_ledger, brute_seen
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.window_sums import SEEN_ONE


@dataclass
class Counted:
    """What the embedded ledger says, beside the rules as loops, and the truth.

    Attributes:
        points: How many slices of how many objectives were compared.
        seen: In how many of them what was seen was compared.
        totals: Bad events of all targets: the ledger's, and the farm's own.
        differences: What is not the same.
    """

    points: int = 0
    seen: int = 0
    totals: tuple[float, float] = (0, 0)
    differences: list[str] = field(default_factory=list)

    def told(self) -> str:
        """Return how much was compared."""
        return (
            f"embedded {self.points} slices, {self.seen} shares seen, errors"
            f" {self.totals}: {len(self.differences)} differences"
        )


async def check_embedded(
    kizashi: Kizashi, farm: Farm, specs: tuple[ObjectiveSpec, ...], since_ms: int
) -> Counted:
    """Compare the embedded ledger's slices with its samples, and with the farm."""
    found = Counted()
    end_s = CLOCK.now_ms() / 1000
    told = {}
    for spec in specs:
        answer = await kizashi.get(
            f"/kizashi/v1/objectives/farm/{spec.name}/ledger",
            start=since_ms / 1000 - 10,
            end=end_s,
            step="2s",
        )
        told[spec.name] = answer["points"]
    await kizashi.stop()
    opened = Opened(kizashi.data)
    stories = opened.stories()
    for story, target in zip(stories, opened.samples.targets(), strict=True):
        story.labels = target.labels
    opened.close()
    for spec in specs:
        brute = brute_ledger(spec.indicator, stories, SLICE_MS)
        for place, point in enumerate(told[spec.name]):
            edge_ms = round(float(point["at"]) * 1000)
            number = edge_ms // SLICE_MS
            expected = (
                brute.bad[number] + brute.late_bad[number],
                brute.valid[number] + brute.late_valid[number],
                brute.late_valid[number],
            )
            got = point["bad"], point["valid"], point["late"]
            found.points += 1
            if got != expected:
                found.differences.append(
                    f"{spec.name} {edge_ms}: ledger {got}, loops {expected}"
                )
            if place % 7 == 0 and edge_ms > since_ms + 60_000:
                share, _ = brute_seen(spec.indicator, stories, edge_ms)
                found.seen += 1
                if round(float(point["coverage"]) * SEEN_ONE) != round(
                    share * SEEN_ONE
                ):
                    found.differences.append(
                        f"{spec.name} {edge_ms}: seen {point['coverage']}, not {share}"
                    )
    instances = {target.address: target for target in farm.targets}
    bad = sum(point["bad"] for point in told["errors"])
    last_ms = max(round(float(point["at"]) * 1000) for point in told["errors"])
    truth = sum(
        true_errors(instances[story.labels.get("instance")], story, last_ms)
        for story in stories
    )
    found.totals = (bad, truth)
    if bad != truth:
        found.differences.append(f"errors: ledger {bad}, the farm {truth}")
    return found


def true_errors(target: Target, story: TargetStory, last_ms: int) -> float:
    """Return the errors of a target by its own account, as far as anyone could know.

    Up to the last slice that was asked for.

    Unknowable are those that a process had counted before its page was first stored,
    those of a series that appeared where the scrape before failed, and as many as a
    counter stood at when its process ended where the next one passed that unseen.
    """
    served = iter(
        (life, {Labels.of(_labels(k)): v for k, v in page.items()})
        for who, _, life, page in target.served
        if who == "kizashi" and page is not None
    )
    last: dict[Labels, tuple[int, float]] = {}
    total, before, is_first = 0.0, False, True
    for scrape in story.scrapes:
        if scrape.ts_ms > last_ms:
            break
        if scrape.values is None:
            before = False
            continue
        shown = {
            k.without("job", "instance"): v
            for k, v in scrape.values.items()
            if abs(v) < NO_NUMBER
        }
        life = next(life for life, page in served if _same(page, shown))
        for labels, value in shown.items():
            if not labels.get("code").startswith("5"):
                continue
            known = last.get(labels)
            if known is None:
                total += value if before and not is_first else 0
            elif known[0] == life or value >= known[1]:
                total += value - known[1]
            else:
                total += value
            last[labels] = (life, value)
        before, is_first = True, False
    return total


def _same(page: Mapping[Labels, float], shown: Mapping[Labels, float]) -> bool:
    return shown == {
        k: v for k, v in page.items() if not math.isnan(v) and abs(v) < NO_NUMBER
    }


def _labels(series: str) -> dict[str, str]:
    name, _, rest = series.partition("{")
    key, _, value = rest.rstrip("}").partition("=")
    return {METRIC_NAME: name} | ({key: value.strip('"')} if key else {})
