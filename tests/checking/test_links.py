"""Links of strangers' rules are tried, and lead nowhere else."""

import asyncio
import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest

from harness.targets import Servers
from kizashi.checking import links as lint_links
from kizashi.checking.links import is_own_link
from kizashi.http.resolving import OwnThreadsResolver

pytestmark = pytest.mark.anyio


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    """Starts servers, and ends them after the test."""
    started = Servers()
    yield started
    await started.close()


class Site:
    """Answers by path, and remembers who was asked for what."""

    def __init__(self, answers: dict[str, tuple[int, str]]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    async def __call__(self, head: str, writer: asyncio.StreamWriter) -> None:
        """Answer a request."""
        path = head.split(" ")[1]
        self.asked.append(path)
        status, to = self.answers.get(path, (404, ""))
        location = f"Location: {to}\r\n" if to else ""
        writer.write(
            f"HTTP/1.1 {status} X\r\n{location}Content-Length: 0\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()


async def test_a_redirect_is_followed_on_the_same_host_and_nowhere_else(
    servers: Servers,
):
    inner = Site({"/secret": (200, "")})
    inside = f"http://127.0.0.1:{(await servers.start(inner)).port}"
    site = Site({})
    port = (await servers.start(site)).port
    own = f"http://127.0.0.1:{port}"
    site.answers = {
        "/moved": (301, "/here"),
        "/here": (200, ""),
        "/moved-away": (302, "/gone"),
        "/inside": (302, f"{inside}/secret"),
        "/named": (302, f"http://localhost:{port}/here"),
        "/user": (302, f"http://evil@127.0.0.1:{port}/here"),
        "/metadata": (307, "http://169.254.169.254/latest/meta-data/"),
        "/file": (302, "file:///etc/passwd"),
        "/round": (302, "/round"),
        "/bad": (302, "http://[::"),
    }
    paths = [*site.answers]

    found = await lint_links._try([own + path for path in paths])

    assert found.dead == {f"{own}/moved-away": "HTTP 404"}
    told = {
        str(one.params["link"]).removeprefix(own): (one.code, one.params.get("to"))
        for one in found.unseen
    }
    elsewhere = "lint.unseen.elsewhere"
    assert told == {
        "/inside": (elsewhere, "127.0.0.1"),
        "/named": (elsewhere, "localhost"),
        "/user": (elsewhere, "127.0.0.1"),
        "/metadata": (elsewhere, "169.254.169.254"),
        "/file": (elsewhere, "?"),
        "/round": ("lint.unseen.link", None),
        "/bad": ("lint.unseen.link", None),
    }
    assert inner.asked == []
    assert site.asked.count("/round") == 6


@pytest.mark.parametrize(
    "link",
    [
        "http://169.254.169.254/latest/", "http://[fe80::1]/", "http://0.0.0.0/",
        "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:a9fe:a9fe::1]/", "http://100.100.100.200/",
        "http://0xa9fea9fe/", "http://2852039166/", "http://169.254.43518/",
    ],
)  # fmt: skip
async def test_the_machines_own_link_is_never_asked(
    link: str, monkeypatch: pytest.MonkeyPatch
):
    async def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was begun")

    monkeypatch.setattr(aiohttp.TCPConnector, "_wrap_create_connection", refuse)

    found = await lint_links._try([link])

    # A number that is no usual way to write an address is none to the client either.
    is_number = link.removeprefix("http://")[:12] in {"2852039166/", "169.254.4351"}
    expected = "lint.unseen.link" if is_number else "lint.unseen.own_link"
    assert [one.code for one in found.unseen] == [expected]


async def test_a_name_that_leads_elsewhere_the_second_time_is_held_to_the_first(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
):
    site = Site({"/a": (302, "/b"), "/b": (200, "")})
    port = (await servers.start(site)).port
    asked: list[str] = []
    original = OwnThreadsResolver.resolve

    async def turning(self: OwnThreadsResolver, host: str, *_: object) -> list[object]:
        asked.append(host)
        first = len(asked) == 1
        return await original(  # type: ignore[return-value]
            self, "127.0.0.1" if first else "169.254.169.254", port, socket.AF_INET
        )

    monkeypatch.setattr(OwnThreadsResolver, "resolve", turning)

    found = await lint_links._try([f"http://wiki.example:{port}/a"])

    assert (found.dead, found.unseen) == ({}, ())
    assert site.asked == ["/a", "/b"]
    assert asked == ["wiki.example"]


@pytest.mark.parametrize(
    ("address", "is_own"),
    [
        ("169.254.0.1", True), ("fe80::1%eth0", True), ("fd00:ec2::254", True),
        ("127.0.0.1", False), ("10.0.0.1", False), ("8.8.8.8", False),
        ("2001:db8::1", False), ("wiki.example", False), ("", False),
    ],
)  # fmt: skip
async def test_own_links_are_known_by_address(address: str, is_own: bool):
    assert is_own_link(address) is is_own
