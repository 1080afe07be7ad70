"""The exporter: each line of the front door's log once, whatever happens to the log."""

import json
import os
import shutil
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from edge.exporter.command import Exporter
from edge.exporter.counts import Counts
from edge.exporter.follow import MAX_LINE
from edge.exporter.kept import KeptError, hold, load
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
from hypothesis.strategies import integers, sampled_from
from prometheus_client.openmetrics.parser import text_string_to_metric_families

NOW = 1_795_000_000.0


def line(number: int, **said: str) -> bytes:
    told = {
        "time": "1795000000.000",
        "id": f"{number:032x}",
        "method": "GET",
        "path": "/",
        "route": "page",
        "status": "200",
        "answer": "full",
        "seconds": "0.012",
        "bytes": "100",
    }
    return json.dumps({**told, **said}).encode()


def counted(*lines: bytes) -> Counts:
    counts = Counts()
    counts.add_lines(list(lines), NOW)
    return counts


def shown(exporter: Exporter) -> dict[tuple[str, str], float]:
    """Return every sample as a scrape sees it: name, labels and value."""
    body, kind = exporter.expose("application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text")
    return {
        (sample.name, json.dumps(sample.labels, sort_keys=True)): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def requests_of(exporter: Exporter) -> int:
    return sum(count.value for count in exporter.counts.requests.values())


def test_users_requests_are_counted_apart_from_health_checks():
    counts = counted(
        line(1),
        line(2, route="api", method="POST", status="502"),
        line(3, route="api", method="POST", status="201", answer="degraded"),
        line(4, route="health"),
        line(5, route="made-up", method="BREW", answer="?"),
    )
    assert {key: c.value for key, c in counts.requests.items()} == {
        ("GET", "page", "200", "full"): 1,
        ("POST", "api", "502", "full"): 1,
        ("POST", "api", "201", "degraded"): 1,
        ("OTHER", "other", "200", "full"): 1,
    }
    assert {key: c.value for key, c in counts.health.items()} == {"200": 1}
    assert (counts.lines, counts.bad_lines) == (5, 0)


@pytest.mark.parametrize(
    ("seconds", "le"),
    [
        *(("0.000", 5), ("0.005", 5), ("0.006", 10), ("1.999", 2000)),
        *(("2.000", 2000), ("2.001", 5000), ("10.001", None)),
    ],
)
def test_an_edge_belongs_to_the_bucket_below_it(seconds: str, le: int | None):
    """Exact: 2.000 s is within 2 s, and 2.001 s is not."""
    from edge.exporter.counts import EDGES_MS

    (durations,) = counted(line(1, seconds=seconds)).durations.values()
    place = len(EDGES_MS) if le is None else EDGES_MS.index(le)
    assert durations.buckets[place] == 1
    assert sum(durations.buckets) == 1
    assert durations.sum_ms == int(seconds.replace(".", ""))


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"[1]",
        b"null",
        b'"text"',
        b"[" * 100_000,
        line(1, status="2000"),
        line(1, status="abc"),
        line(1, status="\u0662\u0660\u0660"),
        line(1, seconds="1"),
        line(1, seconds="-1.000"),
        line(1, seconds="1e3"),
        line(1, seconds=".001"),
        line(1).replace(b'"status"', b'"state"'),
        line(1).replace(b'"200"', b"200"),
        line(1) + line(2),
    ],
)
def test_a_line_that_says_nothing_is_counted_as_bad_and_nothing_else(bad: bytes):
    counts = counted(line(7), bad, line(8))
    assert (counts.lines, counts.bad_lines) == (3, 1)
    assert sum(count.value for count in counts.requests.values()) == 2


def test_a_path_of_any_bytes_is_a_request_like_any_other():
    assert counted(line(1).replace(b'"/"', b'"/\xff\xfe"')).bad_lines == 0


def test_what_a_scrape_is_shown_adds_up(tmp_path: Path):
    log = tmp_path / "access.log"
    rows = [
        line(1, seconds="0.100"),
        line(2, seconds="2.000"),
        line(3, seconds="3.000"),
        line(4, status="504", seconds="5.001"),
        b"what",
    ]
    log.write_bytes(b"\n".join(rows) + b"\n")
    found = shown(Exporter(log, tmp_path / "kept.json", lambda: NOW))
    page = {"route": "page", "status_class": "2xx"}

    def of(name: str, **labels: str) -> float:
        return found[name, json.dumps(labels, sort_keys=True)]

    bucket = "http_request_duration_seconds_bucket"
    assert of(bucket, **page, le="0.1") == 1
    assert of(bucket, **page, le="2.0") == 2
    assert of(bucket, **page, le="5.0") == 3
    assert of(bucket, **page, le="+Inf") == 3
    assert of("http_request_duration_seconds_count", **page) == 3
    assert of("http_request_duration_seconds_sum", **page) == 5.1
    assert of("http_request_duration_seconds_created", **page) == NOW
    labels = {"method": "GET", "route": "page", "answer": "full"}
    assert of("http_requests_total", **labels, status="200") == 3
    assert of("http_requests_total", **labels, status="504") == 1
    assert of("http_requests_created", **labels, status="504") == NOW
    assert of("access_log_lines_total") == 5
    assert of("access_log_bad_lines_total") == 1


