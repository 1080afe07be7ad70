"""``log_configs``: Kizashi's own log, one record for each notification."""

from dataclasses import dataclass, field

from kizashi.declarations.fields import Fields
from kizashi.declarations.receivers._base import NotInAlertmanager, ReceiverKind


@dataclass(frozen=True, slots=True)
class LogSink:
    """Kizashi's own log."""

    send_resolved: bool = True
    kind: str = field(default="log", init=False)

    @property
    def timeout_ms(self) -> int:
        """Nothing is waited for."""
        return 0

    def for_alertmanager(self) -> NotInAlertmanager:
        """Return the note that Alertmanager has no such receiver."""
        return NotInAlertmanager("targets.receivers.log")


def _read(fields: Fields) -> LogSink:
    return LogSink(fields.boolean("send_resolved", default=True))


KIND = ReceiverKind("log", ("send_resolved",), _read)
