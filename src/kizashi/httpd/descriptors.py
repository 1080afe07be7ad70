"""How the process shares out the descriptors that it may open, before it opens any.

Every socket and every open file takes one. Without shares, a caller that connects most
takes them all: then targets cannot be scraped, receivers not told, databases not opened.
So each user has a share of its own, all of them together stay below the limit, and
strangers get what is left. Decision 0039 says why it is cut as it is.
"""

import contextlib
import resource
from dataclasses import dataclass

from kizashi.errors import LimitError

#: The soft limit is raised up to here where the hard one allows it.
WANTED = 16_384
#: Below this there is not enough for every share.
FEWEST = 128
#: Of a hundred, how many are shared out. The rest is for what nobody counts.
_SHARED_PERCENT = 80
#: Standard streams, stores with their journals, the event loop, files that are read,
#: name lookups, the workers that read strangers' text.
_OWN = 48
#: Connections of strangers; more would cost memory, and serve nobody.
MOST_CONNECTIONS = 1_024
#: Of those that one address may hold: a quarter.
_ADDRESS_PART = 4


class TooFewDescriptorsError(LimitError):
    """The process may open too few files to do its work.

    Attributes:
        given: How many it may open.
        needed: How many it needs.
    """

    def __init__(self, given: int, needed: int) -> None:
        super().__init__(f"{given} open files are allowed, {needed} are needed")
        self.given = given
        self.needed = needed


@dataclass(frozen=True, slots=True)
class Shares:
    """Who may open how many descriptors; together less than the limit.

    Attributes:
        limit: What the process may open.
        connections: Connections from outside.
        by_address: Those of one address.
        probes: Kept for ``/-/healthy`` and ``/-/ready`` when all others are taken.
        scrapes: Connections to targets.
        receivers: Connections to receivers of notifications.
        streams: Open pages that wait for news; each is one of `connections`.
    """

    limit: int
    connections: int
    by_address: int
    probes: int
    scrapes: int
    receivers: int
    streams: int


def shares(limit: int) -> Shares:
    """Return the shares under a limit.

    Raises:
        TooFewDescriptorsError: If there is not enough for all of them.
    """
    if limit < FEWEST:
        raise TooFewDescriptorsError(limit, FEWEST)
    usable = limit * _SHARED_PERCENT // 100
    probes = _within(limit // 64, 8, 32)
    receivers = _within(limit // 16, 8, 256)
    scrapes = _within(usable // 5, 16, 4_096)
    left = usable - _OWN - probes - receivers - scrapes
    connections = min(left, MOST_CONNECTIONS)
    return Shares(
        limit=limit,
        connections=connections,
        by_address=max(8, connections // _ADDRESS_PART),
        probes=probes,
        scrapes=scrapes,
        receivers=receivers,
        streams=min(400, connections // 2),
    )


def take() -> Shares:
    """Raise the soft limit of open files as far as is wanted, and share it out.

    Raises:
        TooFewDescriptorsError: If there is not enough for all.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        # A service manager may forbid it; then what there is has to do.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            soft = wanted
    return shares(WANTED if soft == resource.RLIM_INFINITY else soft)


def _within(number: int, least: int, most: int) -> int:
    return max(least, min(number, most))
