"""kizashi.yaml: what it means, and every way in which it can be wrong."""

import string

import pytest

from kizashi.alert.group import Integration
from kizashi.declarations.configuration import (
    CheckedConfiguration,
    Configuration,
    Storage,
    parse_configuration,
)
from kizashi.declarations.heartbeat import HeartbeatConfig
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.notification import Receiver, Route
from kizashi.declarations.problems import Problem
from kizashi.declarations.receivers.log import LogSink
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.messages import CATALOGUE, render
from kizashi.model.labels import Labels
from kizashi.model.scraping import (
    Authorization,
    BasicAuth,
    FileDiscovery,
    RelabelAction,
    RelabelRule,
    ScrapeConfig,
    ScrapeLimits,
    TargetGroup,
    TlsConfig,
)

WHOLE = """\
declarations: [declarations/*.yaml]
ledger: {slice: 5s}
global: {scrape_interval: 5s}
scrape_configs:
  - job_name: todo
    scrape_interval: 2s
    scrape_timeout: 1s
    metrics_path: /m
    scheme: https
    params: {module: [a, b]}
    honor_labels: true
    honor_timestamps: false
    basic_auth: {username: u, password: hunter2}
    tls_config: {ca_file: ca.pem, insecure_skip_verify: true}
    static_configs:
      - targets: [127.0.0.1:8000, "[::1]:8000"]
        labels: {zone: a, code: 200}
    file_sd_configs: [{files: [t/*.json], refresh_interval: 1m}]
    relabel_configs:
      - {source_labels: [__address__], regex: "(.*):.*", target_label: host}
      - {action: Drop, source_labels: [zone], regex: b}
    metric_relabel_configs: [{action: labeldrop, regex: id}]
    sample_limit: 10
    label_limit: 11
    label_name_length_limit: 12
    label_value_length_limit: 13
    body_size_limit: 2MB
  - job_name: token
    authorization: {credentials_file: token.txt}
route:
  receiver: team
  group_by: [service, severity]
  group_wait: 0s
  group_interval: 1m
  repeat_interval: 2h
receivers:
  - name: team
    webhook_configs:
      - url: "http://127.0.0.1:9/secret-path"
        send_resolved: false
        timeout: 2s
        secret: signed-with-hunter2
      - {url: "https://[::1]/", secret_file: hook.key}
    log_configs: [{}, {send_resolved: false}]
heartbeat: {url: "https://beats.example/secret-path", interval: 30s}
storage: {retention: 35d, retention_size: 1GB}
language: ja
"""


def parse(text: str) -> CheckedConfiguration:
    return parse_configuration(SourceText("kizashi.yaml", text))


def is_explained(problem: Problem) -> bool:
    """Return whether the catalogue has the message and the problem its parameters."""
    texts = CATALOGUE[problem.code]
    fields = [f for _, f, _, _ in string.Formatter().parse(texts[0]) if f]
    return texts[0].count("\n") == texts[1].count("\n") == 1 and all(
        field in problem.params for field in fields
    )


def found(text: str) -> list[tuple[str, str]]:
    problems = parse(text).problems
    assert all(is_explained(p) for p in problems)
    return [(f"{p.position.line}:{p.position.col}", p.code) for p in problems]


@pytest.mark.parametrize("text", ["", "\n", "---\n", "# nothing\n", "{}\n", "~\n"])
def test_an_empty_file_is_the_default_configuration(text: str):
    checked = parse(text)

    assert checked.problems == ()
    assert checked.configuration == Configuration()
    assert checked.configuration.slice_ms == 15_000


def test_a_whole_configuration_is_read_as_written():
    checked = parse(WHOLE)

    assert checked.problems == ()
    configuration = checked.configuration
    assert configuration.declarations == ("declarations/*.yaml",)
    assert configuration.slice_ms == 5_000
    assert configuration.storage == Storage(35 * 86_400_000, 1024**3)
    assert configuration.language == "ja"
    assert configuration.measuring.timing("todo").interval_ms == 2_000
    assert configuration.route == Route(
        "team", ("service", "severity"), 0, 60_000, 7_200_000
    )
    webhook = Webhook(
        "http://127.0.0.1:9/secret-path",
        send_resolved=False,
        timeout_ms=2_000,
        secret="signed-with-hunter2",  # noqa: S106 - made up
    )
    other = Webhook("https://[::1]/", secret_file="hook.key")  # noqa: S106
    logs = (LogSink(), LogSink(send_resolved=False))
    (team,) = configuration.receivers
    assert team == Receiver("team", (*logs, webhook, other))
    assert team.integrations == {
        Integration("log", 0): logs[0],
        Integration("log", 1): logs[1],
        Integration("webhook", 0): webhook,
        Integration("webhook", 1): other,
    }
    assert configuration.heartbeat == HeartbeatConfig(
        "https://beats.example/secret-path", 30_000
    )


