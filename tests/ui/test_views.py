"""What a page's address holds: how a table is sorted, and which time is shown."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect
from ui_house import NOW_MS, SERVICES, START_MS, House, Traffic, running
from visiting import visiting

from kizashi.slo.objective import LocalText, ServiceSpec
from kizashi.ui.parts.base import Column, Sorting

#: Fifteen minutes after every tenth request to Checkout began to fail.
BURNING = "2026-11-24T13:45:00Z"
#: Half an hour before.
WELL = "2026-11-24T13:00:00Z"


@pytest.fixture(scope="module")
def client(house: House) -> Iterator[httpx2.Client]:
    headers = {"accept": "text/html", "accept-language": "en"}
    with httpx2.Client(base_url=house.url, headers=headers) as client:
        yield client


def names(text: str) -> list[str]:
    return re.findall(r'<h2><a class="name"[^>]*>([^<]+)</a></h2>', text)


# Sorting.


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ["Checkout", "Archive", "Search", "Mail"]),
        ("sort=name", ["Archive", "Checkout", "Mail", "Search"]),
        ("sort=-name", ["Search", "Mail", "Checkout", "Archive"]),
        # Archive has no data: it comes last, either way.
        ("sort=left", ["Checkout", "Search", "Mail", "Archive"]),
        ("sort=-burn", ["Checkout", "Search", "Mail", "Archive"]),
        ("sort=what", ["Checkout", "Archive", "Search", "Mail"]),
    ],
)
def test_the_overview_is_sorted_as_the_address_says(
    client: httpx2.Client, query: str, order: list[str]
):
    found = names(client.get(f"/?{query}").text)

    if "burn" in query:
        found, order = found[:2], order[:2]
    assert found == order


def test_a_heading_says_how_a_table_is_sorted_and_leads_on(client: httpx2.Client):
    page = client.get("/services/checkout?range=6h").text
    assert (
        'aria-sort="none"><a href="/services/checkout?range=6h&amp;sort=left"' in page
    )

    page = client.get("/services/checkout?range=6h&sort=left").text
    assert (
        'aria-sort="ascending"><a href="/services/checkout?range=6h&amp;sort=-left"'
        in page
    )
    first = re.search(r'<th scope="row"><a class="name"[^>]*>([^<]+)', page)
    assert first
    assert first[1] == "Requests succeed"
    page = client.get("/services/checkout?sort=-left").text
    first = re.search(r'<th scope="row"><a class="name"[^>]*>([^<]+)', page)
    assert first
    assert first[1] == "Answers within 200 ms"


@pytest.mark.parametrize("path", ["/alerts", "/targets"])
def test_every_list_has_headings_that_sort(client: httpx2.Client, path: str):
    page = client.get(path).text
    links = re.findall(r'aria-sort="none"><a href="([^"]+)"', page)

    assert len(links) >= 4
    for link in links:
        sorted_page = client.get(link.replace("&amp;", "&"))
        assert sorted_page.status_code == 200
        assert len(re.findall('aria-sort="(?:a|de)scending"', sorted_page.text)) == 1


def test_what_has_no_figure_stands_last_either_way():
    columns = (Column("a", "x"), Column("b", "y", from_top=True))
    rows = [{"a": 2}, {"a": None}, {"a": 1}]
    keys = {"a": lambda row: row["a"]}

    def order(given: str) -> list[int | None]:
        return [r["a"] for r in Sorting.of(given, columns).arrange(rows, keys)]

    assert order("") == [2, None, 1]
    assert order("a") == [1, 2, None]
    assert order("-a") == [2, 1, None]
    # A click sorts, another one turns it round; from the top where that is of use.
    assert Sorting.of("", columns).next("a") == "a"
    assert Sorting.of("a", columns).next("a") == "-a"
    assert Sorting.of("-a", columns).next("a") == "a"
    assert Sorting.of("a", columns).next("b") == "-b"


@pytest.mark.peer("chromium")
def test_a_phone_without_scripts_sorts_too(house: House, browser: Browser):
    with visiting(browser, house, width=390, scripted=False) as visit:
        visit.go("/")
        visit.page.get_by_text("Filter and sort").click()
        visit.page.get_by_role("navigation", name="Sort by").get_by_text(
            "Budget left"
        ).click()

        assert "sort=left" in visit.page.url
        assert visit.page.locator("article.service h2").first.inner_text() == "Checkout"
        assert visit.overflow() <= 0


# A time of the past.


def test_a_page_shows_a_time_of_the_past_and_says_so(client: httpx2.Client):
    page = client.get(f"/objectives/checkout/availability?at={BURNING}").text

    # 1,200 of 83,800 by then: 60 scrapes of 200, of which 20 failed.
    assert "1,200 bad events in the last 30 d; 83.8 are allowed." in page
    assert "As it was at Tue 24 Nov 13:45:00 UTC, not as it is now." in page
    assert 'href="/objectives/checkout/availability">Back to now' in page
    # What is past does not change.
    assert "hx-sse:connect" not in page
    assert "data-follows" not in page
    assert f'href="/services/checkout?at={BURNING.replace(":", "%3A")}"' in page

    page = client.get(f"/objectives/checkout/availability?at={WELL}").text
    assert "0 bad events in the last 30 d" in page


def test_the_overview_of_a_time_stands_as_it_stood(client: httpx2.Client):
    then, now = client.get(f"/?at={WELL}").text, client.get("/").text

    # Nothing of Checkout had failed; of Search every two-hundredth always does. One of
    # twenty of Mail is slow, more than of Checkout.
    assert names(now)[0] == "Checkout"
    assert names(then) == ["Archive", "Search", "Mail", "Checkout"]
    assert "All objectives hold." in then
    checkout = then[then.index("Checkout</a>") :]
    assert "0 of 4,000 in 5 min" in checkout
    assert f"/objectives/checkout/availability?at={WELL.replace(':', '%3A')}" in then


def test_a_service_and_the_alerts_of_a_time(client: httpx2.Client):
    service = client.get(f"/services/checkout?at={BURNING}").text
    alerts = client.get(f"/alerts?at={WELL}").text

    assert "400 of 4,000 in 5 min" in service
    assert 'id="h-targets"' not in service
    end = re.search(r'data-end="([\d.]+)"', service)
    assert end
    assert float(end[1]) == 1_795_527_900
    assert "Nothing fires" in alerts or "alert" in alerts
    assert 'id="live-alerts"' in alerts
    assert "checkout/availability" not in alerts


def test_a_time_is_one_of_the_past_in_the_readers_zone(client: httpx2.Client):
    zoned = {"cookie": "kizashi_zone=Asia/Tokyo"}
    local = client.get("/?at=2026-11-24T22:45:00", headers=zoned).text

    assert "As it was at Tue 24 Nov 22:45:00 JST" in local
    assert 'value="2026-11-24T22:45:00"' in local
    for text in ("soon", "2026-11-24", str(NOW_MS / 1000 + 60), "1e400"):
        assert client.get("/", params={"at": text}).status_code == 400


@pytest.mark.peer("chromium")
def test_another_time_is_asked_for_without_a_script(house: House, browser: Browser):
    with visiting(browser, house, scripted=False) as visit:
        for path in ("/", "/services/checkout", "/alerts"):
            visit.go(path)
            visit.page.get_by_text("Another time").click()
            visit.page.locator("#at").fill("2026-11-24T22:45:00")
            visit.page.get_by_role("button", name="Show", exact=True).click()

            assert "at=2026-11-24T22%3A45" in visit.page.url, path
            expect(visit.page.locator(".past")).to_contain_text("22:45:00 JST")
            visit.page.get_by_role("link", name="Back to now").click()
            assert "at=" not in visit.page.url, path


# Charts as files.


def read_csv(client: httpx2.Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:200]
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def stretch(minutes: int) -> str:
    end = NOW_MS // 60_000 * 60
    return f"start={end - 60 * minutes}&end={end}"


def test_every_chart_of_a_service_is_a_file(client: httpx2.Client):
    page = client.get("/services/checkout").text
    charts = set(re.findall(r"signals\.csv\?[^\"]*chart=([\w-]+)", page))
    assert charts == {
        "latency", "heat", "routes", "statuses", "errors", "cpu", "memory", "in-flight",
    }  # fmt: skip

    found = {
        c: read_csv(client, f"/services/checkout/signals.csv?{stretch(10)}&chart={c}")
        for c in charts
    }

    assert {len(rows) for rows in found.values()} == {10}
    # Four scrapes of 200 a minute, of which 20 each fail.
    newest = found["errors"][-1]
    assert (newest["errors"], newest["requests count"]) == ("80", "800")
    assert sum(float(v) for k, v in found["heat"][-1].items() if k != "end") == 800
    assert list(found["latency"][-1]) == ["end", "p50", "p95", "p99"]
    whole = read_csv(client, f"/services/checkout/signals.csv?{stretch(10)}")
    assert {"p95", "cpu", "bucket 0.2"} <= whole[0].keys()
    bad = client.get("/services/checkout/signals.csv?chart=nothing")
    assert bad.status_code == 400


def test_every_chart_of_an_objective_is_a_file(client: httpx2.Client):
    page = client.get("/objectives/checkout/availability").text
    charts = set(re.findall(r"chart\.csv\?[^\"]*chart=(\w+)", page))
    assert charts == {"burns", "events", "coverage", "budget", "days"}

    base = "/objectives/checkout/availability/chart.csv"
    events = read_csv(client, f"{base}?{stretch(10)}&chart=events&points=10")
    days = read_csv(client, f"{base}?chart=days")
    budget = read_csv(client, f"{base}?chart=budget&at={BURNING}")

    assert {(r["bad"], r["valid"]) for r in events} == {("80", "800")}
    assert (days[-1]["day"], days[-1]["bad"]) == ("2026-11-24", "2400")
    assert float(budget[-1]["left_ratio"]) == pytest.approx(1 - 1200 / 83.8)
    assert client.get(f"{base}?chart=nothing").status_code == 400
    assert START_MS < NOW_MS


@pytest.mark.peer("chromium")
def test_the_heat_map_zooms_and_every_chart_is_a_picture(
    house: House, browser: Browser
):
    asked: list[str] = []
    with visiting(browser, house) as visit:
        page = visit.page
        page.on(
            "request",
            lambda r: asked.append(r.url) if "signals.json" in r.url else None,
        )
        visit.go("/services/checkout")
        page.wait_for_selector("[data-drawn]")
        heat = page.locator("svg.heat")
        heat.scroll_into_view_if_needed()
        box = heat.bounding_box()
        assert box is not None
        y = box["y"] + box["height"] - 5
        page.mouse.move(box["x"] + box["width"] * 0.25, y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.75, y, steps=4)
        page.mouse.up()
        page.wait_for_url("**start=*")
        page.wait_for_selector("[data-drawn='2']")
        expect(page.locator("[data-heat] [data-reset]")).to_be_visible()
        assert len(asked) == 2

        page.mouse.move(box["x"] + box["width"] * 0.5, y)
        # Of 800 a minute six tenths took less than 50 ms.
        expect(page.locator("[data-heat] .readout")).to_contain_text(
            "0 – 50.0 ms · 480"
        )
        for figure in page.locator("[data-picture]").all():
            with page.expect_download() as picture:
                figure.locator("[data-png]").click()
            assert picture.value.path().read_bytes().startswith(b"\x89PNG")
        visit.go("/objectives/checkout/availability?range=1h")
        page.wait_for_selector("[data-drawn]")
        for name in ("budget", "coverage", "days"):
            with page.expect_download() as picture:
                page.locator(f"[data-picture={name}] [data-png]").click()
            assert picture.value.path().read_bytes().startswith(b"\x89PNG")
        assert visit.complaints == []
        assert visit.violations() == []


# Names.


def test_a_name_may_hold_a_slash(client: httpx2.Client):
    missing = client.get("/objectives/checkout/a%2Fb")
    told = client.get(
        "/kizashi/v1/objectives/checkout/a%2Fb", headers={"accept": "application/json"}
    )

    # Both look for the objective of that name, and not for a page of another path.
    assert missing.status_code == told.status_code == 404
    assert told.json()["error"]["code"] == "unknown_objective"
    assert told.json()["error"]["detail"]["objective"] == "a/b"


# Services of which nothing is measured.


def test_a_service_without_objectives_is_not_said_to_be_calm(tmp_path: Path):
    bare = ServiceSpec("cdn", LocalText("Content delivery", "配信網"))
    mail = tuple(s for s in SERVICES if s.name == "mail")
    with running(tmp_path, (*mail, bare), {"mail": Traffic(200)}) as house:
        text = httpx2.get(f"{house.url}/?lang=en").text

    assert names(text) == ["Mail"]
    assert (
        'nothing is measured: <a class="name" href="/services/cdn">Content delivery</a>'
        in text
    )
    calm = re.search(r"Calm</span></span> <b>(\d+)</b>", text)
    assert calm
    assert calm[1] == "1"


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "Checkout · Requests succeed"), ("ja", "注文 · リクエストが成功する")],
)
def test_an_alert_is_called_as_its_objective_is(
    client: httpx2.Client, language: str, name: str
):
    page = client.get(f"/alerts?lang={language}").text
    link = re.search(rf'href="(/alerts/\w+)">{name}</a>', page)

    assert link
    assert "checkout/availability" in page
    assert (
        f'<h1><span class="name">{name}</span>'
        in client.get(f"{link[1]}?lang={language}").text
    )
