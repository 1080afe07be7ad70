"""``upstream``: a Prometheus-compatible server that is read instead of scraping."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from kizashi.declarations.addresses import is_http
from kizashi.declarations.authentication import (
    AUTHENTICATION_KEYS,
    read_authorization,
    read_basic_auth,
    read_tls,
    report_two_ways,
)
from kizashi.declarations.fields import Fields
from kizashi.model.durations import format_duration
from kizashi.model.scraping import Authorization, BasicAuth, TlsConfig

UPSTREAM_KEYS = (
    "url",
    "rules_url",
    "tenant",
    "headers",
    "timeout",
    "backfill",
    "max_rules_per_group",
    *AUTHENTICATION_KEYS,
)
DEFAULT_TIMEOUT_MS = 30_000
SHORTEST_TIMEOUT_MS = 1_000
LONGEST_TIMEOUT_MS = 300_000
#: Source: Grafana Mimir and Cortex, "authentication and authorization".
TENANT_HEADER = "X-Scope-OrgID"
_TENANT = re.compile(r"[a-zA-Z0-9!._*'()|-]{1,150}")
#: Source: RFC 9110, 5.6.2, "token".
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
#: Headers with keys of their own, and those that belong to the connection.
_TAKEN = frozenset(
    {
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "host",
        "keep-alive",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "x-scope-orgid",
    }
)


@dataclass(frozen=True, slots=True)
class UpstreamConfig:
    """A server that is read instead of scraping.

    Attributes:
        url: Its address, as far as in front of ``/api/v1``; without a slash at the end.
        rules_url: The same of the server that evaluates the rules.
        tenant: Whose data to read where the server has tenants; else empty.
        headers: Further headers of every request; their values are secrets.
        timeout_ms: How long one request may take.
        backfill: Whether what is older than the recorded counts is counted from raw
            samples.
        max_rules_per_group: How many rules a group of it may hold; 0 for any number.
        basic_auth: A user name and password, or None.
        authorization: An Authorization header, or None.
        tls: How to speak TLS, or None for the system's way.
    """

    url: str
    rules_url: str = ""
    tenant: str = ""
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    timeout_ms: int = DEFAULT_TIMEOUT_MS
    backfill: bool = True
    max_rules_per_group: int = 0
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    tls: TlsConfig | None = None


def read_upstream(fields: Fields) -> UpstreamConfig | None:
    """Return the server to read, None where that is not said or wrong."""
    fields.require("url")
    url = _read_url(fields, "url")
    rules_url = _read_url(fields, "rules_url")
    basic_auth, authorization = read_basic_auth(fields), read_authorization(fields)
    report_two_ways(fields)
    found = UpstreamConfig(
        url or "",
        rules_url or url or "",
        tenant=_read_tenant(fields),
        headers=_read_headers(fields),
        timeout_ms=_read_timeout(fields),
        backfill=fields.boolean("backfill", default=True),
        max_rules_per_group=fields.integer("max_rules_per_group", least=1) or 0,
        basic_auth=basic_auth,
        authorization=authorization,
        tls=read_tls(fields),
    )
    return found if found.url else None


def _read_url(fields: Fields, key: str) -> str | None:
    url = fields.text(key)
    if url is None:
        return None
    parts = urlsplit(url) if is_http(url) else None
    if parts is None or parts.username is not None or parts.query or parts.fragment:
        fields.report(key, "upstream.url", key=key)
        return None
    return url.rstrip("/").removesuffix("/api/v1")


def _read_tenant(fields: Fields) -> str:
    tenant = fields.text_or("tenant", "")
    if tenant and not _TENANT.fullmatch(tenant):
        fields.report("tenant", "upstream.tenant")
        return ""
    return tenant


def _read_headers(fields: Fields) -> tuple[tuple[str, str], ...]:
    found = fields.text_map("headers")
    for name, value in found:
        if name.lower() in _TAKEN:
            fields.report("headers", "upstream.header-taken", name=name)
        elif not _HEADER_NAME.fullmatch(name) or not value.isprintable():
            # The value is left out of the problem: it may be a secret.
            fields.report("headers", "upstream.header", name=name)
    return found


def _read_timeout(fields: Fields) -> int:
    timeout_ms = fields.duration_ms("timeout")
    if timeout_ms is None:
        return DEFAULT_TIMEOUT_MS
    if not SHORTEST_TIMEOUT_MS <= timeout_ms <= LONGEST_TIMEOUT_MS:
        fields.report(
            "timeout",
            "upstream.timeout",
            given=format_duration(timeout_ms),
            least=format_duration(SHORTEST_TIMEOUT_MS),
            most=format_duration(LONGEST_TIMEOUT_MS),
        )
        return DEFAULT_TIMEOUT_MS
    return timeout_ms
