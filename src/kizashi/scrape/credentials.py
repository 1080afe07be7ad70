"""What a job shows its targets, with the reasons of a scrape where that fails."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from kizashi.errors import CredentialsError
from kizashi.http import credentials
from kizashi.model.scraping import HttpDiscovery, ScrapeConfig, TlsConfig
from kizashi.scrape.reasons import failed

_CODES = {"secret_file": "scrape.secret_file", "tls_file": "scrape.tls_file"}


@contextmanager
def _as_scrape_error() -> Iterator[None]:
    try:
        yield
    except CredentialsError as error:
        raise failed(_CODES[error.code], **error.params) from error


def authorization(config: ScrapeConfig | HttpDiscovery) -> str | None:
    """Return the Authorization header of a job or a discovery, or None.

    Raises:
        ScrapeError: If a secret's file cannot be read or does not hold one line.
    """
    with _as_scrape_error():
        return credentials.authorization_header(config.basic_auth, config.authorization)


class JobTlsContext:
    """The TLS settings of a job; built again when one of its files changes."""

    def __init__(self, config: TlsConfig | None) -> None:
        self._tls = credentials.TlsContext(config)

    def current(self) -> ssl.SSLContext:
        """Return the context to connect with.

        Raises:
            ScrapeError: If a file of the job cannot be read or used.
        """
        with _as_scrape_error():
            return self._tls.current()
