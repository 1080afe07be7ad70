"""One story, lived through by the ledger and by Prometheus' own rule evaluation.

Times are milliseconds since the story's beginning. Prometheus begins at the epoch, as
its unit tests do, the ledger at T0.
"""

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.ledger_world import Config, LedgerWorld
from kizashi.app.alerting import AlertTracker
from kizashi.compiler._base import CompileOptions, JobTiming
from kizashi.compiler.rule_groups import RuleGroup, service_rules, write_groups
from kizashi.ledger.building import LedgerPlan
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.slo.objective import LocalText, ObjectiveSpec, ServiceSpec
from kizashi.slo.window_sums import SEEN_ONE
from kizashi.testing.memory_ledger import MemoryLedger
from kizashi.testing.memory_samples import MemorySamples

T0 = 1_800_000_000_000 // 7_200_000 * 7_200_000
JOB = "j"
Page = Mapping[Labels, float]


@dataclass
class Story:
    """Scrapes of some targets: time and page, None where the scrape failed.

    A target that is discovered no more is gone from an interval after a scrape of it.
    A server that was killed and started again writes no staleness markers for what it
    scraped before, and may have another configuration: times of its starts but the first.
    """

    interval_ms: int
    scrapes: dict[str, list[tuple[int, Page | None]]] = field(default_factory=dict)

    gone: set[tuple[str, int]] = field(default_factory=set)
    starts: list[int] = field(default_factory=list)

    def life(self, ts_ms: int) -> int:
        """Return how often the server had been killed by some time."""
        return sum(start <= ts_ms for start in self.starts)

    @property
    def end_ms(self) -> int:
        return max(ts for own in self.scrapes.values() for ts, _ in own)

    def series(self, grid_ms: int) -> Iterator[dict[str, str]]:
        """Yield the input series of a unit test, a value for each step of the grid."""
        steps = self.end_ms // grid_ms + 1
        for instance, own in self.scrapes.items():
            told: dict[Labels, list[str]] = {}
            before: set[Labels] = set()
            met: set[Labels] = set()
            life = 0
            for ts, page in own:
                number, rest = divmod(ts, grid_ms)
                assert rest == 0
                if life != self.life(ts):
                    before, met, life = set(), set(), self.life(ts)
                now = {**_reports(page, met), **(page or {})}
                met = met if page is None else set(page)
                for labels in {*now, *before}:
                    values = told.setdefault(labels, ["_"] * steps)
                    values[number] = f"{now[labels]:.17g}" if labels in now else "stale"
                before = set(now)
                if (instance, ts) in self.gone:
                    gone = number + self.interval_ms // grid_ms
                    for labels in before:
                        told[labels][gone] = "stale"
                    before = set()
            for labels, values in told.items():
                own_labels = labels.merged({"job": JOB, "instance": instance})
                yield {"series": str(own_labels), "values": " ".join(values)}


def _reports(page: Page | None, met: set[Labels]) -> Page:
    """Return what the scraper writes of a scrape, given the series it has met."""
    shown = page or {}
    values = {
        "up": float(page is not None),
        "scrape_samples_scraped": float(len(shown)),
        "scrape_samples_post_metric_relabeling": float(len(shown)),
        "scrape_series_added": float(len(shown.keys() - met)),
    }
    return {Labels.of(__name__=name): value for name, value in values.items()}


@dataclass
class Lived:
    """What the ledger made of a story, one entry for each closing edge.

    Attributes:
        slices: By objective: bad, valid and seen share.
        windows: By objective and window: bad, valid and coverage.
        alerts: What fires, as (alert, objective, severity).
    """

    slices: dict[str, list[tuple[float, float, float]]]
    windows: dict[tuple[str, int], list[tuple[float, float, float]]]
    alerts: list[set[tuple[str, str, str]]]


