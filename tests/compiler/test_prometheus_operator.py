"""Objects of the Prometheus Operator, judged by models generated from its CRDs.

What the models cannot see: rules that the CRDs write in CEL, the operator's own
admission webhook, and what it makes of an object.
"""

import re
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st
from pydantic import ValidationError
from reading import configured, declared

from kizashi.compiler._base import Compiled, CompileOptions, jobs_of
from kizashi.compiler.monitors import kubernetes_name
from kizashi.compiler.prometheus import TARGET as PROMETHEUS
from kizashi.compiler.prometheus_operator import TARGET

DECLARED = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: shop, owner: shop-team}
spec:
  job: shop
  objectives:
    - name: availability
      target: 99.9%
      window: 30d
      ratio: {bad: 'errors_total', valid: 'requests_total'}
"""
CONFIGURATION = """\
route: {receiver: on call, group_by: [service], repeat_interval: 2h}
receivers:
  - name: on call
    webhook_configs:
      - {url: "https://hooks.example/vErYsEcReT", send_resolved: false}
  - name: written
    log_configs: [{}]
scrape_configs:
  - job_name: shop
    scrape_interval: 30s
    scrape_timeout: 8s
    honor_labels: true
    scheme: https
    sample_limit: 900
    body_size_limit: 1MB
    params: {format: [text]}
    authorization: {credentials: vErYsEcReT}
    tls_config: {ca_file: /ca, server_name: shop, insecure_skip_verify: true}
    static_configs:
      - targets: [shop.prod.svc:8443]
        labels: {env: prod}
      - targets: [shop.test.svc.cluster.local:8443]
    relabel_configs:
      - {source_labels: [instance, env], separator: "/", target_label: place}
    metric_relabel_configs:
      - {action: drop, source_labels: [__name__], regex: "go_.*"}
  - job_name: named-port
    dns_sd_configs:
      - {names: [_metrics._tcp.api.prod.svc.cluster.local], type: SRV}
  - job_name: pods
    basic_auth: {username: u, password: vErYsEcReT}
    dns_sd_configs:
      - {names: [db.prod.svc.cluster.local], type: A, port: 9187}
  - job_name: Web Site
    scrape_interval: 1m
    metrics_path: /probe
    params: {module: [http_2xx]}
    static_configs:
      - targets: ["https://shop.example/"]
        labels: {env: prod}
      - targets: ["https://test.example/"]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {target_label: __address__, replacement: "blackbox:9115"}
      - {source_labels: [instance], regex: "https://(.*)/", target_label: site}
  - job_name: hosts
    static_configs: [{targets: ["10.0.0.1:9100"], labels: {rack: a}}]
    file_sd_configs: [{files: [/etc/targets/*.json], refresh_interval: 1m}]
    http_sd_configs:
      - {url: "http://discovery/", basic_auth: {username: u, password: vErYsEcReT}}
    dns_sd_configs: [{names: [db.example], type: A, port: 1}]
"""


@pytest.fixture(scope="module")
def compiled() -> Compiled:
    return compile_(CONFIGURATION)


def compile_(text: str, **more: Any) -> Compiled:  # noqa: ANN401 - any option
    configuration = configured(text)
    options = CompileOptions(jobs=jobs_of(configuration), **more)
    return TARGET.compile(declared(DECLARED, configuration), configuration, options)


def objects(compiled: Compiled) -> dict[str, dict[str, Any]]:
    return {file.path: yaml.safe_load(file.text) for file in compiled.files}


@cache
def models() -> Mapping[str, ModuleType]:
    """Return the models by API version; they take seconds to load."""
    from cloudcoil.models.prometheus_operator import v1, v1alpha1

    group = "monitoring.coreos.com"
    return {f"{group}/v1": v1, f"{group}/v1alpha1": v1alpha1}


def judge(found: Mapping[str, Any]) -> object:
    """Return what the CRD keeps of an object; a field that it does not know is lost.

    Raises:
        ValidationError: If the CRD refuses it.
    """
    model = getattr(models()[found["apiVersion"]], found["kind"])
    return model.model_validate(found).model_dump(
        mode="json", by_alias=True, exclude_none=True, exclude_unset=True
    )


def test_every_kind_is_made(compiled: Compiled):
    assert sorted(objects(compiled)) == [
        "alertmanagerconfig-kizashi.yaml",
        "podmonitor-pods-prod-db-9187.yaml",
        "probe-web-site-1.yaml",
        "probe-web-site-2.yaml",
        "prometheusrule-kizashi-shop.yaml",
        "prometheusrule-kizashi-targets.yaml",
        "scrapeconfig-hosts.yaml",
        "servicemonitor-named-port-prod-api-metrics.yaml",
        "servicemonitor-shop-prod-shop-8443.yaml",
        "servicemonitor-shop-test-shop-8443.yaml",
    ]
    for file in compiled.files:
        assert len(list(yaml.safe_load_all(file.text))) == 1


def test_the_operators_models_know_every_field(compiled: Compiled):
    for path, found in objects(compiled).items():
        assert judge(found) == found, path


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("spec", "groups", 0, "interval"), "15 seconds"),
        (("spec", "groups", 0, "rules", 0, "expr"), None),
    ],
)
def test_the_models_refuse_what_is_wrong(
    compiled: Compiled, path: tuple[str | int, ...], value: object
):
    found: Any = objects(compiled)["prometheusrule-kizashi-shop.yaml"]
    *above, last = path
    place = found
    for key in above:
        place = place[key]
    place[last] = value

    with pytest.raises(ValidationError):
        judge(found)


def test_rules_are_the_groups_that_prometheus_reads(compiled: Compiled):
    configuration = configured(CONFIGURATION)
    options = CompileOptions(jobs=jobs_of(configuration), with_tests=False)
    services = declared(DECLARED, configuration)
    files = PROMETHEUS.compile(services, configuration, options).files
    theirs = [g for file in files for g in yaml.safe_load(file.text)["groups"]]

    ours = [
        group
        for found in objects(compiled).values()
        if found["kind"] == "PrometheusRule"
        for group in found["spec"]["groups"]
    ]

    def by_name(groups: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(groups, key=lambda group: group["name"])

    assert by_name(ours) == by_name(theirs)


def test_a_service_is_scraped_as_the_job_said_and_keeps_the_jobs_name(
    compiled: Compiled,
):
    found = objects(compiled)["servicemonitor-shop-prod-shop-8443.yaml"]

    assert found["spec"] == {
        "selector": {"matchLabels": {"app.kubernetes.io/name": "shop"}},
        "namespaceSelector": {"matchNames": ["prod"]},
        "endpoints": [
            {
                "targetPort": 8443,
                "path": "/metrics",
                "scheme": "https",
                "params": {"format": ["text"]},
                "interval": "30s",
                "scrapeTimeout": "8s",
                "honorLabels": True,
                "authorization": {
                    "type": "Bearer",
                    "credentials": {
                        "name": "kizashi-scrape-shop",
                        "key": "credentials",
                    },
                },
                "tlsConfig": {
                    "ca": {"secret": {"name": "kizashi-scrape-shop", "key": "ca.crt"}},
                    "serverName": "shop",
                    "insecureSkipVerify": True,
                },
                "relabelings": [
                    {"action": "replace", "targetLabel": "job", "replacement": "shop"},
                    {"action": "replace", "targetLabel": "env", "replacement": "prod"},
                    {
                        "action": "replace",
                        "sourceLabels": ["instance", "env"],
                        "separator": "/",
                        "targetLabel": "place",
                    },
                ],
                "metricRelabelings": [
                    {"action": "drop", "sourceLabels": ["__name__"], "regex": "go_.*"}
                ],
            }
        ],
        "sampleLimit": 900,
        "bodySizeLimit": "1048576B",
    }


def test_a_named_port_and_the_pods_of_a_headless_service_are_found(
    compiled: Compiled,
):
    found = objects(compiled)
    named = found["servicemonitor-named-port-prod-api-metrics.yaml"]["spec"]
    pods = found["podmonitor-pods-prod-db-9187.yaml"]["spec"]

    assert named["endpoints"][0]["port"] == "metrics"
    assert pods["podMetricsEndpoints"][0]["portNumber"] == 9187
    assert pods["selector"] == {"matchLabels": {"app.kubernetes.io/name": "db"}}
    assert pods["podMetricsEndpoints"][0]["basicAuth"] == {
        "username": {"name": "kizashi-scrape-pods", "key": "username"},
        "password": {"name": "kizashi-scrape-pods", "key": "password"},
    }


def test_a_prober_is_named_and_the_usual_relabelling_left_to_the_operator(
    compiled: Compiled,
):
    assert objects(compiled)["probe-web-site-1.yaml"]["spec"] == {
        "jobName": "Web Site",
        "prober": {"url": "blackbox:9115", "scheme": "http", "path": "/probe"},
        "module": "http_2xx",
        "targets": {
            "staticConfig": {
                "static": ["https://shop.example/"],
                "labels": {"env": "prod"},
                "relabelingConfigs": [
                    {
                        "action": "replace",
                        "sourceLabels": ["instance"],
                        "regex": "https://(.*)/",
                        "targetLabel": "site",
                    }
                ],
            }
        },
        "interval": "1m",
        "scrapeTimeout": "10s",
    }


def test_other_targets_are_scraped_as_they_are(compiled: Compiled):
    assert objects(compiled)["scrapeconfig-hosts.yaml"]["spec"] == {
        "jobName": "hosts",
        "staticConfigs": [{"targets": ["10.0.0.1:9100"], "labels": {"rack": "a"}}],
        "fileSDConfigs": [{"files": ["/etc/targets/*.json"], "refreshInterval": "1m"}],
        "httpSDConfigs": [
            {
                "url": "http://discovery/",
                "refreshInterval": "1m",
                "basicAuth": {
                    "username": {
                        "name": "kizashi-scrape-hosts",
                        "key": "http-sd-1-username",
                    },
                    "password": {
                        "name": "kizashi-scrape-hosts",
                        "key": "http-sd-1-password",
                    },
                },
            }
        ],
        "dnsSDConfigs": [
            {
                "names": ["db.example"],
                "type": "A",
                "port": 1,
                "refreshInterval": "30s",
            }
        ],
        "metricsPath": "/metrics",
        "scheme": "HTTP",
        "scrapeInterval": "15s",
        "scrapeTimeout": "10s",
    }


def test_nothing_secret_is_written_and_notes_say_where_it_belongs(compiled: Compiled):
    texts = "".join(file.text for file in compiled.files)
    assert "vErYsEcReT" not in texts + repr(compiled.notes)

    secrets = {
        (note.params["secret"], note.params["keys"])
        for note in compiled.notes
        if note.code == "targets.operator.secret"
    }
    assert secrets == {
        ("kizashi-scrape-shop", "ca.crt, credentials"),
        ("kizashi-scrape-pods", "password, username"),
        ("kizashi-scrape-hosts", "http-sd-1-password, http-sd-1-username"),
    }
    codes = {note.code for note in compiled.notes}
    assert {"targets.operator.files", "targets.operator.receiver"} <= codes


def test_namespace_and_labels_stand_on_every_object():
    found = objects(
        compile_(
            CONFIGURATION,
            namespace="monitoring",
            object_labels={"release": "kube-prometheus-stack", "a": "b"},
        )
    )

    for each in found.values():
        assert each["metadata"]["namespace"] == "monitoring"
        assert list(each["metadata"]["labels"].items()) == [
            ("app.kubernetes.io/managed-by", "kizashi"),
            ("a", "b"),
            ("release", "kube-prometheus-stack"),
        ]


def with_objectives(count: int) -> str:
    head, _, one = DECLARED.partition("    - name: availability\n")
    return head + "".join(f"    - name: o-{i}\n{one}" for i in range(count))


@pytest.mark.parametrize(("count", "objects_made"), [(2, 1), (60, 5)])
def test_rules_too_large_for_the_operator_are_an_object_for_each_group(
    count: int, objects_made: int
):
    found = TARGET.compile(
        declared(with_objectives(count)), configured("{}"), CompileOptions()
    )

    rules = {
        path: each["spec"]["groups"]
        for path, each in objects(found).items()
        if "shop" in path
    }
    assert len(rules) == objects_made
    assert sum(map(len, rules.values())) == 5
    for file in found.files:
        assert len(file.text) <= 512 * 1024
    assert "targets.operator.large" not in {note.code for note in found.notes}


def test_a_group_that_is_too_large_alone_is_told():
    found = TARGET.compile(
        declared(with_objectives(400)), configured("{}"), CompileOptions()
    )

    large = [note for note in found.notes if note.code == "targets.operator.large"]
    assert [note.params["name"] for note in large] == [
        "kizashi-shop",
        "kizashi-shop-2",
        "kizashi-shop-3",
        "kizashi-shop-4",
    ]
    assert int(large[0].params["size"]) > 512


def test_two_jobs_whose_names_end_up_alike_stay_two_objects():
    one = "{job_name: 'a b', static_configs: [{targets: ['x:1']}]}"
    other = "{job_name: 'a-b', static_configs: [{targets: ['y:1']}]}"

    found = objects(compile_(f"scrape_configs: [{one}, {other}]"))

    named = {
        each["metadata"]["name"]: each["spec"]["jobName"]
        for each in found.values()
        if each["kind"] == "ScrapeConfig"
    }
    assert named == {"a-b": "a b", "a-b-2": "a-b"}


def test_the_same_configuration_gives_the_same_bytes(compiled: Compiled):
    assert compile_(CONFIGURATION) == compiled


@given(st.lists(st.text(max_size=300), max_size=3))
def test_a_name_is_always_one_that_kubernetes_takes(parts: list[str]):
    name = kubernetes_name(*parts)

    assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", name)
    assert len(name) <= 253
