"""Targets that are asked for: by HTTP, and in the DNS. What answered last stays.

Source: Prometheus configuration, ``<http_sd_config>`` and ``<dns_sd_config>``.
"""

import http.client
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from yarl import URL

from kizashi.errors import ScrapeError
from kizashi.http.client import REDIRECTS, USER_AGENT
from kizashi.model.labels import Labels
from kizashi.model.scraping import (
    DnsDiscovery,
    DnsType,
    HttpDiscovery,
    TargetGroup,
)
from kizashi.scrape.credentials import JobTlsContext, authorization
from kizashi.scrape.fetch import MAX_REDIRECTS, redirected
from kizashi.scrape.groups import MAX_BYTES, parse_groups
from kizashi.scrape.reasons import FailureReason, failed, reason_of

if TYPE_CHECKING:
    import dns.resolver

_TIMEOUT_S = 10.0
_MOST_RECORDS = 10_000
#: By type of record, what it calls the host that it names.
_HOLDS_HOST = {
    DnsType.SRV: "target",
    DnsType.A: "address",
    DnsType.AAAA: "address",
    DnsType.MX: "exchange",
    DnsType.NS: "target",
}


class DiscoverySource(Protocol):
    """Asks once; called in a worker thread."""

    @property
    def interval_s(self) -> float:
        """Seconds between two questions."""
        ...

    def ask(self) -> tuple[TargetGroup, ...]:
        """Return the target groups now.

        Raises:
            ScrapeError: If there was no usable answer.
        """
        ...


class PolledDiscovery:
    """Asks when it is due, and keeps the last good answer when one fails."""

    def __init__(self, asker: DiscoverySource) -> None:
        self._asker = asker
        self._groups: tuple[TargetGroup, ...] = ()
        self._problem: FailureReason | None = None
        self._due_s = float("-inf")

    def poll(self, now_s: float) -> bool:
        """Ask if it is due; return whether groups or problems differ."""
        if now_s < self._due_s:
            return False
        self._due_s = now_s + self._asker.interval_s
        before = (self._groups, self._problem)
        try:
            self._groups, self._problem = self._asker.ask(), None
        except ScrapeError as error:
            self._problem = reason_of(error, "scrape.discovery")
        return before != (self._groups, self._problem)

    def groups(self) -> Iterator[TargetGroup]:
        """Yield the groups of the last good answer."""
        yield from self._groups

    def problems(self) -> Iterator[FailureReason]:
        """Yield what is wrong with the newest answer."""
        if self._problem is not None:
            yield self._problem


class HttpDiscoverySource:
    """Asks a URL for a list of target groups."""

    def __init__(self, config: HttpDiscovery) -> None:
        self._config = config
        self._tls = JobTlsContext(config.tls)

    @property
    def interval_s(self) -> float:
        """Seconds between two questions."""
        return self._config.refresh_interval_ms / 1000

    def ask(self) -> tuple[TargetGroup, ...]:
        """Return the target groups now.

        Raises:
            ScrapeError: If there was no usable answer.
        """
        url = self._config.url
        try:
            body = self._fetch()
            groups = parse_groups(json.loads(body))
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as e:
            why = " ".join(str(e).split()) or type(e).__name__
            raise failed("scrape.discovery", what=_public(url), why=why) from e
        meta = Labels.of(__meta_url=_public(url))
        return tuple(TargetGroup(g.addresses, g.labels.merged(meta)) for g in groups)

    def _fetch(self) -> bytes:
        url = URL(self._config.url, encoded=True)
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._get(url)
            if isinstance(answer, bytes):
                return answer
            url = answer
        raise ValueError(f"over {MAX_REDIRECTS} redirects")

    def _get(self, url: URL) -> bytes | URL:
        """Return the answer, or the URL on the same host that is named instead."""
        connection: http.client.HTTPConnection
        where = (url.host or "", url.port)
        if url.scheme == "https":
            tls = self._tls.current()
            connection = http.client.HTTPSConnection(
                *where, timeout=_TIMEOUT_S, context=tls
            )
        else:
            connection = http.client.HTTPConnection(*where, timeout=_TIMEOUT_S)
        headers = {
            "Accept": "application/json",
            "User-Agent": USER_AGENT,
            "X-Prometheus-Refresh-Interval-Seconds": f"{self.interval_s:g}",
        }
        secret = authorization(self._config)
        if secret is not None:
            headers["Authorization"] = secret
        try:
            connection.request("GET", url.raw_path_qs, headers=headers)
            answer = connection.getresponse()
            if answer.status in REDIRECTS and "Location" in answer.headers:
                return _elsewhere(url, answer)
            if answer.status != http.client.OK:
                raise ValueError(f"HTTP {answer.status}")
            kind = answer.headers.get_content_type()
            if kind != "application/json":
                raise ValueError(f"Content-Type {kind}; expected application/json")
            body = answer.read(MAX_BYTES + 1)
        finally:
            connection.close()
        if len(body) > MAX_BYTES:
            raise ValueError(f"over {MAX_BYTES} bytes")
        return body


