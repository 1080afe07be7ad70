"""What a reader is told of figures that something damaged would have been part of."""

from collections.abc import Iterable
from datetime import UTC, datetime

from kizashi.app.answers import NoteView
from kizashi.app.readers import Reader
from kizashi.model.damage import ANY_GENERATION, Damage

#: The end of the year 9999: no later time can be shown.
_LAST_MS = 253_402_300_799_000


def damage_notes(
    reader: Reader, last: int, damages: Iterable[Damage]
) -> tuple[NoteView, ...]:
    """Return a note on lost samples and one on lost blocks of the budget's window.

    Args:
        reader: Who reads the objective.
        last: The window's last slice.
        damages: Everything that is damaged.
    """
    tracked = reader.tracked
    end_ms = last * tracked.slice_ms
    start_ms = end_ms - tracked.budget_slices * tracked.slice_ms + 1
    touched = [
        d for d in damages if d.touches(start_ms, end_ms) and reader.is_touched_by(d)
    ]
    return tuple(
        _note(code, own, start_ms, end_ms)
        for code, own in (
            ("ledger.damaged.samples", [d for d in touched if d.generation is None]),
            ("ledger.damaged.blocks", [d for d in touched if _is_block(d)]),
            ("ledger.damaged.file", [d for d in touched if _is_any(d)]),
        )
        if own
    )


def _is_any(damage: Damage) -> bool:
    return damage.generation == ANY_GENERATION


def _is_block(damage: Damage) -> bool:
    return damage.generation is not None and not _is_any(damage)


def _note(code: str, some: list[Damage], start_ms: int, end_ms: int) -> NoteView:
    first_ms = max(start_ms, min(d.first_ms for d in some))
    last_ms = min(end_ms, max(d.last_ms for d in some))
    params = {"rows": str(len(some)), "start": utc(first_ms), "end": utc(last_ms)}
    return NoteView(code, params)


def utc(ms: int) -> str:
    """Return a time as notes show it."""
    ms = min(max(ms, 0), _LAST_MS)
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M:%SZ}"
