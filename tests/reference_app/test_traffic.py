"""The traffic stays on this machine, ends by itself, and counts what it sent."""

import json
import math
import subprocess
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from traffic.limits import Limits, LimitsError, duration_s, loopback_url
from traffic.people import (
    CROWDED,
    JAPANESE,
    SHARES,
    VISIT,
    People,
    Step,
    crowd_of,
)
from traffic.tally import Tally

ROOT = Path(__file__).parents[2]
Started = tuple[subprocess.Popen[str], str]


def traffic(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "reference-app"), "traffic", *options]
    return subprocess.run(
        command, capture_output=True, check=False, text=True, timeout=60
    )


def counters(url: str) -> tuple[dict[str, int], dict[str, int]]:
    """Return the service's requests by status, and within each edge, added up."""
    statuses: dict[str, int] = {}
    within: dict[str, int] = {}
    for family in text_string_to_metric_families(httpx2.get(f"{url}/metrics").text):
        for sample in family.samples:
            if sample.name == "http_requests_total":
                status = sample.labels["status"]
                statuses[status] = statuses.get(status, 0) + int(sample.value)
            if sample.name == "http_request_duration_seconds_bucket":
                edge = sample.labels["le"]
                within[edge] = within.get(edge, 0) + int(sample.value)
    return statuses, within


def test_the_count_of_a_run_is_the_count_of_the_service(
    start_api: Callable[..., Started],
):
    """With errors and slow answers: by status, and by latency class."""
    process, url = start_api("--demo", "--seed", "3")
    faults = {"error_share": 0.1, "latency_ms": 201, "latency_share": 0.1}
    httpx2.put(f"{url}/demo/faults", json=faults)
    run = traffic("--url", url, "--rate", "400", "--max-requests", "400", "--seed", "5")
    counted = json.loads(run.stdout)
    statuses, within = counters(url)
    assert (counted["sent"], counted["answered"], counted["no_answer"]) == (400, 400, 0)
    assert counted["by_status"] == statuses
    assert counted["bad"]["availability"] == statuses["500"]
    assert counted["bad"]["latency"] == within["+Inf"] - within["0.2"]
    assert counted["bad"]["latency"] >= 10  # 40 are expected
    assert counted["bad"]["availability"] >= 10
    process.terminate()
    assert process.wait(timeout=10) == 0


def test_a_run_outlives_the_service_and_says_what_was_not_answered(
    start_api: Callable[..., Started],
):
    process, url = start_api()
    process.kill()
    process.wait()
    run = traffic("--url", url, "--rate", "200", "--max-requests", "200")
    counted = json.loads(run.stdout)
    assert run.returncode == 0
    assert (counted["sent"], counted["answered"], counted["no_answer"]) == (200, 0, 200)


@pytest.mark.parametrize(
    "url",
    [
        "http://192.0.2.1:8080",
        "http://example.com",
        "http://127.0.0.1.example.com",
        "http://user@192.0.2.1",
        "https://127.0.0.1",
        "http://127.0.0.1/elsewhere",
        "http://0.0.0.0:80",
        "http://",
        "127.0.0.1:8080",
        "http://127.0.0.1:port",
    ],
)
def test_traffic_leads_to_this_machine_only(url: str):
    with pytest.raises(LimitsError, match="loopback"):
        loopback_url(url)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://localhost:9", "http://127.0.0.1:9"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_loopback_addresses_are_taken(url: str, expected: str):
    assert loopback_url(url) == expected


def test_the_command_refuses_another_machine():
    run = traffic("--url", "http://192.0.2.1")
    assert run.returncode == 2
    assert "no address on this machine" in run.stderr


@pytest.mark.parametrize(
    "bounds", [(0, 1, 1), (501, 1, 1), (1, 0, 1), (1, 86_401, 1), (1, 1, 0)]
)
def test_a_run_without_an_end_is_refused(bounds: tuple[float, float, int]):
    with pytest.raises(LimitsError):
        Limits("http://127.0.0.1:80", *bounds)


def test_a_day_has_its_mean_rate_a_busy_half_and_a_quiet_half():
    """At the middle of the day: a half of it, and 0.6 / pi of it more."""
    limits = Limits("http://127.0.0.1:80", 10, 200, 10_000, day_s=100)
    assert limits.send_at_s(0) == pytest.approx(0, abs=1e-5)
    assert limits.send_at_s(1000) == pytest.approx(100, abs=1e-3)
    busy = 10 * (50 + 0.6 * 100 / math.pi)
    assert limits.send_at_s(round(busy)) == pytest.approx(50, abs=0.1)
    times = [limits.send_at_s(n) for n in range(1000)]
    assert times == sorted(times)
    even = Limits("http://127.0.0.1:80", 10, 200, 10_000)
    assert even.send_at_s(25) == 2.5


def test_people_with_the_whole_back_end_say_sentences():
    people = People(3, says_sentences=True)
    steps = [people.next_step() for _ in range(2000)]
    said = [step for step in steps if step.action == "say"]
    assert {step.path for step in said} == {"/tasks/from-text"}
    assert 80 <= len(said) <= 250  # 148 are expected of those that know no task


def test_durations_are_read_as_written():
    assert duration_s("90s") == 90
    assert duration_s("1h30m") == 5400
    for text in ("", "90", "5d", "1.5s", "s"):
        with pytest.raises(LimitsError):
            duration_s(text)


def test_the_same_seed_makes_the_same_steps():
    one, other = People(4), People(4)
    assert [one.next_step() for _ in range(50)] == [
        other.next_step() for _ in range(50)
    ]


