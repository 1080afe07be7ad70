"""Targets from HTTP discovery and from the DNS, against real servers."""

import http.server
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset
import pytest

from kizashi.errors import ScrapeError
from kizashi.model.labels import Labels
from kizashi.model.scraping import (
    Authorization,
    DnsDiscovery,
    DnsType,
    HttpDiscovery,
    ScrapeConfig,
)
from kizashi.scrape.discovery import JobDiscovery
from kizashi.scrape.polled_discovery import (
    DnsDiscoverySource,
    HttpDiscoverySource,
    PolledDiscovery,
)


class Answers(http.server.BaseHTTPRequestHandler):
    status = 200
    kind = "application/json"
    body = b"[]"
    heads: list[dict[str, str]]
    moved: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        self.heads.append(dict(self.headers))
        if self.path in self.moved:
            self.send_response(301)
            self.send_header("Location", self.moved[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[tuple[str, type[Answers]]]:
    handler = type("Handler", (Answers,), {"heads": []})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/sd?token=secret", handler
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


GROUPS = [{"targets": ["a:1", "b:2"], "labels": {"zone": "x"}}]


def test_http_discovery_yields_groups_with_the_url_less_its_secrets() -> None:
    with serving() as (url, handler):
        handler.body = json.dumps(GROUPS).encode()
        config = HttpDiscovery(url, authorization=Authorization(credentials="t0ken"))
        [group] = HttpDiscoverySource(config).ask()
    assert group.addresses == ("a:1", "b:2")
    assert group.labels.get("zone") == "x"
    assert group.labels.get("__meta_url") == url.partition("?")[0]
    [head] = handler.heads
    assert head["Authorization"] == "Bearer t0ken"
    assert head["X-Prometheus-Refresh-Interval-Seconds"] == "60"


@pytest.mark.parametrize(
    ("status", "kind", "body", "why"),
    [
        (500, "application/json", b"[]", "HTTP 500"),
        (200, "text/html", b"[]", "Content-Type text/html"),
        (200, "application/json", b"{", "Expecting"),
        (200, "application/json", b'{"targets": []}', "expected a list"),
        (200, "application/json", b'[{"targets": [1]}]', "list of host:port"),
        (200, "application/json", b'"' + b"x" * (9 << 20) + b'"', "over"),
        (200, "application/json", b"[" * 100_000, "recursion"),
    ],
)
def test_an_answer_that_is_none_keeps_the_last_good_one(
    status: int, kind: str, body: bytes, why: str
) -> None:
    with serving() as (url, handler):
        handler.body = json.dumps(GROUPS).encode()
        asked = PolledDiscovery(HttpDiscoverySource(HttpDiscovery(url)))
        assert asked.poll(0)
        handler.status, handler.kind, handler.body = status, kind, body
        assert not asked.poll(59)
        assert asked.poll(60)
        assert [g.addresses for g in asked.groups()] == [("a:1", "b:2")]
        [problem] = asked.problems()
        assert why in str(problem)
        assert "secret" not in str(problem)
        handler.status, handler.kind = 200, "application/json"
        handler.body = b"[]"
        assert asked.poll(120)
        assert list(asked.problems()) == list(asked.groups()) == []


def test_a_server_that_is_not_there_is_a_problem() -> None:
    with serving() as (url, _):
        pass
    with pytest.raises(ScrapeError):
        HttpDiscoverySource(HttpDiscovery(url)).ask()


def test_a_redirect_on_the_same_host_is_followed() -> None:
    with serving() as (url, handler):
        handler.body = json.dumps(GROUPS).encode()
        handler.moved = {"/sd?token=secret": "/sd/?all=1"}
        [group] = HttpDiscoverySource(HttpDiscovery(url)).ask()
    assert group.addresses == ("a:1", "b:2")
    assert group.labels.get("__meta_url") == url.partition("?")[0]


def test_a_redirect_takes_the_secret_nowhere_else_and_ends() -> None:
    with serving() as (url, handler), serving() as (other, elsewhere):
        config = HttpDiscovery(url, authorization=Authorization(credentials="t0ken"))
        handler.moved = {"/sd?token=secret": other}
        with pytest.raises(ScrapeError, match="HTTP 301, to another host"):
            HttpDiscoverySource(config).ask()
        assert elsewhere.heads == []
        handler.moved = {"/sd?token=secret": url}
        with pytest.raises(ScrapeError, match="over 3 redirects"):
            HttpDiscoverySource(config).ask()


def test_a_job_merges_what_it_is_told_with_what_it_asks() -> None:
    with serving() as (url, handler):
        handler.body = json.dumps(GROUPS).encode()
        job = JobDiscovery(ScrapeConfig("j", http_discoveries=(HttpDiscovery(url),)))
        found = job.poll(0)
        assert [t.labels for t in found.targets] == [
            Labels.of(job="j", instance="a:1", zone="x"),
            Labels.of(job="j", instance="b:2", zone="x"),
        ]
        assert job.poll(1) is found


ZONE = {
    "_http._tcp.todo.test.": (
        "SRV",
        ["0 0 8080 a.todo.test.", "0 0 8081 b.todo.test."],
    ),
    "a.todo.test.": ("A", ["127.0.0.2", "127.0.0.1"]),
    "six.todo.test.": ("AAAA", ["::1"]),
    "mail.test.": ("MX", ["10 mx.test."]),
    "ns.test.": ("NS", ["ns1.test."]),
}


class Nameserver(dns.resolver.Resolver):
    """A resolver whose server is a table in this process."""

    broken = False
    fails = ""

    def __init__(self) -> None:
        super().__init__(configure=False)
        self.nameservers = ["127.0.0.1"]

    def resolve(  # type: ignore[override]
        self, qname: str, rdtype: str = "A", **_: object
    ) -> dns.resolver.Answer:
        if self.broken:
            raise dns.resolver.NoNameservers
        name = dns.name.from_text(str(qname))
        if name.to_text() == self.fails:
            raise dns.resolver.NoNameservers
        query = dns.message.make_query(name, rdtype)
        response = dns.message.make_response(query)
        kind, texts = ZONE.get(name.to_text(), ("", []))
        if not texts:
            raise dns.resolver.NXDOMAIN(qnames=[name])
        response.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *texts))
        return dns.resolver.Answer(
            name,
            dns.rdatatype.from_text(rdtype),
            dns.rdataclass.IN,
            dns.message.from_wire(response.to_wire()),
        )


