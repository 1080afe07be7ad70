"""Series that several targets of a ledger expose: one counter, counted once."""

from collections.abc import Iterable
from typing import Protocol


class Exposer(Protocol):
    """A target that counts series."""

    def newest(self, series: int) -> tuple[int, float]:
        """Return time and value of the last sample that this target showed."""
        ...


class Sharing:
    """Who exposes which series.

    Two servers that hand on the series of a third, job and instance kept, expose the
    same counters. Each sample of such a series follows the newest one that any of them
    has shown, as it does in the store of a Prometheus.

    Attributes:
        version: Grows whenever a series becomes shared, or one exposer less has it.
    """

    def __init__(self) -> None:
        self.version = 0
        self._exposers: dict[int, list[Exposer]] = {}

    def join(self, exposer: Exposer, series: Iterable[int]) -> None:
        """Note that a target exposes some series, new ones all of them."""
        for number in series:
            exposers = self._exposers.setdefault(number, [])
            exposers.append(exposer)
            self.version += len(exposers) > 1

    def leave(self, exposer: Exposer, series: Iterable[int]) -> None:
        """Note that a target's series are gone."""
        for number in series:
            others = [e for e in self._exposers[number] if e is not exposer]
            self.version += len(others) > 0
            self._exposers[number] = others
            if not others:
                del self._exposers[number]

    def is_shared(self, series: int) -> bool:
        """Return whether several targets expose a series."""
        return len(self._exposers.get(series, ())) > 1

    def newest(self, series: int) -> tuple[int, float]:
        """Return time and value of the last sample that any target showed."""
        return max(
            (exposer.newest(series) for exposer in self._exposers[series]),
            key=lambda sample: sample[0],
        )
