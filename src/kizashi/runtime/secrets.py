"""The secrets of a configuration, so that no log repeats them."""

from collections.abc import Iterable, Iterator

from kizashi.model.scraping import Authorization, BasicAuth, ScrapeConfig


def secrets_of(configs: Iterable[ScrapeConfig]) -> Iterator[str]:
    """Yield every secret that is written in the scrape configurations."""
    for config in configs:
        yield from _secrets(config.basic_auth, config.authorization)
        for asked in config.http_discoveries:
            yield from _secrets(asked.basic_auth, asked.authorization)


def _secrets(
    basic: BasicAuth | None, authorization: Authorization | None
) -> Iterator[str]:
    if basic is not None:
        yield basic.password
    if authorization is not None:
        yield authorization.credentials
