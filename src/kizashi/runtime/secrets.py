"""The secrets of a configuration, so that no log repeats them."""

from collections.abc import Iterable, Iterator

from kizashi.model.scraping import ScrapeConfig


def secrets_of(configs: Iterable[ScrapeConfig]) -> Iterator[str]:
    """Yield every secret that is written in the scrape configurations."""
    for config in configs:
        if config.basic_auth is not None:
            yield config.basic_auth.password
        if config.authorization is not None:
            yield config.authorization.credentials