@pytest.mark.parametrize(
    ("name", "kind", "addresses"),
    [
        ("_http._tcp.todo.test", DnsType.SRV, ("a.todo.test:8080", "b.todo.test:8081")),
        ("a.todo.test", DnsType.A, ("127.0.0.1:9100", "127.0.0.2:9100")),
        ("six.todo.test", DnsType.AAAA, ("[::1]:9100",)),
        ("mail.test", DnsType.MX, ("mx.test:9100",)),
        ("ns.test", DnsType.NS, ("ns1.test:9100",)),
        ("gone.test", DnsType.A, ()),
    ],
)
def test_dns_records_become_addresses(
    name: str, kind: DnsType, addresses: tuple[str, ...]
) -> None:
    groups = DnsDiscoverySource(DnsDiscovery((name,), kind, 9100), Nameserver()).ask()
    assert tuple(a for group in groups for a in group.addresses) == addresses
    assert {group.labels.get("__meta_dns_name") for group in groups} <= {name}


@pytest.mark.parametrize(
    ("name", "kind", "labels"),
    [
        (
            *("_http._tcp.todo.test", DnsType.SRV),
            {"srv_record_target": "a.todo.test.", "srv_record_port": "8080"},
        ),
        ("a.todo.test", DnsType.A, {}),
        ("mail.test", DnsType.MX, {"mx_record_target": "mx.test."}),
        ("ns.test", DnsType.NS, {"ns_record_target": "ns1.test."}),
    ],
)
def test_a_record_stands_in_the_labels_that_prometheus_gives_it(
    name: str, kind: DnsType, labels: dict[str, str]
) -> None:
    """As written in the DNS, the final dot included; the address has none."""
    group, *_ = DnsDiscoverySource(
        DnsDiscovery((name,), kind, 9100), Nameserver()
    ).ask()
    named = {"name": name, **labels}
    assert group.labels == Labels.of({f"__meta_dns_{k}": v for k, v in named.items()})


