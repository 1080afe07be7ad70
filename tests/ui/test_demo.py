"""The demo's page, which is added to a server: over HTTP and in Chromium."""

import re
from dataclasses import fields, replace
from pathlib import Path

import pytest
from demo import page
from demo.faults import Faults
from demo.page import PRESETS, TEMPLATE, TOLD, DemoContext
from demo.past import Loading
from demo.words import TEXTS, speaker
from fake_demo import FakeDemo
from looking import looking
from playwright.sync_api import Browser
from starlette.testclient import TestClient
from test_operations import main_of, signed_in
from test_templates import reader
from ui_house import House

from kizashi.ports.tokens import Role
from kizashi.ui.application import build
from kizashi.ui.pages import PAGES
from kizashi.ui.parts.base import no_banners


@pytest.fixture
def demo() -> FakeDemo:
    return FakeDemo()


@pytest.fixture
def client(house: House, demo: FakeDemo) -> TestClient:
    services = replace(house.services, banners=demo.pages.banners)
    return TestClient(
        build(services, (*PAGES, *demo.pages.rows())),
        base_url="http://127.0.0.1:9470",
        headers={"accept": "text/html"},
        follow_redirects=False,
    )


def press(client: TestClient, house: House, path: str, **fields: str):
    headers = signed_in(house, Role.OPERATOR)
    page = client.get("/demo", headers=headers).text
    proof = re.search(r'name="proof" value="([^"]+)"', main_of(page))
    assert proof
    return client.post(path, data={"proof": proof[1], **fields}, headers=headers)


def test_faults_are_injected_and_taken_away(
    client: TestClient, house: House, demo: FakeDemo
):
    answer = press(client, house, "/demo/faults", fault="errors")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "/demo?told=injected",
    )
    assert demo.switch.switched == Faults(error_share=0.2)
    shown = main_of(client.get("/demo").text)
    assert "Broken on purpose" in shown

    press(client, house, "/demo/faults", fault="well")
    assert demo.switch.switched == Faults()
    press(client, house, "/demo/kill")
    assert demo.switch.switched is None
    assert "does not answer" in main_of(client.get("/demo").text)
    # What is down takes no fault.
    assert press(client, house, "/demo/faults", fault="slow").status_code == 400


def test_an_unknown_fault_is_refused(client: TestClient, house: House, demo: FakeDemo):
    answer = press(client, house, "/demo/faults", fault="rm -rf")

    assert answer.status_code == 400
    assert (
        "expected one of well, errors, slow, outage, store, ai, certificate, leak"
        in answer.text
    )
    assert demo.switch.switched == Faults()


def test_those_who_may_only_look_see_no_buttons(client: TestClient, house: House):
    for headers in ({}, signed_in(house, Role.VIEWER)):
        shown = main_of(client.get("/demo", headers=headers).text)
        assert "<button" not in shown
        assert "/sign-in?next=/demo" in shown


def test_a_server_to_which_nothing_is_added_has_no_such_page(house: House):
    services = replace(house.services, banners=no_banners)
    with TestClient(build(services), base_url="http://127.0.0.1:9470") as client:
        page = client.get("/", headers={"accept": "text/html"}).text
        assert 'class="banner"' not in page
        for path in ("/demo", "/kizashi/v1/demo"):
            assert client.get(path).status_code == 404


def test_programs_are_told_the_past_and_the_faults(client: TestClient, demo: FakeDemo):
    answer = client.get("/kizashi/v1/demo").json()

    assert answer["simulated"] == {
        "state": "loaded",
        "share": 1,
        "start": 1_697_400_000,
        "until": 1_700_000_000,
    }
    assert answer["faults"] == {
        "error_share": 0,
        "latency_ms": 0,
        "latency_share": 1,
        "outage": False,
        "store_latency_ms": 0,
        "ai_down": False,
        "certificate_expired": False,
        "leak_kb": 0,
    }
    demo.switch.switched = None
    assert client.get("/kizashi/v1/demo").json()["faults"] is None


def test_strangers_far_away_are_told_nothing(house: House, demo: FakeDemo):
    api = replace(house.services.api, listen_is_loopback=False)
    application = build(replace(house.services, api=api), demo.pages.rows())
    with TestClient(application, base_url="http://kizashi.example") as far:
        for path in ("/demo", "/kizashi/v1/demo"):
            assert far.get(path).status_code == 401


@pytest.mark.parametrize(
    ("language", "title", "button"),
    [("en", "Demo", "Kill it"), ("ja", "デモ", "強制終了する")],
)
def test_the_page_speaks_both_languages(
    client: TestClient, house: House, language: str, title: str, button: str
):
    headers = signed_in(house, Role.OPERATOR)
    text = client.get(f"/demo?lang={language}&told=killed", headers=headers).text

    assert f"<title>{title} · Kizashi</title>" in text
    assert f">{button}</button>" in main_of(text)
    assert speaker(language)("told.killed") in main_of(text)


def test_every_text_is_in_both_languages_and_said():
    said = set(re.findall(r"page\.say\('(\w+)'", TEMPLATE.read_text("utf-8")))
    said |= {name for key in PRESETS for name in (key, f"{key}_note")}
    said |= {f"loading.{state}" for state in Loading}
    said |= {f"told.{word}" for word in TOLD}
    said |= set(re.findall(r'say\("(\w+)"', Path(page.__file__).read_text("utf-8")))

    assert set(TEXTS) == said
    assert all(english and japanese for english, japanese in TEXTS.values())


def test_the_template_reads_what_its_context_has():
    found = reader({"demo.html": TEMPLATE.read_text("utf-8")})
    found.page("demo.html", DemoContext)

    assert found.faults == set()
    read = {name for kind, name in found.read if kind is DemoContext}
    assert read == {one.name for one in fields(DemoContext)}


@pytest.mark.parametrize("state", list(Loading))
@pytest.mark.parametrize("path", ["/", "/alerts", "/docs", "/demo"])
def test_every_page_of_a_demo_says_what_is_simulated(
    client: TestClient, demo: FakeDemo, state: Loading, path: str
):
    demo.past.view = replace(demo.past.view, state=state, share=0.4)

    text = client.get(path).text
    banner = re.search(r'<aside class="banner".*?</aside>', text, re.DOTALL)

    assert banner
    if state is Loading.LOADED:
        assert "is simulated; what is newer is real" in banner[0]
    elif state is Loading.FAILED:
        assert "What you see is real" in banner[0]
    else:
        assert "being loaded: 40%" in banner[0]


# In Chromium.


@pytest.mark.peer("chromium")
def test_a_fault_is_injected_by_a_click(house: House, browser: Browser):
    session = house.sessions[Role.OPERATOR]
    with looking(browser, f"{house.url}/demo", session=session) as look:
        look.page.click("form:has(input[value=slow]) button")
        look.page.wait_for_selector("text=The fault is injected.")
        assert "Half of the answers are slow" in look.page.inner_text("#live-demo")
        look.page.click("form:has(input[value=well]) button")
        look.page.wait_for_selector("text=Every fault is taken away.")
        assert look.problems() == []
