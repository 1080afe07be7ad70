"""What a scrape configuration says, once it has been checked."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum

from kizashi.model.labels import Labels

#: Between two scrapes where nothing says otherwise.
DEFAULT_INTERVAL_MS = 15_000

#: What a scraper writes of every scrape, failed ones too. Source: Prometheus,
#: "Automatically generated labels and time series".
REPORT_SERIES = (
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
)


class RelabelAction(StrEnum):
    """What a relabelling rule does. Source: Prometheus ``<relabel_config>``."""

    REPLACE = "replace"
    KEEP = "keep"
    DROP = "drop"
    KEEP_EQUAL = "keepequal"
    DROP_EQUAL = "dropequal"
    HASHMOD = "hashmod"
    LABELMAP = "labelmap"
    LABELDROP = "labeldrop"
    LABELKEEP = "labelkeep"
    LOWERCASE = "lowercase"
    UPPERCASE = "uppercase"


@dataclass(frozen=True, slots=True)
class RelabelRule:
    """One relabelling rule, defaults filled in as Prometheus fills them."""

    action: RelabelAction = RelabelAction.REPLACE
    source_labels: tuple[str, ...] = ()
    separator: str = ";"
    regex: str = "(.*)"
    target_label: str = ""
    replacement: str = "$1"
    modulus: int = 0


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """HTTP basic authentication; one of password and password_file is set."""

    username: str
    password: str = field(default="", repr=False)
    password_file: str = ""


@dataclass(frozen=True, slots=True)
class Authorization:
    """An Authorization header; one of credentials and credentials_file is set."""

    scheme: str = "Bearer"
    credentials: str = field(default="", repr=False)
    credentials_file: str = ""


@dataclass(frozen=True, slots=True)
class TlsConfig:
    """How to speak TLS with a target; empty file names mean the system's."""

    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    server_name: str = ""
    insecure_skip_verify: bool = False


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Addresses that share labels."""

    addresses: tuple[str, ...]
    labels: Labels = field(default_factory=Labels)


@dataclass(frozen=True, slots=True)
class FileDiscovery:
    """Files that list target groups; the last path part may hold one ``*``."""

    paths: tuple[str, ...]
    refresh_interval_ms: int = 300_000


@dataclass(frozen=True, slots=True)
class HttpDiscovery:
    """A URL that answers with target groups as JSON."""

    url: str
    refresh_interval_ms: int = 60_000
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    tls: TlsConfig | None = None


class DnsType(StrEnum):
    """The DNS records that name targets."""

    SRV = "SRV"
    A = "A"
    AAAA = "AAAA"
    MX = "MX"
    NS = "NS"


@dataclass(frozen=True, slots=True)
class DnsDiscovery:
    """Names whose DNS records are targets; port is for records that hold none."""

    names: tuple[str, ...]
    type: DnsType = DnsType.SRV
    port: int = 0
    refresh_interval_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class ScrapeLimits:
    """Limits of one scrape. They are on by default and none may be unlimited."""

    body_bytes: int = 16 * 1024 * 1024
    samples: int = 50_000
    labels: int = 64
    label_name_bytes: int = 256
    label_value_bytes: int = 4096


@dataclass(frozen=True, slots=True)
class ScrapeConfig:
    """One entry of ``scrape_configs``, as Prometheus reads it."""

    job_name: str
    interval_ms: int = 15_000
    timeout_ms: int = 10_000
    metrics_path: str = "/metrics"
    scheme: str = "http"
    params: tuple[tuple[str, tuple[str, ...]], ...] = ()
    honor_labels: bool = False
    honor_timestamps: bool = True
    basic_auth: BasicAuth | None = None
    authorization: Authorization | None = None
    tls: TlsConfig | None = None
    static_groups: tuple[TargetGroup, ...] = ()
    file_discoveries: tuple[FileDiscovery, ...] = ()
    http_discoveries: tuple[HttpDiscovery, ...] = ()
    dns_discoveries: tuple[DnsDiscovery, ...] = ()
    relabel: tuple[RelabelRule, ...] = ()
    metric_relabel: tuple[RelabelRule, ...] = ()
    limits: ScrapeLimits = field(default_factory=ScrapeLimits)

    @property
    def discovers(self) -> bool:
        """Whether targets come and go without a reload."""
        return bool(
            self.file_discoveries or self.http_discoveries or self.dns_discoveries
        )

    @property
    def fingerprint(self) -> str:
        """Sixteen hex digits that change when what a scrape yields may change.

        Births of series are inferred only while this stands still: a new relabelling
        rule must not look like an outage. Secrets are left out (they are no part of
        ``repr``), and so is what only decides when to scrape.
        """
        what = (
            self.metrics_path,
            self.scheme,
            self.params,
            self.honor_labels,
            self.honor_timestamps,
            self.relabel,
            self.metric_relabel,
        )
        return hashlib.sha256(repr(what).encode()).hexdigest()[:16]
