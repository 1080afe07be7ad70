"""Scrape jobs as objects of the Prometheus Operator.

An address like ``shop.prod.svc:8000`` names a Service of Kubernetes, and the operator
finds what stands behind it better than we could say: a ServiceMonitor or PodMonitor. A
job that asks a prober becomes a Probe. Everything else is a ScrapeConfig, which takes
addresses as they are.

Source: Prometheus Operator API reference, ``monitoring.coreos.com/v1`` and
``v1alpha1``; Kubernetes documentation, "DNS for Services and Pods".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kizashi.compiler._base import CompileNote, note
from kizashi.compiler.probe_jobs import ProbeJob, probe_job
from kizashi.compiler.yaml_text import Yaml
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.model.scraping import (
    DnsDiscovery,
    DnsType,
    HttpDiscovery,
    RelabelAction,
    RelabelRule,
    ScrapeConfig,
    ScrapeLimits,
)

V1 = "monitoring.coreos.com/v1"
ALPHA = "monitoring.coreos.com/v1alpha1"
#: The label by which Kubernetes' own recommendations name a program.
NAME_LABEL = "app.kubernetes.io/name"

_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_SERVICE = rf"(?P<service>{_LABEL})\.(?P<namespace>{_LABEL})\.svc(?:\.[a-z0-9.-]+)?\.?"
_SERVICE_ADDRESS = re.compile(rf"{_SERVICE}:(?P<port>\d+)")
_SERVICE_NAME = re.compile(_SERVICE)
_SERVICE_PORT = re.compile(rf"_(?P<port>{_LABEL})\._tcp\.{_SERVICE}")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_LONGEST_NAME = 253
_ADDRESS_TYPES = frozenset({DnsType.A, DnsType.AAAA})

_NO_LABELS = Labels()
_DEFAULT_RULE = RelabelRule()
_DEFAULT_LIMITS = ScrapeLimits()


@dataclass(frozen=True, slots=True)
class KubernetesObject:
    """An object of the operator, as yet without the metadata that all share.

    Attributes:
        kind: One of the operator's kinds.
        name: A name that Kubernetes takes.
        spec: What it says.
        api_version: The kind's.
    """

    kind: str
    name: str
    spec: Mapping[str, Yaml]
    api_version: str = V1


@dataclass(frozen=True, slots=True)
class Monitors:
    """What a job became, and what of it was lost on the way."""

    objects: tuple[KubernetesObject, ...]
    notes: tuple[CompileNote, ...]


@dataclass(frozen=True, slots=True)
class _Pods:
    """Pods behind a Service: a port by number or by name, and labels to add."""

    service: str
    namespace: str
    port: str
    labels: Labels


def kubernetes_name(*parts: str) -> str:
    """Return a name out of parts that Kubernetes takes.

    Source: RFC 1123 subdomains, as Kubernetes names its objects, without full stops.
    """
    safe = (_UNSAFE.sub("-", part.lower()).strip("-") for part in parts)
    name = "-".join(part for part in safe if part)
    return name[:_LONGEST_NAME].strip("-") or "kizashi"


def monitors_of(job: ScrapeConfig) -> Monitors:
    """Return the objects that scrape what a job does."""
    notes = list(_secret_notes(job))
    probe = probe_job(job)
    if probe is not None and probe.prober is not None and _is_static(job):
        return Monitors(tuple(_probes(probe, notes)), tuple(notes))
    services, pods = _service_targets(job), _pod_targets(job)
    if services or pods:
        objects = [_service_monitor(job, found) for found in services or ()]
        objects += [_pod_monitor(job, found) for found in pods or ()]
        notes += [_selector_note(each) for each in objects]
        return Monitors(tuple(objects), tuple(notes))
    notes += _discovery_notes(job)
    spec = _scrape_config(job)
    found = KubernetesObject("ScrapeConfig", kubernetes_name(job.job_name), spec, ALPHA)
    return Monitors((found,), tuple(notes))


def _is_static(job: ScrapeConfig) -> bool:
    return bool(job.static_groups) and not job.discovers


def _service_targets(job: ScrapeConfig) -> list[_Pods] | None:
    """Return the Services that all targets of a job are; None where one is none."""
    if job.file_discoveries or job.http_discoveries:
        return None
    found = []
    for group in job.static_groups:
        for address in group.addresses:
            match = _SERVICE_ADDRESS.fullmatch(address)
            if match is None:
                return None
            found.append(_pods(match, match["port"], group.labels))
    for discovery in job.dns_discoveries:
        for name in discovery.names:
            match = _SERVICE_PORT.fullmatch(name)
            if match is not None and discovery.type is DnsType.SRV:
                found.append(_pods(match, match["port"]))
            elif not _is_headless(name, discovery):
                return None
    return found


def _pod_targets(job: ScrapeConfig) -> list[_Pods] | None:
    """Return the headless Services whose pods a job finds by name."""
    if _service_targets(job) is None:
        return None
    return [
        _pods(match, str(discovery.port))
        for discovery in job.dns_discoveries
        for name in discovery.names
        if _is_headless(name, discovery)
        and (match := _SERVICE_NAME.fullmatch(name)) is not None
    ]


def _pods(match: re.Match[str], port: str, labels: Labels = _NO_LABELS) -> _Pods:
    return _Pods(match["service"], match["namespace"], port, labels)


def _is_headless(name: str, discovery: DnsDiscovery) -> bool:
    return (
        discovery.type in _ADDRESS_TYPES and _SERVICE_NAME.fullmatch(name) is not None
    )


def _service_monitor(job: ScrapeConfig, pods: _Pods) -> KubernetesObject:
    port: dict[str, Yaml] = (
        {"targetPort": int(pods.port)} if pods.port.isdigit() else {"port": pods.port}
    )
    endpoint = {**port, **_endpoint(job, pods.labels)}
    return _monitor("ServiceMonitor", job, pods, {"endpoints": [endpoint]})


def _pod_monitor(job: ScrapeConfig, pods: _Pods) -> KubernetesObject:
    endpoint = {"portNumber": int(pods.port), **_endpoint(job, pods.labels)}
    return _monitor("PodMonitor", job, pods, {"podMetricsEndpoints": [endpoint]})


def _monitor(
    kind: str, job: ScrapeConfig, pods: _Pods, endpoints: Mapping[str, Yaml]
) -> KubernetesObject:
    spec: dict[str, Yaml] = {
        "selector": {"matchLabels": {NAME_LABEL: pods.service}},
        "namespaceSelector": {"matchNames": [pods.namespace]},
        **endpoints,
        **_limits(job.limits, has_body=True),
    }
    # Two Services of one name, and two ports of one, are four objects.
    name = kubernetes_name(job.job_name, pods.namespace, pods.service, pods.port)
    return KubernetesObject(kind, name, spec)


def _endpoint(job: ScrapeConfig, labels: Labels) -> dict[str, Yaml]:
    """Return what the endpoints of both kinds of monitor have."""
    return {
        "path": job.metrics_path,
        "scheme": job.scheme,
        **_params(job),
        "interval": format_duration(job.interval_ms),
        "scrapeTimeout": format_duration(job.timeout_ms),
        **_honors(job),
        **_credentials(job),
        # The operator calls a job after its Service; objectives call it by its name.
        "relabelings": [
            _fixed("job", job.job_name),
            *(_fixed(name, value) for name, value in labels),
            *map(_rule, job.relabel),
        ],
        **_metric_rules(job),
    }


def _probes(probe: ProbeJob, notes: list[CompileNote]) -> Iterator[KubernetesObject]:
    """Yield a Probe for each group of targets that share labels."""
    job = probe.job
    if job.honor_labels or job.params != (("module", (probe.module,)),):
        notes.append(note("targets.operator.probe-rest", job=job.job_name))
    several = len(job.static_groups) > 1
    for number, group in enumerate(job.static_groups, 1):
        targets: dict[str, Yaml] = {"static": list(group.addresses)}
        if len(group.labels):
            targets["labels"] = group.labels.as_dict()
        if probe.rules:
            targets["relabelingConfigs"] = [_rule(rule) for rule in probe.rules]
        spec: dict[str, Yaml] = {
            "jobName": job.job_name,
            "prober": {
                "url": probe.prober,
                "scheme": job.scheme,
                "path": job.metrics_path,
            },
            "module": probe.module,
            "targets": {"staticConfig": targets},
            "interval": format_duration(job.interval_ms),
            "scrapeTimeout": format_duration(job.timeout_ms),
            **_credentials(job),
            **_metric_rules(job),
            **_limits(job.limits, has_body=False),
        }
        name = kubernetes_name(job.job_name, str(number) if several else "")
        yield KubernetesObject("Probe", name, spec)


def _scrape_config(job: ScrapeConfig) -> dict[str, Yaml]:
    spec: dict[str, Yaml] = {
        "jobName": job.job_name,
        "staticConfigs": [
            {"targets": list(group.addresses), "labels": group.labels.as_dict()}
            if len(group.labels)
            else {"targets": list(group.addresses)}
            for group in job.static_groups
        ],
        "fileSDConfigs": [
            {
                "files": list(found.paths),
                "refreshInterval": format_duration(found.refresh_interval_ms),
            }
            for found in job.file_discoveries
        ],
        "httpSDConfigs": [
            {
                "url": found.url,
                "refreshInterval": format_duration(found.refresh_interval_ms),
                **_credentials(found, job.job_name, f"http-sd-{number}-"),
            }
            for number, found in enumerate(job.http_discoveries, 1)
        ],
        "dnsSDConfigs": list(map(_dns, job.dns_discoveries)),
    }
    return {
        **{key: value for key, value in spec.items() if value},
        "metricsPath": job.metrics_path,
        # Older operators take this in capitals only, newer ones either way.
        "scheme": job.scheme.upper(),
        **_params(job),
        "scrapeInterval": format_duration(job.interval_ms),
        "scrapeTimeout": format_duration(job.timeout_ms),
        **_honors(job),
        **_credentials(job),
        **({"relabelings": [_rule(r) for r in job.relabel]} if job.relabel else {}),
        **_metric_rules(job),
        **_limits(job.limits, has_body=False),
    }


def _dns(discovery: DnsDiscovery) -> dict[str, Yaml]:
    port: dict[str, Yaml] = {"port": discovery.port} if discovery.port else {}
    return {
        "names": list(discovery.names),
        "type": discovery.type.value,
        **port,
        "refreshInterval": format_duration(discovery.refresh_interval_ms),
    }


def _params(job: ScrapeConfig) -> dict[str, Yaml]:
    if not job.params:
        return {}
    return {"params": {name: list(values) for name, values in job.params}}


def _honors(job: ScrapeConfig) -> dict[str, Yaml]:
    found: dict[str, Yaml] = {}
    if job.honor_labels:
        found["honorLabels"] = True
    if not job.honor_timestamps:
        found["honorTimestamps"] = False
    return found


def _metric_rules(job: ScrapeConfig) -> dict[str, Yaml]:
    if not job.metric_relabel:
        return {}
    return {"metricRelabelings": [_rule(rule) for rule in job.metric_relabel]}


def _limits(limits: ScrapeLimits, *, has_body: bool) -> dict[str, Yaml]:
    """Return the limits that someone set; Kizashi's own defaults are its own."""
    default = _DEFAULT_LIMITS
    rows: Sequence[tuple[str, int, int]] = (
        ("sampleLimit", limits.samples, default.samples),
        ("labelLimit", limits.labels, default.labels),
        ("labelNameLengthLimit", limits.label_name_bytes, default.label_name_bytes),
        ("labelValueLengthLimit", limits.label_value_bytes, default.label_value_bytes),
    )
    found: dict[str, Yaml] = {key: is_ for key, is_, usual in rows if is_ != usual}
    if has_body and limits.body_bytes != default.body_bytes:
        found["bodySizeLimit"] = f"{limits.body_bytes}B"
    return found


