"""How many series all targets together may show at once."""

#: Source: our reliability promises: 500,000 active series, and never unlimited.
MOST_ACTIVE_SERIES = 500_000


class SeriesBudget:
    """Shares out active series among targets, first come first served.

    Each target's page is within its own limits; a thousand such pages are not within
    our memory. A target that would go over is down, with the reason, and harms none
    of those that were there before.
    """

    def __init__(self, limit: int = MOST_ACTIVE_SERIES) -> None:
        self.limit = limit
        self._held: dict[object, int] = {}
        self._total = 0

    def take(self, owner: object, count: int) -> bool:
        """Let an owner hold so many series in place of what it held, if they fit."""
        total = self._total - self._held.get(owner, 0) + count
        if total > self.limit:
            return False
        self._held[owner] = count
        self._total = total
        return True

    def release(self, owner: object) -> None:
        """Take back what an owner held."""
        self._total -= self._held.pop(owner, 0)
