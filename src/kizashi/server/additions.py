"""What a program that runs the server adds to it: pages, banners, work of its own."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kizashi.ports.ledger import LedgerStore
from kizashi.ports.samples import SampleStore
from kizashi.ui.parts.base import Banners, Row, no_banners


@dataclass(frozen=True, slots=True)
class OpenedServer:
    """A server whose stores are open, and which does not serve yet.

    Attributes:
        samples: Its sample store.
        ledgers: Its ledger store.
        folder: Its data folder.
        start_ms: The edge of the slice in which it starts: what it measures is newer.
        count_from: Lets the running ledger be derived from a time on.
    """

    samples: SampleStore
    ledgers: LedgerStore
    folder: Path
    start_ms: int
    count_from: Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Additions:
    """What is added to a server.

    Attributes:
        rows: Pages, forms and data beside its own.
        banners: What stands above every page.
        work: A loop that runs once the server measures; it ends with the server, and
            the server with it. None for nothing to do.
    """

    rows: Sequence[Row] = ()
    banners: Banners = no_banners
    work: Callable[[], Awaitable[None]] | None = None


#: Called once, with the stores open.
Add = Callable[[OpenedServer], Additions]