def _fixed(label: str, value: str) -> dict[str, Yaml]:
    # A dollar sign would start a group of the expression that matched.
    return {
        "action": "replace",
        "targetLabel": label,
        "replacement": value.replace("$", "$$"),
    }


def _rule(rule: RelabelRule) -> dict[str, Yaml]:
    default = _DEFAULT_RULE
    rows: Sequence[tuple[str, Yaml, Yaml]] = (
        ("sourceLabels", list(rule.source_labels), []),
        ("separator", rule.separator, default.separator),
        ("regex", rule.regex, default.regex),
        ("modulus", rule.modulus, default.modulus),
        ("targetLabel", rule.target_label, default.target_label),
        ("replacement", rule.replacement, default.replacement),
    )
    said = {key: is_ for key, is_, usual in rows if is_ != usual}
    return {"action": RelabelAction(rule.action).value, **said}


def secret_name(job_name: str) -> str:
    """Return the name of the Secret that holds what a job must not write down."""
    return kubernetes_name("kizashi-scrape", job_name)


def _credentials(
    spoken: ScrapeConfig | HttpDiscovery, job_name: str = "", prefix: str = ""
) -> dict[str, Yaml]:
    """Return how to log in, by reference to a Secret."""
    own = spoken.job_name if isinstance(spoken, ScrapeConfig) else job_name
    secret = secret_name(own)

    def key(name: str) -> dict[str, Yaml]:
        return {"name": secret, "key": prefix + name}

    found: dict[str, Yaml] = {}
    if spoken.basic_auth is not None:
        found["basicAuth"] = {"username": key("username"), "password": key("password")}
    if spoken.authorization is not None:
        found["authorization"] = {
            "type": spoken.authorization.scheme,
            "credentials": key("credentials"),
        }
    if spoken.tls is not None:
        tls: dict[str, Yaml] = {}
        if spoken.tls.ca_file:
            tls["ca"] = {"secret": key("ca.crt")}
        if spoken.tls.cert_file:
            tls["cert"] = {"secret": key("tls.crt")}
        if spoken.tls.key_file:
            tls["keySecret"] = key("tls.key")
        if spoken.tls.server_name:
            tls["serverName"] = spoken.tls.server_name
        if spoken.tls.insecure_skip_verify:
            tls["insecureSkipVerify"] = True
        found["tlsConfig"] = tls
    return found


