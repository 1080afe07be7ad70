"""Reads what strangers send in processes that may end without harm.

Reading a hostile text may crash native code, take a processor for seconds, or all
memory. Here it takes that of a process of its own: a text has so long, and so much;
then the process is killed and the next text gets another one.
"""

import logging
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import msgspec

from kizashi.errors import BusyError, TooHeavyError
from kizashi.sandbox import worker as parse_worker
from kizashi.sandbox.worker import MOST_ANSWER_BYTES, Task

#: For a text, by the clock on the wall. A worker comes behind everything else, so on a
#: machine with much to do a good text may wait; its processor time is what counts.
MOST_S = 30.0
#: For a worker to be ready, on a machine with much to do.
_START_S = 60.0
#: A worker that nobody needs takes 40 MiB.
_IDLE_S = 300.0
_MOST_WORKERS = 2
#: Texts that wait while as many are read.
_MOST_WAITING = 8

_LOG = logging.getLogger(__name__)


class ParsePool:
    """A worker or two, started when they are needed and ended when they are not.

    Its methods block: call them in a thread.
    """

    def __init__(self, most_s: float = MOST_S, idle_s: float = _IDLE_S) -> None:
        self._most_s = most_s
        self._idle_s = idle_s
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(_MOST_WORKERS)
        self._waiting = 0
        self._idle: list[_Worker] = []
        self._is_closed = False

    def run(self, task: Task, kind: type[Any]) -> Any:  # noqa: ANN401 - kind says it
        """Return what a worker makes of a task, as a value of a type.

        Raises:
            BusyError: If too many texts wait already.
            TooHeavyError: If it takes too long or too much memory; the worker ended.
        """
        content = msgspec.msgpack.encode(task)
        with self._place():
            worker = self._taken()
            answer = worker.ask(content, self._most_s)
            if answer is None:
                _LOG.warning("a text was not read within its time and memory")
                # Ahead of the next text: it need not wait.
                with suppress(BusyError):
                    self._keep(self._started())
                raise TooHeavyError("too much for a worker")
            self._keep(worker)
        made = msgspec.msgpack.decode(answer, type=dict[str, msgspec.Raw])
        if "made" not in made:
            raise TooHeavyError("too much for a worker")
        return msgspec.msgpack.decode(made["made"], type=kind)

    def close(self) -> None:
        """End every worker; a text that is being read ends with its worker's pipe."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.end()

    @contextmanager
    def _place(self) -> Iterator[None]:
        with self._lock:
            if self._waiting >= _MOST_WORKERS + _MOST_WAITING:
                raise BusyError("too many texts wait to be read")
            self._waiting += 1
        try:
            with self._places:
                yield
        finally:
            with self._lock:
                self._waiting -= 1

    def _taken(self) -> "_Worker":
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        if worker is None or not worker.rests():
            worker = self._started()
        if not worker.is_ready():
            raise BusyError("a worker did not start")
        return worker

    def _started(self) -> "_Worker":
        try:
            return _Worker(self._idle_ended)
        except OSError as error:
            raise BusyError("no process can be started for a worker") from error

    def _keep(self, worker: "_Worker") -> None:
        with self._lock:
            is_kept = not self._is_closed
            if is_kept:
                self._idle.append(worker)
                worker.wait_for_work(self._idle_s)
        if not is_kept:
            worker.end()

    def _idle_ended(self, worker: "_Worker") -> None:
        """End a worker that nobody needed for long."""
        with self._lock:
            is_idle = worker in self._idle
            if is_idle:
                self._idle.remove(worker)
        if is_idle:
            worker.end()


class _Worker:
    """One process, and the pipes to it."""

    def __init__(self, on_idle: Any) -> None:  # noqa: ANN401
        self._on_idle = on_idle
        self._has_told = False
        self._timer: threading.Timer | None = None
        # Isolated: no variable of ours, which may hold secrets, reaches it, and no
        # descriptor but its three.
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-I", "-m", parse_worker.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"OPENBLAS_NUM_THREADS": "1"},
            cwd="/",
            start_new_session=True,
        )

    def is_ready(self) -> bool:
        """Wait for a worker that is new; return whether it takes a frame."""
        if not self._has_told:
            self._has_told = self.ask(None, _START_S) is not None
        return self._has_told

    def ask(self, content: bytes | None, within_s: float) -> bytes | None:
        """Return the answer to a frame, or the next one; None ends the worker.

        Args:
            content: The frame; None to wait for what comes unasked.
            within_s: After how long it is killed.
        """
        pipes = self._process.stdin, self._process.stdout
        timer = threading.Timer(within_s, self._process.kill)
        timer.daemon = True
        timer.start()
        answer = None
        try:
            if pipes[0] is not None and pipes[1] is not None:
                if content is not None:
                    parse_worker.send(pipes[0], content)
                answer = parse_worker.receive(pipes[1], MOST_ANSWER_BYTES + 1024)
        except OSError:
            pass  # it ended; that it did is the answer
        finally:
            timer.cancel()
        if answer is None:
            self.end()
        return answer

    def wait_for_work(self, idle_s: float) -> None:
        """Let a worker end where nobody asks it for so long."""
        self._timer = threading.Timer(idle_s, self._on_idle, [self])
        self._timer.daemon = True
        self._timer.start()

    def rests(self) -> bool:
        """Return whether an idle worker still lives, and stop the wait for its end."""
        if self._timer is not None:
            self._timer.cancel()
        if self._process.poll() is None:
            return True
        self.end()
        return False

    def end(self) -> None:
        """End it at once, and leave nothing of it."""
        if self._timer is not None:
            self._timer.cancel()
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self._process.wait()