def test_a_line_too_long_is_skipped_even_across_a_restart(tmp_path: Path):
    log, state = tmp_path / "access.log", tmp_path / "kept.json"
    log.write_bytes(line(1) + b"\n" + b"x" * (3 * MAX_LINE))
    first = Exporter(log, state, lambda: NOW)
    first.read_and_save()
    assert (first.counts.lines, first.counts.bad_lines) == (1, 0)
    first.close()
    with log.open("ab") as file:
        file.write(b"x" * MAX_LINE + b"\n" + line(2) + b"\n")
    second = Exporter(log, state, lambda: NOW)
    second.read_and_save()
    assert (second.counts.lines, second.counts.bad_lines) == (3, 1)
    assert requests_of(second) == 2


def test_a_first_run_leaves_alone_what_is_older_than_the_log(tmp_path: Path):
    log = tmp_path / "access.log"
    (tmp_path / "access.log.1").write_bytes(line(1) + b"\n")
    (tmp_path / "access.log.2.gz").write_bytes(b"\x1f\x8b")
    log.write_bytes(line(2) + b"\n")
    exporter = Exporter(log, tmp_path / "kept.json", lambda: NOW)
    exporter.read_and_save()
    assert requests_of(exporter) == 1


def test_two_rotations_while_it_was_away_are_caught_up(tmp_path: Path):
    log, state = tmp_path / "access.log", tmp_path / "kept.json"
    log.write_bytes(line(1) + b"\n")
    first = Exporter(log, state, lambda: NOW)
    first.read_and_save()
    first.close()
    with log.open("ab") as file:
        file.write(line(2) + b"\n")
    log.rename(tmp_path / "access.log.2")
    (tmp_path / "access.log.1").write_bytes(line(3) + b"\n" + line(4) + b"\n")
    log.write_bytes(line(5) + b"\n")
    second = Exporter(log, state, lambda: NOW)
    second.read_and_save()
    assert requests_of(second) == 5


@pytest.mark.parametrize("more", [1, 9], ids=["shorter", "longer"])
@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_log_that_was_copied_and_truncated_is_read_on(
    tmp_path: Path, more: int, *, is_restarted: bool
):
    log, state = tmp_path / "access.log", tmp_path / "kept.json"
    log.write_bytes(b"".join(line(n) + b"\n" for n in range(4)))
    exporter = Exporter(log, state, lambda: NOW)
    exporter.read_and_save()
    with log.open("ab") as file:
        file.write(line(4) + b"\n")
    shutil.copy(log, tmp_path / "access.log.1")
    os.truncate(log, 0)
    with log.open("ab") as file:
        file.write(b"".join(line(100 + n) + b"\n" for n in range(more)))
    if is_restarted:
        exporter.close()
        exporter = Exporter(log, state, lambda: NOW)
    exporter.read_and_save()
    assert requests_of(exporter) == 5 + more
    exporter.close()


def test_lines_written_to_a_file_that_was_moved_away_are_counted(tmp_path: Path):
    """Its writer has it open until it is told; then it is let go of."""
    log, away = tmp_path / "access.log", tmp_path / "elsewhere"
    away.mkdir()
    with log.open("ab", buffering=0) as writer:
        writer.write(line(1) + b"\n")
        exporter = Exporter(log, tmp_path / "kept.json", lambda: NOW)
        exporter.read()
        log.rename(away / "old")
        writer.write(line(2) + b"\n")
        log.write_bytes(line(3) + b"\n")
        exporter.read()
    exporter.read()
    assert requests_of(exporter) == 3
    numbers = [path for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    assert away / "old" not in [path.readlink() for path in numbers]


def test_what_cannot_be_saved_is_not_shown(tmp_path: Path):
    folder = tmp_path / "state"
    folder.mkdir()
    log = tmp_path / "access.log"
    log.write_bytes(line(1) + b"\n")
    exporter = Exporter(log, folder / "kept.json", lambda: NOW)
    shutil.rmtree(folder)
    with pytest.raises(OSError, match=r"kept\.new"):
        exporter.expose("")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 9}'])
def test_a_state_that_is_not_ours_is_refused_and_kept(tmp_path: Path, text: str):
    path = tmp_path / "kept.json"
    path.write_text(text)
    with pytest.raises(KeptError, match=r"kept\.json: not what this exporter saved"):
        load(path)
    assert path.read_text() == text


def test_two_exporters_do_not_count_into_one_file(tmp_path: Path):
    held = hold(tmp_path / "kept.json")
    with pytest.raises(KeptError, match="another exporter"):
        hold(tmp_path / "kept.json")
    os.close(held)
    os.close(hold(tmp_path / "kept.json"))


