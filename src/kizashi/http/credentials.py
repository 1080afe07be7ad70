"""What we show a server to be let in: an Authorization header, TLS certificates.

Files are read again for every request, so that a rotated secret works at once.
"""

import base64
import ssl
from pathlib import Path

from kizashi.errors import CredentialsError
from kizashi.model.scraping import Authorization, BasicAuth, TlsConfig

_LONGEST_SECRET_BYTES = 64 * 1024


def authorization_header(
    basic: BasicAuth | None, bearer: Authorization | None
) -> str | None:
    """Return the Authorization header, or None where neither way is configured.

    Raises:
        CredentialsError: If a secret's file cannot be read or does not hold one line.
    """
    if basic is not None:
        password = _secret(basic.password, basic.password_file)
        pair = f"{basic.username}:{password}".encode()
        return "Basic " + base64.b64encode(pair).decode()
    if bearer is not None:
        secret = _secret(bearer.credentials, bearer.credentials_file)
        return f"{bearer.scheme} {secret}"
    return None


def _secret(value: str, path: str) -> str:
    if not path:
        return value
    try:
        with Path(path).open("rb") as file:
            text = file.read(_LONGEST_SECRET_BYTES).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "not UTF-8 text"
        raise CredentialsError("secret_file", path=path, why=why) from error
    if not text.isprintable():
        # A line break would end the header and start another one.
        raise CredentialsError("secret_file", path=path, why="more than one line")
    return text


class TlsContext:
    """TLS settings; built again when one of their files changes."""

    def __init__(self, config: TlsConfig | None) -> None:
        self._config = config or TlsConfig()
        self._context: ssl.SSLContext | None = None
        self._stamps: list[tuple[int, int]] = []

    def current(self) -> ssl.SSLContext:
        """Return the context to connect with.

        Raises:
            CredentialsError: If a file cannot be read or used.
        """
        config = self._config
        names = (config.ca_file, config.cert_file, config.key_file)
        try:
            stats = [Path(name).stat() for name in names if name]
            stamps = [(stat.st_mtime_ns, stat.st_ino) for stat in stats]
            if self._context is None or stamps != self._stamps:
                self._context, self._stamps = tls_context(config), stamps
        except (OSError, ValueError) as error:
            raise CredentialsError("tls_file", why=error) from error
        return self._context


def tls_context(config: TlsConfig) -> ssl.SSLContext:
    """Return a client context: TLS 1.2 or newer, verified unless told otherwise.

    Raises:
        OSError: If a file cannot be read or used.
    """
    context = ssl.create_default_context(cafile=config.ca_file or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if config.cert_file:
        # An empty passphrase: never ask on the terminal for the one of an encrypted key.
        context.load_cert_chain(
            config.cert_file, config.key_file or None, password=lambda: ""
        )
    if config.insecure_skip_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
