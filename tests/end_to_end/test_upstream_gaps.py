"""Evaluations that a real Prometheus missed are counted within a minute of reach."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import CLOCK, Kizashi
from test_upstream import until

from harness.prometheus import running_prometheus

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.nightly,
    pytest.mark.peer("prometheus"),
]

SLICE_S = 15
#: Two hours of slices, and the five runs of evaluations that were missed in them.
COUNT = 480
GAPS = (60, 180, 300, 390, 450)
MISSED = 4
OBJECTIVES = 100
DECLARATION = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: shop}
spec:
  job: shop
  objectives:
"""
OBJECTIVE = """\
    - name: o%d
      target: 99%%
      window: 3h
      ratio: {bad: 'hits_total{path="%d",code="500"}', valid: 'hits_total{path="%d"}'}
"""


def samples(newest: int) -> Iterator[str]:
    """Yield two hours of a server's samples: one failure of four requests each slice."""
    times = range(newest - COUNT + 1, newest + 1)
    target = 'job="shop",instance="a:1"'
    missed = {newest - COUNT + gap + n for gap in GAPS for n in range(MISSED)}
    for name in (
        "up",
        "scrape_samples_scraped",
        "scrape_samples_post_metric_relabeling",
    ):
        value = 1 if name == "up" else 2 * OBJECTIVES
        yield f"# TYPE {name} gauge\n"
        yield from (f"{name}{{{target}}} {value} {k * SLICE_S - 8}\n" for k in times)
    yield "# TYPE scrape_series_added gauge\n"
    yield from (f"scrape_series_added{{{target}}} 0 {k * SLICE_S - 8}\n" for k in times)
    yield "# TYPE hits counter\n"
    for own in range(OBJECTIVES):
        for code, by in (("200", 3), ("500", 1)):
            labels = f'{target},path="{own}",code="{code}"'
            yield from (
                f"hits_total{{{labels}}} {by * n} {k * SLICE_S - 8}\n"
                for n, k in enumerate(times)
            )
    for name, value in (("bad:count", 1), ("valid:count", 4), ("seen:ratio", 1)):
        yield f"# TYPE kizashi:slice_{name} gauge\n"
        for own in range(OBJECTIVES):
            labels = f'service="shop",objective="o{own}"'
            yield from (
                f"kizashi:slice_{name}{{{labels}}} {value} {k * SLICE_S - 4}\n"
                for k in times
                if k not in missed
            )
    yield "# EOF\n"


def back_fill(history: Path, data: Path) -> None:
    into = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "-q"]
    subprocess.run(
        [*into, str(history), str(data)], check=True, capture_output=True, timeout=120
    )


async def test_missed_evaluations_of_a_hundred_objectives_are_counted_in_a_minute(
    tmp_path: Path,
):
    folder = tmp_path / "prometheus"
    folder.mkdir()
    newest = CLOCK.now_ms() // 1_000 // SLICE_S - 1
    history = tmp_path / "history.om"
    history.write_text("".join(samples(newest)))
    back_fill(history, folder / "data")
    kizashi = Kizashi(tmp_path)
    objectives = "".join(OBJECTIVE % (n, n, n) for n in range(OBJECTIVES))
    (tmp_path / "shop.yaml").write_text(DECLARATION + objectives)
    with running_prometheus(folder, {"scrape_configs": []}) as peer:
        peer.targets(lambda _: True)
        url = f"http://127.0.0.1:{peer.port}"
        kizashi.configure("a:1", interval="15s", more=f"upstream: {{url: '{url}'}}\n")
        text = kizashi.config.read_text().replace("slice: 1s", "slice: 15s")
        kizashi.config.write_text(text)
        open_ = set(range(OBJECTIVES))
        first, last = newest - COUNT + 2, newest
        try:
            await kizashi.start()

            async def are_counted() -> bool:
                for own in sorted(open_):
                    answer = await kizashi.get(
                        f"/kizashi/v1/objectives/shop/o{own}/ledger",
                        start=(first - 1) * SLICE_S,
                        end=last * SLICE_S,
                        step="15s",
                    )
                    told = [(p["bad"], p["valid"]) for p in answer["points"]]
                    if told != [(1, 4)] * (COUNT - 1):
                        return False
                    open_.discard(own)
                return True

            await until(are_counted, 60, "missed evaluations are counted")
        finally:
            await kizashi.end()
