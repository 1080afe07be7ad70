"""What logs must not repeat of receivers and the heartbeat."""

import pytest

from kizashi.declarations.configuration import parse_configuration
from kizashi.declarations.measuring import SourceText
from kizashi.settings.secrets import (
    credentials_in_url,
    notification_secrets,
    secrets_in_url,
    secrets_of,
)

CONFIGURATION = """\
route: {receiver: team}
receivers:
  - name: team
    webhook_configs:
      - url: https://hooks.example/services/T0/B0/hunter2hunter2
        secret: signing-hunter2-signing
      - url: http://user:hunter2-password@127.0.0.1:9099/alerts
heartbeat: {url: "https://beats.example/5e0b1a2c-uuid-hunter2"}
"""


def test_addresses_and_keys_of_receivers_and_the_heartbeat_are_secret():
    checked = parse_configuration(SourceText("kizashi.yaml", CONFIGURATION))
    assert checked.is_usable

    found = set(notification_secrets(checked.configuration))

    assert found == {
        "services/T0/B0/hunter2hunter2",
        "signing-hunter2-signing",
        "hunter2-password",
        "5e0b1a2c-uuid-hunter2",
    }


def test_a_key_that_looks_like_an_address_is_secret_as_a_whole():
    text = CONFIGURATION.replace("signing-hunter2-signing", "https://hunter2-signing")
    checked = parse_configuration(SourceText("kizashi.yaml", text))

    assert "https://hunter2-signing" in set(notification_secrets(checked.configuration))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:9099/alerts", []),
        ("http://a/", []),
        (
            "http://a/x?token=0123456789abc",
            ["x?token=0123456789abc", "token=0123456789abc", "0123456789abc"],
        ),
        ('http://user:b/c"d@h/x', ['b/c"d']),
    ],
)
def test_short_paths_stay_words_that_logs_may_use(url: str, expected: list[str]):
    found = [secret for secret in secrets_in_url(url) if len(secret) >= 4]

    assert sorted(set(found)) == sorted(expected)


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("http://user:pa/ss@h/x", {"pa/ss"}), ("http://user:p%40ss@h", {"p%40ss", "p@ss"}),
        ("user:hunter2@host:9090", {"hunter2"}), ("host:9090", set()),
        ("http://hunter2@h/x?sig=a%2Bb+c;x=1", {"hunter2", "a%2Bb+c", "a+b+c", "a+b c"}),
        ("http://h/x#access_token=hunter2", {"hunter2"}), ("http://[/", set()),
        ("http://h/x?code=500&module=http_2xx", set()),
    ],
)  # fmt: skip
def test_what_lets_its_owner_in_by_an_address_is_known(url: str, secrets: set[str]):
    assert set(credentials_in_url(url)) == secrets


def test_a_password_is_known_in_base64_with_its_name():
    (config,) = parse_configuration(
        SourceText(
            "kizashi.yaml",
            "scrape_configs:\n  - job_name: a\n    static_configs: [{targets: [h:1]}]\n"
            "    basic_auth: {username: aya, password: hunter2}\n",
        )
    ).configuration.scrape

    assert set(secrets_of([config])) == {"hunter2", "aya:hunter2"}
