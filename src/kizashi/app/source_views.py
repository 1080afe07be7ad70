"""What a reader is told of where a followed objective's slices came from."""

from collections.abc import Iterable

from kizashi.app.answers import NoteView, SourceView
from kizashi.messages.formats import utc
from kizashi.slo.sources import SourceKind

_WORDS: dict[SourceKind | None, str] = {
    SourceKind.RECORDED: "recorded",
    SourceKind.RAW: "raw",
    SourceKind.RAW_UNREPORTED: "raw_unreported",
    SourceKind.SCRAPED: "scraped",
    SourceKind.NOTHING: "missing",
    None: "unread",
}
_NOTES = {
    "recorded": "ledger.source.recorded",
    "raw": "ledger.source.raw",
    "raw_unreported": "ledger.source.raw_unreported",
    "scraped": "ledger.source.scraped",
    "missing": "ledger.source.missing",
    "unread": "ledger.source.unread",
}


def source_views(
    runs: Iterable[tuple[SourceKind | None, int, int]], slice_ms: int
) -> tuple[SourceView, ...]:
    """Return where runs of slices came from, in the same order."""
    return tuple(
        SourceView(_WORDS[kind], (a - 1) * slice_ms / 1000, b * slice_ms / 1000)
        for kind, a, b in runs
    )


def source_notes(views: Iterable[SourceView]) -> tuple[NoteView, ...]:
    """Return the same as notes."""
    return tuple(
        NoteView(
            _NOTES[view.source],
            {
                "start": utc(round(view.start * 1000)),
                "end": utc(round(view.end * 1000)),
            },
        )
        for view in views
    )
