"""Kizashi's own log as a receiver: one record for each notification."""

import json
import logging

from kizashi.alert.retry import DeliveryResult
from kizashi.declarations.receivers.log import LogSink
from kizashi.ports.notifier import Outcome, Outgoing

_LOG = logging.getLogger(__name__)


class LogNotifier:
    """Writes notifications into the log: a warning what fires, as information the end.

    The record has the fields receiver, status, group, key and, for each alert, its
    status, labels, summary and description.
    """

    async def send(self, outgoing: Outgoing) -> Outcome:
        """Return that it was written."""
        told = json.loads(outgoing.payload)
        firing = told["status"] == "firing"
        alerts = [
            {
                "status": alert["status"],
                "labels": alert["labels"],
                "summary": alert["annotations"].get("summary", ""),
                "description": alert["annotations"].get("description", ""),
            }
            for alert in told["alerts"]
        ]
        summaries = "; ".join(alert["summary"] for alert in alerts)
        _LOG.log(
            logging.WARNING if firing else logging.INFO,
            "%s: %s",
            told["status"],
            summaries,
            extra={
                "receiver": told["receiver"],
                "status": told["status"],
                "group": told["groupKey"],
                "key": outgoing.id,
                "alerts": alerts,
            },
        )
        return Outcome(DeliveryResult.DELIVERED, "notify.logged")

    async def close(self) -> None:
        """There is nothing to close."""


def notifier(_: LogSink) -> LogNotifier:
    """Return the one way to write; there is nothing to set."""
    return LogNotifier()


NOTIFIER = notifier