def live(
    story: Story, specs: Sequence[ObjectiveSpec], slice_ms: int, every: int = 1
) -> Lived:
    """Let the ledger live through a story and look at it at every closing edge.

    Args:
        story: The story.
        specs: The objectives, of service ``s``.
        slice_ms: A slice.
        every: Look at alerts only so often, counted in slices.
    """
    service = ServiceSpec("s", LocalText("s", "s"), objectives=tuple(specs))
    plan = LedgerPlan((service,), {JOB: story.interval_ms}, slice_ms)
    world = LedgerWorld(MemorySamples(), MemoryLedger(), plan, T0 - slice_ms)
    targets: dict[str, int] = {}
    alerting = AlertTracker()
    alerting.adopt(world.engine.built, T0)
    due = sorted(
        ((ts, name, page) for name, own in story.scrapes.items() for ts, page in own),
        key=lambda scrape: scrape[:2],
    )
    going = sorted((ts + story.interval_ms, name) for name, ts in story.gone)
    place = {key[1]: at for key, at in world.engine.built.place.items()}
    lived = Lived({name: [] for name in place}, {}, [])
    for number in range(story.end_ms // slice_ms):
        edge = number * slice_ms
        while due and due[0][0] <= edge:
            ts, name, page = due.pop(0)
            while going and going[0][0] <= ts:
                lost_ms, lost = going.pop(0)
                world.lose(targets.pop(lost), T0 + lost_ms)
            config = Config(str(story.life(ts)), interval_ms=story.interval_ms)
            if name not in targets:
                # To the rules a target is unknown until it has been scraped.
                targets[name] = world.discover(JOB, name, T0 + ts - 1, config)
            world.reconfigure(targets[name], config, T0 + ts - 1)
            world.land(targets[name], T0 + ts, page)
        while going and going[0][0] <= edge:
            lost_ms, lost = going.pop(0)
            world.lose(targets.pop(lost), T0 + lost_ms)
        world.tick(T0 + edge + 60_000 if not due else T0 + edge)
        for name, (shard, member) in place.items():
            newest = shard.ledger.newest
            assert newest * slice_ms >= T0 + edge
            at = (T0 + edge) // slice_ms
            part = shard.past_slices(member, at, at)
            lived.slices[name].append(
                (float(part.bad[0]), float(part.valid[0]), part.seen[0] / SEEN_ONE)
            )
            if newest == at:
                for window in shard.members[member].windows:
                    sums = shard.window(member, window)
                    lived.windows.setdefault((name, window * slice_ms), []).append(
                        (sums.bad, sums.valid, sums.coverage)
                    )
        if number % every == 0:
            alerting.evaluate()
        lived.alerts.append(
            {
                (a.labels.get("alertname"), a.labels.get("objective"), severity)
                for a in alerting.alerts()
                if a.state.phase.is_active and (severity := a.labels.get("severity"))
            }
        )
    return lived


def options_of(story: Story, slice_ms: int) -> CompileOptions:
    """Return options whose rules look at the very time they are evaluated at."""
    jobs = {JOB: JobTiming(story.interval_ms, 10_000)}
    return CompileOptions(slice_ms=slice_ms, jobs=jobs, query_offset_ms=0)


def groups_of(
    specs: Sequence[ObjectiveSpec], options: CompileOptions
) -> tuple[tuple[RuleGroup, ...], tuple[RuleGroup, ...]]:
    service = ServiceSpec("s", LocalText("s", "s"), objectives=tuple(specs))
    rules = service_rules(service, options)
    return rules.quick, rules.slow


def promtool(
    folder: Path,
    groups: Sequence[RuleGroup],
    series: Sequence[Mapping[str, str]],
    tests: Sequence[Mapping[str, object]],
    *,
    grid_ms: int,
    step_ms: int,
) -> str:
    """Evaluate rules over input series; return what promtool says, empty if all holds."""
    file = write_groups("rules.yaml", groups, "query_offset")
    (folder / file.path).write_text(file.text)
    test = {
        "rule_files": [file.path],
        "group_eval_order": [group.name for group in groups],
        "evaluation_interval": format_duration(step_ms),
        "tests": [
            {
                "interval": format_duration(grid_ms),
                "input_series": list(series),
                "promql_expr_test": list(tests),
            }
        ],
    }
    path = folder / "test.yaml"
    path.write_text(json.dumps(test))
    return said_by_promtool(path)


def said_by_promtool(path: Path) -> str:
    """Let promtool run a file of unit tests; return what it says, empty if all holds."""
    done = subprocess.run(  # the peer is whatever PATH offers
        ["promtool", "test", "rules", str(path)],  # noqa: S607
        capture_output=True,
        check=False,
        text=True,
        timeout=300,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def hurried(groups: Sequence[RuleGroup], most_ms: int) -> list[RuleGroup]:
    """Return groups that are evaluated this often at least: no test waits for minutes."""
    return [
        RuleGroup(g.name, min(g.interval_ms, most_ms), g.offset_ms, g.rules)
        for g in groups
    ]


def at_edges(groups: Sequence[RuleGroup], step_ms: int) -> list[RuleGroup]:
    """Return groups that all look at the time at which they are evaluated."""
    return [RuleGroup(g.name, step_ms, 0, g.rules) for g in groups]


def told(alerts: set[tuple[str, str, str]], name: str) -> list[dict[str, object]]:
    """Return the samples of alerts that fire, by objective and severity."""
    return [
        {"labels": f'{{objective="{objective}",severity="{severity}"}}', "value": 1}
        for alert, objective, severity in sorted(alerts)
        if alert == name
    ]