def _elsewhere(url: URL, answer: http.client.HTTPResponse) -> URL:
    """Return where a redirect leads: the secret goes to no other host."""
    try:
        return redirected(url, answer.status, answer.headers["Location"])
    except ScrapeError as error:
        raise ValueError(f"HTTP {answer.status}, to another host") from error


class DnsDiscoverySource:
    """Asks the DNS for records that name targets."""

    def __init__(
        self, config: DnsDiscovery, resolver: "dns.resolver.Resolver | None" = None
    ) -> None:
        self._config = config
        self._resolver = resolver
        # A quarter of the time that a server takes to be imported; few ask the DNS.
        # Not later: where no file can be opened any more, asking must go on.
        import dns.rdata
        import dns.resolver

        dns.rdata.load_all_types()  # type: ignore[no-untyped-call]  # a library

    @property
    def interval_s(self) -> float:
        """Seconds between two questions."""
        return self._config.refresh_interval_ms / 1000

    def ask(self) -> tuple[TargetGroup, ...]:
        """Return a group for each record.

        A name that does not exist has no targets; a server that does not answer is a
        failure, so that targets stay.

        Raises:
            ScrapeError: If a name server did not answer.
        """
        return tuple(group for name in self._config.names for group in self._ask(name))

    def _ask(self, name: str) -> list[TargetGroup]:
        import dns.exception
        import dns.resolver

        try:
            resolver = self._resolver or dns.resolver.Resolver()
            found = resolver.resolve(
                name, self._config.type.value, lifetime=_TIMEOUT_S, search=True
            )
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except (dns.exception.DNSException, OSError) as error:
            why = " ".join(str(error).split())
            raise failed("scrape.discovery", what=name, why=why) from error
        groups = [self._group(name, record) for record in found][:_MOST_RECORDS]
        return sorted(groups, key=lambda group: group.addresses)

    def _group(self, name: str, record: object) -> TargetGroup:
        """Return a record's target; its labels keep the final dot of a name."""
        kind, port = self._config.type, self._config.port
        known = {"__meta_dns_name": name}
        host = str(getattr(record, _HOLDS_HOST[kind]))
        if kind is DnsType.SRV:
            port = int(getattr(record, "port", 0))
            known["__meta_dns_srv_record_port"] = str(port)
        if kind not in {DnsType.A, DnsType.AAAA}:
            known[f"__meta_dns_{kind.lower()}_record_target"] = host
        address = f"[{host}]" if ":" in host else host.rstrip(".")
        return TargetGroup((f"{address}:{port}",), Labels.of(known))


def _public(url: str) -> str:
    """Return a URL without what may be a secret in it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host, query="", fragment="").geturl()
