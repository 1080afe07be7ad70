"""From the labels of a discovered address to a target: pure functions.

Source: Prometheus configuration, ``<scrape_config>`` and ``<relabel_config>``.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, urlencode

from kizashi.errors import DurationError, ScrapeError
from kizashi.model.durations import format_duration, parse_duration
from kizashi.model.labels import Labels
from kizashi.model.scraping import ScrapeConfig, TargetGroup
from kizashi.scrape.reasons import FailureReason, failed, reason, reason_of

#: Relabelling: label set in, label set or None (dropped) out.
Relabel = Callable[[Labels], Labels | None]

_ADDRESS = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+(?:%25\w+)?\]|[^\s/?#@:\[\]\\%]+)(?::(?P<port>\d{1,5}))?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_LARGEST_PORT = 65_535
_PARAM = "__param_"


class TargetKey(NamedTuple):
    """What tells a target from all others: its job and its final labels."""

    job: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class DiscoveredTarget:
    """A target to scrape.

    Attributes:
        config: The scrape configuration that it comes from.
        labels: Its labels after relabelling, ``job`` and ``instance`` among them.
        url: What to fetch, parameters included.
        interval_ms: Time between scrapes.
        timeout_ms: Time that one scrape may take; at most interval_ms.
    """

    config: ScrapeConfig
    labels: Labels
    url: str
    interval_ms: int
    timeout_ms: int

    @property
    def key(self) -> TargetKey:
        """What identifies this target across reloads."""
        return TargetKey(self.config.job_name, self.labels)


@dataclass(frozen=True, slots=True)
class DroppedTarget:
    """An address that is not scraped.

    Attributes:
        job: Its job.
        labels: Its labels before relabelling.
        why: What was wrong with it; None where a rule dropped it on purpose.
    """

    job: str
    labels: Labels
    why: FailureReason | None = None


def group_labels(group: TargetGroup, config: ScrapeConfig) -> Iterator[Labels]:
    """Yield the labels that each address of a group has before relabelling."""
    defaults = {
        "job": config.job_name,
        "__scrape_interval__": format_duration(config.interval_ms),
        "__scrape_timeout__": format_duration(config.timeout_ms),
        "__metrics_path__": config.metrics_path,
        "__scheme__": config.scheme,
    }
    params = {_PARAM + name: values[0] for name, values in config.params if values}
    for address in group.addresses:
        own = {**group.labels.as_dict(), "__address__": address}
        yield Labels.of({**defaults, **own, **params})


def resolve(
    labels: Labels, config: ScrapeConfig, relabel: Relabel
) -> DiscoveredTarget | DroppedTarget:
    """Return the target that an address becomes, or why it is none."""
    relabelled = relabel(labels)
    if relabelled is None or not relabelled:
        return DroppedTarget(config.job_name, labels)
    try:
        return _target(relabelled, config)
    except ScrapeError as error:
        why = reason_of(error, "scrape.bad_address")
        return DroppedTarget(config.job_name, labels, why)


def resolve_all(
    groups: Iterable[TargetGroup], config: ScrapeConfig, relabel: Relabel
) -> tuple[tuple[DiscoveredTarget, ...], tuple[DroppedTarget, ...]]:
    """Return the targets of a job and the addresses that are not scraped.

    Two addresses with the same final labels would write the same series: the first
    is scraped, the others are dropped with a reason.
    """
    targets: dict[TargetKey, DiscoveredTarget] = {}
    dropped: list[DroppedTarget] = []
    for group in groups:
        for labels in group_labels(group, config):
            found = resolve(labels, config, relabel)
            if isinstance(found, DroppedTarget):
                dropped.append(found)
            elif targets.setdefault(found.key, found) != found:
                why = reason("scrape.same_target")
                dropped.append(DroppedTarget(config.job_name, labels, why))
    return tuple(targets.values()), tuple(dropped)


def _target(labels: Labels, config: ScrapeConfig) -> DiscoveredTarget:
    scheme = labels.get("__scheme__", "http")
    address = _with_port(labels.get("__address__"), scheme)
    interval_ms = _duration_ms(labels, "__scrape_interval__")
    timeout_ms = _duration_ms(labels, "__scrape_timeout__")
    if timeout_ms > interval_ms:
        raise failed(
            "scrape.bad_timeout",
            timeout=format_duration(timeout_ms),
            interval=format_duration(interval_ms),
        )
    public = {name: value for name, value in labels if not name.startswith("__")}
    return DiscoveredTarget(
        config=config,
        labels=Labels.of({"instance": address, **public}),
        url=_url(scheme, address, labels, config),
        interval_ms=interval_ms,
        timeout_ms=timeout_ms,
    )


def _with_port(address: str, scheme: str) -> str:
    if not address:
        raise failed("scrape.no_address")
    if scheme not in _DEFAULT_PORTS:
        raise failed("scrape.bad_scheme", scheme=scheme)
    found = _ADDRESS.fullmatch(address)
    if found is None or int(found["port"] or 1) > _LARGEST_PORT:
        raise failed("scrape.bad_address", address=address)
    return address if found["port"] else f"{address}:{_DEFAULT_PORTS[scheme]}"


def _duration_ms(labels: Labels, name: str) -> int:
    value = labels.get(name)
    try:
        milliseconds = parse_duration(value)
    except DurationError:
        milliseconds = 0
    if milliseconds <= 0:
        raise failed("scrape.bad_interval", label=name, value=repr(value))
    return milliseconds


def _url(scheme: str, address: str, labels: Labels, config: ScrapeConfig) -> str:
    """Return the URL, escaped as Go's net/url escapes it."""
    params = {name: list(values) for name, values in config.params}
    for name, value in labels:
        if name.startswith(_PARAM):
            params.setdefault(name[len(_PARAM) :], [])[:1] = [value]
    path = quote(labels.get("__metrics_path__"), safe="/$&+,:;=@")
    slash = "" if path.startswith("/") or not path else "/"
    query = urlencode(sorted(params.items()), doseq=True)
    return f"{scheme}://{address}{slash}{path}" + (f"?{query}" if query else "")
