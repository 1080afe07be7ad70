"""Fifty secrets of a configuration, and every place in which one could show."""

import asyncio
import json
import re
import sys
from collections import deque

import pytest
from serving import CLOCK, Kizashi

from harness.targets import Servers
from kizashi.offline.tokens import create_token
from kizashi.ports.tokens import Role

pytestmark = [pytest.mark.anyio, pytest.mark.nightly]

CANARIES = [f"canary{number:02}x{number * 7919 % 10007:05}" for number in range(50)]
#: Names of parameters under which a secret is known.
NAMES = (
    "token",
    "api_key",
    "apikey",
    "password",
    "passwd",
    "secret",
    "signature",
    "sig",
    "access_key",
    "auth",
    "key",
    "X-Amz-Signature",
    "client_secret",
    "pwd",
    "jwt",
)
MORE_NAMES = ("psk", "bearer", "pin", "session", "sid", "code", "X-Amz-Security-Token")  # fmt: skip


def configuration(dead: int, own: int) -> str:
    c, more = iter(CANARIES[:40]), iter(CANARIES[40:])
    rare = ", ".join(f"{name}: [{next(more)}]" for name in MORE_NAMES)
    params = ", ".join(f"{name}: [{next(c)}]" for name in NAMES[:11])
    return f"""\
declarations: [shop.yaml]
ledger: {{slice: 1s}}
scrape_configs:
  - job_name: params
    scrape_interval: 1s
    scrape_timeout: 1s
    params: {{module: [http_2xx], {params}}}
    basic_auth: {{username: aya, password: {next(c)}}}
    static_configs:
      - targets: ["127.0.0.1:{dead}"]
        labels: {{zone: tokyo, api_key: {next(c)}, session_token: {next(c)}}}
    relabel_configs:
      - {{target_label: __param_sas_token, replacement: {next(c)}}}
      - target_label: instance
        replacement: https://bob:{next(c)}@probe.example/x?token={next(c)}
  - job_name: bearer
    authorization: {{credentials: {next(c)}}}
    http_sd_configs:
      - url: http://ken:{next(c)}@127.0.0.1:{dead}/sd?api_key={next(c)}&a=b
        refresh_interval: 1s
        authorization: {{credentials: {next(c)}}}
      - url: http://{next(c)}@127.0.0.1:{dead}/sd?x=1&sig={next(c)};pwd={next(c)}
        refresh_interval: 1s
  - job_name: shop
    scrape_interval: 1s
    scrape_timeout: 1s
    static_configs: [{{targets: ["127.0.0.1:{own}"]}}]
    params: {{auth_token: [{next(c)}], jwt: [{next(c)}], client_secret: [{next(c)}]}}
  - job_name: rare
    scrape_interval: 1s
    scrape_timeout: 1s
    static_configs: [{{targets: ["127.0.0.1:{dead}"]}}]
    metrics_path: /m#access_token={next(more)}
    params: {{{rare}}}
    relabel_configs:
      - target_label: via
        replacement: 'http%3A%2F%2Fbob%3A{next(more)}%40h "password": "{next(more)}"'
  - job_name: found
    http_sd_configs:
      - url: http://127.0.0.1:{own}/found?signature={next(c)}
        refresh_interval: 1s
route: {{receiver: team, group_wait: 1s, routes: []}}
receivers:
  - name: team
    webhook_configs:
      - url: http://127.0.0.1:{dead}/hook/{next(c)}?token={next(c)}
        secret: {next(c)}{"x" * 16}
      - url: http://eve:{next(c)}@127.0.0.1:{dead}/other/{next(c)}
    log_configs: [{{}}]
heartbeat: {{url: "http://127.0.0.1:{dead}/beat/{next(c)}", interval: 10s}}
""".replace(", routes: []", "")


