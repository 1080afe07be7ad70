"""Scrapes that are not later than what an earlier process stored of their target.

Stored between older ones their counters would fall and rise again: a reader who counts
the samples once more would take that for restarts. So they are left out, and it is
said.
"""

import logging

import numpy as np

from kizashi.app.answers import NoteView
from kizashi.ledger.counting import NO_TIME
from kizashi.model.arrays import Int64Array
from kizashi.ports.samples import SampleReader

_LOG = logging.getLogger(__name__)
#: After everything that is stored.
_EVER_MS = 2**50


def newest_ms(samples: SampleReader, series: Int64Array) -> int:
    """Return the time of the newest stored sample of some series, NO_TIME without."""
    last = samples.last_before(np.asarray(series, np.int64), _EVER_MS)
    return max((ts for ts, _ in last.values()), default=NO_TIME)


class ClockOrder:
    """Whether the clock is behind what is stored."""

    def __init__(self) -> None:
        self._until_ms = NO_TIME

    def refuses(self, ts_ms: int, stored_ms: int) -> bool:
        """Return whether a scrape is not later than what is stored; note it."""
        if ts_ms > stored_ms:
            return False
        if stored_ms > self._until_ms:
            self._until_ms = stored_ms
            behind_s = (stored_ms - ts_ms) / 1000
            _LOG.warning("the clock is %.0f s behind stored samples", behind_s)
        return True

    def troubles(self, now_ms: int) -> list[NoteView]:
        """Return that scrapes are refused, where they are."""
        behind_ms = self._until_ms - now_ms
        seconds = str(-(-behind_ms // 1000))
        return [NoteView("ready.clock", {"seconds": seconds})] if behind_ms >= 0 else []
