"""Webhooks: the payload as it is, by POST, signed where there is a secret."""

from pathlib import Path

from kizashi.declarations.receivers.webhook import Webhook
from kizashi.notify._base import HttpNotifier, HttpRequest, signature
from kizashi.ports.notifier import Outgoing

SIGNATURE_HEADER = "X-Kizashi-Signature"
_LONGEST_SECRET_BYTES = 64 * 1024


class WebhookNotifier(HttpNotifier):
    """Sends payloads to one webhook.

    Source: Alertmanager documentation, ``<webhook_config>``. Beyond it: an
    ``Idempotency-Key`` on every request, the same for every attempt, and a signature.
    """

    def __init__(self, settings: Webhook) -> None:
        super().__init__(settings.timeout_ms)
        self._settings = settings

    def request(self, outgoing: Outgoing) -> HttpRequest:
        """Return the payload as it is, with its signature.

        Raises:
            OSError: If the secret's file cannot be read.
            ValueError: If it does not hold text.
        """
        body = outgoing.payload.encode()
        secret = self._current_secret()
        if not secret:
            return HttpRequest(self._settings.url, body)
        signed = signature(secret, body, outgoing.now_ms)
        return HttpRequest(
            self._settings.url,
            body,
            secret_headers={SIGNATURE_HEADER: signed},
            secrets=(secret,),
        )

    def _current_secret(self) -> str:
        if not self._settings.secret_file:
            return self._settings.secret
        with Path(self._settings.secret_file).open("rb") as file:
            secret = file.read(_LONGEST_SECRET_BYTES).decode().strip()
        if not secret:
            # Unsigned would be worse than late: the receiver may trust a missing
            # signature less loudly than it should.
            raise ValueError("the secret file is empty")
        return secret


NOTIFIER = WebhookNotifier
