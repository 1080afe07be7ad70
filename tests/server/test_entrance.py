"""Who may go on looking, and what is said of it at a start."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry

from kizashi.httpd.connections import Evicted
from kizashi.httpd.descriptors import shares
from kizashi.httpd.head import RequestFault
from kizashi.model.outside import Outside
from kizashi.ports.effective import ConnectionsView
from kizashi.ports.tokens import Role, token_digest
from kizashi.server.entrance import Entrance, tell_openness
from kizashi.statedb.database import open_state
from kizashi.testing.clock import ManualClock

pytestmark = pytest.mark.anyio


@dataclass
class House:
    entrance: Entrance
    clock: ManualClock
    reached: list[Outside] = field(default_factory=list)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = ManualClock(1_800_000_000_000)
    state = open_state(tmp_path, clock.now_ms())
    reached = [Outside()]
    entrance = Entrance(
        state, clock, CollectorRegistry(), lambda: reached[-1], shares(1024)
    )
    yield House(entrance, clock, reached)
    state.close()


async def test_tokens_and_sessions_stand_until_they_are_revoked(house: House):
    entrance, now_ms = house.entrance, house.clock.now_ms()
    issued = entrance.tokens.create("aya", Role.VIEWER, now_ms=now_ms)
    session = entrance.sessions.begin(issued.record.id, now_ms=now_ms)
    shown = frozenset(map(token_digest, (issued.plaintext, session)))

    assert await entrance.standing(shown | {"gone"}) == shown
    entrance.sessions.end(session)
    assert await entrance.standing(shown) == {token_digest(issued.plaintext)}
    entrance.tokens.revoke(issued.record.id)
    assert await entrance.standing(shown) == set()


async def test_readers_without_a_token_go_on_until_a_reload_asks_for_one(house: House):
    assert await house.entrance.standing(frozenset({""})) == {""}

    house.reached.append(Outside(needs_token=True))

    assert await house.entrance.standing(frozenset({""})) == set()


@pytest.mark.parametrize(
    ("is_loopback", "needs_token", "is_told"),
    [(True, False, True), (True, True, False), (False, False, False)],
)
def test_a_start_says_how_far_reading_is_open(
    caplog: pytest.LogCaptureFixture,
    is_loopback: bool,
    needs_token: bool,
    is_told: bool,
):
    caplog.set_level(logging.INFO)

    tell_openness(Outside(needs_token=needs_token), is_loopback=is_loopback)

    assert any("require_token: always" in m for m in caplog.messages) is is_told


def test_connections_are_told_in_sums(house: House):
    slots = house.entrance.slots
    slots.counts.evicted.update({Evicted.ADDRESS: 2, Evicted.UNREAD: 3})
    slots.counts.requests[RequestFault.CODING] += 1
    # 528 of 1,024 open files are for connections from outside.
    assert house.entrance.connections() == ConnectionsView(0, 528, 5, 0, 0, 1)
