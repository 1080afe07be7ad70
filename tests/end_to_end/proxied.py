"""A real nginx or Caddy in front of a real Kizashi, set up as the handbook shows."""

import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from serving import CLOCK, Kizashi, free_port
from whole.leash import leashed

from kizashi.offline.tokens import create_token
from kizashi.ports.tokens import Role

PAGE = Path(__file__).parents[2] / "docs" / "en" / "howto" / "behind-a-proxy.md"
HOST = "ops.example"
#: bcrypt and the like need a tool; nginx takes this form as well.
PASSWORDS = "ops:{PLAIN}password\n"


def shown(name: str) -> str:
    """Return the block of the page after ``<!-- proxy: NAME -->``."""
    text = PAGE.read_text(encoding="utf-8").partition(f"<!-- proxy: {name} -->")[2]
    found = re.search(r"```(?:nginx|caddy)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert found, name
    return found[1]


def keys(number: int) -> str:
    """Return a block of kizashi.yaml of the page, by its place."""
    blocks = re.findall(
        r"```yaml\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    )
    return str(blocks[number])


@dataclass
class Proxied:
    """What runs, and clients of it.

    Attributes:
        url: What a browser shows.
        port: Where the proxy listens.
        kizashi: The server behind it.
        tokens: A token of each role.
        clients: Those that were made.
    """

    url: str
    port: int
    kizashi: Kizashi
    tokens: dict[Role, str]
    clients: list[httpx2.AsyncClient] = field(default_factory=list)

    def client(self, **headers: str) -> httpx2.AsyncClient:
        """Return a program's client, or a browser's without its scripts."""
        scheme = self.url.partition("://")[0]
        made = httpx2.AsyncClient(
            base_url=f"{scheme}://127.0.0.1:{self.port}",
            headers={"host": f"{HOST}:{self.port}", **headers},
            timeout=30,  # a busy machine is slow, and no test of ours is about that
            verify=False,
        )
        self.clients.append(made)
        return made


@asynccontextmanager
async def proxied(
    folder: Path,
    kizashi: Kizashi,
    certificate: tuple[Path, Path],
    block: str,
    configuration: str = "",
) -> AsyncIterator[Proxied]:
    """Run both until the block ends.

    Args:
        folder: For the proxy.
        kizashi: Configured, not started yet.
        certificate: For TLS; the page's own files do not exist here.
        block: A server, or a location for one without TLS; or a site of Caddy.
        configuration: Lines for kizashi.yaml, with the page's own names.
    """
    port = free_port()
    is_caddy = block.startswith(HOST)
    is_tls = is_caddy or "ssl" in block
    if not block.startswith(("server", HOST)):
        block = f"server {{ listen 443; server_name ops.example; {block} }}"
    text = (
        block.replace("listen 443", f"listen 127.0.0.1:{port}")
        .replace("127.0.0.1:9470", f"127.0.0.1:{kizashi.port}")
        .replace("/etc/ssl/ops.example.pem", str(certificate[0]))
        .replace("/etc/ssl/ops.example.key", str(certificate[1]))
        .replace("/etc/nginx/kizashi.htpasswd", str(folder / "passwords"))
    )
    if is_caddy:
        # The page's certificate comes from a public authority, which a test cannot ask.
        own = f"{HOST}:{port} {{\n\tbind 127.0.0.1\n\ttls {certificate[0]} {certificate[1]}"
        text = text.replace(f"{HOST} {{", own)
    scheme = "https" if is_tls else "http"
    lines = configuration.replace(f"https://{HOST}/", f"{scheme}://{HOST}:{port}/")
    with kizashi.config.open("a") as config:
        config.write(lines)
    (folder / "passwords").write_text(PASSWORDS)
    kizashi.data.mkdir(mode=0o700)
    tokens = {
        role: create_token(kizashi.data, f"{role}-1", role).plaintext for role in Role
    }
    process = run_caddy(folder, text) if is_caddy else run_nginx(folder, text)
    found = re.search(r"external_url: (\S+)", lines)
    url = found[1] if found else f"{scheme}://{HOST}:{port}"
    running = Proxied(url.rstrip("/"), port, kizashi, tokens)
    try:
        await kizashi.start()
        probe = running.client()
        for _ in range(200):
            try:
                await probe.get("/-/healthy")
                break
            except httpx2.TransportError:
                await CLOCK.sleep(0.05)
        yield running
    finally:
        for client in running.clients:
            await client.aclose()
        process.terminate()
        process.wait(10)


def run_nginx(folder: Path, servers: str) -> subprocess.Popen[bytes]:
    """Start an nginx of our own; everything that it writes is in a folder."""
    folder.chmod(0o755)
    user = "user root;" if os.geteuid() == 0 else ""
    places = "".join(
        f"{name}_temp_path {folder}/{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/pid;"
        f" error_log {folder}/error.log; events {{}}"
        f" http {{ access_log off; {places} {servers} }}"
    )
    program = shutil.which("nginx") or "nginx"
    command = [program, "-p", str(folder), "-c", str(configuration)]
    checked = subprocess.run(
        [*command, "-t"], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    return subprocess.Popen(leashed(command), stderr=subprocess.DEVNULL)


def run_caddy(folder: Path, site: str) -> subprocess.Popen[bytes]:
    """Start a Caddy of our own; everything that it writes is in a folder."""
    file = folder / "Caddyfile"
    options = f"admin off\n\tauto_https off\n\tdefault_sni {HOST}"
    file.write_text(f"{{\n\t{options}\n}}\n{site}")
    program = shutil.which("caddy") or "caddy"
    command = [program, "run", "--config", str(file), "--adapter", "caddyfile"]
    home = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    with (folder / "caddy.log").open("wb") as log:
        return subprocess.Popen(leashed(command), stdout=log, stderr=log, env=home)


async def sign_in(
    client: httpx2.AsyncClient, running: Proxied, role: Role, base: str = ""
) -> httpx2.Response:
    """Sign in as a browser does, its Origin among what it sends."""
    page = await client.get(f"{base}/sign-in", headers={"accept": "text/html"})
    proof = re.search(r'name="proof" value="([^"]+)"', page.text)
    assert proof, page.text
    origin = "/".join(running.url.split("/")[:3])
    return await client.post(
        f"{base}/sign-in",
        data={"proof": proof[1], "token": running.tokens[role], "next": "/"},
        headers={"origin": origin, "sec-fetch-site": "same-origin"},
    )