def test_a_name_that_fails_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    nameserver = Nameserver()
    monkeypatch.setattr(dns.resolver, "Resolver", lambda: nameserver)
    names = DnsDiscovery(("a.todo.test", "six.todo.test"), DnsType.A, 9100)
    job = JobDiscovery(ScrapeConfig("j", dns_discoveries=(names,)))
    zone = {"a.todo.test.": ("A", ["127.0.0.1"])}

    def instances(now_s: float) -> list[str]:
        monkeypatch.setitem(ZONE, "a.todo.test.", zone["a.todo.test."])
        return [t.labels.get("instance") for t in job.poll(now_s).targets]

    monkeypatch.setitem(ZONE, "six.todo.test.", ("A", ["127.0.0.6"]))
    assert instances(0) == ["127.0.0.1:9100", "127.0.0.6:9100"]
    nameserver.fails = "six.todo.test."
    zone["a.todo.test."] = ("A", ["127.0.0.9"])
    assert instances(30) == ["127.0.0.9:9100", "127.0.0.6:9100"]
    assert len(job.poll(31).problems) == 1


def test_a_name_server_that_fails_keeps_the_targets() -> None:
    nameserver = Nameserver()
    asked = PolledDiscovery(
        DnsDiscoverySource(DnsDiscovery(("a.todo.test",), DnsType.A, 9100), nameserver)
    )
    assert asked.poll(0)
    nameserver.broken = True
    assert asked.poll(30)
    assert len(list(asked.problems())) == 1
    assert len(list(asked.groups())) == 2


ASK_IN_A_NEW_PROCESS = """
import sys
from kizashi.model.scraping import DnsDiscovery, DnsType
from kizashi.scrape.polled_discovery import DnsDiscoverySource

askers = [DnsDiscoverySource(DnsDiscovery(("example.test",), kind, 80)) for kind in DnsType]
resolver = sys.modules["dns.resolver"].Resolver(configure=False)
resolver.nameservers, resolver.port = ["127.0.0.1"], int(sys.argv[1])
before = set(sys.modules)
for asker in askers:
    asker._resolver = resolver
    print(len(asker.ask()))
print(sorted(set(sys.modules) - before))
"""
RECORDS = {
    "A": "192.0.2.1",
    "AAAA": "2001:db8::1",
    "SRV": "0 0 9100 node.example.test.",
    "MX": "10 mail.example.test.",
    "NS": "ns.example.test.",
}


def answer_dns(sock: socket.socket, questions: int) -> None:
    """Answer so many questions, each through an alias, with what stands around it."""
    for _ in range(questions):
        wire, peer = sock.recvfrom(4096)
        asked = dns.message.from_wire(wire)
        kind = dns.rdatatype.to_text(asked.question[0].rdtype)
        answer = dns.message.make_response(asked)
        for line in (
            ("example.test.", 60, "IN", "CNAME", "real.example.test."),
            ("real.example.test.", 60, "IN", kind, RECORDS[kind]),
        ):
            answer.answer.append(dns.rrset.from_text(*line))
        soa = "ns.example.test. me.example.test. 1 1 1 1 1"
        answer.authority.append(
            dns.rrset.from_text("example.test.", 60, "IN", "SOA", soa)
        )
        answer.use_edns(0)
        sock.sendto(answer.to_wire(), peer)


def test_asking_the_dns_imports_nothing_any_more() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(20)
        thread = threading.Thread(target=answer_dns, args=(sock, len(RECORDS)))
        thread.start()
        told = subprocess.run(
            [sys.executable, "-c", ASK_IN_A_NEW_PROCESS, str(sock.getsockname()[1])],
            capture_output=True,
            text=True,
            check=True,
        )
        thread.join()

    assert told.stdout.splitlines() == [*["1"] * len(RECORDS), "[]"]