def found(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


async def test_no_canary_shows_on_pages_in_answers_logs_and_commands(
    kizashi: Kizashi, servers: Servers, monkeypatch: pytest.MonkeyPatch
):
    groups = [
        {
            "targets": ["127.0.0.1:9"],
            "labels": {
                "access_token": CANARIES[38],
                "__param_password": CANARIES[39],
                "__metrics_path__": f"/m?token={CANARIES[34]}&x=1",
                "db_password": CANARIES[35],
                "jwt": CANARIES[37],
                "link": f"https://x.example/?key={CANARIES[36]}",
            },
        }
    ]

    async def answer(head: str, writer: asyncio.StreamWriter) -> None:
        body, kind = b"hits_total 1\n", "text/plain"
        if "/found" in head.split("\r\n", maxsplit=1)[0]:
            body, kind = json.dumps(groups).encode(), "application/json"
        writer.write(
            f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
            + body
        )
        await writer.drain()
        writer.close()

    own = (await servers.start(answer)).port
    kizashi.config.write_text(configuration(9, own))
    kizashi.data.mkdir(mode=0o700)
    token = create_token(kizashi.data, "aya", Role.ADMIN).plaintext
    assert len(found(kizashi.config.read_text() + json.dumps(groups))) == 50
    command = [*kizashi.command(), "--log-level", "debug"]
    monkeypatch.setattr(kizashi, "command", lambda: command)
    await kizashi.start()
    # What a stranger sends stands in the log of requests.
    strange = f"/nowhere?code={CANARIES[0]}&next=http%3A%2F%2Fa%3A{CANARIES[1]}%40h"
    told = {"authorization": f"Digest {CANARIES[2]}", "cookie": f"a={CANARIES[3]}"}
    assert (await kizashi.client.get(strange, headers=told)).status_code == 404
    await kizashi.until("/kizashi/v1/targets", "x.example")
    await CLOCK.sleep(3)  # scrapes, discoveries, a beat and notifications fail by then

    shown = await everything(kizashi, token)
    shown["log"] = kizashi.log.read_text()
    for command in (
        ["check", "--config", str(kizashi.config)],
        ["check", "--format", "json", "--config", str(kizashi.config)],
        ["status", "--server", f"http://127.0.0.1:{kizashi.port}"],
        ["alert", "list", "--server", f"http://127.0.0.1:{kizashi.port}"],
        ["backup", str(kizashi.folder / "copy"), "--data", str(kizashi.data)],
        ["compile", "--to", "prometheus", "--out", str(kizashi.folder / "out"),
         str(kizashi.folder / "shop.yaml")],
    ):  # fmt: skip
        shown[" ".join(command)] = await said(command)
    kizashi.config.write_text(
        configuration(9, own).replace("interval: 1s", "interval: x")
    )
    shown["bad"] = await said(["check", "--config", str(kizashi.config)])
    kizashi.hang_up()
    await CLOCK.sleep(0.5)
    shown["bad, reloaded"] = kizashi.log.read_text()

    assert {where: found(text) for where, text in shown.items() if found(text)} == {}
    assert "/nowhere?code=***&next=http%3A%2F%2Fa%3A***%40h" in shown["log"]
    assert "***" in shown["/settings"]
    assert "***" in shown["/targets"]
    assert "***" in shown["/kizashi/v1/targets"]
    # And what is no secret is not taken away.
    assert "http_2xx" in shown["/settings"]
    assert "zone" in shown["/targets"]
    assert "a=b" in shown["/settings"]


async def everything(kizashi: Kizashi, token: str) -> dict[str, str]:
    """Return every page and every answer, by path."""
    shown: dict[str, str] = {}
    left = deque(
        [
            "/", "/metrics", "/-/ready", "/kizashi/v1/targets", "/kizashi/v1/alerts",
            "/kizashi/v1/notifications", "/kizashi/v1/objectives", "/kizashi/v1/services",
            "/kizashi/v1/openapi.json", "/live?view=/targets", "/lint",
        ]
    )  # fmt: skip
    headers = {"x-kizashi-token": token, "accept": "text/html"}
    while left:
        path = left.popleft()
        if path in shown:
            continue
        if path.startswith("/live"):
            async with kizashi.client.stream("GET", path, headers=headers) as stream:
                shown[path] = await anext(stream.aiter_text())
            continue
        answer = await kizashi.client.get(path, headers=headers)
        shown[path] = answer.text + str(answer.headers)
        for link in re.findall(r'href="(/[^"#]*)"', answer.text):
            if not re.match(r"/(docs|static|live|rules/)", link) and "?" not in link:
                left.append(link)
    return shown


async def said(command: list[str]) -> str:
    """Return what a command prints."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kizashi", *command,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return out.decode()
