"""How a target is spoken to: passwords, tokens, certificates. None is ever shown.

Source: Prometheus configuration, ``<http_config>`` and ``<tls_config>``.
"""

from kizashi.declarations.fields import Fields
from kizashi.model.scraping import Authorization, BasicAuth, TlsConfig

AUTHENTICATION_KEYS = ("basic_auth", "authorization", "tls_config")
AUTHENTICATION_UNSUPPORTED = (
    "bearer_token",
    "bearer_token_file",
    "enable_http2",
    "follow_redirects",
    "http_headers",
    "no_proxy",
    "oauth2",
    "proxy_connect_header",
    "proxy_from_environment",
    "proxy_url",
)
_TLS_KEYS = ("ca_file", "cert_file", "key_file", "server_name", "insecure_skip_verify")
_TLS_UNSUPPORTED = ("ca", "cert", "key", "min_version", "max_version")


def read_basic_auth(fields: Fields) -> BasicAuth | None:
    """Return a user name and where its password is."""
    found = fields.open(
        "basic_auth",
        ("username", "password", "password_file"),
        ("username_file", "password_ref", "username_ref"),
    )
    if found is None:
        return None
    found.require("username")
    _report_both(found, "password", "password_file")
    return BasicAuth(
        username=found.text_or("username", ""),
        password=found.text_or("password", ""),
        password_file=found.text_or("password_file", ""),
    )


def read_authorization(fields: Fields) -> Authorization | None:
    """Return a scheme and where its credentials are."""
    found = fields.open(
        "authorization",
        ("type", "credentials", "credentials_file"),
        ("credentials_ref",),
    )
    if found is None:
        return None
    scheme = found.text_or("type", "Bearer").strip()
    if scheme.lower() == "basic":
        found.report("type", "scrape.authorization-basic")
    _report_both(found, "credentials", "credentials_file")
    return Authorization(
        scheme=scheme or "Bearer",
        credentials=found.text_or("credentials", ""),
        credentials_file=found.text_or("credentials_file", ""),
    )


def report_two_ways(fields: Fields) -> None:
    """Report two ways of authentication at once: one header holds one of them."""
    if fields.entry("basic_auth") and fields.entry("authorization"):
        _report_one_of(fields, place_key="authorization", other="basic_auth")


def read_tls(fields: Fields) -> TlsConfig | None:
    """Return how to speak TLS."""
    found = fields.open("tls_config", _TLS_KEYS, _TLS_UNSUPPORTED)
    if found is None:
        return None
    if (found.entry("cert_file") is None) != (found.entry("key_file") is None):
        found.problems.report(found.position, "scrape.tls-pair")
    return TlsConfig(
        ca_file=found.text_or("ca_file", ""),
        cert_file=found.text_or("cert_file", ""),
        key_file=found.text_or("key_file", ""),
        server_name=found.text_or("server_name", ""),
        insecure_skip_verify=found.boolean("insecure_skip_verify", default=False),
    )


def _report_both(fields: Fields, one: str, other: str) -> None:
    if fields.entry(one) and fields.entry(other):
        _report_one_of(fields, place_key=other, other=one)


def _report_one_of(fields: Fields, *, place_key: str, other: str) -> None:
    fields.report(
        place_key, "field.one-of", one=fields.name(other), other=fields.name(place_key)
    )
