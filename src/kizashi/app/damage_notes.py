"""What a reader is told of figures that something damaged would have been part of."""

from collections.abc import Iterable

from kizashi.app.answers import NoteView
from kizashi.app.readers import Reader
from kizashi.messages.formats import utc
from kizashi.model.damage import ANY_GENERATION, Damage


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
    start_ms = end_ms - tracked.window.length_ms + 1
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
