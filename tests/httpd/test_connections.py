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
from kizashi.httpd.server import slots_of
from kizashi.model.outside import Outside

A, B, C = "198.51.100.1", "198.51.100.2", "198.51.100.3"


@dataclass(eq=False)
class Caller:
    """A connection; it notes when it was ended."""

    slots: ConnectionSlots
    address: str = A
    is_evicted: bool = False

    def evict(self) -> None:
        assert not self.is_evicted
        self.is_evicted = True
        # As a transport does, somewhat later.
        self.slots.leave(self)

    def comes(self) -> ConnectionPurpose | None:
        return self.slots.admit(self, self.address)


def callers(slots: ConnectionSlots, *addresses: str) -> list[Caller]:
    made = [Caller(slots, address) for address in addresses]
    for each in made:
        assert each.comes() is ConnectionPurpose.ANYTHING
    return made


def evicted(guests: list[Caller]) -> list[bool]:
    return [holder.is_evicted for holder in guests]


def test_the_one_that_has_waited_longest_makes_room():
    slots = ConnectionSlots(3, 3, 0)
    guests = callers(slots, A, B, C)
    slots.waits(guests[0])

    more = callers(slots, A, A)

    assert evicted(guests) == [False, True, True]
    assert evicted(more) == [False, False]
    assert (slots.taken, slots.counts.evicted.total()) == (3, 2)


def test_nobody_leaves_whom_we_work_for():
    slots = ConnectionSlots(2, 2, 1)
    guests = callers(slots, A, B)
    for holder in guests:
        slots.works(holder)

    first, second = Caller(slots, C), Caller(slots, C)

    assert (first.comes(), second.comes()) == (
        ConnectionPurpose.PROBES,
        ConnectionPurpose.PROBES,
    )
    assert evicted([*guests, first, second]) == [False, False, True, False]
    assert slots.taken == 3


def test_without_seats_for_probes_nobody_else_is_let_in():
    slots = ConnectionSlots(1, 1, 0)
    (holder,) = callers(slots, A)
    slots.works(holder)

    assert Caller(slots, B).comes() is None
    assert (slots.taken, slots.counts.refused.total()) == (1, 1)


def test_one_address_makes_room_among_its_own():
    slots = ConnectionSlots(10, 2, 0)
    other, first, second = callers(slots, B, A, A)

    (third,) = callers(slots, A)

    assert evicted([other, first, second, third]) == [False, True, False, False]
    slots.works(second)
    slots.works(third)
    assert Caller(slots, A).comes() is None
    assert Caller(slots, B).comes() is ConnectionPurpose.ANYTHING


def test_a_proxy_is_bounded_with_all_others_only():
    slots = ConnectionSlots(
        6, 2, 0, is_exempt=lambda address: address == B or is_local(address)
    )
    guests = callers(slots, B, B, B, "127.0.0.1", "127.0.0.1", "127.0.0.1")
    assert evicted(guests) == [False] * 6
    assert Caller(slots, A).comes() is ConnectionPurpose.ANYTHING
    assert evicted(guests) == [True] + [False] * 5


def test_proxies_that_are_trusted_now_are_bounded_with_all_others_only():
    outside = [Outside(proxies=(ipaddress.ip_network("198.51.100.2/32"),))]

    def trusts(address: str) -> bool:
        return outside[0].trusts(address)

    slots = slots_of(shares(1024), trusts)
    most = shares(1024).by_address

    behind = callers(slots, *[B] * (most + 1))
    alone = callers(slots, *[A] * (most + 1))
    assert evicted(behind) == [False] * (most + 1)
    assert evicted(alone) == [True] + [False] * most
    outside[0] = Outside()
    callers(slots, B)
    assert evicted(behind) == [True] + [False] * most


def test_a_seat_is_free_again_after_somebody_left():
    slots = ConnectionSlots(1, 1, 0)
    for _ in range(3):
        (holder,) = callers(slots, A)
        slots.works(holder)
        slots.leave(holder)
        slots.leave(holder)
    assert (slots.taken, slots.counts.evicted.total()) == (0, 0)


def test_answers_that_nobody_takes_are_bounded():
    slots = ConnectionSlots(4, 4, 0)
    guests = callers(slots, A, A, A, A)
    third = MOST_UNSENT_BYTES // 3
    for holder in guests[:3]:
        slots.holds(holder, third)
    assert evicted(guests) == [False] * 4

    slots.holds(guests[3], third)
    assert evicted(guests) == [True, False, False, False]
    slots.took(guests[1])
    slots.holds(guests[2], 2 * third)
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
    slots: ConnectionSlots = field(default_factory=lambda: ConnectionSlots(5, 3, 2))
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
        caller = Caller(room.slots, address)
        can_leave = [g for g in room.inside if g not in room.working]
        purpose = caller.comes()
        assert purpose is not None
        if len(can_leave) == len(room.inside) and purpose is ConnectionPurpose.PROBES:
            # Nobody works, so somebody of the same address or any could have left.
            raise AssertionError("there was room")
        room.inside = [g for g in [*room.inside, caller] if not g.is_evicted]
        assert not [g for g in room.working if g.is_evicted]
        if purpose is ConnectionPurpose.PROBES:
            room.inside.remove(caller)

    @precondition(lambda self: self.room.inside)
    @rule(data=st.data(), works=st.booleans())
    def turns(self, data: st.DataObject, works: bool) -> None:
        caller = data.draw(st.sampled_from(self.room.inside))
        if works:
            self.room.slots.works(caller)
            self.room.working.add(caller)
        else:
            self.room.slots.waits(caller)
            self.room.working.discard(caller)

    @precondition(lambda self: self.room.inside)
    @rule(data=st.data())
    def goes(self, data: st.DataObject) -> None:
        caller = data.draw(st.sampled_from(self.room.inside))
        self.room.slots.leave(caller)
        self.room.inside.remove(caller)
        self.room.working.discard(caller)

    @invariant()
    def bounds_hold(self) -> None:
        room = self.room
        assert len(room.inside) <= 5
        assert len(room.inside) <= room.slots.taken <= len(room.inside) + 2
        for address in (A, B, C):
            assert sum(g.address == address for g in room.inside) <= 3


TestAnyVisit = AnyVisit.TestCase
