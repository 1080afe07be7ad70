"""``scrape_configs`` as Prometheus reads them, as far as they are supported.

Source: Prometheus configuration, ``<scrape_config>``.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from kizashi.declarations.authentication import (
    AUTHENTICATION_KEYS,
    AUTHENTICATION_UNSUPPORTED,
    read_authorization,
    read_basic_auth,
    read_tls,
    report_two_ways,
)
from kizashi.declarations.fields import Fields, read_each
from kizashi.errors import RelabelError
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.model.positions import Position
from kizashi.model.relabel import compile_rules
from kizashi.model.scraping import (
    DEFAULT_INTERVAL_MS,
    DnsDiscovery,
    DnsType,
    FileDiscovery,
    HttpDiscovery,
    RelabelAction,
    RelabelRule,
    ScrapeConfig,
    ScrapeLimits,
    TargetGroup,
)
from kizashi.slo.intervals import gap_fault

DEFAULT_TIMEOUT_MS = 10_000
_DEFAULT_RULE = RelabelRule()
_DEFAULT_LIMITS = ScrapeLimits()
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
#: Source: Prometheus discovery/file; only the last part of a path holds a ``*``.
_PATTERN = re.compile(r"[^*]*(?:\*[^/]*)?\.(?:json|ya?ml|JSON|YA?ML)")

_HTTP_KEYS = ("url", "refresh_interval", *AUTHENTICATION_KEYS)
_DNS_KEYS = ("names", "type", "port", "refresh_interval")
_LARGEST_PORT = 65_535

SCRAPE_KEYS = (
    "job_name",
    "scrape_interval",
    "scrape_timeout",
    "metrics_path",
    "scheme",
    "params",
    "honor_labels",
    "honor_timestamps",
    "static_configs",
    "file_sd_configs",
    "http_sd_configs",
    "dns_sd_configs",
    "relabel_configs",
    "metric_relabel_configs",
    *AUTHENTICATION_KEYS,
    "sample_limit",
    "label_limit",
    "label_name_length_limit",
    "label_value_length_limit",
    "body_size_limit",
)
_DISCOVERIES = (
    "azure consul digitalocean docker dockerswarm ec2 eureka gce hetzner ionos"
    " kubernetes kuma lightsail linode marathon nerve nomad openstack ovhcloud puppetdb"
    " scaleway serverset stackit triton uyuni vultr"
)
SCRAPE_UNSUPPORTED = (
    *(f"{kind}_sd_configs" for kind in _DISCOVERIES.split()),
    *AUTHENTICATION_UNSUPPORTED,
    "always_scrape_classic_histograms",
    "convert_classic_histograms_to_nhcb",
    "enable_compression",
    "fallback_scrape_protocol",
    "keep_dropped_targets",
    "metric_name_escaping_scheme",
    "metric_name_validation_scheme",
    "native_histogram_bucket_limit",
    "native_histogram_min_bucket_factor",
    "scrape_classic_histograms",
    "scrape_failure_log_file",
    "scrape_native_histograms",
    "scrape_protocols",
    "target_limit",
    "track_timestamps_staleness",
)
_RULE_KEYS = (
    "action",
    "source_labels",
    "separator",
    "regex",
    "target_label",
    "replacement",
    "modulus",
)


@dataclass(frozen=True, slots=True)
class ScrapeDefaults:
    """What ``global`` says; the timeout is None where it says nothing."""

    interval_ms: int = DEFAULT_INTERVAL_MS
    timeout_ms: int | None = None


def read_scrape_defaults(fields: Fields | None) -> ScrapeDefaults:
    """Return what ``global`` says."""
    if fields is None:
        return ScrapeDefaults()
    interval_ms = fields.duration_ms("scrape_interval") or DEFAULT_INTERVAL_MS
    timeout_ms = fields.duration_ms("scrape_timeout")
    if timeout_ms is not None and timeout_ms > interval_ms:
        _report_timeout(fields, timeout_ms, interval_ms)
    return ScrapeDefaults(interval_ms, timeout_ms)


def read_scrape_configs(
    jobs: Sequence[Fields], defaults: ScrapeDefaults
) -> tuple[ScrapeConfig, ...]:
    """Return the jobs that could be read; their names are unique."""
    names: dict[str, Position] = {}
    found = []
    for fields in jobs:
        config = _read_job(fields, defaults)
        name = fields.text("job_name")
        place = fields.place("job_name")
        if name is not None and names.setdefault(name, place) is not place:
            fields.problems.report(
                place, "scrape.job-twice", name=name, first=names[name]
            )
        elif config is not None:
            found.append(config)
    return tuple(found)


def _read_job(fields: Fields, defaults: ScrapeDefaults) -> ScrapeConfig | None:
    has_name = fields.require("job_name")
    name = fields.text_or("job_name", "")
    if has_name and not name:
        fields.report("job_name", "scrape.job-empty")
    interval_ms = fields.duration_ms("scrape_interval") or defaults.interval_ms
    fields.problems.report_fault(
        fields.place("scrape_interval"), gap_fault(interval_ms)
    )
    path = fields.text_or("metrics_path", "/metrics")
    if not path.startswith("/"):
        fields.report("metrics_path", "scrape.path", given=path)
    basic_auth, authorization = read_basic_auth(fields), read_authorization(fields)
    report_two_ways(fields)
    relabel = _read_rules(fields, "relabel_configs")
    return ScrapeConfig(
        job_name=name,
        interval_ms=interval_ms,
        timeout_ms=_read_timeout(fields, interval_ms, defaults),
        metrics_path=path,
        scheme=fields.choice("scheme", ("http", "https")) or "http",
        params=_read_params(fields),
        honor_labels=fields.boolean("honor_labels", default=False),
        honor_timestamps=fields.boolean("honor_timestamps", default=True),
        basic_auth=basic_auth,
        authorization=authorization,
        tls=read_tls(fields),
        static_groups=read_each(
            fields.open_items("static_configs", ("targets", "labels")),
            partial(_read_group, is_final=not any(map(_moves_address, relabel))),
        ),
        file_discoveries=read_each(
            fields.open_items("file_sd_configs", ("files", "refresh_interval")),
            _read_files,
        ),
        http_discoveries=read_each(
            fields.open_items(
                "http_sd_configs", _HTTP_KEYS, AUTHENTICATION_UNSUPPORTED
            ),
            _read_http,
        ),
        dns_discoveries=read_each(
            fields.open_items("dns_sd_configs", _DNS_KEYS), _read_dns
        ),
        relabel=relabel,
        metric_relabel=_read_rules(fields, "metric_relabel_configs"),
        limits=_read_limits(fields),
    )


def _read_timeout(fields: Fields, interval_ms: int, defaults: ScrapeDefaults) -> int:
    """Return the timeout, as Prometheus shortens the default to the interval."""
    timeout_ms = fields.duration_ms("scrape_timeout")
    if timeout_ms is None:
        return min(defaults.timeout_ms or DEFAULT_TIMEOUT_MS, interval_ms)
    if timeout_ms > interval_ms:
        _report_timeout(fields, timeout_ms, interval_ms)
    return timeout_ms


def _report_timeout(fields: Fields, timeout_ms: int, interval_ms: int) -> None:
    fields.report(
        "scrape_timeout",
        "scrape.timeout-long",
        timeout=format_duration(timeout_ms),
        interval=format_duration(interval_ms),
    )


def _read_params(fields: Fields) -> tuple[tuple[str, tuple[str, ...]], ...]:
    node = fields.mapping("params")
    if node is None:
        return ()
    names = tuple(entry.key for entry in node.entries)
    params = Fields(node, fields.name("params"), names, fields.problems)
    return tuple((name, params.texts(name)) for name in names)


def _read_group(fields: Fields, *, is_final: bool) -> TargetGroup | None:
    """Return a group; where relabelling replaces its addresses they may be URLs."""
    fields.require("targets")
    placed = fields.placed_texts("targets")
    for address, place in placed:
        # A number alone is a port whose host was forgotten.
        is_host = "/" not in address and not address.isdecimal()
        if (is_final and not is_host) or not address.strip():
            fields.problems.report(place, "scrape.address", given=address)
    labels = fields.text_map("labels")
    for name, _ in labels:
        if not _LABEL_NAME.fullmatch(name):
            fields.report("labels", "scrape.label-name", given=name)
    return TargetGroup(tuple(address for address, _ in placed), Labels(labels))


def _moves_address(rule: RelabelRule) -> bool:
    return rule.target_label == "__address__"


def _read_files(fields: Fields) -> FileDiscovery | None:
    fields.require("files")
    placed = fields.placed_texts("files")
    for path, place in placed:
        if not _PATTERN.fullmatch(path):
            fields.problems.report(place, "scrape.file-pattern", given=path)
    paths = tuple(path for path, _ in placed)
    refresh_ms = fields.duration_ms("refresh_interval")
    return (
        FileDiscovery(paths) if refresh_ms is None else FileDiscovery(paths, refresh_ms)
    )


def _read_http(fields: Fields) -> HttpDiscovery | None:
    fields.require("url")
    url = fields.text_or("url", "")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        if url:
            fields.report("url", "scrape.discovery-url")
        return None
    report_two_ways(fields)
    return HttpDiscovery(
        url=url,
        refresh_interval_ms=fields.duration_ms("refresh_interval")
        or HttpDiscovery("").refresh_interval_ms,
        basic_auth=read_basic_auth(fields),
        authorization=read_authorization(fields),
        tls=read_tls(fields),
    )


def _read_dns(fields: Fields) -> DnsDiscovery | None:
    fields.require("names")
    names = fields.texts("names")
    kind = DnsType(fields.choice("type", tuple(DnsType)) or DnsType.SRV)
    port = fields.integer("port", least=1)
    needs_port = kind is not DnsType.SRV
    if needs_port and (port is None or port > _LARGEST_PORT):
        fields.report("names", "scrape.dns-port", type=kind)
        return None
    return DnsDiscovery(
        names,
        kind,
        port or 0,
        fields.duration_ms("refresh_interval") or DnsDiscovery(()).refresh_interval_ms,
    )


def _read_rules(fields: Fields, key: str) -> tuple[RelabelRule, ...]:
    return read_each(fields.open_items(key, _RULE_KEYS), _read_rule)


def _read_rule(fields: Fields) -> RelabelRule | None:
    chosen = fields.text_or("action", _DEFAULT_RULE.action.value).lower()
    if chosen not in tuple(RelabelAction):
        fields.choice("action", tuple(RelabelAction))
        return None
    modulus = fields.integer("modulus")
    rule = RelabelRule(
        action=RelabelAction(chosen),
        source_labels=fields.texts("source_labels"),
        separator=fields.text_or("separator", _DEFAULT_RULE.separator),
        regex=fields.text_or("regex", _DEFAULT_RULE.regex),
        target_label=fields.text_or("target_label", ""),
        replacement=fields.text_or("replacement", _DEFAULT_RULE.replacement),
        modulus=0 if modulus is None else modulus,
    )
    try:
        compile_rules([rule])
    except RelabelError as error:
        why = error.__cause__ or error
        fields.problems.report(fields.position, "scrape.relabel", why=why)
        return None
    return rule


def _read_limits(fields: Fields) -> ScrapeLimits:
    body_bytes = fields.size_bytes("body_size_limit", None)
    default = _DEFAULT_LIMITS
    return ScrapeLimits(
        body_bytes=default.body_bytes if body_bytes is None else body_bytes,
        samples=fields.limit("sample_limit", default.samples),
        labels=fields.limit("label_limit", default.labels),
        label_name_bytes=fields.limit(
            "label_name_length_limit", default.label_name_bytes
        ),
        label_value_bytes=fields.limit(
            "label_value_length_limit", default.label_value_bytes
        ),
    )
