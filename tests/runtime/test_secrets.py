"""What logs must not repeat of receivers and the heartbeat."""

import pytest

from kizashi.declarations.configuration import parse_configuration
from kizashi.declarations.measuring import Source
from kizashi.runtime.secrets import notification_secrets, secrets_in_url

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
    checked = parse_configuration(Source("kizashi.yaml", CONFIGURATION))
    assert checked.is_usable

    found = set(notification_secrets(checked.configuration))

    assert found == {
        "services/T0/B0/hunter2hunter2",
        "signing-hunter2-signing",
        "",
        "hunter2-password",
        "5e0b1a2c-uuid-hunter2",
    }


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1:9099/alerts", []),
        ("http://a/", []),
        (
            "http://a/x?token=0123456789abc",
            ["x?token=0123456789abc", "token=0123456789abc"],
        ),
    ],
)
def test_short_paths_stay_words_that_logs_may_use(url: str, expected: list[str]):
    assert list(secrets_in_url(url)) == expected
