"""``kizashi.yaml``: what reloads while the server runs. Every key has a default."""

from dataclasses import dataclass, field
from types import MappingProxyType

from kizashi.declarations.authentication import AUTHENTICATION_UNSUPPORTED
from kizashi.declarations.fields import Fields
from kizashi.declarations.heartbeat import (
    HEARTBEAT_KEYS,
    HeartbeatConfig,
    read_heartbeat,
)
from kizashi.declarations.measuring import DEFAULT_SLICE_MS, Measuring, SourceText
from kizashi.declarations.notification import (
    RECEIVER_KEYS,
    ROUTE_KEYS,
    ROUTE_UNSUPPORTED,
    Receiver,
    Route,
    read_receivers,
    read_route,
)
from kizashi.declarations.outside import OUTSIDE_KEYS, read_outside
from kizashi.declarations.problems import Problem, ProblemList, has_errors
from kizashi.declarations.receivers import unsupported_list_keys
from kizashi.declarations.scrape_configuration import (
    SCRAPE_KEYS,
    SCRAPE_UNSUPPORTED,
    read_scrape_configs,
    read_scrape_defaults,
)
from kizashi.declarations.upstream import UPSTREAM_KEYS, UpstreamConfig, read_upstream
from kizashi.declarations.yaml_document import YamlMap, parse_documents
from kizashi.model.durations import format_duration
from kizashi.model.outside import Outside
from kizashi.model.positions import Position
from kizashi.model.scraping import ScrapeConfig

DEFAULT_RETENTION_MS = 400 * 86_400_000
SHORTEST_SLICE_MS = 1_000
LONGEST_SLICE_MS = 60_000
_LANGUAGES = ("en", "ja")
CONFIGURATION_KEYS = (
    "declarations",
    "openslo",
    "ledger",
    "global",
    "scrape_configs",
    "upstream",
    "route",
    "receivers",
    "heartbeat",
    "storage",
    "language",
    *OUTSIDE_KEYS,
)
CONFIGURATION_UNSUPPORTED = (
    "alerting",
    "inhibit_rules",
    "modules",
    "mute_time_intervals",
    "otlp",
    "remote_read",
    "remote_write",
    "rule_files",
    "runtime",
    "scrape_config_files",
    "templates",
    "time_intervals",
    "tracing",
)
_GLOBAL_KEYS = ("scrape_interval", "scrape_timeout")
_GLOBAL_UNSUPPORTED = (
    "body_size_limit",
    "evaluation_interval",
    "external_labels",
    "http_config",
    "keep_dropped_targets",
    "label_limit",
    "label_name_length_limit",
    "label_value_length_limit",
    "query_log_file",
    "resolve_timeout",
    "rule_query_offset",
    "sample_limit",
    "scrape_protocols",
    "target_limit",
)


#: The least that is kept of the disk for alerts and notifications.
DEFAULT_RESERVE_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Storage:
    """How long samples are kept.

    Attributes:
        retention_ms: Older samples go, milliseconds.
        retention_bytes: The oldest go while the store is larger; None to go by age
            alone.
        reserve_bytes: What of the disk is kept for alerts and notifications.
    """

    retention_ms: int = DEFAULT_RETENTION_MS
    retention_bytes: int | None = None
    reserve_bytes: int = DEFAULT_RESERVE_BYTES


@dataclass(frozen=True, slots=True)
class Configuration:
    """What ``kizashi.yaml`` says, defaults filled in.

    Attributes:
        declarations: Files, folders or patterns, relative to the configuration file.
        declaration_places: Where each of them is written.
        is_openslo_strict: Whether the leniencies of OpenSLO documents are errors.
        slice_ms: Milliseconds of a slice of the ledger, whole seconds.
        scrape: The jobs, in the order written.
        upstream: The server that is read instead of scraping, or None.
        route: Who is told; None where nobody is.
        receivers: Everyone who can be told.
        heartbeat: Whom to tell that all still turns; None where nobody.
        storage: How long samples are kept.
        language: What to speak to a reader who prefers neither; None where unsaid.
        outside: How the server is reached from elsewhere.
    """

    declarations: tuple[str, ...] = ()
    declaration_places: tuple[Position, ...] = field(default=(), compare=False)
    is_openslo_strict: bool = False
    slice_ms: int = DEFAULT_SLICE_MS
    scrape: tuple[ScrapeConfig, ...] = ()
    upstream: UpstreamConfig | None = None
    route: Route | None = None
    receivers: tuple[Receiver, ...] = ()
    heartbeat: HeartbeatConfig | None = None
    storage: Storage = field(default_factory=Storage)
    language: str | None = None
    outside: Outside = field(default_factory=Outside)

    @property
    def measuring(self) -> Measuring:
        """What reading declarations depends on."""
        jobs = {job.job_name: job.interval_ms for job in self.scrape}
        # What a server keeps is its own affair.
        kept_ms = None if self.upstream is not None else self.storage.retention_ms
        return Measuring(
            slice_ms=self.slice_ms, jobs=MappingProxyType(jobs), retention_ms=kept_ms
        )


