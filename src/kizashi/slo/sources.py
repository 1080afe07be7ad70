"""Where the slices of a generation came from."""

from dataclasses import dataclass
from enum import StrEnum


class SourceKind(StrEnum):
    """Where slices came from, once a server is read instead of scraping."""

    #: Counted from our own scrapes, before a server was read instead.
    SCRAPED = "scraped"
    #: A server's recorded counts were read.
    RECORDED = "recorded"
    #: Counted here from the raw samples of a server.
    RAW = "raw"
    #: The same, of one that does not tell where a scrape configuration changed.
    RAW_UNREPORTED = "raw_unreported"
    #: The server was asked, and had neither.
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class SourceSpan:
    """Consecutive slices of one generation that came from one source."""

    generation: int
    kind: SourceKind
    first: int
    last: int
