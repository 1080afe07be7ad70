"""``webhook_configs``: an address that is told by POST.

Source: Alertmanager configuration, ``<webhook_config>``; ``secret`` and ``secret_file``
are ours.
"""

from dataclasses import dataclass, field

from kizashi.declarations.addresses import is_http
from kizashi.declarations.fields import Fields
from kizashi.declarations.receivers._base import (
    DEFAULT_TIMEOUT_MS,
    InAlertmanager,
    KeptSecret,
    ReceiverKind,
    read_timeout,
)
from kizashi.model.durations import format_duration

#: Fewer characters than this and a signature can be forged by trying keys.
SHORTEST_SECRET = 16


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told by POST; it may hold a secret.

    Attributes:
        url: Where to.
        send_resolved: Whether it is told of the end.
        timeout_ms: How long its answer may take.
        secret: What requests are signed with; empty where they are not.
        secret_file: Holds the secret instead; read for every request, so that a rotated
            one works at once.
    """

    url: str = field(repr=False)
    send_resolved: bool = True
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    secret: str = field(default="", repr=False)
    secret_file: str = ""
    kind: str = field(default="webhook", init=False)

    def for_alertmanager(self) -> InAlertmanager:
        """Return Alertmanager's webhook, which cannot sign."""
        is_signed = bool(self.secret or self.secret_file)
        return InAlertmanager(
            (KeptSecret("url", "url_file", "urlSecret"),),
            {
                "send_resolved": self.send_resolved,
                "timeout": format_duration(self.timeout_ms),
            },
            {"sendResolved": self.send_resolved},
            ("targets.receivers.signature",) if is_signed else (),
        )


def _read(fields: Fields) -> Webhook | None:
    fields.require("url")
    url = fields.text("url")
    if url is None:
        return None
    if not is_http(url):
        # The address is left out of the problem: it may hold a secret.
        fields.report("url", "receiver.url")
        return None
    return Webhook(
        url,
        fields.boolean("send_resolved", default=True),
        read_timeout(fields),
        _read_secret(fields),
        fields.text_or("secret_file", ""),
    )


def _read_secret(fields: Fields) -> str:
    secret = fields.text("secret")
    if secret is None:
        return ""
    if fields.entry("secret_file") is not None:
        fields.report(
            "secret_file",
            "field.one-of",
            one=fields.name("secret"),
            other=fields.name("secret_file"),
        )
    if len(secret) < SHORTEST_SECRET:
        fields.report("secret", "receiver.secret-short", least=SHORTEST_SECRET)
    return secret


KIND = ReceiverKind(
    "webhook",
    ("url", "send_resolved", "timeout", "secret", "secret_file"),
    _read,
    ("http_config", "max_alerts", "payload", "url_file"),
)
