"""Addresses of other programs, as files name them."""

from urllib.parse import urlsplit


def is_http(url: str) -> bool:
    """Return whether a text is a whole http or https address."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
