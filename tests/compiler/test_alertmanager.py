"""What Alertmanager is told, judged by Alertmanager."""

import subprocess
from pathlib import Path

import pytest
import yaml
from reading import configured

from harness.alertmanager import running_alertmanager
from harness.targets import wait
from kizashi.compiler._base import Compiled, CompileOptions
from kizashi.compiler.alertmanager import TARGET
from kizashi.testing.receivers import ReceiverServer

SECRET_URL = "https://hooks.example/services/T0/B0/vErYsEcReT"  # noqa: S105 - it must not come out
CONFIGURATION = f"""\
route:
  receiver: on call
  group_by: [service, severity]
  group_wait: 0s
  group_interval: 1m30s
  repeat_interval: 4h
receivers:
  - name: on call
    webhook_configs:
      - {{url: "{SECRET_URL}", send_resolved: false, timeout: 7s}}
      - {{url: "http://127.0.0.1:1/b", secret: 0123456789abcdef0123}}
  - name: on-call
    webhook_configs: [{{url: "http://127.0.0.1:1/c"}}]
  - name: written
    log_configs: [{{}}]
heartbeat: {{url: "http://127.0.0.1:1/beat"}}
"""


def compiled(text: str = CONFIGURATION, folder: str = "/run/am") -> Compiled:
    options = CompileOptions(secrets_folder=folder)
    return TARGET.compile((), configured(text), options)


def test_route_and_receivers_are_carried():
    (file,) = compiled().files

    assert file.path == "alertmanager.yml"
    assert yaml.safe_load(file.text) == {
        "route": {
            "receiver": "on call",
            "group_by": ["service", "severity"],
            "group_wait": "0s",
            "group_interval": "1m30s",
            "repeat_interval": "4h",
        },
        "receivers": [
            {
                "name": "on call",
                "webhook_configs": [
                    {
                        "url_file": "/run/am/on-call-1.url",
                        "send_resolved": False,
                        "timeout": "7s",
                    },
                    {
                        "url_file": "/run/am/on-call-2.url",
                        "send_resolved": True,
                        "timeout": "5s",
                    },
                ],
            },
            {
                "name": "on-call",
                "webhook_configs": [
                    {
                        # Another receiver's file has the name that it would have.
                        "url_file": "/run/am/on-call-1.2.url",
                        "send_resolved": True,
                        "timeout": "5s",
                    }
                ],
            },
            {"name": "written"},
        ],
    }


def test_no_secret_is_written_and_notes_say_where_it_belongs():
    found = compiled()

    everything = found.files[0].text + repr(found.notes)
    assert "vErYsEcReT" not in everything
    assert "0123456789abcdef0123" not in everything
    assert [(note.code, dict(note.params)) for note in found.notes] == [
        (
            "targets.receivers.url-file",
            {
                "receiver": "on call",
                "number": "1",
                "kind": "webhook",
                "key": "url",
                "file": "/run/am/on-call-1.url",
            },
        ),
        (
            "targets.receivers.url-file",
            {
                "receiver": "on call",
                "number": "2",
                "kind": "webhook",
                "key": "url",
                "file": "/run/am/on-call-2.url",
            },
        ),
        (
            "targets.receivers.url-file",
            {
                "receiver": "on-call",
                "number": "1",
                "kind": "webhook",
                "key": "url",
                "file": "/run/am/on-call-1.2.url",
            },
        ),
        ("targets.receivers.signature", {"receiver": "on call", "number": "2"}),
        ("targets.receivers.log", {"receiver": "written"}),
        ("targets.receivers.heartbeat", {}),
    ]


def test_where_nobody_is_told_there_is_nothing_to_write():
    found = compiled("{}")

    assert found.files == ()
    assert [note.code for note in found.notes] == ["targets.receivers.none"]


@pytest.mark.peer("prometheus-alertmanager")
@pytest.mark.parametrize("group_by", ["[service]", "['...']", "[]"])
def test_amtool_accepts_it(group_by: str, tmp_path: Path):
    text = CONFIGURATION.replace("[service, severity]", group_by)
    path = tmp_path / "alertmanager.yml"
    path.write_text(compiled(text).files[0].text)

    told = subprocess.run(
        ["amtool", "check-config", path],  # noqa: S607 - whatever PATH offers
        capture_output=True,
        check=False,
        text=True,
    )

    assert told.returncode == 0, told.stderr
    assert "3 receivers" in told.stdout


def with_address(url: str, folder: str) -> Compiled:
    """Return a configuration whose webhook is there, as its note asks."""
    text = f"""\
    route: {{receiver: hook, group_by: [service], group_wait: 0s}}
    receivers: [{{name: hook, webhook_configs: [{{url: "{url}"}}]}}]
    """
    found = compiled(text, folder)
    (note,) = found.notes
    Path(note.params["file"]).write_text(url)
    return found


@pytest.mark.anyio
@pytest.mark.peer("prometheus-alertmanager")
async def test_a_burn_alert_reaches_the_webhook_through_the_real_one(tmp_path: Path):
    receiver = await ReceiverServer().start()
    found = with_address(receiver.url("/x"), str(tmp_path))
    burn = {
        "alertname": "ErrorBudgetBurn",
        "service": "todo-api",
        "objective": "availability",
        "severity": "page",
    }
    try:
        async with running_alertmanager(
            tmp_path, yaml.safe_load(found.files[0].text)
        ) as server:
            await server.post([{"labels": burn}])
            for _ in range(500):
                if receiver.received:
                    break
                await wait(0.02)
    finally:
        await receiver.close()

    (got, *_) = receiver.received
    assert got.line.startswith("POST /x ")
    payload = yaml.safe_load(got.body)
    assert payload["receiver"] == "hook"
    assert payload["groupLabels"] == {"service": "todo-api"}
    assert [alert["labels"] for alert in payload["alerts"]] == [burn]
