"""``upstream`` in kizashi.yaml: what it means, and every way in which it is wrong."""

import pytest

from kizashi.declarations.configuration import parse_configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.messages import LANGUAGES, render
from kizashi.model.scraping import Authorization, BasicAuth, TlsConfig
from kizashi.settings.secrets import upstream_secrets

WHOLE = """\
upstream:
  url: https://mimir.example/prometheus/
  rules_url: http://127.0.0.1:8880
  tenant: team-a|team-b
  headers: {X-Api-Key: hunter2-key}
  timeout: 10s
  backfill: false
  basic_auth: {username: u, password: hunter2}
  tls_config: {ca_file: ca.pem}
"""


def read(text: str) -> UpstreamConfig | None:
    checked = parse_configuration(SourceText("kizashi.yaml", text))
    assert checked.problems == ()
    return checked.configuration.upstream


def test_everything_that_is_said_of_a_server_is_read():
    assert read(WHOLE) == UpstreamConfig(
        url="https://mimir.example/prometheus",
        rules_url="http://127.0.0.1:8880",
        tenant="team-a|team-b",
        headers=(("X-Api-Key", "hunter2-key"),),
        timeout_ms=10_000,
        backfill=False,
        basic_auth=BasicAuth("u", "hunter2"),
        tls=TlsConfig("ca.pem"),
    )


def test_an_address_alone_is_enough_and_may_reach_as_far_as_the_api():
    expected = UpstreamConfig("http://p:9090", "http://p:9090")

    assert read("upstream: {url: 'http://p:9090'}") == expected
    assert read("upstream: {url: 'http://p:9090/api/v1/'}") == expected
    assert read("{}") is None


def test_a_token_is_one_of_the_ways_to_be_let_in():
    found = read("upstream: {url: 'http://p', authorization: {credentials: hunter2}}")

    assert found is not None
    assert found.authorization == Authorization(credentials="hunter2")


def test_no_secret_is_shown_and_all_of_them_are_known_to_the_logs():
    checked = parse_configuration(SourceText("kizashi.yaml", WHOLE))

    assert "hunter2" not in repr(checked.configuration.upstream)
    assert set(upstream_secrets(checked.configuration)) == {
        "hunter2",
        "hunter2-key",
        "u:hunter2",
    }


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("upstream: {tenant: a}", "1:11", "field.missing"),
        ("upstream: {url: p.example}", "1:17", "upstream.url"),
        ("upstream: {url: 'http://u:p@x'}", "1:17", "upstream.url"),
        ("upstream: {url: 'http://x/?a=b'}", "1:17", "upstream.url"),
        ("upstream: {url: 'http://x', rules_url: x}", "1:40", "upstream.url"),
        ("upstream: {url: 'http://x', tenant: a b}", "1:37", "upstream.tenant"),
        ("upstream: {url: 'http://x', timeout: 0.5s}", "1:38", "field.duration"),
        ("upstream: {url: 'http://x', timeout: 500ms}", "1:38", "upstream.timeout"),
        ("upstream: {url: 'http://x', timeout: 6m}", "1:38", "upstream.timeout"),
        ("upstream: {url: 'http://x', headers: {A B: c}}", "1:38", "upstream.header"),
        (
            'upstream: {url: "http://x", headers: {A: "b\\nc"}}',
            "1:38",
            "upstream.header",
        ),
        (
            "upstream: {url: 'http://x', headers: {Host: c}}",
            "1:38",
            "upstream.header-taken",
        ),
        ("upstream: {url: 'http://x', proxy_url: y}", "1:29", "field.unsupported"),
        ("upstream: [x]", "1:11", "field.mapping"),
        (
            "upstream: {url: 'http://x', basic_auth: {username: u}, authorization: {}}",
            "1:71",
            "field.one-of",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, place: str, code: str):
    (problem,) = parse_configuration(SourceText("k.yaml", text)).problems

    assert (str(problem.position), problem.code) == (f"k.yaml:{place}", code)
    for language in LANGUAGES:
        assert "{" not in render(language, problem.code, **dict(problem.params))
