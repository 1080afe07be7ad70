"""Who is let in when all seats are taken, and who has to leave for others."""

import ipaddress
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kizashi.httpd.connections import (
    MOST_UNSENT_BYTES,
    ConnectionPurpose,
    ConnectionSlots,
    is_local,
    network_of,
)
from kizashi.httpd.descriptors import shares
from kizashi.httpd.server import seats_of
from kizashi.model.outside import Outside

A, B, C = "198.51.100.1", "198.51.100.2", "198.51.100.3"


@dataclass(eq=False)
class Caller:
    """A connection; it notes when it was ended."""

    seats: ConnectionSlots
    address: str = A
    is_evicted: bool = False

    def evict(self) -> None:
        assert not self.is_evicted
        self.is_evicted = True
        # As a transport does, somewhat later.
        self.seats.leave(self)

    def comes(self) -> ConnectionPurpose | None:
        return self.seats.admit(self, self.address)


def callers(seats: ConnectionSlots, *addresses: str) -> list[Caller]:
    made = [Caller(seats, address) for address in addresses]
    for each in made:
        assert each.comes() is ConnectionPurpose.ANYTHING
    return made


def evicted(guests: list[Caller]) -> list[bool]:
    return [guest.is_evicted for guest in guests]


def test_the_one_that_has_waited_longest_makes_room():
    seats = ConnectionSlots(3, 3, 0)
    guests = callers(seats, A, B, C)
    seats.waits(guests[0])

    more = callers(seats, A, A)

    assert evicted(guests) == [False, True, True]
    assert evicted(more) == [False, False]
    assert (seats.taken, seats.counts.evicted.total()) == (3, 2)


def test_nobody_leaves_whom_we_work_for():
    seats = ConnectionSlots(2, 2, 1)
    guests = callers(seats, A, B)
    for guest in guests:
        seats.works(guest)

    first, second = Caller(seats, C), Caller(seats, C)

    assert (first.comes(), second.comes()) == (
        ConnectionPurpose.PROBES,
        ConnectionPurpose.PROBES,
    )
    assert evicted([*guests, first, second]) == [False, False, True, False]
    assert seats.taken == 3


def test_without_seats_for_probes_nobody_else_is_let_in():
    seats = ConnectionSlots(1, 1, 0)
    (guest,) = callers(seats, A)
    seats.works(guest)

    assert Caller(seats, B).comes() is None
    assert (seats.taken, seats.counts.refused.total()) == (1, 1)


def test_one_address_makes_room_among_its_own():
    seats = ConnectionSlots(10, 2, 0)
    other, first, second = callers(seats, B, A, A)

    (third,) = callers(seats, A)

    assert evicted([other, first, second, third]) == [False, True, False, False]
    seats.works(second)
    seats.works(third)
    assert Caller(seats, A).comes() is None
    assert Caller(seats, B).comes() is ConnectionPurpose.ANYTHING


def test_a_proxy_is_bounded_with_all_others_only():
    seats = ConnectionSlots(
        6, 2, 0, is_exempt=lambda address: address == B or is_local(address)
    )
    guests = callers(seats, B, B, B, "127.0.0.1", "127.0.0.1", "127.0.0.1")
    assert evicted(guests) == [False] * 6
    assert Caller(seats, A).comes() is ConnectionPurpose.ANYTHING
    assert evicted(guests) == [True] + [False] * 5


def test_proxies_that_are_trusted_now_are_bounded_with_all_others_only():
    outside = [Outside(proxies=(ipaddress.ip_network("198.51.100.2/32"),))]

    def trusts(address: str) -> bool:
        return outside[0].trusts(address)

    seats = seats_of(shares(1024), trusts)
    most = shares(1024).by_address

    behind = callers(seats, *[B] * (most + 1))
    alone = callers(seats, *[A] * (most + 1))
    assert evicted(behind) == [False] * (most + 1)
    assert evicted(alone) == [True] + [False] * most
    outside[0] = Outside()
    callers(seats, B)
    assert evicted(behind) == [True] + [False] * most


def test_a_seat_is_free_again_after_somebody_left():
    seats = ConnectionSlots(1, 1, 0)
    for _ in range(3):
        (guest,) = callers(seats, A)
        seats.works(guest)
        seats.leave(guest)
        seats.leave(guest)
    assert (seats.taken, seats.counts.evicted.total()) == (0, 0)


def test_answers_that_nobody_takes_are_bounded():
    seats = ConnectionSlots(4, 4, 0)
    guests = callers(seats, A, A, A, A)
    third = MOST_UNSENT_BYTES // 3
    for guest in guests[:3]:
        seats.holds(guest, third)
    assert evicted(guests) == [False] * 4

    seats.holds(guests[3], third)
    assert evicted(guests) == [True, False, False, False]
    seats.took(guests[1])
    seats.holds(guests[2], 2 * third)
    assert evicted(guests) == [True, False, False, False]


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:198.51.100.1", "198.51.100.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("198.51.100.1", "198.51.100.2", False),
        ("", "", True),
    ],
)
def test_what_counts_as_one_address(one: str, other: str, are_same: bool):
    assert (network_of(one) == network_of(other)) is are_same


@pytest.mark.parametrize(
    ("address", "is_ours"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), (A, False), ("", True)],
)
def test_what_is_this_machine(address: str, is_ours: bool):
    assert is_local(address) is is_ours


@dataclass
class Room:
    seats: ConnectionSlots = field(default_factory=lambda: ConnectionSlots(5, 3, 2))
    inside: list[Caller] = field(default_factory=list)
    working: set[Caller] = field(default_factory=set)


class AnyVisit(RuleBasedStateMachine):
    """Whatever happens in whatever order, the bounds hold and nobody is forgotten."""

    def __init__(self) -> None:
        super().__init__()
        self.room = Room()

    @rule(address=st.sampled_from([A, B, C, "127.0.0.1"]))
    def comes(self, address: str) -> None:
        room = self.room
        caller = Caller(room.seats, address)
        can_leave = [g for g in room.inside if g not in room.working]
        seat = caller.comes()
        assert seat is not None
        if len(can_leave) == len(room.inside) and seat is ConnectionPurpose.PROBES:
            # Nobody works, so somebody of the same address or any could have left.
            raise AssertionError("there was room")
        room.inside = [g for g in [*room.inside, caller] if not g.is_evicted]
        assert not [g for g in room.working if g.is_evicted]
        if seat is ConnectionPurpose.PROBES:
            room.inside.remove(caller)

    @precondition(lambda self: self.room.inside)
    @rule(data=st.data(), works=st.booleans())
    def turns(self, data: st.DataObject, works: bool) -> None:
        caller = data.draw(st.sampled_from(self.room.inside))
        if works:
            self.room.seats.works(caller)
            self.room.working.add(caller)
        else:
            self.room.seats.waits(caller)
            self.room.working.discard(caller)

    @precondition(lambda self: self.room.inside)
    @rule(data=st.data())
    def goes(self, data: st.DataObject) -> None:
        caller = data.draw(st.sampled_from(self.room.inside))
        self.room.seats.leave(caller)
        self.room.inside.remove(caller)
        self.room.working.discard(caller)

    @invariant()
    def bounds_hold(self) -> None:
        room = self.room
        assert len(room.inside) <= 5
        assert len(room.inside) <= room.seats.taken <= len(room.inside) + 2
        for address in (A, B, C):
            assert sum(g.address == address for g in room.inside) <= 3


TestAnyVisit = AnyVisit.TestCase