@dataclass(frozen=True, slots=True)
class CheckedConfiguration:
    """A configuration; use it only where `is_usable`."""

    configuration: Configuration
    problems: tuple[Problem, ...]

    @property
    def is_usable(self) -> bool:
        """Whether no problem is an error."""
        return not has_errors(self.problems)


def parse_configuration(source: SourceText) -> CheckedConfiguration:
    """Return what a configuration file says, with every problem in it.

    An empty file is the default configuration.
    """
    problems = ProblemList()
    documents = parse_documents(source.text, source.file, problems)
    for extra in documents[1:]:
        problems.report(extra.position, "configuration.one-document")
    node = documents[0] if documents else YamlMap(Position(source.file))
    if not isinstance(node, YamlMap):
        problems.report(node.position, "configuration.mapping")
        return CheckedConfiguration(Configuration(), tuple(problems))
    fields = Fields(node, "", CONFIGURATION_KEYS, problems, CONFIGURATION_UNSUPPORTED)
    return CheckedConfiguration(_read(fields), tuple(problems))


def _read(fields: Fields) -> Configuration:
    defaults = read_scrape_defaults(
        fields.open("global", _GLOBAL_KEYS, _GLOBAL_UNSUPPORTED)
    )
    jobs = fields.open_items("scrape_configs", SCRAPE_KEYS, SCRAPE_UNSUPPORTED)
    receivers = read_receivers(
        fields.open_items("receivers", RECEIVER_KEYS, unsupported_list_keys())
    )
    route = fields.open("route", ROUTE_KEYS, ROUTE_UNSUPPORTED)
    heartbeat = fields.open("heartbeat", HEARTBEAT_KEYS)
    upstream = fields.open("upstream", UPSTREAM_KEYS, AUTHENTICATION_UNSUPPORTED)
    if receivers and fields.entry("route") is None:
        fields.report("receivers", "route.missing")
    openslo = fields.open("openslo", ("strict",))
    is_strict = openslo is not None and openslo.boolean("strict", default=False)
    named = fields.placed_texts("declarations")
    return Configuration(
        declarations=tuple(pattern for pattern, _ in named),
        declaration_places=tuple(place for _, place in named),
        is_openslo_strict=is_strict,
        slice_ms=_read_slice(fields),
        scrape=read_scrape_configs(jobs, defaults),
        upstream=None if upstream is None else read_upstream(upstream),
        route=None if route is None else read_route(route, receivers),
        receivers=receivers,
        heartbeat=None if heartbeat is None else read_heartbeat(heartbeat),
        storage=_read_storage(fields),
        language=fields.choice("language", _LANGUAGES),
        outside=read_outside(fields),
    )


def _read_slice(fields: Fields) -> int:
    ledger = fields.open("ledger", ("slice",))
    slice_ms = None if ledger is None else ledger.duration_ms("slice")
    if ledger is None or slice_ms is None:
        return DEFAULT_SLICE_MS
    if SHORTEST_SLICE_MS <= slice_ms <= LONGEST_SLICE_MS and slice_ms % 1_000 == 0:
        return slice_ms
    ledger.report(
        "slice",
        "configuration.slice",
        given=format_duration(slice_ms),
        least=format_duration(SHORTEST_SLICE_MS),
        most=format_duration(LONGEST_SLICE_MS),
    )
    return DEFAULT_SLICE_MS


def _read_storage(fields: Fields) -> Storage:
    storage = fields.open("storage", ("retention", "retention_size", "reserve"))
    if storage is None:
        return Storage()
    reserve = storage.size_bytes("reserve", None) or DEFAULT_RESERVE_BYTES
    if reserve < DEFAULT_RESERVE_BYTES:
        storage.report("reserve", "configuration.reserve")
        reserve = DEFAULT_RESERVE_BYTES
    return Storage(
        retention_ms=storage.duration_ms("retention") or DEFAULT_RETENTION_MS,
        retention_bytes=storage.size_bytes("retention_size", None),
        reserve_bytes=reserve,
    )
