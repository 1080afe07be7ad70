"""The demo's simulated past: how long it takes to be loaded, and what it takes on disk."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from kizashi.ledger.engine import Engine
from kizashi.ledger.superseded import unseal
from kizashi.server.additions import OpenedServer
from kizashi.settings.declaration_files import load
from kizashi.settings.plan import plan_of
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.store import SqliteSamples

APPLICATION = Path(__file__).parents[1] / "reference-app"
CONFIG = APPLICATION / "kizashi" / "system"


def main() -> None:
    """Load the past into a new data folder; print seconds and bytes."""
    options = argparse.ArgumentParser(prog="bench.past", description=__doc__)
    options.add_argument("--days", type=int, default=30)
    days = options.parse_args().days
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_load(Path(folder), days))


async def _load(folder: Path, days: int) -> None:
    sys.path.insert(0, str(APPLICATION))
    from demo.past import Loading, SimulatedPast

    plan = plan_of(load([CONFIG / "kizashi.yaml"]))
    database = Database(folder / "samples.db")
    samples, ledgers = SqliteSamples(database), SqliteLedger(database)
    engine = Engine(samples, ledgers)
    end_ms = int(time.time()) * 1000
    engine.take_over(engine.build(plan, end_ms))
    marks: dict[str, tuple[float, float]] = {}

    async def count_from(first_ms: int) -> None:
        marks["stored"] = time.perf_counter(), time.process_time()
        unseal(ledgers, first_ms)
        built = await asyncio.to_thread(engine.build, plan, end_ms)
        engine.take_over(built)

    opened = OpenedServer(samples, ledgers, folder, end_ms, count_from)
    past = SimulatedPast(opened, days)
    began = time.perf_counter(), time.process_time()
    loading = asyncio.create_task(past.load())
    most = 0
    while past.view.state is not Loading.LOADED:
        await asyncio.sleep(0.05)
        most = max(most, _size(folder))
    ended = time.perf_counter(), time.process_time()
    loading.cancel()
    for name, (start, end) in {
        "stored": (began, marks["stored"]),
        "counted": (marks["stored"], ended),
    }.items():
        print(f"{name}: {end[0] - start[0]:.1f} s, {end[1] - start[1]:.1f} s of CPU")
    database.checkpoint()
    print(f"disk: {_size(folder) / 1e6:.1f} MB, most meanwhile {most / 1e6:.1f} MB")
    database.close()


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except FileNotFoundError:
            continue  # a temporary file that is gone again
    return total


if __name__ == "__main__":
    main()
