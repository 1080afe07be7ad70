"""Behind a real nginx, set up as the page of the handbook shows."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.async_api import Page, async_playwright, expect
from proxied import HOST, Proxied, keys, proxied, shown, sign_in
from serving import CLOCK, Kizashi

from kizashi.offline.tokens import list_tokens, revoke_token
from kizashi.ports.tokens import Role

pytestmark = [pytest.mark.anyio, pytest.mark.peer("nginx"), pytest.mark.peer("openssl")]

Certificate = tuple[Path, Path]
READ = ("/", "/settings", "/targets", "/metrics", "/kizashi/v1/objectives")
OPEN = ("/-/healthy", "/-/ready", "/docs", "/sign-in")


async def statuses(client: httpx2.AsyncClient, paths: tuple[str, ...]) -> list[int]:
    return [(await client.get(path)).status_code for path in paths]


async def test_a_bare_pass_is_open_and_the_first_line_of_the_log_says_so(
    tmp_path: Path, kizashi: Kizashi, certificate: Certificate
):
    async with proxied(tmp_path, kizashi, certificate, shown("bare")) as running:
        assert await statuses(running.client(), READ) == [200] * len(READ)
        # Behind another proxy, or one that asks for credentials, it is closed.
        for name in ("cf-connecting-ip", "x-forwarded-port", "authorization"):
            passed_on = running.client(**{name: "Negotiate YIIJ"})
            assert await statuses(passed_on, READ) == [401] * len(READ)

    said = kizashi.log.read_text().splitlines()
    assert "require_token: always" in said[0]
    assert "a proxy in front" in said[0]


async def test_a_bare_pass_is_closed_by_require_token(
    tmp_path: Path, kizashi: Kizashi, certificate: Certificate
):
    block, more = shown("bare"), "require_token: always\n"
    async with proxied(tmp_path, kizashi, certificate, block, more) as running:
        client = running.client()
        assert await statuses(client, READ) == [401] * len(READ)
        assert await statuses(client, OPEN) == [200] * len(OPEN)
        viewer = f"Bearer {running.tokens[Role.VIEWER]}"
        assert await statuses(running.client(authorization=viewer), READ) == [
            200
        ] * len(READ)

    assert "require_token" not in kizashi.log.read_text()


async def test_the_documented_way_signs_in_acts_and_names_the_caller(
    tmp_path: Path, kizashi: Kizashi, certificate: Certificate
):
    async with proxied(
        tmp_path, kizashi, certificate, shown("nginx"), keys(0)
    ) as running:
        browser = running.client()
        assert await statuses(browser, READ) == [401] * len(READ)
        answer = await sign_in(browser, running, Role.OPERATOR)

        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        kept = answer.headers["set-cookie"]
        assert kept.startswith("__Host-kizashi_session=kz_s_")
        assert {"HttpOnly", "Secure", "Path=/", "SameSite=strict"} <= set(
            kept.split("; ")
        )
        name, _, rest = kept.partition("=")
        cookie = f"{name}={rest.partition(';')[0]}"
        assert "operator-1" in (await browser.get("/", headers={"cookie": cookie})).text
        # A proxy may ask for credentials of its own, and hand them on.
        for authorization in ("Negotiate YIIJ", 'Digest username="o"', "Bearer ey.J.x"):
            handed_on = running.client(authorization=authorization)
            assert await statuses(handed_on, READ) == [401] * len(READ)
            assert await statuses(handed_on, OPEN) == [200] * len(OPEN)
            signed_in = await sign_in(handed_on, running, Role.VIEWER)
            assert signed_in.headers["location"] == "/"
            kept_cookie = {"cookie": cookie}
            answer = await handed_on.get("/settings", headers=kept_cookie)
            assert answer.status_code == 200
        # Another origin of the same host is another site.
        foreign = await browser.post(
            "/sign-out", headers={"origin": f"http://{HOST}", "cookie": cookie}
        )
        assert foreign.json()["error"]["code"] == "foreign_origin"
        elsewhere = running.client(host="evil.example")
        told = await elsewhere.get("/-/healthy")
        assert told.json()["error"]["code"] == "host_not_allowed"
        # What the caller writes into the header itself is not believed.
        lying = running.client(
            **{"x-forwarded-for": "127.0.0.1", "forwarded": "for=::1"}
        )
        assert await statuses(lying, READ) == [401] * len(READ)


@pytest.mark.nightly
async def test_behind_a_password_the_header_belongs_to_the_proxy(
    tmp_path: Path, kizashi: Kizashi, certificate: Certificate
):
    async with proxied(
        tmp_path, kizashi, certificate, shown("basic"), keys(0)
    ) as running:
        assert await statuses(running.client(), (*READ, *OPEN)) == [401] * 9
        basic = httpx2.BasicAuth("ops", "password")
        browser = running.client()
        browser.auth = basic
        assert await statuses(browser, OPEN) == [200] * len(OPEN)
        assert await statuses(browser, READ) == [401] * len(READ)
        assert (await sign_in(browser, running, Role.VIEWER)).status_code == 303
        name, value = next(iter(browser.cookies.items()))
        browser.headers["cookie"] = f"{name}={value}"
        assert await statuses(browser, READ[:3]) == [200] * 3

        program = running.client(**{"x-kizashi-token": running.tokens[Role.VIEWER]})
        program.auth = basic
        assert await statuses(program, READ) == [200] * len(READ)
        wrong = running.client(**{"x-kizashi-token": "kz_" + "a" * 43})
        wrong.auth = basic
        assert await statuses(wrong, READ) == [401] * len(READ)


@pytest.mark.nightly
@pytest.mark.parametrize("is_taken_off", [False, True], ids=["kept", "taken off"])
async def test_under_a_path_every_address_carries_it(
    tmp_path: Path, kizashi: Kizashi, certificate: Certificate, is_taken_off: bool
):
    block = shown("path")
    if is_taken_off:
        block = block.replace("127.0.0.1:9470;", "127.0.0.1:9470/;")
    async with proxied(tmp_path, kizashi, certificate, block, keys(1)) as running:
        browser = running.client()
        answer = await sign_in(browser, running, Role.ADMIN, "/kizashi")
        assert answer.headers["location"] == "/kizashi/"
        assert "; Path=/kizashi;" in answer.headers["set-cookie"]
        name, value = next(iter(browser.cookies.items()))
        browser.headers |= {"cookie": f"{name}={value}", "accept": "text/html"}

        seen = await crawl(browser, "/kizashi/")

        assert {"/kizashi/alerts", "/kizashi/docs", "/kizashi/settings"} <= seen
        assert any(path.startswith("/kizashi/static/") for path in seen)
        assert "/kizashi/objectives/shop/works/chart.json" in seen
        # The API answers as well, and says where it put something.
        reason = {"matchers": ['job="x"'], "reason": "moving", "duration": 60}
        made = await running.client(
            authorization=f"Bearer {running.tokens[Role.OPERATOR]}"
        ).post("/kizashi/kizashi/v1/silences", json=reason)
        assert made.headers["location"].startswith("/kizashi/kizashi/v1/silences/")
        # And this machine goes on without the path.
        own = {"authorization": f"Bearer {running.tokens[Role.VIEWER]}"}
        for path in READ:
            assert (await kizashi.client.get(path, headers=own)).status_code == 200


async def crawl(browser: httpx2.AsyncClient, start: str) -> set[str]:
    """Follow every address of every page; each leads somewhere below the path."""
    seen: set[str] = set()
    left = [start]
    while left:
        path = left.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = await browser.get(path)
        assert answer.status_code == 200, path
        if "text/html" not in answer.headers["content-type"]:
            continue
        found = re.findall(
            r'\s(?:href|src|action|formaction|data-charts|hx-sse:connect)="([^"]*)"',
            answer.text,
        )
        for text in found:
            address = urlsplit(text.replace("&amp;", "&"))
            if address.netloc or not address.path:
                continue
            assert address.path.startswith("/kizashi/"), (path, text)
            is_once = re.search(
                r"/(docs/.+/.+|live|sign-out)$|silence|rules/", address.path
            )
            if not is_once:
                left.append(address.path)
    return seen


@pytest.mark.nightly
@pytest.mark.peer("chromium")
@pytest.mark.parametrize("base", ["", "/kizashi"], ids=["host", "path"])
async def test_a_person_signs_in_silences_watches_and_signs_out(
    tmp_path: Path, kizashi: Kizashi, certificate: Certificate, base: str
):
    """Through TLS, with a browser; and a revoked token ends the stream in 5 s."""
    block, more = shown("nginx"), keys(0)
    if base:
        location = re.sub(
            r"^    location.*?^    }$", "%", block, flags=re.MULTILINE | re.DOTALL
        )
        block, more = location.replace("%", shown("path")), keys(1)
    more += "route: {receiver: log}\nreceivers: [{name: log, log_configs: [{}]}]\n"
    kizashi.declare(target="99.99%", more="      alerting: {minBadEvents: 1}\n")
    async with (
        proxied(tmp_path, kizashi, certificate, block, more) as running,
        async_playwright() as driver,
    ):
        chromium = await driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", f"--host-resolver-rules=MAP {HOST} 127.0.0.1"],
        )
        context = await chromium.new_context(ignore_https_errors=True, locale="en-GB")
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))

        await sign_in_by_hand(page, running)
        kept = {c["name"]: c for c in await context.cookies()}
        session = kept[f"__{'Secure' if base else 'Host'}-kizashi_session"]
        assert (session["secure"], session["httpOnly"]) == (True, True)
        assert session["path"] == (base or "/")
        await silence_by_hand(page, running)
        await page.wait_for_selector("[data-live=on]")
        assert await revoked_stream_s(running, base) < 5
        await page.click("footer form.who button")
        await expect(page.locator("main form input[name=token]")).to_be_visible()
        assert page.url == f"{running.url}/sign-in"
        assert not [c for c in await context.cookies() if "session" in c["name"]]
        assert complaints == []
        await chromium.close()


async def sign_in_by_hand(page: Page, running: Proxied) -> None:
    await page.goto(f"{running.url}/alerts")
    await page.fill("input[name=token]", running.tokens[Role.OPERATOR])
    await page.click("main form button")
    await expect(page.locator("footer")).to_contain_text("operator-1")
    assert page.url == f"{running.url}/alerts"


async def silence_by_hand(page: Page, running: Proxied) -> None:
    """Silence what fires by itself: the shop has failures in every second scrape."""
    await page.wait_for_selector("[data-live=on]")
    link = page.locator("main a.name").first
    await expect(link).to_be_visible(timeout=60_000)
    await link.click()
    await page.select_option("select[name=duration]", "1h")
    await page.fill("form[action$='/silence'] [name=reason]", "a moving day")
    await page.click("form[action$='/silence'] button")
    await expect(page.locator("[role=status]").first).to_be_visible()
    await page.goto(f"{running.url}/alerts")
    await expect(page.locator("main")).to_contain_text("a moving day")


async def revoked_stream_s(running: Proxied, base: str) -> float:
    """Return how long a stream goes on after its token was revoked beside the server."""
    token = running.tokens[Role.VIEWER]
    client = running.client(authorization=f"Bearer {token}")
    async with client.stream("GET", f"{base}/live?view=/", timeout=30) as stream:
        assert stream.status_code == 200
        chunks = stream.aiter_raw()
        await anext(chunks)
        (record,) = [
            t for t in list_tokens(running.kizashi.data) if t.role is Role.VIEWER
        ]
        revoke_token(running.kizashi.data, record.id)
        began = CLOCK.monotonic()
        async for _ in chunks:
            pass
    return CLOCK.monotonic() - began


@pytest.mark.peer("caddy")
@pytest.mark.parametrize("name", ["caddy", "caddy path"])
def test_the_caddy_examples_are_sound(tmp_path: Path, name: str):
    (tmp_path / "Caddyfile").write_text(shown(name))
    command = ["caddy", "adapt", "--validate", "--config", str(tmp_path / "Caddyfile")]
    home = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}

    ran = subprocess.run(command, capture_output=True, text=True, check=False, env=home)

    assert ran.returncode == 0, ran.stderr
    assert "127.0.0.1:9470" in json.dumps(json.loads(ran.stdout))


@pytest.mark.nightly
@pytest.mark.peer("caddy")
@pytest.mark.parametrize(
    ("name", "block", "base"), [("caddy", 0, ""), ("caddy path", 1, "/kizashi")]
)
async def test_behind_a_real_caddy_people_and_programs_are_let_in(
    tmp_path: Path,
    kizashi: Kizashi,
    certificate: Certificate,
    name: str,
    block: int,
    base: str,
):
    async with proxied(
        tmp_path, kizashi, certificate, shown(name), keys(block)
    ) as running:
        read, public = ([base + path for path in paths] for paths in (READ, OPEN))
        lying = running.client(**{"x-forwarded-for": "127.0.0.1"})
        assert await statuses(lying, tuple(read)) == [401] * len(READ)
        assert await statuses(lying, tuple(public)) == [200] * len(OPEN)
        browser = running.client()
        answer = await sign_in(browser, running, Role.OPERATOR, base)
        assert (answer.status_code, answer.headers["location"]) == (303, f"{base}/")
        kept = answer.headers["set-cookie"].partition(";")[0]
        prefix = "__Secure-" if base else "__Host-"
        assert kept.startswith(f"{prefix}kizashi_session=kz_s_")
        signed_in = await browser.get(f"{base}/", headers={"cookie": kept})
        assert "operator-1" in signed_in.text
        wrong = running.client(authorization=f"Bearer kz_{'a' * 43}")
        assert (await wrong.get(read[0])).status_code == 401
        assert await revoked_stream_s(running, base) < 5
    assert "a token was refused" in kizashi.log.read_text()


def test_both_languages_show_the_same_examples():
    english = Path(__file__).parents[2] / "docs" / "en" / "howto" / "behind-a-proxy.md"
    japanese = Path(str(english).replace("/en/", "/ja/"))

    def examples(path: Path) -> list[str]:
        return re.findall(
            r"^```.*?^```$", path.read_text("utf-8"), re.MULTILINE | re.DOTALL
        )

    assert examples(english) == examples(japanese)