def _secret_notes(job: ScrapeConfig) -> Iterator[CompileNote]:
    """Yield what must be in the Secret that the objects of a job refer to."""
    keys = sorted(
        set(_keys(_credentials(job)))
        | {
            key
            for number, found in enumerate(job.http_discoveries, 1)
            for key in _keys(_credentials(found, job.job_name, f"http-sd-{number}-"))
        }
    )
    if keys:
        yield note(
            "targets.operator.secret",
            secret=secret_name(job.job_name),
            job=job.job_name,
            keys=", ".join(keys),
        )


def _keys(value: Yaml) -> Iterator[str]:
    if not isinstance(value, Mapping):
        return
    for key, below in value.items():
        if key == "key":
            yield str(below)
        yield from _keys(below)


def _discovery_notes(job: ScrapeConfig) -> Iterator[CompileNote]:
    if job.file_discoveries:
        files = ", ".join(p for found in job.file_discoveries for p in found.paths)
        yield note("targets.operator.files", job=job.job_name, files=files)
    if job.limits.body_bytes != _DEFAULT_LIMITS.body_bytes:
        yield note("targets.operator.body-limit", job=job.job_name)
    if not (job.static_groups or job.discovers):
        yield note("targets.operator.no-targets", job=job.job_name)


def _selector_note(monitor: KubernetesObject) -> CompileNote:
    selector = monitor.spec["selector"]
    labels = selector["matchLabels"] if isinstance(selector, Mapping) else {}
    value = labels[NAME_LABEL] if isinstance(labels, Mapping) else ""
    return note(
        "targets.operator.selector",
        kind=monitor.kind,
        name=monitor.name,
        label=f"{NAME_LABEL}={value}",
    )