def test_a_job_is_read_as_prometheus_reads_it():
    todo, token = parse(WHOLE).configuration.scrape

    assert todo == ScrapeConfig(
        job_name="todo",
        interval_ms=2_000,
        timeout_ms=1_000,
        metrics_path="/m",
        scheme="https",
        params=(("module", ("a", "b")),),
        honor_labels=True,
        honor_timestamps=False,
        basic_auth=BasicAuth("u", "hunter2"),
        tls=TlsConfig(ca_file="ca.pem", insecure_skip_verify=True),
        static_groups=(
            TargetGroup(
                ("127.0.0.1:8000", "[::1]:8000"), Labels.of(zone="a", code="200")
            ),
        ),
        file_discoveries=(FileDiscovery(("t/*.json",), 60_000),),
        relabel=(
            RelabelRule(
                source_labels=("__address__",), regex="(.*):.*", target_label="host"
            ),
            RelabelRule(RelabelAction.DROP, source_labels=("zone",), regex="b"),
        ),
        metric_relabel=(RelabelRule(RelabelAction.LABELDROP, regex="id"),),
        limits=ScrapeLimits(2 * 1024**2, 10, 11, 12, 13),
    )
    assert token == ScrapeConfig(
        job_name="token",
        interval_ms=5_000,
        timeout_ms=5_000,
        authorization=Authorization(credentials_file="token.txt"),
    )


@pytest.mark.parametrize(
    ("given", "interval_ms", "timeout_ms"),
    [
        ("", 15_000, 10_000),
        ("global: {scrape_interval: 1m}", 60_000, 10_000),
        ("global: {scrape_interval: 4s}", 4_000, 4_000),
        ("global: {scrape_interval: 1m, scrape_timeout: 30s}", 60_000, 30_000),
    ],
)
def test_the_default_timeout_is_ten_seconds_or_the_interval(
    given: str, interval_ms: int, timeout_ms: int
):
    (job,) = parse(f"{given}\nscrape_configs: [{{job_name: a}}]\n").configuration.scrape

    assert (job.interval_ms, job.timeout_ms) == (interval_ms, timeout_ms)


@pytest.mark.parametrize(
    "text",
    [
        "ledger: {slice: 1s}\n",
        "ledger: {slice: 60s}\n",
        "global: {scrape_interval: 5s, scrape_timeout: 5s}\n",
        "heartbeat: {url: 'http://x', interval: 10s}\n",
        "scrape_configs: [{job_name: a, scrape_timeout: 15s}]\n",
    ],
)
def test_what_stands_exactly_at_its_limit_is_allowed(text: str):
    assert found(text) == []


def test_a_global_timeout_shrinks_to_a_jobs_shorter_interval():
    (job,) = parse(
        "global: {scrape_interval: 1m, scrape_timeout: 30s}\n"
        "scrape_configs: [{job_name: a, scrape_interval: 5s}]\n"
    ).configuration.scrape

    assert job.timeout_ms == 5_000


def job(rest: str) -> str:
    return f"scrape_configs:\n- job_name: a\n  {rest}\n"


def hook(fields: str) -> str:
    return f"receivers: [{{name: a, webhook_configs: [{{{fields}}}]}}]\n"


RECEIVERS = "receivers: [{name: a}]\n"

