"""What Kizashi tells people about itself, as conditions of alerts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kizashi.alert.facts import Fact, Facts
from kizashi.app.damage_notes import utc
from kizashi.app.health import DeadLetter
from kizashi.model.damage import Damage
from kizashi.model.labels import Labels
from kizashi.model.severity import Severity

NOTIFICATION_FAILED = "NotificationFailed"
STORE_DAMAGED = "StoreDamaged"
STORE_FAILING = "StoreFailing"

_MINUTE_MS = 60_000
#: Without another dead letter for so long, a receiver is taken for well again.
DEAD_LETTER_MS = 10 * _MINUTE_MS
#: So long damage is told that is mended: its disk may do it again.
MENDED_MS = 10 * _MINUTE_MS
#: A store that fails for so long does not work again by itself.
FAILING_MS = 10_000


@dataclass(frozen=True, slots=True)
class Condition:
    """When an alert of no objective fires.

    Attributes:
        labels: The alert's.
        fires: Whether what it tells of holds; where it does not, it is over.
        facts: What is told.
        wait_ms: How long it has to hold first.
    """

    labels: Labels
    fires: bool
    facts: Facts = field(default_factory=dict)
    wait_ms: int = 0


def undelivered(dead: Mapping[str, DeadLetter], now_ms: int) -> list[Condition]:
    """Return a condition for each receiver to which something was given up.

    It holds from the first dead letter, until there was none for a while.
    """
    return [
        Condition(
            Labels.of(
                alertname=NOTIFICATION_FAILED,
                receiver=receiver,
                severity=Severity.PAGE.value,
            ),
            now_ms - letter.at_ms < DEAD_LETTER_MS,
            {"kind": letter.kind, "answer": letter.answer},
        )
        for receiver, letter in sorted(dead.items())
    ]


def damaged(
    file: str, damages: Sequence[Damage], data: str, since_ms: int
) -> Condition:
    """Return the condition that something stored in a file is damaged.

    Args:
        file: The file's name.
        damages: What is known.
        data: The data folder.
        since_ms: For how long nothing new was found.
    """
    lost = [damage for damage in damages if not damage.is_mended]
    told = lost or damages
    facts: dict[str, Fact] = {"rows": len(told), "data": data}
    if told:
        facts["tables"] = " ".join(sorted({damage.table for damage in told}))
        facts["start"] = utc(min(damage.first_ms for damage in told))
        facts["end"] = utc(max(damage.last_ms for damage in told))
        facts["is_mended"] = "" if lost else "1"
    fires = bool(lost) or (bool(damages) and since_ms < MENDED_MS)
    return Condition(_damage_of(file), fires, facts)


def set_aside(file: str, rows: Mapping[str, int], data: str) -> Condition:
    """Return the condition that nothing is done by some rows, which are damaged.

    Args:
        file: The file's name.
        rows: How many, by table.
        data: The data folder.
    """
    facts: dict[str, Fact] = {
        "rows": sum(rows.values()),
        "tables": " ".join(sorted(rows)),
        "data": data,
    }
    return Condition(_damage_of(file), bool(rows), facts)


def failing(why: str, data: str, *, is_kept: bool = True) -> Condition:
    """Return the condition that what is measured cannot be stored.

    Args:
        why: Why it cannot; empty where it can.
        data: The data folder.
        is_kept: Whether what is stored lies in the data folder, not in a copy.
    """
    labels = Labels.of(alertname=STORE_FAILING, severity=Severity.PAGE.value)
    facts = {"why": why, "data": data, "is_copy": "" if is_kept else "1"}
    return Condition(labels, bool(why), facts, 0 if not is_kept else FAILING_MS)


def _damage_of(file: str) -> Labels:
    return Labels.of(alertname=STORE_DAMAGED, file=file, severity=Severity.TICKET.value)
