"""``StoreDamaged``: something stored is damaged, and was left out."""

from collections.abc import Iterator

from kizashi.alert.facts import Fact
from kizashi.alert.kinds._base import (
    AlertKind,
    FileDamage,
    LabelledCondition,
    SelfKnowledge,
)
from kizashi.alert.words import AlertWords
from kizashi.messages.formats import utc
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity

NAME = "StoreDamaged"

#: So long damage is told that is mended: its disk may do it again.
MENDED_MS = 10 * 60_000


def _conditions(server: SelfKnowledge) -> Iterator[LabelledCondition]:
    """Yield one for each file: what is damaged in it, or which of its rows."""
    for file, damage in server.damages.items():
        yield _damaged(file, damage, server.data)
    for file, rows in server.aside.items():
        facts: dict[str, Fact] = {
            "rows": sum(rows.values()),
            "tables": " ".join(sorted(rows)),
            "data": server.data,
        }
        yield LabelledCondition(_labels(file), bool(rows), facts)


def _damaged(file: str, found: FileDamage, data: str) -> LabelledCondition:
    damages = found.damages
    lost = [damage for damage in damages if not damage.is_mended]
    told = lost or damages
    facts: dict[str, Fact] = {"rows": len(told), "data": data}
    if told:
        facts["tables"] = " ".join(sorted({damage.table for damage in told}))
        facts["start"] = utc(min(damage.first_ms for damage in told))
        facts["end"] = utc(max(damage.last_ms for damage in told))
        facts["is_mended"] = "" if lost else "1"
    holds = bool(lost) or (bool(damages) and found.since_ms < MENDED_MS)
    return LabelledCondition(_labels(file), holds, facts)


def _labels(file: str) -> Labels:
    return Labels.of(alertname=NAME, file=file, severity=Severity.TICKET.value)


def _say(words: AlertWords) -> tuple[str, str]:
    if words.is_over:
        return words.say("notify.damaged.over"), words.say("notify.damaged.over-what")
    is_mended = bool(words.fact("is_mended"))
    lost = "notify.damaged.mended" if is_mended else "notify.damaged.lost"
    if not words.has("start"):
        is_log = words.fact("tables") == "wal"
        lost = "notify.damaged.log" if is_log else "notify.damaged.aside"
    return words.say("notify.damaged.summary"), words.joined(
        words.say(lost), words.say("notify.damaged.what")
    )


KIND = AlertKind(
    NAME,
    "ui.alert.damaged",
    "howto/when-files-are-damaged",
    (Severity.TICKET,),
    ("file",),
    _say,
    conditions=_conditions,
)
