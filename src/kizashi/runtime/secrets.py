"""The secrets of a configuration, so that no log repeats them."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from kizashi.declarations.configuration import Configuration
from kizashi.model.scraping import Authorization, BasicAuth, ScrapeConfig

#: A shorter path, such as ``/alerts``, is a word that logs must be free to use.
_SHORTEST_SECRET_PATH = 12


def secrets_of(configs: Iterable[ScrapeConfig]) -> Iterator[str]:
    """Yield every secret that is written in the scrape configurations."""
    for config in configs:
        yield from _secrets(config.basic_auth, config.authorization)
        for asked in config.http_discoveries:
            yield from _secrets(asked.basic_auth, asked.authorization)


def upstream_secrets(configuration: Configuration) -> Iterator[str]:
    """Yield every secret that is written of the server that is read."""
    upstream = configuration.upstream
    if upstream is not None:
        yield from _secrets(upstream.basic_auth, upstream.authorization)
        yield from (value for _, value in upstream.headers)


def notification_secrets(configuration: Configuration) -> Iterator[str]:
    """Yield what must not be repeated of receivers and the heartbeat.

    Whoever knows the address of a webhook can write to it, so the part behind the
    host is a secret too.
    """
    urls = [w.url for r in configuration.receivers for w in r.webhooks]
    if configuration.heartbeat is not None:
        urls.append(configuration.heartbeat.url)
    for url in urls:
        yield from secrets_in_url(url)
    for receiver in configuration.receivers:
        yield from (hook.secret for hook in receiver.webhooks)


def secrets_in_url(url: str) -> Iterator[str]:
    """Yield the parts of an address that only its owner should know."""
    parts = urlsplit(url)
    behind = f"{parts.path}?{parts.query}" if parts.query else parts.path
    for secret in (behind.strip("/"), parts.query, parts.password or ""):
        if len(secret) >= _SHORTEST_SECRET_PATH:
            yield secret


def _secrets(
    basic: BasicAuth | None, authorization: Authorization | None
) -> Iterator[str]:
    if basic is not None:
        yield basic.password
    if authorization is not None:
        yield authorization.credentials
