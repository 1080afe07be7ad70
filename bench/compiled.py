"""Compiled rules beside Sloth's in Prometheus, and the compiler beside PyYAML.

    python -m bench.compiled [--quick] [--objectives N] [--per-service N] [--minutes N]
                             [--days N] [--only past|rules|compiler] [--keep FOLDER]

Rules: over the same targets at once, a Prometheus with the rules that `kizashi compile`
makes, one with Sloth's, and one without rules. What rules cost is the CPU of the whole
process less that of the one without. Kizashi's alerts are evaluated every 15 s, Sloth's
rules every minute; at equal intervals Sloth's would take as many times more. The past
that both read takes longer to make than the rest to measure: with --keep it is made
once, by `--only past`, and read by every run that follows.

Compiler: 10,000 objectives, read, checked and written as rules, beside PyYAML with its C
reader, pydantic and yaml.dump, which are given the finished rules to write.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pydantic
import yaml

from bench.common import (
    cpu_s,
    exporters,
    fetch,
    load,
    machine,
    rss_kib,
    show,
)
from bench.exporters import rates, service_name
from bench.history import Past, write_blocks
from bench.rules_peer import (
    SERIES,
    SETTLE_S,
    TARGETS,
    evaluations,
    prometheus,
)
from bench.sloth_rules import RULES_AN_OBJECTIVE, rule_file
from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import Declarations, parse_declarations

SLICE_S, BLOCK_S = 15, 240
CHUNK_S = 162 * 3600


def declared(objectives: int, per_service: int) -> list[str]:
    """Declarations as text, one service each; objective n counts bench service n."""
    texts = []
    for first in range(0, objectives, per_service):
        rows = [
            f"    - name: o{number - first}\n"
            "      target: 99.9%\n"
            "      window: 30d\n"
            "      ratio:\n"
            f'        bad: http_requests_total{{service="{service_name(number)}",'
            'code=~"(5..|429)"}\n'
            f'        valid: http_requests_total{{service="{service_name(number)}"}}\n'
            for number in range(first, first + per_service)
        ]
        texts.append(
            "apiVersion: kizashi.dev/v1\nkind: Service\n"
            f"metadata: {{name: team-{first}, owner: team, tier: 2}}\n"
            "spec:\n  job: bench\n  objectives:\n" + "".join(rows)
        )
    return texts


def check(texts: list[str]) -> Declarations:
    """Declarations, read and checked."""
    read = parse_declarations([SourceText(f"{n}.yaml", t) for n, t in enumerate(texts)])
    if not read.is_usable:
        sys.exit(f"the declarations have problems: {read.problems[:3]}")
    return read


def compiled(folder: Path, texts: list[str]) -> int:
    """Write the rule files; return how many rules they hold."""
    options = CompileOptions(with_tests=False)
    made = load_target("prometheus").compile(
        check(texts).services, Configuration(), options
    )
    count = 0
    for file in made.files:
        (folder / file.path).write_text(file.text)
        count += file.text.count("\n      - record:") + file.text.count(
            "\n      - alert:"
        )
    return count


def recorded(
    number: int, per_service: int, days: int
) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield what our rules have recorded of an objective: labels, step, values."""
    first = number // per_service * per_service
    own = f'service="team-{first}",objective="o{number - first}"'
    rng = np.random.default_rng(number)
    good, bad = rates(number)
    for kind, step_s, span_s, seen in (
        ("slice", SLICE_S, 6 * 3600, "kizashi:slice_seen:ratio"),
        ("block", BLOCK_S, days * 86_400, "kizashi:block_seen:slices"),
    ):
        count = span_s // step_s
        bads = rng.poisson(bad * step_s, count)
        yield f"kizashi:{kind}_bad:count{{{own}}}", step_s, bads
        valid = bads + rng.poisson(good * step_s, count)
        yield f"kizashi:{kind}_valid:count{{{own}}}", step_s, valid
        yield f"{seen}{{{own}}}", step_s, np.full(count, step_s // SLICE_S)
    for severity, step_s, windows in (
        ("page", SLICE_S, (("1h", "5m"), ("6h", "30m"))),
        ("ticket", BLOCK_S, (("1d", "2h"), ("3d", "6h"))),
    ):
        for window, short in windows:
            labels = f'{own},severity="{severity}",window="{window}",short="{short}"'
            values = np.zeros(86_400 // step_s, np.int64)
            yield f"kizashi:pair_held:bool{{{labels}}}", step_s, values


def write_recorded(folder: Path, objectives: int, per_service: int, days: int) -> None:
    """Make blocks of what our rules would have recorded up to now."""
    end = int(time.time()) // BLOCK_S * BLOCK_S
    start = end - days * 86_400
    while start < end:
        until = min(start // CHUNK_S * CHUNK_S + CHUNK_S, end)
        text = folder / "recorded.om"
        with text.open("w", buffering=1 << 22) as out:
            for number in range(objectives):
                for labels, step_s, values in recorded(number, per_service, days):
                    begins = end - len(values) * step_s
                    lo = max(0, -(-(start - begins) // step_s))
                    hi = max(0, (until - begins) // step_s)
                    out.writelines(
                        f"{labels} {value} {begins + step_s * (lo + n)}\n"
                        for n, value in enumerate(values[lo:hi].tolist())
                    )
            out.write("# EOF\n")
        subprocess.run(
            [
                *("nice", "promtool", "tsdb", "create-blocks-from", "openmetrics"),
                *("--max-block-duration=486h", "-q", text, folder / "data"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        text.unlink()
        start = until


def head_series(url: str) -> int:
    """Series that a Prometheus holds in memory."""
    page = fetch(f"{url}/metrics").decode()
    (line,) = (
        n for n in page.splitlines() if n.startswith("prometheus_tsdb_head_series ")
    )
    return int(float(line.split()[1]))


def past(asked: argparse.Namespace, kept: Path) -> dict[str, Path]:
    """Return folders with what each side's rules read, made where it is not yet."""
    objectives, began = asked.objectives, time.monotonic()
    size = f"{objectives}-{asked.days}d"
    sides = {
        "sloth": kept / f"sloth-{size}",
        "ours": kept / f"ours-{size}-{asked.per_service}",
    }
    for side, path in sides.items():
        if (path / "made").exists():
            continue
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        if side == "ours":
            write_recorded(path, objectives, asked.per_service, asked.days)
        else:
            per_target = objectives // TARGETS
            now = int(time.time())
            write_blocks(Past(objectives, per_target, asked.days, now, 0, 0), path)
        (path / "made").touch()
    print(f"compiled: {asked.days} d of past in {time.monotonic() - began:.0f} s")
    return sides


def rules(asked: argparse.Namespace, folder: Path) -> None:
    """Measure both sets of rules over the same minutes."""
    objectives = asked.objectives
    folders = {name: folder / name for name in ("plain", "sloth", "ours")}
    for path in folders.values():
        path.mkdir()
    for side, made in past(asked, asked.keep or folder / "past").items():
        # Blocks are never written again, so that the same ones may serve every run.
        shutil.copytree(made / "data", folders[side] / "data", copy_function=os.link)
    (folders["sloth"] / "sloth.rules.json").write_text(rule_file(objectives))
    count = compiled(folders["ours"], declared(objectives, asked.per_service))
    fleet = [f"--targets={TARGETS}", f"--services={objectives}"]
    fleet += [f"--series={SERIES}", "--idle=0", "--failing=0"]
    with exporters(*fleet) as helper, ExitStack() as stack:
        started = {n: prometheus(stack, p, helper.ports) for n, p in folders.items()}
        time.sleep(SETTLE_S if asked.quick else BLOCK_S + SETTLE_S)
        before = {n: cpu_s(p.pid) for n, (p, _) in started.items()}
        done = {n: evaluations(url) for n, (_, url) in started.items()}
        began, loads = time.monotonic(), []
        while time.monotonic() - began < 60 * asked.minutes:
            time.sleep(5)
            loads.append(float(load()))
        minutes = (time.monotonic() - began) / 60
        used = {n: cpu_s(p.pid) - before[n] for n, (p, _) in started.items()}
        after = {n: evaluations(url) for n, (_, url) in started.items()}
        series = {n: head_series(url) for n, (_, url) in started.items()}
        rss = {n: rss_kib(p.pid) / 1024 for n, (p, _) in started.items()}
    rounds = (after["sloth"][0] - done["sloth"][0]) / (objectives * RULES_AN_OBJECTIVE)
    one = (used["sloth"] - used["plain"]) / rounds
    ours = (used["ours"] - used["plain"]) / minutes
    show(
        "compiled",
        objectives=objectives,
        services=objectives // asked.per_service,
        minutes=minutes,
        load=f"{min(loads)} to {max(loads)}",
        failed_and_missed={
            n: (a[1] - done[n][1], a[2] - done[n][2]) for n, a in after.items()
        },
        sloth_cpu_s_one_evaluation=one,
        ours_cpu_s_a_minute_alerts_every_15_s=ours,
        equal_interval_15_s=f"{ours / (4 * one):.2f} of Sloth's",
        equal_interval_60_s=f"{ours / one:.2f} of Sloth's (ours still every 15 s)",
        rules=f"ours {count}, Sloth {objectives * RULES_AN_OBJECTIVE}",
        series=f"ours {series['ours'] - series['plain']},"
        f" Sloth {series['sloth'] - series['plain']}",
        rss_mib=f"ours {rss['ours']:.0f}, Sloth {rss['sloth']:.0f},"
        f" without rules {rss['plain']:.0f}",
    )


class _Ratio(pydantic.BaseModel):
    bad: str
    valid: str


class _Objective(pydantic.BaseModel):
    name: str
    target: str
    window: str
    ratio: _Ratio


class _Spec(pydantic.BaseModel):
    job: str
    objectives: list[_Objective]


class _Service(pydantic.BaseModel):
    apiVersion: str  # noqa: N815 - as declarations spell it
    kind: str
    metadata: dict[str, str | int]
    spec: _Spec


def compiler(asked: argparse.Namespace) -> None:
    """Measure reading, checking and writing 10,000 objectives."""
    for per_service in (1, 10):
        for with_tests in (False, True):
            # Unit tests are many megabytes that the peer must hold and write.
            count = 1_000 if asked.quick or with_tests else 10_000
            texts = declared(count, per_service)
            began = time.process_time()
            made = load_target("prometheus").compile(
                check(texts).services,
                Configuration(),
                CompileOptions(with_tests=with_tests),
            )
            ours = time.process_time() - began
            documents = [yaml.load(f.text, yaml.CSafeLoader) for f in made.files]
            size = sum(len(f.text) for f in made.files)
            del made
            began = time.process_time()
            for text in texts:
                _Service.model_validate(yaml.load(text, yaml.CSafeLoader))
            read = time.process_time() - began
            peers = []
            for dumper in (yaml.SafeDumper, yaml.CSafeDumper):
                began = time.process_time()
                for document in documents:
                    yaml.dump(document, Dumper=dumper, sort_keys=False)
                peers.append(read + time.process_time() - began)
            del documents
            show(
                "compiled",
                objectives=count,
                services=len(texts),
                unit_tests="with" if with_tests else "without",
                megabytes=size / 1e6,
                cpu_s=ours,
                peer_cpu_s=peers[0],
                times_as_fast=f"{peers[0] / ours:.1f} (goal 4)",
                beside_libyaml_writing=f"{peers[1] / ours:.2f} times as fast",
            )


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--quick", action="store_true")
    options.add_argument("--objectives", type=int, default=0)
    options.add_argument("--per-service", type=int, default=1)
    options.add_argument("--minutes", type=float, default=0)
    options.add_argument("--days", type=int, default=0)
    options.add_argument("--only", choices=("past", "rules", "compiler"))
    options.add_argument("--keep", type=Path, help="where the past is kept")
    asked = options.parse_args(arguments)
    asked.objectives = asked.objectives or (200 if asked.quick else 1_000)
    asked.minutes = asked.minutes or (4 if asked.quick else 8)
    asked.days = asked.days or (3 if asked.quick else 30)
    if shutil.which("promtool") is None:
        sys.exit("promtool not found: apt-get install prometheus")
    # Servers end with the bench, also where it is ended before its time.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(f"compiled: {machine()}")
    if asked.only in (None, "compiler"):
        compiler(asked)
    if asked.only == "compiler":
        return
    if asked.only == "past":
        if asked.keep is None:
            options.error("--only past needs --keep FOLDER")
        past(asked, asked.keep)
        return
    if asked.keep is not None:
        asked.keep.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="kizashi-bench-", dir=asked.keep))
    try:
        rules(asked, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
