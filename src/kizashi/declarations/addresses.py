"""Addresses of other programs, as files name them."""

from urllib.parse import urlsplit


def is_http(url: str) -> bool:
    """Return whether a text is a whole http or https address, its port one of 1–65535."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port != 0