JOB = "scrape_configs:\n- job_name: a\n"
CASES = [
    (JOB + "  http_sd_configs: [{url: ftp://x}]\n", "3:27", "scrape.discovery-url"),
    (JOB + "  http_sd_configs: [{}]\n", "3:21", "field.missing"),
    (
        JOB + "  http_sd_configs: [{url: 'http://x', oauth2: {}}]\n",
        "3:39",
        "field.unsupported",
    ),
    (JOB + "  dns_sd_configs: [{names: [a], type: A}]\n", "3:28", "scrape.dns-port"),
    (JOB + "  dns_sd_configs: [{names: [a], type: TXT}]\n", "3:39", "field.choice"),
    ("- a\n", "1:1", "configuration.mapping"),
    ("language: en\n---\nlanguage: ja\n", "3:1", "configuration.one-document"),
    ("languge: en\n", "1:1", "field.unknown-near"),
    ("language: fr\n", "1:11", "field.choice"),
    ("rule_files: [a]\n", "1:1", "field.unsupported"),
    ("ledger: {slice: 500ms}\n", "1:17", "configuration.slice"),
    ("ledger: {slice: 61s}\n", "1:17", "configuration.slice"),
    ("ledger: {slice: 1500ms}\n", "1:17", "configuration.slice"),
    ("storage: {retention: 0}\n", "1:22", "field.duration-zero"),
    ("storage: {retention_size: 0B}\n", "1:27", "field.no-limit"),
    ("storage: {retention_size: 9GiB}\n", "1:27", "field.size"),
    ("declarations: [[a]]\n", "1:16", "field.text"),
    (
        "global: {scrape_interval: 5s, scrape_timeout: 9s}\n",
        "1:47",
        "scrape.timeout-long",
    ),
    ("global: {external_labels: {}}\n", "1:10", "field.unsupported"),
    ("scrape_configs: [{scheme: http}]\n", "1:18", "field.missing"),
    ("scrape_configs: [{job_name: ''}]\n", "1:29", "scrape.job-empty"),
    ("scrape_configs: [a]\n", "1:18", "field.mapping"),
    (
        "scrape_configs: [{job_name: a}, {job_name: a}]\n",
        "1:44",
        "scrape.job-twice",
    ),
    (job("scrape_timeout: 16s"), "3:19", "scrape.timeout-long"),
    (job("kubernetes_sd_configs: []"), "3:3", "field.unsupported"),
    (job("consul_sd_configs: []"), "3:3", "field.unsupported"),
    (job("bearer_token: x"), "3:3", "field.given-up"),
    (job("static_configs: [{targets: [a, 3002]}]"), "3:34", "scrape.address"),
    (job("metrics_path: metrics"), "3:17", "scrape.path"),
    (job("scheme: ftp"), "3:11", "field.choice"),
    (job("honor_labels: yes"), "3:17", "field.boolean"),
    (job("sample_limit: 0"), "3:17", "field.no-limit"),
    (job("label_limit: 0"), "3:16", "field.no-limit"),
    (job("body_size_limit: 0"), "3:20", "field.no-limit"),
    (job("sample_limit: -1"), "3:17", "field.too-small"),
    (job("static_configs: [{labels: {}}]"), "3:20", "field.missing"),
    (job("static_configs: [{targets: ['http://a']}]"), "3:31", "scrape.address"),
    (
        job("relabel_configs: [{}]\n  static_configs: [{targets: ['http://a']}]"),
        "4:31",
        "scrape.address",
    ),
    (
        job("static_configs: [{targets: [a], labels: {a-b: c}}]"),
        "3:43",
        "scrape.label-name",
    ),
    (job("file_sd_configs: [{files: [a.txt]}]"), "3:30", "scrape.file-pattern"),
    (job("file_sd_configs: [{files: ['*/a.json']}]"), "3:30", "scrape.file-pattern"),
    (job("relabel_configs: [{regex: '('}]"), "3:21", "scrape.relabel"),
    (job("relabel_configs: [{action: hashmod}]"), "3:21", "scrape.relabel"),
    (job("metric_relabel_configs: [{action: copy}]"), "3:37", "field.choice"),
    (
        job("basic_auth: {username: u, password: p, password_file: f}"),
        "3:57",
        "field.one-of",
    ),
    (job("basic_auth: {password: p}"), "3:15", "field.missing"),
    (
        job("authorization: {type: Basic}"),
        "3:25",
        "scrape.authorization-basic",
    ),
    (
        job("authorization: {}\n  basic_auth: {username: u}"),
        "3:18",
        "field.one-of",
    ),
    (job("tls_config: {cert_file: a}"), "3:15", "scrape.tls-pair"),
    ("receivers: [{name: a}, {name: a}]\n", "1:31", "receiver.twice"),
    (
        "receivers: [{name: a, webhook_configs: [{url: ftp://x}]}]\n",
        "1:47",
        "receiver.url",
    ),
    ("receivers: [{name: a, slack_configs: []}]\n", "1:23", "field.unsupported"),
    (hook("url: 'http://x', timeout: 61s"), "1:68", "receiver.timeout"),
    (hook("url: 'http://x', timeout: 0"), "1:68", "field.duration-zero"),
    (hook("url: 'http://x', secret: 123456789012345"), "1:67", "receiver.secret-short"),
    (hook("url: 'http://x', secret: ''"), "1:67", "receiver.secret-short"),
    (hook("url: 'http://x', max_alerts: 1"), "1:59", "field.unsupported"),
    (hook("url: 'http://x', http_config: {}"), "1:59", "field.unsupported"),
    (
        hook(f"url: 'http://x', secret: {'s' * 16}, secret_file: f"),
        "1:98",
        "field.one-of",
    ),
    ("receivers: [{name: a, log_configs: [{url: x}]}]\n", "1:38", "field.unknown"),
    ("heartbeat: {interval: 1m}\n", "1:12", "field.missing"),
    ("heartbeat: {url: 'ftp://x'}\n", "1:18", "heartbeat.url"),
    ("heartbeat: {url: 'http://x:65536/'}\n", "1:18", "heartbeat.url"),
    ("heartbeat: {url: 'http://x:0/'}\n", "1:18", "heartbeat.url"),
    ("heartbeat: {url: 'http://x', interval: 9s}\n", "1:40", "heartbeat.interval"),
    (RECEIVERS, "1:12", "route.missing"),
    (f"route: {{receiver: b}}\n{RECEIVERS}", "1:19", "route.no-receiver"),
    (
        f"route: {{receiver: a, group_by: [..., b]}}\n{RECEIVERS}",
        "1:32",
        "route.group-by-all",
    ),
    (
        f"route: {{receiver: a, group_by: [a-b]}}\n{RECEIVERS}",
        "1:32",
        "route.group-by-name",
    ),
    (
        f"route: {{receiver: a, group_by: [b, b]}}\n{RECEIVERS}",
        "1:32",
        "route.group-by-twice",
    ),
    (f"route: {{receiver: a, routes: []}}\n{RECEIVERS}", "1:22", "field.unsupported"),
    (
        f"route: {{receiver: a, repeat_interval: 0}}\n{RECEIVERS}",
        "1:39",
        "field.duration-zero",
    ),
]


