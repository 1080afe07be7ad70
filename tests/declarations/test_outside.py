"""``external_url``, ``trusted_proxies`` and ``require_token``: right and wrong."""

import ipaddress

import pytest

from kizashi.declarations.configuration import parse_configuration
from kizashi.declarations.measuring import SourceText
from kizashi.model.outside import Outside

NET = ipaddress.ip_network


def read(text: str) -> Outside:
    checked = parse_configuration(SourceText("kizashi.yaml", text))
    assert checked.problems == ()
    return checked.configuration.outside


def test_a_server_on_its_own_is_reached_where_it_listens():
    assert read("{}") == Outside("", (), needs_token=False)


@pytest.mark.parametrize(
    ("given", "url", "origin", "path"),
    [
        ("https://ops.example", "https://ops.example", "https://ops.example", ""),
        ("https://OPS.example/", "https://ops.example", "https://ops.example", ""),
        ("https://ops.example:443/", "https://ops.example:443", "https://ops.example", ""),
        ("http://h:8080/a/b/", "http://h:8080/a/b", "http://h:8080", "/a/b"),
        ("https://[2001:db8::1]/k", "https://[2001:db8::1]/k", "https://[2001:db8::1]", "/k"),
    ],
)  # fmt: skip
def test_an_address_is_taken_as_a_browser_shows_it(
    given: str, url: str, origin: str, path: str
):
    found = read(f"external_url: '{given}'")

    assert (found.url, found.origin, found.path) == (url, origin, path)


@pytest.mark.parametrize(
    "wrong",
    [
        "ops.example", "ftp://ops.example", "https://", "https://u:hunter2@ops.example",
        "https://ops.example/?a=1", "https://ops.example/#a", "https://ops.example:x/",
        "https://ops.example/a b", "https://ops.example/../x", "https://ops.example//x",
        'https://ops.example/"><script>', "https://業務.example/", "https://a_b?/",
    ],
)  # fmt: skip
def test_what_is_no_address_is_a_problem_that_does_not_repeat_it(wrong: str):
    checked = parse_configuration(
        SourceText("kizashi.yaml", f"external_url: '{wrong}'")
    )

    (problem,) = checked.problems
    assert problem.code == "outside.url"
    assert str(problem.position) == "kizashi.yaml:1:15"
    assert "hunter2" not in str(problem)
    assert checked.configuration.outside.url == ""


def test_proxies_are_addresses_or_networks():
    found = read("trusted_proxies: [127.0.0.1, '::1', 10.0.0.0/8]")

    assert found.proxies == (NET("127.0.0.1"), NET("::1"), NET("10.0.0.0/8"))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("proxy.example", "outside.proxy"), ("10.0.0.1/8", "outside.proxy"),
        ("10.0.0.256", "outside.proxy"), ("0.0.0.0/0", "outside.every"),
        ("::/0", "outside.every"),
    ],
)  # fmt: skip
def test_a_proxy_that_is_none_is_a_problem(given: str, code: str):
    checked = parse_configuration(
        SourceText("kizashi.yaml", f"trusted_proxies: ['{given}']")
    )

    assert [p.code for p in checked.problems] == [code]


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("{}", False),
        ("external_url: 'http://127.0.0.1:9470'", False),
        ("external_url: 'http://localhost:9470'", False),
        ("external_url: 'http://[::1]:9470'", False),
        ("external_url: 'https://ops.example'", True),
        ("trusted_proxies: [127.0.0.1]", True),
        ("{external_url: 'https://ops.example', require_token: remote}", False),
        ("require_token: always", True),
    ],
)
def test_naming_an_address_elsewhere_asks_for_tokens_here_too(text: str, needs: bool):
    assert read(text).needs_token is needs


def test_require_token_is_one_of_two_words():
    checked = parse_configuration(SourceText("kizashi.yaml", "require_token: never"))

    assert [p.code for p in checked.problems] == ["field.choice"]
