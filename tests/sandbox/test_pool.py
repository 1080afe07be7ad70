"""What strangers send is read in processes that may end without harm."""

import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kizashi.checking.service import lint_brought
from kizashi.errors import BusyError, TooHeavyError
from kizashi.ports.importing import ImportRequest, ImportView
from kizashi.ports.linting import LintRequest, LintView
from kizashi.sandbox import pool as parse_pool, worker as parse_worker
from kizashi.sandbox.pool import ParsePool
from kizashi.sandbox.service import SandboxedImportService, lint_sandboxed
from kizashi.sandbox.worker import ImportTask

RULES = """\
groups:
  - name: shop
    rules:
      - record: shop:errors:ratio
        expr: rate(bad_total[5m]) / rate(all_total[5m]) > 1e9
"""
SLOTH = """\
version: prometheus/v1
service: shop
slos:
  - name: orders
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(bad_total{job="shop"}[{{.window}}]))
        total_query: sum(rate(all_total{job="shop"}[{{.window}}]))
"""


@pytest.fixture
def pool() -> Iterator[ParsePool]:
    made = ParsePool()
    yield made
    made.close()


def workers(pool: ParsePool) -> list[int]:
    return [worker._process.pid for worker in pool._idle]


def test_a_worker_finds_what_the_server_would(pool: ParsePool):
    request = LintRequest({"rules.yaml": RULES}, "ja")

    assert lint_sandboxed(pool, request) == lint_brought(request)


def test_a_worker_carries_a_text(pool: ParsePool):
    found = SandboxedImportService(pool).carry(ImportRequest("sloth.yaml", SLOTH))

    assert found.recognised == ["sloth"]
    assert [(c.service, c.objective) for c in found.carried] == [("shop", "orders")]
    assert "kind: Service" in found.files[0].text


def test_a_worker_serves_one_text_after_another(pool: ParsePool):
    SandboxedImportService(pool).carry(ImportRequest("a.yaml", SLOTH))
    before = workers(pool)
    SandboxedImportService(pool).carry(ImportRequest("b.yaml", SLOTH))

    assert workers(pool) == before
    assert len(before) == 1


def test_a_worker_that_was_killed_is_replaced(pool: ParsePool):
    SandboxedImportService(pool).carry(ImportRequest("a.yaml", SLOTH))
    (killed,) = workers(pool)
    os.kill(killed, signal.SIGKILL)
    os.waitid(os.P_PID, killed, os.WEXITED | os.WNOWAIT)

    assert SandboxedImportService(pool).carry(ImportRequest("b.yaml", SLOTH)).carried
    assert workers(pool) != [killed]


