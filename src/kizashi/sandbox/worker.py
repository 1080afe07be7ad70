"""The process that reads what strangers send, one text after another.

It has what it needs before the first text comes, and then may open nothing more: no
file, no socket, no process. Whatever a text does to it, the server goes on. It ends
with the server, however that ends: its pipe does, or its time for a text. (The kernel's
signal at a parent's death is none of the process, but of the thread that started it.)

A frame is four bytes of length, most significant first, and so many of msgpack.
"""

import gc
import os
import resource
import sys
from collections.abc import Callable
from typing import IO

import msgspec

from kizashi.app.carrying import carry
from kizashi.checking.service import lint_brought
from kizashi.importers import DIALECTS, load_dialect
from kizashi.ports.importing import ImportRequest
from kizashi.ports.linting import LintRequest

#: What a text may take beyond what the process has at its start.
MOST_MEMORY_BYTES = 256 * 1024 * 1024
#: Seconds of a processor for one text.
MOST_CPU_S = 5
#: What an answer may hold; a page of it would be as long as a book.
MOST_ANSWER_BYTES = 8 * 1024 * 1024
#: Behind everything that measures and tells.
_NICENESS = 10

_HEAVY = msgspec.msgpack.encode({"error": "heavy"})


class Task(msgspec.Struct, tag_field="task"):
    """What there is to do."""


class LintTask(Task, tag="lint"):
    """Texts to be linted."""

    request: LintRequest


class ImportTask(Task, tag="import"):
    """A text to be carried."""

    request: ImportRequest


def main() -> None:
    """Serve until the server is gone; the first frame says that it is ready."""
    for name in DIALECTS:
        load_dialect(name)
    gc.freeze()
    _confine()
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    send(answers, b"")
    while (frame := receive(requests)) is not None:
        _allow_cpu()
        send(answers, _answer(frame))


def send(pipe: IO[bytes], content: bytes) -> None:
    """Write a frame."""
    pipe.write(len(content).to_bytes(4, "big") + content)
    pipe.flush()


def receive(pipe: IO[bytes], most_bytes: int = 2**32) -> bytes | None:
    """Return the next frame; None where the other side ended, or sends too much."""
    head = pipe.read(4)
    size = int.from_bytes(head, "big")
    if len(head) < 4 or size > most_bytes:  # noqa: PLR2004 - the length's own
        return None
    content = pipe.read(size)
    return content if len(content) == size else None


def _answer(frame: bytes) -> bytes:
    try:
        task = msgspec.msgpack.decode(frame, type=LintTask | ImportTask)
        made: object
        if isinstance(task, LintTask):
            made = lint_brought(task.request)
        else:
            made = carry(task.request)
        answer = msgspec.msgpack.encode({"made": made})
    except (MemoryError, RecursionError):
        return _HEAVY
    return answer if len(answer) <= MOST_ANSWER_BYTES else _HEAVY


def _confine() -> None:
    """Give up whatever reading texts does not need."""
    os.nice(_NICENESS)
    limits: list[Callable[[], None]] = [
        lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)),
        lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)),
        # No descriptor above the three that it has: nothing can be opened.
        lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3)),
    ]
    if sys.platform == "linux":
        with open("/proc/self/statm", encoding="ascii") as file:
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + MOST_MEMORY_BYTES
        limits.append(lambda: resource.setrlimit(resource.RLIMIT_AS, (most, most)))
    for limit in limits:
        limit()


def _allow_cpu() -> None:
    """Let the next text have its time, whatever those before it took."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + MOST_CPU_S
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
