"""What is known of a target's scrapes: what rules 3 and 4 ask of the page before."""

from dataclasses import dataclass, field

import numpy as np

from kizashi.ledger.counting import LARGEST_CLOCK_SKEW_MS, NO_TIME, RowContext
from kizashi.model.arrays import FloatArray, Int64Array
from kizashi.model.scraping import DEFAULT_INTERVAL_MS
from kizashi.model.targets import TargetConfig

#: A discovery nobody recorded: nothing starts after it.
UNKNOWN_DISCOVERY_MS = 2**62

#: A configuration nobody recorded: no birth is inferred under it.
_UNKNOWN_CONFIG = TargetConfig(
    0, NO_TIME, "", honor_labels=True, interval_ms=DEFAULT_INTERVAL_MS
)


@dataclass(frozen=True, slots=True)
class LastScrape:
    """The last scrape before some rows."""

    ts_ms: int = NO_TIME
    ok: bool = False
    fingerprint: str = ""
    ever_ok: bool = False


@dataclass(frozen=True, slots=True)
class TargetHistory:
    """How and since when a target is scraped.

    Attributes:
        configs: Its scrape configurations, by time.
        discoveries_ms: When each of its discoveries began, by time.
    """

    configs: list[TargetConfig] = field(default_factory=list)
    discoveries_ms: list[int] = field(default_factory=list)

    def config_at(self, ts_ms: int) -> TargetConfig:
        """Return the configuration at a time."""
        for config in reversed(self.configs):
            if config.from_ms <= ts_ms:
                return config
        return self.configs[0] if self.configs else _UNKNOWN_CONFIG

    def discovered_ms(self, ts_ms: int) -> int:
        """Return when the newest discovery not after a time began."""
        known = self.discoveries_ms
        begun = [from_ms for from_ms in known if from_ms <= ts_ms]
        return begun[-1] if begun else (known[0] if known else UNKNOWN_DISCOVERY_MS)

    def seen_since_ms(self, edge_ms: int) -> int:
        """Return since when scrapes may still count for slices after an edge."""
        ends = [*(config.from_ms for config in self.configs[1:]), edge_ms]
        counted = [
            min(end_ms, edge_ms) - 3 * config.interval_ms
            for config, end_ms in zip(self.configs, ends, strict=False)
            if end_ms > edge_ms - 3 * config.interval_ms
        ]
        latest = edge_ms - 3 * self.config_at(edge_ms).interval_ms
        return max(0, min(counted, default=latest))

    def context(
        self, ts_ms: Int64Array, up: FloatArray, started: FloatArray, last: LastScrape
    ) -> tuple[RowContext, LastScrape]:
        """Return what is known of each row's scrape, and the last one of them.

        Args:
            ts_ms: Time of each row, shape (r,), as the following.
            up: Whether it is a scrape that succeeded; NaN where it is none.
            started: When the target's process started, NaN where unknown.
            last: The last scrape before them.
        """
        count = len(ts_ms)
        previous = np.full(count, -1, np.int64)
        birth_from = np.empty(count, np.int64)
        inferred, away = np.full((2, count), NO_TIME, np.int64)
        last_row = -1
        for row, ts in enumerate(ts_ms.tolist()):
            config = self.config_at(ts)
            previous[row] = last_row
            discovered = NO_TIME if last.ever_ok else self.discovered_ms(ts)
            birth_from[row] = last.ts_ms if last.ever_ok else discovered
            if config.honor_labels:
                pass
            elif last.ever_ok:
                inferred[row] = away[row] = _away_since(last, config)
            elif discovered < started[row] <= ts + LARGEST_CLOCK_SKEW_MS:
                inferred[row] = int(started[row])
            if up[row] == up[row]:
                ok = up[row] == 1
                last = LastScrape(ts, ok, config.fingerprint, last.ever_ok or ok)
                last_row = row
        rows = RowContext(ts_ms, ~np.isnan(up), previous, birth_from, inferred, away)
        return rows, last


def _away_since(last: LastScrape, config: TargetConfig) -> int:
    """Return since when a series is known to be away, from the previous scrape.

    Another configuration may have left it out; and a failed scrape says nothing.
    """
    is_alike = config.fingerprint == last.fingerprint
    return last.ts_ms if last.ok and is_alike else NO_TIME
