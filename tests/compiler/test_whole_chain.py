"""One declaration, compiled, through a real Prometheus and a real Alertmanager."""

import asyncio
import re
import threading
from pathlib import Path

import pytest
import yaml
from measured import CONFIGURATION, DECLARED, measured
from reading import configured, declared

from harness.alertmanager import running_alertmanager
from kizashi.compiler._base import CompileOptions
from kizashi.compiler.alertmanager import TARGET
from kizashi.testing.receivers import ReceiverServer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.peer("prometheus"),
    pytest.mark.peer("prometheus-alertmanager"),
]


def told_by(folder: Path, url: str) -> object:
    """Return Alertmanager's configuration; its webhook is at a URL."""
    text = f"""\
{CONFIGURATION}
route: {{receiver: hook, group_by: [objective], group_wait: 0s}}
receivers: [{{name: hook, webhook_configs: [{{url: "{url}"}}]}}]
"""
    configuration = configured(text)
    options = CompileOptions(secrets_folder=str(folder))
    found = TARGET.compile(declared(DECLARED, configuration), configuration, options)
    (note,) = found.notes
    Path(note.params["file"]).write_text(url)
    return yaml.safe_load(found.files[0].text)


async def test_a_burn_of_the_application_reaches_the_webhook(tmp_path: Path):
    receiver = await ReceiverServer().start()
    (tmp_path / "am").mkdir()
    (tmp_path / "prom").mkdir()
    settings = told_by(tmp_path / "am", receiver.url("/told"))

    def wait_for_two(alertmanager: str) -> None:
        with measured(tmp_path / "prom", alertmanager):
            for _ in range(400):
                if len(receiver.received) >= 2:
                    break
                threading.Event().wait(0.05)

    try:
        async with running_alertmanager(tmp_path / "am", settings) as server:
            await asyncio.to_thread(wait_for_two, server.address)
    finally:
        await receiver.close()

    payloads = [yaml.safe_load(received.body) for received in receiver.received]
    alerts = {
        (alert["labels"]["objective"], alert["labels"]["severity"]): alert
        for payload in payloads
        for alert in payload["alerts"]
        if alert["labels"]["alertname"] == "ErrorBudgetBurn"
    }
    assert set(alerts) == {("availability", "page"), ("latency", "ticket")}
    page = alerts["availability", "page"]
    assert page["labels"]["service"] == "todo-api"
    assert page["status"] == "firing"
    assert page["annotations"]["summary"]
    told = re.fullmatch(
        r"In the last 8s, (\d+) of (\d+) events were bad: a burn rate of ([\d.]+)"
        r" \(([\d.]+) in the last 4s\)\. ((\S+) of the error budget is left\.)?",
        page["annotations"]["description"],
    )
    assert told is not None, page["annotations"]["description"]
    bad, valid, burn = (float(told[n]) for n in (1, 2, 3))
    # The target is 90 %; figures of one instant, but shown with one decimal.
    assert burn == pytest.approx(bad / valid / 0.1, abs=0.051)
