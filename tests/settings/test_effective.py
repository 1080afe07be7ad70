"""What the settings page shows: everything in force, and no secret."""

from pathlib import Path

import pytest
import yaml

from kizashi.settings.declaration_files import load
from kizashi.settings.effective import effective

CANARIES = [f"canary-{number:02}-0123456789abcdef" for number in range(12)]
CONFIGURATION = f"""\
language: ja
scrape_configs:
  - job_name: basic
    scrape_interval: 30s
    basic_auth: {{username: aya, password: {CANARIES[0]}}}
    static_configs: [{{targets: ["a:1"], labels: {{zone: tokyo}}}}]
  - job_name: bearer
    params: {{module: [http_2xx], api_key: [{CANARIES[11]}]}}
    authorization: {{credentials: {CANARIES[1]}}}
    http_sd_configs:
      - url: http://ken:{CANARIES[9]}@127.0.0.1/sd?token={CANARIES[10]}&a=b
        basic_auth: {{username: ken, password: {CANARIES[2]}}}
upstream:
  url: http://127.0.0.1:9090
  headers: {{X-Key: {CANARIES[3]}}}
  authorization: {{credentials: {CANARIES[4]}}}
route: {{receiver: team}}
receivers:
  - name: team
    webhook_configs:
      - url: http://127.0.0.1:9099/{CANARIES[5]}?key={CANARIES[6]}
        secret: {CANARIES[7]}{CANARIES[7]}
heartbeat: {{url: "http://127.0.0.1:9098/{CANARIES[8]}"}}
"""


@pytest.fixture
def text(tmp_path: Path) -> str:
    path = tmp_path / "kizashi.yaml"
    path.write_text(CONFIGURATION, encoding="utf-8")
    loaded = load([path])
    assert loaded.is_usable, loaded.problems
    return effective(loaded, {}).configuration


def test_no_secret_is_shown(text: str):
    assert [canary for canary in CANARIES if canary in text] == []
    # All that the file holds were there to be found.
    assert sum(canary in CONFIGURATION for canary in CANARIES) == 12


def test_what_is_no_secret_is_shown_with_its_defaults(text: str):
    shown = yaml.safe_load(text)

    job = shown["scrape"][0]
    assert job["interval"] == "30s"
    assert job["timeout"] == "10s"
    assert job["basic_auth"] == {
        "username": "aya",
        "password": "***",
        "password_file": "",
    }
    assert job["static_groups"] == [{"addresses": ["a:1"], "labels": {"zone": "tokyo"}}]
    assert job["limits"]["samples"] == 50_000
    asked = shown["scrape"][1]
    assert asked["params"] == [["module", ["http_2xx"]], ["api_key", "***"]]
    assert asked["http_discoveries"][0]["url"] == (
        "http://ken:***@127.0.0.1/sd?token=***&a=b"
    )
    hook = shown["receivers"][0]["settings"][0]
    assert hook["kind"] == "webhook"
    assert hook["url"] == "http://127.0.0.1:9099/***"
    assert hook["timeout"] == "5s"
    assert shown["heartbeat"]["url"] == "http://127.0.0.1:9098/***"
    assert shown["upstream"]["headers"] == [["X-Key", "***"]]
    assert shown["storage"]["retention"] == "400d"
    assert shown["slice"] == "15s"
    assert shown["language"] == "ja"


def test_flags_that_were_not_given_are_left_out():
    found = effective(load([]), {"data": Path("data"), "retention": None})

    assert found.flags == (("data", "data"),)
    assert found.files == ()
