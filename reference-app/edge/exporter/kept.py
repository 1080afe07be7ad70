"""Counts and positions in one file, replaced at once: both are of the same moment."""

import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edge.exporter.counts import EDGES_MS, Count, Counts, Durations
from edge.exporter.follow import Position

_VERSION = 1


class KeptError(ValueError):
    """The file is not one of ours, or another exporter holds it."""


def hold(path: Path) -> int:
    """Keep others from counting into the same file; return what holds it.

    Raises:
        KeptError: If another one does so already.
    """
    lock = os.open(
        path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
    )
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise KeptError(f"{path}: another exporter counts into it") from None
    return lock


def load(path: Path) -> tuple[Counts, dict[str, Position] | None]:
    """Return what was saved last; nothing counted and no positions for a first run.

    Raises:
        KeptError: If the file cannot be read or is not one of ours.
    """
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return Counts(), None
    except (OSError, ValueError) as error:
        raise KeptError(_told(path, str(error))) from None
    try:
        return _counts(document), {
            key: Position(offset, is_inside)
            for key, offset, is_inside in document["positions"]
        }
    except (KeyError, TypeError, ValueError) as error:
        raise KeptError(_told(path, repr(error))) from None


def save(path: Path, counts: Counts, positions: Mapping[str, Position]) -> None:
    """Replace the file; afterwards it survives even a power loss.

    Raises:
        OSError: If it cannot be written; the old one is then as it was.
    """
    document = {
        "version": _VERSION,
        "edges_ms": list(EDGES_MS),
        "positions": [[key, p.offset, p.is_inside] for key, p in positions.items()],
        "requests": [
            [*key, c.value, c.created_s] for key, c in counts.requests.items()
        ],
        "durations": [[*key, asdict(d)] for key, d in counts.durations.items()],
        "health": [[key, c.value, c.created_s] for key, c in counts.health.items()],
        "checks": [[key, c.value, c.created_s] for key, c in counts.checks.items()],
        "lines": counts.lines,
        "bad_lines": counts.bad_lines,
    }
    beside = path.with_suffix(".new")
    with beside.open("w", encoding="ascii") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _counts(document: Any) -> Counts:  # noqa: ANN401 - foreign JSON
    if document["version"] != _VERSION or document["edges_ms"] != list(EDGES_MS):
        raise ValueError("it was written by another version")
    return Counts(
        requests={
            (method, route, status, answer): Count(value, created_s)
            for method, route, status, answer, value, created_s in document["requests"]
        },
        durations={(r, s): Durations(**d) for r, s, d in document["durations"]},
        health={key: Count(v, created) for key, v, created in document["health"]},
        checks={key: Count(v, created) for key, v, created in document["checks"]},
        lines=document["lines"],
        bad_lines=document["bad_lines"],
    )


def _told(path: Path, why: str) -> str:
    return (
        f"{path}: not what this exporter saved ({why}); without the file it counts the"
        " log anew from its start"
    )
