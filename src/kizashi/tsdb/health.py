"""From rows that readers of samples could not read to damage with time and owner."""

from collections.abc import Iterable
from typing import Protocol

from kizashi.model.damage import Damage
from kizashi.tsdb.damage import Damages


class DamagedHeadRow(Protocol):
    """A row of the head, as far as it can be named."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def target(self) -> int:
        """Whose it says it is."""
        ...

    @property
    def ts_ms(self) -> int:
        """When it says the scrape began."""
        ...


class Owners(Protocol):
    """Who knows whose a stream is."""

    def owner(self, stream: int) -> tuple[int, int] | None:
        """Return the target and the series of a stream, or None."""
        ...


class DamageReporter:
    """Files what readers of samples meet; any thread may."""

    def __init__(self, damages: Damages, owners: Owners) -> None:
        self.damages = damages
        self._owners = owners

    def rows(self, rows: Iterable[DamagedHeadRow]) -> None:
        """Take note of damaged rows of the head: everything that a scrape said."""
        self.damages.note(
            Damage("head", row.id, row.ts_ms, row.ts_ms, target=row.target)
            for row in rows
        )

    def chunk(self, table: str, key: int, stream: int, span: tuple[int, int]) -> None:
        """Take note of a damaged chunk: a series of a target for a block's time."""
        owner = self._owners.owner(stream)
        target, series = owner if owner is not None else (None, None)
        self.damages.note([Damage(table, key, *span, target=target, series=series)])