@pytest.mark.parametrize(("text", "place", "code"), CASES)
def test_a_problem_is_named_at_its_place(text: str, place: str, code: str):
    assert (place, code) in found(text)
    assert not parse(text).is_usable


def test_no_secret_is_shown_in_a_repr_or_a_problem():
    wrong = WHOLE.replace("username: u, password: hunter2", "pasword: hunter2")
    wrong = wrong.replace("http://127.0.0.1:9/secret-path", "ftp://secret-path")
    wrong = wrong.replace("https://beats.example/secret-path", "ftp://secret-path")
    wrong = wrong.replace("secret: signed-with-", "sekret: signed-with-")
    checked = parse(wrong)
    shown = [
        render(language, p.code, **p.params)
        for p in checked.problems
        for language in ("en", "ja")
    ]

    assert len(shown) >= 6
    for text in (repr(parse(WHOLE)), repr(checked), *shown):
        assert "hunter2" not in text
        assert "secret-path" not in text


def test_http_and_dns_discovery_are_read_with_prometheus_defaults():
    text = JOB + (
        "  http_sd_configs: [{url: 'https://x/t', basic_auth: {username: u, password: p}}]\n"
        "  dns_sd_configs: [{names: [_http._tcp.x]}, {names: [x], type: A, port: 80}]\n"
    )
    [job] = parse(text).configuration.scrape
    [asked] = job.http_discoveries
    assert (asked.url, asked.refresh_interval_ms) == ("https://x/t", 60_000)
    assert asked.basic_auth is not None
    assert "p'" not in repr(asked)
    srv, a = job.dns_discoveries
    assert (srv.type, srv.refresh_interval_ms) == ("SRV", 30_000)
    assert (a.type, a.port) == ("A", 80)
    assert job.discovers


def test_a_target_of_a_prober_may_be_a_url():
    """Relabelling puts the prober in its place; only without it is it asked itself."""
    found = parse(
        job(
            "relabel_configs: [{target_label: __address__, replacement: 'b:9115'}]\n"
            "  static_configs: [{targets: ['https://shop.example/']}]"
        )
    )

    assert found.problems == ()
    (group,) = found.configuration.scrape[0].static_groups
    assert group.addresses == ("https://shop.example/",)
