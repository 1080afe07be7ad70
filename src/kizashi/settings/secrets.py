"""The secrets of a configuration, so that no log repeats them."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from urllib.parse import unquote, unquote_plus, urlsplit

from kizashi.declarations.addresses import is_http
from kizashi.declarations.configuration import Configuration
from kizashi.logs.secret_names import is_secret_name, is_secret_parameter
from kizashi.logs.secret_shapes import secret_spans
from kizashi.model.scraping import Authorization, BasicAuth, ScrapeConfig

#: A shorter path, such as ``/alerts``, is a word that logs must be free to use.
_SHORTEST_SECRET_PATH = 12


def secrets_of(configs: Iterable[ScrapeConfig]) -> Iterator[str]:
    """Yield every secret that is written in the scrape configurations."""
    for config in configs:
        yield from _secrets(config.basic_auth, config.authorization)
        for name, values in config.params:
            yield from values if is_secret_parameter(name) else ()
        for group in config.static_groups:
            yield from (value for name, value in group.labels if is_secret_name(name))
            for address in group.addresses:
                yield from credentials_in_url(address)
        for rule in (*config.relabel, *config.metric_relabel):
            if is_secret_parameter(rule.target_label):
                yield rule.replacement
        for discovery in config.http_discoveries:
            yield from _secrets(discovery.basic_auth, discovery.authorization)
            yield from credentials_in_url(discovery.url)


def upstream_secrets(configuration: Configuration) -> Iterator[str]:
    """Yield every secret that is written of the server that is read."""
    upstream = configuration.upstream
    if upstream is not None:
        yield from _secrets(upstream.basic_auth, upstream.authorization)
        yield from credentials_in_url(upstream.url)
        yield from credentials_in_url(upstream.rules_url)
        yield from (value for _, value in upstream.headers)


def notification_secrets(configuration: Configuration) -> Iterator[str]:
    """Yield what must not be repeated of receivers and the heartbeat.

    Anybody who knows a webhook's address can write to it, so the part behind the
    host is a secret too; any other secret is one as a whole.
    """
    settings = [each for r in configuration.receivers for each in r.settings]
    for holder in (*settings, configuration.heartbeat):
        for name, secret in _kept_quiet(holder):
            if is_http(secret):
                yield from secrets_in_url(secret)
            if not name.endswith("url"):
                yield secret


def _kept_quiet(settings: object) -> Iterator[tuple[str, str]]:
    """Yield the texts that a dataclass keeps out of its ``repr``, by field."""
    if is_dataclass(settings):
        for one in fields(settings):
            held = getattr(settings, one.name)
            if not one.repr and isinstance(held, str) and held:
                yield one.name, held


def credentials_in_url(url: str) -> Iterator[str]:
    """Yield what lets its owner in by an address: a password, parameters by name."""
    whole = url if "://" in url else f"http://{url}"
    for start, end in secret_spans(whole):
        yield from {
            whole[start:end],
            unquote(whole[start:end]),
            unquote_plus(whole[start:end]),
        }


def secrets_in_url(url: str) -> Iterator[str]:
    """Yield the parts of an address that only its owner should know."""
    yield from credentials_in_url(url)
    parts = urlsplit(url)
    behind = f"{parts.path}?{parts.query}" if parts.query else parts.path
    for secret in (behind.strip("/"), parts.query):
        if len(secret) >= _SHORTEST_SECRET_PATH:
            yield secret


def _secrets(
    basic: BasicAuth | None, authorization: Authorization | None
) -> Iterator[str]:
    if basic is not None:
        yield basic.password
        if basic.password:
            # It is sent in base64, together with the name.
            yield f"{basic.username}:{basic.password}"
    if authorization is not None:
        yield authorization.credentials