def test_shares_are_believable_and_the_list_stays_small():
    """Against a service that always does as it is told."""
    people, actions, next_id = People(1), [], 0
    for _ in range(5000):
        step = people.next_step()
        actions.append(step.action)
        next_id += step.action == "create"
        body = {"id": step.task_id or next_id, "version": 2}
        people.learn(step, 201, json.dumps(body).encode())
    assert set(actions) == set(SHARES)
    assert 0.43 < actions.count("list") / 5000 < 0.49
    assert len(people.open_tasks) + len(people.done_tasks) <= CROWDED


def test_a_task_that_is_gone_is_forgotten():
    people = People(0, open_tasks={7: 1})
    people.learn(Step("read", "GET", "/tasks/7", task_id=7), 404, b"{}")
    assert people.open_tasks == {}


def test_an_answer_exactly_on_an_edge_is_within_it():
    tally = Tally()
    tally.answer(200, 0.2, "list")
    tally.answer(503, 0.200001, "list")
    tally.answer(200, 9, "list")
    summary = tally.summary()
    assert summary["by_latency_s"]["0.2"] == 1
    assert summary["by_latency_s"]["0.5"] == 1
    assert summary["by_latency_s"]["slower"] == 1
    assert summary["bad"] == {"availability": 1, "latency": 2, "full-answers": 0}
    assert summary["valid"] == {"availability": 3, "latency": 3, "full-answers": 0}


def test_a_fallback_s_answer_is_neither_good_nor_bad_but_degraded():
    tally = Tally()
    tally.answer(201, 0.01, "say")
    tally.answer(201, 0.01, "say", is_degraded=True)
    tally.answer(503, 0.01, "say")
    summary = tally.summary()
    assert summary["bad"] == {"availability": 1, "latency": 0, "full-answers": 1}
    assert summary["valid"] == {"availability": 2, "latency": 3, "full-answers": 2}


def test_a_guest_fetches_a_token_works_for_a_while_and_leaves():
    guest = People(5, says_sentences=True, tongue=JAPANESE, is_guest=True)
    assert guest.headers == {"Accept-Language": "ja"}
    arrival = guest.next_step()
    assert (arrival.method, arrival.path) == ("POST", "/guest")
    # Until there is an answer they can only look.
    assert guest.next_step().path == "/config.json"
    guest.learn(arrival, 201, b'{"token": "t", "expires_at": ""}')
    assert guest.headers["Authorization"] == "Bearer t"
    steps = [guest.next_step() for _ in range(VISIT)]
    arrivals = [step for step in steps if step.action == "arrive"]
    assert len(arrivals) == 1  # the next guest
    assert guest.token == ""


@pytest.mark.parametrize("status", [429, 503])
def test_a_guest_who_is_refused_tries_again(status: int):
    guest = People(5, is_guest=True)
    arrival = guest.next_step()
    guest.learn(arrival, status, b"{}")
    assert guest.next_step().action == "arrive"
    guest.lose(arrival)
    assert guest.next_step().action == "arrive"


def test_a_guest_whom_nobody_knows_any_more_arrives_anew():
    guest = People(5, is_guest=True, token="t", open_tasks={3: 1})  # noqa: S106
    guest.learn(Step("list", "GET", "/tasks"), 401, b"{}")
    assert (guest.token, guest.open_tasks) == ("", {})
    assert guest.next_step().action == "arrive"


def test_people_and_guests_write_both_languages():
    crowd = crowd_of(1, ["a", "b", "c"], guests=2)
    languages = [people.tongue.language for people in crowd]
    assert languages == ["en", "ja", "en", "en", "ja"]
    assert [people.is_guest for people in crowd] == [False] * 3 + [True] * 2
    assert len(crowd_of(1, [], guests=0)) == 1


def test_who_comes_in_by_the_front_door_loads_its_page_with_what_belongs_to_it():
    people = People(2, loads_pages=True)
    page = people.next_step()
    assert (page.method, page.path, page.is_page) == ("GET", "/", True)
    html = b"""<link rel="icon" href="/icon.svg"><link href="/assets/a-1.css">
        <script src="/assets/a-2.js"></script><a href="https://example.org/x.js">"""
    people.learn(page, 200, html)
    assets = {people.next_step().path for _ in range(3)}
    assert assets == {"/icon.svg", "/assets/a-1.css", "/assets/a-2.js"}
    steps = [people.next_step() for _ in range(500)]
    assert 10 <= sum(step.action == "page" for step in steps) <= 60  # 28 are expected
    assert all(step.is_page == (step.path == "/") for step in steps)


def test_a_page_that_failed_names_nothing_to_load():
    people = People(2, loads_pages=True)
    people.learn(people.next_step(), 502, b'<script src="/assets/a-2.js"></script>')
    assert not people.next_step().path.startswith("/assets")


class Answering(BaseHTTPRequestHandler):
    """A front door without a service behind it."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[list[str]] = []
    hosts: ClassVar[set[str | None]] = set()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.hosts.add(self.headers["Host"])
        is_away = self.path.startswith("/api/")
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b"away" if is_away else b'<link rel="icon" href="/icon.svg">'
        self.send_response(502 if is_away else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET  # noqa: N815 - as the library calls them

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_what_the_front_door_answers_in_the_services_place_is_no_answer_of_it():
    """It has the pages, and says 502 where the service is away."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as door:
        threading.Thread(target=door.serve_forever, args=(0.01,)).start()
        url = f"http://127.0.0.1:{door.server_port}"
        run = traffic("--door", url, "--rate", "200", "--max-requests", "100")
        door.shutdown()
    counted = json.loads(run.stdout)
    pages = counted["pages_by_status"]["200"]
    assert pages >= 3
    assert (counted["answered"], counted["no_answer"]) == (0, 100 - pages)
    assert {path.split("/")[1] for path in Answering.asked} == {"", "icon.svg", "api"}
    assert Answering.hosts == {f"localhost:{door.server_port}"}
