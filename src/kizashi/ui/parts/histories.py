"""The changes of an alert as a reader sees them, the newest first."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kizashi.ports.alert_service import AlertEventView
from kizashi.ports.alerts import attributed
from kizashi.ui.parts.terms import PHASES
from kizashi.ui.parts.words import Words


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """One change.

    Times are Unix seconds.

    Attributes:
        at: When it happened.
        href: Where the page shows that time.
        said: What somebody did without changing how the alert stands; empty for a
            change.
        before: How it stood, a message id.
        after: How it stands since.
        by: Who did it; empty for nobody.
        reason: Why they did it.
    """

    at: float
    href: str
    said: str
    before: str
    after: str
    by: str
    reason: str


def history_of(
    events: Sequence[AlertEventView],
    most: int,
    href: Callable[[str], str],
    words: Words,
) -> list[HistoryEvent]:
    """Return the newest changes of an alert.

    Args:
        events: All its changes, oldest first.
        most: How many are shown.
        href: Where a page shows a time, which it is given for machines.
        words: Writes for the reader.
    """
    return [
        _event(event, href(words.iso(event.at)), words)
        for event in reversed(events[-most:])
    ]


def _event(event: AlertEventView, href: str, words: Words) -> HistoryEvent:
    why = event.why
    remark = str(why.get("remark") or "")
    said = ""
    if event.before == event.after:
        by = attributed(str(why.get("acknowledged") or ""), remark)
        said = words.t("ui.alerts.acknowledged", by=by)
    by = str(why.get("by") or "")
    return HistoryEvent(
        at=event.at,
        href=href,
        said=said,
        before=PHASES[event.before],
        after=PHASES[event.after],
        by=attributed(by, remark) if by else "",
        reason=str(why.get("reason") or ""),
    )
