"""``external_url``, ``trusted_proxies``, ``require_token``: reached from elsewhere."""

import ipaddress
import re
from urllib.parse import urlsplit

from kizashi.declarations.addresses import is_http
from kizashi.declarations.fields import Fields
from kizashi.model.outside import Network, Outside

OUTSIDE_KEYS = ("external_url", "trusted_proxies", "require_token")
_ALWAYS, _REMOTE = "always", "remote"
_HOST = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?|[0-9a-f:.]+", re.IGNORECASE)
_PATH = re.compile(r"(/[A-Za-z0-9][A-Za-z0-9._~-]*)*/?")


def read_outside(fields: Fields) -> Outside:
    """Return how the server is reached from elsewhere."""
    url = _read_url(fields)
    proxies = tuple(_read_proxies(fields))
    said = fields.choice("require_token", (_ALWAYS, _REMOTE))
    # An address elsewhere, or a proxy, means more than this machine alone.
    is_elsewhere = bool(proxies) or bool(url and not _is_here(url))
    needs_token = is_elsewhere if said is None else said == _ALWAYS
    return Outside(url, proxies, needs_token)


def _read_url(fields: Fields) -> str:
    url = fields.text("external_url")
    if url is None:
        return ""
    if not is_http(url) or not _is_plain(url):
        fields.report("external_url", "outside.url")
        return ""
    parts = urlsplit(url)
    netloc = parts.netloc.lower()
    return f"{parts.scheme}://{netloc}{parts.path}".rstrip("/")


def _is_plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        is_port = parts.port != 0
    except ValueError:
        return False
    has_rest = parts.query or parts.fragment or "?" in url or "#" in url
    is_name = _HOST.fullmatch(parts.hostname or "") and "@" not in parts.netloc
    return bool(is_port and is_name and not has_rest and _PATH.fullmatch(parts.path))


def _is_here(url: str) -> bool:
    name = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _read_proxies(fields: Fields) -> list[Network]:
    found: list[Network] = []
    for text, place in fields.placed_texts("trusted_proxies"):
        try:
            network = ipaddress.ip_network(text)
        except ValueError:
            fields.problems.report(place, "outside.proxy", given=text)
            continue
        if network.prefixlen == 0:
            fields.problems.report(place, "outside.every", given=text)
            continue
        found.append(network)
    return found
