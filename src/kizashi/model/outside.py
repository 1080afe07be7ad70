"""How a server is reached from elsewhere: its address there, and the proxies before it."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Outside:
    """How people and programs elsewhere reach a server.

    Attributes:
        url: The address that a browser shows, without a slash at its end; empty where
            it is the one that the server listens on.
        proxies: Addresses of the proxies whose word on a caller is taken.
        needs_token: Whether reading on this machine needs a token too.
    """

    url: str = ""
    proxies: tuple[Network, ...] = ()
    needs_token: bool = False

    @property
    def host(self) -> str:
        """The host as a Host header holds it, with a port that is not the usual one."""
        parts = urlsplit(self.url)
        name = parts.hostname or ""
        shown = f"[{name}]" if ":" in name else name
        is_usual = parts.port is None or parts.port == _PORTS.get(parts.scheme)
        return shown if is_usual else f"{shown}:{parts.port}"

    @property
    def origin(self) -> str:
        """The origin as a browser sends it; empty without an address."""
        return f"{urlsplit(self.url).scheme}://{self.host}" if self.url else ""

    @property
    def path(self) -> str:
        """The path below which it is reached, without a slash at its end."""
        return urlsplit(self.url).path.rstrip("/")

    @property
    def is_encrypted(self) -> bool:
        """Whether browsers reach it over TLS."""
        return self.url.startswith("https://")

    def trusts(self, address: str) -> bool:
        """Return whether an address is one of the proxies."""
        found = address_in(address)
        return found is not None and any(found in network for network in self.proxies)

    def caller(self, peer: str, told: Sequence[str]) -> str:
        """Return the caller's address, as far as it can be known.

        Args:
            peer: The address of the connection.
            told: The addresses that proxies wrote down, the nearest caller's last.

        The word of the peer counts where it is a trusted proxy, then that of the
        proxy before it, and so on: what a caller wrote in front of it counts nothing.
        """
        known = peer
        for text in reversed(told):
            if not self.trusts(known):
                return known
            found = address_in(text)
            if found is None:
                return known
            known = str(found)
        return known


def address_in(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address in a text that may name a port too, None where there is none.

    An IPv4 address that is written as an IPv6 one is the IPv4 address.
    """
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ipaddress.ip_address(bare)
    except ValueError:
        return None
    mapped = getattr(found, "ipv4_mapped", None)
    return mapped or found