class Rotations(RuleBasedStateMachine):
    """Writers, rotations, crashes and restarts in any order: each line once.

    What is shown never falls and is never more than what was written.
    """

    @initialize()
    def begin(self) -> None:
        import tempfile

        self.folder = Path(tempfile.mkdtemp(prefix="rotations-"))
        self.log = self.folder / "access.log"
        self.log.touch()
        self.state = self.folder / "kept.json"
        self.written: Counter[str] = Counter()
        self.number = 0
        self.half = b""
        self.most = 0
        self.exporter = Exporter(self.log, self.state, lambda: NOW)
        self.exporter.read_and_save()

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            if self.half:
                self.append(self.half + b"\n")
                self.half = b""
            assert self.seen() == self.written
            self.exporter.close()
            shutil.rmtree(self.folder)

    def append(self, data: bytes) -> None:
        with self.log.open("ab") as file:
            file.write(data)

    def next(self, status: str) -> bytes:
        self.number += 1
        self.written[status] += 1
        return line(self.number, status=status, path="/" + "a" * (self.number % 50))

    def seen(self) -> Counter[str]:
        self.exporter.expose("")
        seen: Counter[str] = Counter()
        for (_, _, status, _), count in self.exporter.counts.requests.items():
            seen[status] += count.value
        assert self.exporter.counts.bad_lines == 0
        return seen

    @rule(count=integers(1, 5), status=sampled_from(["200", "404", "502"]))
    def write(self, count: int, status: str) -> None:
        if self.half:
            self.append(self.half + b"\n")
            self.half = b""
        for _ in range(count):
            self.append(self.next(status) + b"\n")

    @precondition(lambda self: not self.half)
    @rule(at=integers(1, 100))
    def write_half(self, at: int) -> None:
        whole = self.next("200")
        self.append(whole[:at])
        self.half = whole[at:]

    @precondition(lambda self: not self.half)
    @rule()
    def rotate(self) -> None:
        self.shift()
        self.log.rename(self.folder / "access.log.1")
        self.log.touch()

    @precondition(lambda self: not self.half)
    @rule()
    def copy_and_truncate(self) -> None:
        self.shift()
        shutil.copy(self.log, self.folder / "access.log.1")
        os.truncate(self.log, 0)

    def shift(self) -> None:
        for number in range(8, 0, -1):
            old = self.folder / f"access.log.{number}"
            if old.exists():
                old.rename(self.folder / f"access.log.{number + 1}")

    @rule()
    def drop_the_oldest(self) -> None:
        """Gone only after it was read: its inode is another file's soon."""
        self.exporter.read_and_save()
        old = sorted(self.folder.glob("access.log.*"))
        if old:
            old[-1].unlink()

    @rule()
    def poll(self) -> None:
        self.exporter.read()

    @rule()
    def scrape(self) -> None:
        total = self.seen().total()
        assert self.most <= total <= self.written.total()
        self.most = total

    @rule()
    def be_killed_and_start_again(self) -> None:
        self.exporter.close()
        self.exporter = Exporter(self.log, self.state, lambda: NOW)
        self.exporter.read_and_save()

    @invariant()
    def what_is_saved_is_of_one_moment(self) -> None:
        if hasattr(self, "state"):
            saved, _ = load(self.state)
            total = sum(count.value for count in saved.requests.values())
            assert total <= self.written.total()


TestRotations = Rotations.TestCase
TestRotations.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None
)


def until(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        threading.Event().wait(0.1)
    pytest.fail("not within 30 s")


def total(url: str, name: str) -> float:
    found = httpx2.get(f"{url}/metrics").text.splitlines()
    rows = [row for row in found if row.startswith(name) and row[len(name)] in "{ "]
    return sum(float(row.split()[-1]) for row in rows)


def test_a_killed_process_goes_on_where_it_was(
    start_part: Callable[..., Any], tmp_path: Path
):
    log = tmp_path / "access.log"
    log.write_bytes(b"".join(line(n) + b"\n" for n in range(1000)))
    part = start_part(
        *("edge-exporter", "--port", "0", "--log", str(log)),
        *("--state", str(tmp_path / "kept.json"), "--door", "http://127.0.0.1:9"),
    )
    assert total(part.url, "http_requests_total") == 1000
    until(lambda: total(part.url, "edge_checks_total") >= 2)
    checks = total(part.url, "edge_checks_total")
    part.kill()
    with log.open("ab") as file:
        file.write(b"".join(line(n) + b"\n" for n in range(1000, 1500)))
    part.start()
    # The very first answer is whole: nobody ever sees it fall.
    assert total(part.url, "http_requests_total") == 1500
    assert total(part.url, "edge_checks_total") >= checks
    assert (
        'edge_checks_total{outcome="failed"}' in httpx2.get(f"{part.url}/metrics").text
    )
