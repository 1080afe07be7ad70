"""From rows that readers of samples could not read to damage with time and owner."""

from kizashi.model.damage import Damage
from kizashi.tsdb.catalog import Catalog
from kizashi.tsdb.damage import Damages


class DamageReporter:
    """Files what readers of samples meet; any thread may."""

    def __init__(self, damages: Damages, catalog: Catalog) -> None:
        self.damages = damages
        self._catalog = catalog

    def chunk(self, table: str, key: int, stream: int, span: tuple[int, int]) -> None:
        """Take note of a damaged chunk: a series of a target for a block's time."""
        owner = self._catalog.owner(stream)
        target, series = owner if owner is not None else (None, None)
        self.damages.note([Damage(table, key, *span, target=target, series=series)])
