"""Who may be connected: a bound for all, one for each address, and room for probes.

A connection that waits for its client (for a request, for the rest of one, for an
answer to be taken) can be given to somebody else; one that we work for cannot. So when
all slots are taken, a newcomer takes the slot of the one that has waited
longest, and a thousand silent connections keep nobody out.
"""

import ipaddress
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Protocol

from kizashi.httpd.head import RequestFault

#: Bytes of answers, over all connections, that wait to be taken.
MOST_UNSENT_BYTES = 64 * 1024 * 1024


class SlotHolder(Protocol):
    """A connection, as far as who sits where is concerned."""

    def evict(self) -> None:
        """End at once, whatever is still unsent; `ConnectionSlots.leave` follows."""
        ...


class ConnectionPurpose(Enum):
    """What a connection may ask for."""

    ANYTHING = "anything"
    PROBES = "probes"


class Evicted(StrEnum):
    """Why a connection was ended for another."""

    ALL_TAKEN = "all_taken"
    ADDRESS = "address"
    PROBE = "probe"
    UNREAD = "unread"


class Refused(StrEnum):
    """Why a caller was sent away."""

    NO_ROOM = "no_room"
    NO_SEAT = "no_seat"
    NO_FILE = "no_file"


class TimedOut(StrEnum):
    """What a connection was ended for waiting for."""

    REQUEST = "request"
    IDLE = "idle"
    ANSWER = "answer"


@dataclass(slots=True)
class ConnectionCounts:
    """What has become of connections since the start.

    Attributes:
        accepted: How many were let in.
        evicted: How many were ended for others.
        refused: How many were sent away.
        timed_out: How many took too long.
        requests: Requests that were refused before anything read them, by fault.
    """

    accepted: int = 0
    evicted: Counter[Evicted] = field(default_factory=Counter)
    refused: Counter[Refused] = field(default_factory=Counter)
    timed_out: Counter[TimedOut] = field(default_factory=Counter)
    requests: Counter[RequestFault] = field(default_factory=Counter)


def is_local(address: str) -> bool:
    """Return whether an address is this machine's own.

    Proxies on this machine call from there, with the requests of everybody: they are
    bounded together with all others, and not by address.
    """
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return True  # a socket of another kind, which has no address


def network_of(address: str) -> str:
    """Return what counts as one address: of IPv6 its first 64 bits.

    A household or a rented machine has that many. Source: RFC 6177, RFC 7421.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


class ConnectionSlots:
    """Gives out slots. Belongs to one event loop."""

    def __init__(
        self,
        connections: int,
        by_address: int,
        probes: int,
        is_exempt: Callable[[str], bool] = is_local,
    ) -> None:
        """Begin with all slots free.

        Args:
            connections: How many there are.
            by_address: How many one address may have.
            probes: How many more there are for probes alone.
            is_exempt: Whether an address may have any number, as a proxy's.
        """
        self._most = connections
        self._most_by_address = by_address
        self._most_probes = probes
        self._is_exempt = is_exempt
        self._homes: dict[SlotHolder, str] = {}
        #: Who waits for its client, the longest wait first; by address as well.
        self._waiting: dict[SlotHolder, None] = {}
        self._waiting_at: dict[str, dict[SlotHolder, None]] = {}
        self._count_at: dict[str, int] = {}
        self._probing: dict[SlotHolder, None] = {}
        self._unsent: dict[SlotHolder, int] = {}
        self._unsent_bytes = 0
        self.counts = ConnectionCounts()

    @property
    def most(self) -> int:
        """How many connections there may be, without those of probes."""
        return self._most

    @property
    def waiting(self) -> int:
        """How many wait for their client."""
        return len(self._waiting)

    @property
    def working(self) -> int:
        """How many we work for."""
        return len(self._homes) - len(self._waiting)

    @property
    def probing(self) -> int:
        """How many are there for probes alone."""
        return len(self._probing)

    @property
    def taken(self) -> int:
        """How many connections there are, those of probes included."""
        return len(self._homes) + len(self._probing)

    def admit(self, holder: SlotHolder, address: str) -> ConnectionPurpose | None:
        """Return the slot of somebody who comes; None where there is none."""
        home = network_of(address)
        is_bound = not self._is_exempt(address)
        if is_bound and self._count_at.get(home, 0) >= self._most_by_address:
            waiting = self._waiting_at.get(home, {})
            has_room = self._make_room(waiting, Evicted.ADDRESS)
        else:
            has_room = len(self._homes) < self._most or self._make_room(
                self._waiting, Evicted.ALL_TAKEN
            )
        if has_room:
            self.counts.accepted += 1
            self._homes[holder] = home
            self._count_at[home] = self._count_at.get(home, 0) + 1
            self.waits(holder)
            return ConnectionPurpose.ANYTHING
        if self._most_probes == 0:
            self.counts.refused[Refused.NO_SEAT] += 1
            return None
        if len(self._probing) >= self._most_probes:
            self._end(next(iter(self._probing)), Evicted.PROBE)
        self.counts.accepted += 1
        self._probing[holder] = None
        return ConnectionPurpose.PROBES

    def leave(self, holder: SlotHolder) -> None:
        """Take a slot back; of somebody who has left already, nothing."""
        self.took(holder)
        self._probing.pop(holder, None)
        home = self._homes.pop(holder, None)
        if home is None:
            return
        self._forget_wait(holder, home)
        self._count_at[home] -= 1
        if not self._count_at[home]:
            del self._count_at[home]

    def waits(self, holder: SlotHolder) -> None:
        """Note that a connection waits for its client, from now on."""
        home = self._homes.get(holder)
        if home is None:
            return
        self._forget_wait(holder, home)
        self._waiting[holder] = None
        self._waiting_at.setdefault(home, {})[holder] = None

    def works(self, holder: SlotHolder) -> None:
        """Note that we work for a connection: it keeps its slot meanwhile."""
        home = self._homes.get(holder)
        if home is not None:
            self._forget_wait(holder, home)

    def holds(self, holder: SlotHolder, size: int) -> None:
        """Note how many bytes a client has yet to take; too many in all end some.

        Who has been waited for longest goes first.
        """
        self._unsent_bytes += size - self._unsent.pop(holder, 0)
        self._unsent[holder] = size
        while self._unsent_bytes > MOST_UNSENT_BYTES:
            self._end(next(iter(self._unsent)), Evicted.UNREAD)

    def took(self, holder: SlotHolder) -> None:
        """Note that a client has taken everything."""
        self._unsent_bytes -= self._unsent.pop(holder, 0)

    def _make_room(self, among: dict[SlotHolder, None], why: Evicted) -> bool:
        longest = next(iter(among), None)
        if longest is None:
            return False
        self._end(longest, why)
        return True

    def _end(self, holder: SlotHolder, why: Evicted) -> None:
        self.counts.evicted[why] += 1
        self.leave(holder)
        holder.evict()

    def _forget_wait(self, holder: SlotHolder, home: str) -> None:
        self._waiting.pop(holder, None)
        here = self._waiting_at.get(home, {})
        here.pop(holder, None)
        if not here:
            self._waiting_at.pop(home, None)
