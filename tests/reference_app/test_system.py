"""The whole while parts of it fail: what is seen where, and that it comes back."""

import os
import signal
from collections.abc import Iterator

import pytest
from whole_demo import (
    CLOCK,
    Page,
    children_of,
    needs_services,
    running,
    until,
    until_told,
)

pytestmark = [pytest.mark.nightly, needs_services]
#: A scrape, its timeout and the slice that closes after it, and a loaded machine.
SEEN_S = 10.0


@pytest.fixture(scope="module")
def demo() -> Iterator[tuple[int, Page]]:
    """The process, and the page that it shows."""
    options = ("--rate", "20", "--duration", "10m", "--history", "0")
    with running(*options, "--language", "en") as process:
        page = Page(until_told(process, "Ctrl-C"))
        assert until(lambda: page.objective("backend/full-answers")["valid"] > 0)
        assert until(lambda: page.objective("backend/reachable")["valid"] > 0)
        yield process.pid, page


def bad(page: Page, name: str) -> float:
    return page.objective(name)["bad"]


def test_kizashi_counts_the_traffic_of_people_who_signed_in(demo: tuple[int, Page]):
    _, page = demo
    for name in ("backend/availability", "ai/availability"):
        assert until(lambda name=name: page.objective(name)["valid"] > 5)


def test_an_expired_certificate_is_seen_by_clients_only(demo: tuple[int, Page]):
    _, page = demo
    before = bad(page, "backend/availability")
    page.fault(certificate_expired=True)
    assert until(lambda: bad(page, "backend/reachable") > 3, SEEN_S)
    assert bad(page, "backend/availability") == before
    page.fault()
    rest = bad(page, "backend/reachable")

    def goes_on_well() -> bool:
        nonlocal rest
        seen = page.objective("backend/reachable")
        is_well = seen["bad"] == rest and seen["valid"] > good
        rest = seen["bad"]
        return is_well

    good = page.objective("backend/reachable")["valid"] + 20
    assert until(goes_on_well)


@pytest.mark.parametrize(
    ("part", "moves", "job"),
    [
        ("ai", "backend/full-answers", "ai"),
        ("aws", "backend/availability", None),
        ("api", "backend/reachable", "backend"),
    ],
)
def test_a_part_that_was_killed_is_missed_and_comes_back(
    demo: tuple[int, Page], part: str, moves: str, job: str | None
):
    """In one scrape where it is felt; the emulator's own absence is the API's 503."""
    process, page = demo
    before = bad(page, moves)
    other = {"ai", "backend"} - {job}
    first = children_of(process)[part]
    began = CLOCK.monotonic()
    os.kill(first, signal.SIGKILL)
    assert until(lambda: bad(page, moves) > before, SEEN_S)
    assert CLOCK.monotonic() - began < SEEN_S
    if job:
        assert until(lambda: page.targets(job) == {"down"})
    assert all(page.targets(one) == {"up"} for one in other)
    assert until(lambda: children_of(process).get(part, first) != first)
    for one in ("ai", "backend"):
        assert until(lambda one=one: page.targets(one) == {"up"})

    def is_over() -> bool:
        seen = page.objective(moves)
        until(lambda: page.objective(moves)["valid"] > seen["valid"] + 5)
        return page.objective(moves)["bad"] == seen["bad"]

    assert until(is_over, 90)
