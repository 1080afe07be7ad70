"""What of the stored data was found to be damaged."""

from dataclasses import dataclass, replace
from typing import Self

#: Stands for the blocks of every objective: nobody knows which rows are not found.
ANY_GENERATION = -1
#: The table of what was lost with the end of a log; its row is how many
#: commits, 0 where that is not known.
LOG = "wal"


@dataclass(frozen=True, slots=True)
class Damage:
    """A row that cannot be read, or does not say what was written.

    Its time is unseen: nothing of it is in any figure. Where the slices of a block could
    be counted again from samples, it is mended, and the figures are whole.

    Attributes:
        table: The table that it lies in.
        row: Its key there.
        first_ms: Where its time begins, included; Unix milliseconds.
        last_ms: Where it ends, included.
        target: Whose samples they are; None for a block of the ledger.
        series: Which series; None where it is all that a target said.
        generation: Whose block of the ledger it is; None for samples.
        is_mended: Whether it was put right again from what is sound.
    """

    table: str
    row: int
    first_ms: int
    last_ms: int
    target: int | None = None
    series: int | None = None
    generation: int | None = None
    is_mended: bool = False

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells it from every other; a row's number may be given twice."""
        return self.table, self.row, self.first_ms

    def touches(self, first_ms: int, last_ms: int) -> bool:
        """Return whether some of a stretch of time, both ends included, is lost."""
        within = self.first_ms <= last_ms and self.last_ms >= first_ms
        return within and not self.is_mended

    def mended(self) -> Self:
        """Return it as mended."""
        return replace(self, is_mended=True)
