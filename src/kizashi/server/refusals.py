"""Tokens that were refused: each is counted, and so many a minute are logged."""

import logging

from prometheus_client import CollectorRegistry

from kizashi.ports.clock import Clock
from kizashi.server.refusal_metrics import RefusalMetrics

#: Records of one minute; guessing must not fill a disk.
MOST_A_MINUTE = 10
_MINUTE_MS = 60_000

_LOG = logging.getLogger(__name__)


class Refusals:
    """Belongs to one event loop."""

    def __init__(self, clock: Clock, registry: CollectorRegistry) -> None:
        self._clock = clock
        self._metrics = RefusalMetrics(registry)
        self._minute = -1
        self._logged = 0
        self._left_out = 0

    def note(self, address: str) -> None:
        """Note that a caller brought a token that is not accepted.

        Args:
            address: The caller's, as far as it is known.
        """
        self._metrics.refused()
        minute = self._clock.now_ms() // _MINUTE_MS
        if minute != self._minute:
            self._minute, self._logged = minute, 0
        if self._logged >= MOST_A_MINUTE:
            self._left_out += 1
            return
        self._logged += 1
        left_out, self._left_out = self._left_out, 0
        # The field's name must not look like a secret's, or its value is masked.
        _LOG.warning(
            "a token was refused: it is unknown, has expired or was revoked",
            extra={"address": address, "not_logged_before": left_out},
        )
