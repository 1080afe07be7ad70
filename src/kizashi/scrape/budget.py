"""How many bytes of scrape bodies may be held at once, over all targets."""

import asyncio
from typing import Self

#: A body up to this size is not counted: 200 ordinary targets together hold less
#: than one hostile one may.
UNCOUNTED_BYTES = 256 * 1024
DEFAULT_BYTES = 96 * 1024 * 1024


class ByteBudget:
    """Bytes that large scrape bodies share. Belongs to one event loop.

    A body claims memory in steps as it grows, so a target that drips holds little. If
    every holder waited for its next step, none would ever finish; so a step is granted
    only where some order remains in which every holder can reach its limit and finish.
    Source: E. W. Dijkstra, EWD 623, "The mathematics behind the Banker's Algorithm".
    """

    def __init__(self, total_bytes: int = DEFAULT_BYTES) -> None:
        self._total = total_bytes
        self._claims: set[Claim] = set()
        self._waiting: list[asyncio.Future[None]] = []

    @property
    def held_bytes(self) -> int:
        """Bytes granted and not yet given back."""
        return sum(claim.held for claim in self._claims)

    def claim(self, limit_bytes: int) -> "Claim":
        """Return a claim for one body, to be used as a context manager.

        Args:
            limit_bytes: The most that the body may come to. One body of this size
                fits always, even where it is more than the budget.
        """
        self._total = max(self._total, limit_bytes)
        return Claim(self, limit_bytes)

    async def grant(self, claim: "Claim", size: int) -> None:
        """Give a claim its next bytes, waiting for other bodies to be let go."""
        while not self._is_safe(claim, size):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            await turn
        claim.held = size
        self._claims.add(claim)

    def give_back(self, claim: "Claim") -> None:
        """Take all bytes of a claim back and let those who wait look again."""
        self._claims.discard(claim)
        claim.held = 0
        waiting, self._waiting = self._waiting, []
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)

    def _is_safe(self, claim: "Claim", size: int) -> bool:
        others = [(c.limit - c.held, c.held) for c in self._claims if c is not claim]
        free = self._total - sum(held for _, held in others) - size
        for need, held in sorted([*others, (claim.limit - size, size)]):
            if need > free:
                return False
            free += held
        return True


class Claim:
    """The part of the budget that one body holds; given back on leaving ``with``."""

    def __init__(self, budget: ByteBudget, limit: int) -> None:
        self._budget = budget
        self.limit = limit
        self.held = 0

    async def grow_to(self, size: int) -> None:
        """Return when a body of this size may be held."""
        if size <= max(self.held, UNCOUNTED_BYTES):
            return
        await self._budget.grant(self, min(self.limit, max(size, 2 * self.held)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self._budget.give_back(self)