@pytest.fixture
def harmful(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Return what makes workers do something other than to read."""

    def harm(code: str) -> None:
        path = tmp_path / "harmful.py"
        body = code.replace("\n", "\n    ")
        path.write_text(
            "from kizashi.sandbox import worker as w\n"
            f"def harm(_request):\n    {body}\n"
            "w.carry = harm\nw.main()\n"
        )

        def start(command: list[str], **options: object) -> subprocess.Popen[bytes]:
            return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
                [sys.executable, str(path), command[-1]], **options
            )

        fake = type("subprocess", (), {"Popen": start, "PIPE": -1, "DEVNULL": -3})
        monkeypatch.setattr(parse_pool, "subprocess", fake)

    return harm


def asked(pool: ParsePool) -> object:
    return pool.run(ImportTask(ImportRequest("a.yaml", "")), ImportView)


@pytest.mark.parametrize(
    "code",
    [
        "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)",
        "held = []\nwhile True: held.append(bytearray(1 << 20))",
        "def deeper(): deeper()\ndeeper()",
        "return 'x' * (9 << 20)",
        "import os\nos.write(1, b'\\xff' * 4)\nwhile True: pass",
    ],
    ids=["crash", "memory", "recursion", "answer", "frame"],
)
def test_a_text_that_is_too_much_ends_its_worker_alone(
    harmful: Callable[[str], None], code: str
):
    harmful(code)
    pool = ParsePool()
    try:
        for _ in range(2):
            with pytest.raises(TooHeavyError):
                asked(pool)
    finally:
        pool.close()


def test_a_text_has_so_long_and_the_next_one_gets_another_worker(
    harmful: Callable[[str], None],
):
    harmful("while True: pass")
    pool = ParsePool(most_s=0.2)
    try:
        with pytest.raises(TooHeavyError):
            asked(pool)
        assert len(workers(pool)) == 1
    finally:
        pool.close()


def test_a_worker_can_open_nothing(harmful: Callable[[str], None]):
    harmful(
        "import os, socket\n"
        "from kizashi.ports.importing import ImportView\n"
        "kinds = []\n"
        "for act in (lambda: open('/etc/passwd'), socket.socket, os.pipe,\n"
        "            lambda: os.listdir('/')):\n"
        "    try:\n"
        "        act()\n"
        "    except OSError as error:\n"
        "        kinds.append(error.strerror)\n"
        "return ImportView([*kinds, *os.environ])"
    )
    pool = ParsePool()
    try:
        told = asked(pool)
    finally:
        pool.close()

    assert isinstance(told, ImportView)
    assert list(told.recognised[:4]) == ["Too many open files"] * 4
    assert set(told.recognised[4:]) <= {"OPENBLAS_NUM_THREADS", "LC_CTYPE"}


def test_more_than_a_few_texts_do_not_wait(
    harmful: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
):
    harmful("while True: pass")
    monkeypatch.setattr(parse_pool, "_MOST_WAITING", 1)
    pool = ParsePool(most_s=0.5)
    told: list[type[BaseException]] = []

    def ask() -> None:
        try:
            asked(pool)
        except (BusyError, TooHeavyError) as error:
            told.append(type(error))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pool.close()

    assert told.count(BusyError) == 2
    assert told.count(TooHeavyError) == 3


def test_a_worker_ends_with_its_server_however_that_ends(tmp_path: Path):
    script = tmp_path / "server.py"
    script.write_text(
        "import os, signal, sys\n"
        "from kizashi.sandbox.pool import ParsePool\n"
        "from kizashi.sandbox.service import SandboxedImportService\n"
        "from kizashi.ports.importing import ImportRequest\n"
        "pool = ParsePool()\n"
        "SandboxedImportService(pool).carry(ImportRequest('a.yaml', ''))\n"
        "print(pool._idle[0]._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )

    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )

    assert done.returncode == -signal.SIGKILL
    worker = Path(f"/proc/{done.stdout.strip()}/stat")
    while worker.exists() and worker.read_text().split()[2] != "Z":
        os.sched_yield()


def test_an_idle_worker_ends_after_a_while():
    others = threading.enumerate()
    pool = ParsePool(idle_s=0.05)
    SandboxedImportService(pool).carry(ImportRequest("a.yaml", SLOTH))
    for timer in threading.enumerate():
        if isinstance(timer, threading.Timer) and timer not in others:
            timer.join()

    assert workers(pool) == []
    pool.close()


def test_a_lint_of_many_findings_lists_the_first(pool: ParsePool):
    rule = "  - {record: 'a:b', expr: 'sum('}\n"
    text = "groups:\n- name: a\n  rules:\n" + rule * 700

    found = lint_sandboxed(pool, LintRequest({"rules.yaml": text}, "en"))

    assert isinstance(found, LintView)
    assert (len(found.findings), found.left_out) == (500, 200)
    assert parse_worker.MOST_ANSWER_BYTES > 500 * 1000


def test_a_worker_outlives_the_thread_that_started_it(pool: ParsePool):
    """A server's threads end when they have idled; the kernel tells their children."""
    first = threading.Thread(target=asked, args=(pool,))
    first.start()
    first.join()
    started = workers(pool)

    asked(pool)

    assert workers(pool) == started
    assert len(started) == 1


def test_where_no_process_can_be_started_others_have_to_wait(
    pool: ParsePool, monkeypatch: pytest.MonkeyPatch
):
    def none_left(*_args: object, **_options: object) -> None:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(parse_pool.subprocess, "Popen", none_left)

    with pytest.raises(BusyError):
        asked(pool)
