"""Import and Lint: what a reader brings is read, answered, and kept nowhere."""

import io
import re
import zipfile
from dataclasses import replace

import pytest
from playwright.sync_api import Browser
from starlette.testclient import TestClient
from ui_house import RULES, House
from visiting import visiting

from harness.wordings import VISIBLE_TEXT_JS, english_in
from kizashi.checking.service import ConfiguredLintService
from kizashi.declarations.configuration import Configuration
from kizashi.ports.linting import LintView
from kizashi.ports.tokens import Role
from kizashi.settings.declaration_files import Loaded
from kizashi.testing.clock import ManualClock
from kizashi.ui.application import build
from kizashi.ui.importing import MOST_BYTES

SLOTH = """\
version: prometheus/v1
service: shop
slos:
  - name: orders
    objective: 99.9
    sli:
      events:
        error_query: sum(rate(bad_total{job="shop"}[{{.window}}]))
        total_query: sum(rate(all_total{job="shop"}[{{.window}}]))
  - name: other
    objective: 99
    sli: {plugin: {id: "<b>a"}}
"""


def desk_of_rules() -> ConfiguredLintService:
    loaded = Loaded(Configuration(), (), (), {"rules.yml": RULES})
    return ConfiguredLintService(lambda: loaded, ManualClock())


@pytest.fixture
def client(house: House) -> TestClient:
    session = house.sessions[Role.EDITOR]
    return TestClient(
        build(replace(house.services, lint=desk_of_rules())),
        base_url="http://127.0.0.1:9470",
        headers={"accept": "text/html", "cookie": f"kizashi_session={session}"},
    )


def proof(client: TestClient, path: str) -> str:
    found = re.search(r'name="proof" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def main_of(text: str) -> str:
    return text.partition('<main id="main"')[2].partition("</main>")[0]


def send(client: TestClient, path: str, **fields: str) -> str:
    data = {"proof": proof(client, path), **fields}
    answer = client.post(path, data=data)
    assert answer.status_code == 200
    return main_of(answer.text)


def test_what_is_pasted_is_carried_and_the_rest_is_named(client: TestClient):
    text = send(client, "/import", text=SLOTH)

    assert "Read as sloth: Sloth: its files" in text
    assert "Objectives carried: 1" in text
    assert "pasted.yaml:12:19" in text
    assert "the indicator is the plugin &lt;b&gt;a" in text
    # The text stays where it was, to be sent again.
    assert "&lt;b&gt;a" in text.partition("<textarea")[2]
    assert "<b>a" not in text


def test_a_file_is_read_like_what_is_pasted(client: TestClient):
    answer = client.post(
        "/import",
        data={"proof": proof(client, "/import"), "text": "", "dialect": "sloth"},
        files={"file": ("shop.yaml", SLOTH.encode(), "application/yaml")},
    )

    assert answer.status_code == 200
    assert "shop.yaml:12:19" in answer.text


@pytest.mark.parametrize("kind", ["yaml", "zip"])
def test_the_declarations_are_a_file_to_keep(client: TestClient, kind: str):
    data = {"proof": proof(client, "/import"), "text": SLOTH, "as": kind}
    answer = client.post("/import", data=data)

    disposition = answer.headers["content-disposition"]
    assert disposition == f'attachment; filename="kizashi.{kind}"'
    if kind == "yaml":
        assert "name: orders" in answer.text
    else:
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            assert archive.namelist() == ["shop.yaml", "REPORT.txt"]
            assert "error: the indicator is" in archive.read("REPORT.txt").decode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"text": "a: [1\n"}, "pasted.yaml:2:1"),
        ({"text": "a: b\n"}, "None of the files says which tool"),
        ({"text": SLOTH + "---\napiVersion: openslo/v1\n"}, "of several dialects"),
        ({"text": SLOTH, "window": "x"}, "&#39;x&#39; is no duration"),
    ],
)
def test_what_cannot_be_told_is_asked(
    client: TestClient, fields: dict[str, str], told: str
):
    assert told in send(client, "/import", **fields)


def test_more_than_the_limit_is_refused_and_so_is_what_is_no_text(client: TestClient):
    known = {"proof": proof(client, "/import")}
    long = client.post("/import", data={**known, "text": "#" * (MOST_BYTES + 1)})
    no_text = client.post("/import", data=known, files={"file": ("a", b"\xff\xfe")})
    foreign = client.post("/import", data={**known, "other": "x"})

    assert (long.status_code, no_text.status_code, foreign.status_code) == (
        413,
        400,
        400,
    )
    assert "UTF-8" in no_text.text


def test_those_who_may_only_look_are_told_so(house: House, client: TestClient):
    viewer = {"cookie": f"kizashi_session={house.sessions[Role.VIEWER]}"}

    for path in ("/import", "/lint"):
        text = main_of(client.get(path, headers=viewer).text)
        assert "<textarea" not in text
        assert "needs the role editor" in text


def test_findings_say_what_will_happen_and_what_to_do(client: TestClient):
    text = main_of(client.get("/lint").text)

    assert "rules.yml:5" in text
    assert 'href="/docs/reference/lint#can-never-fire"' in text
    assert "What will happen" in text
    kept = text.partition("Kept back by a comment")[2]
    assert "the limit is lowered next week" in kept
    assert "KnownOf" in kept or "b_total" in kept


def test_the_address_filters_findings(client: TestClient):
    errors = main_of(client.get("/lint?level=error").text)
    notes = main_of(client.get("/lint?level=note").text)
    of_rule = main_of(client.get("/lint?rule=can-never-fire").text)

    assert "can-never-fire" in errors.partition("Kept back")[0]
    assert "Nothing was found." in notes
    assert "Findings: 1. Expressions: 2. Files: 1." in of_rule


def test_rules_that_one_brings_are_looked_at_alone(client: TestClient):
    text = send(client, "/lint", text=RULES.replace("NeverFires", "<i>Mine"))

    assert "These are the findings of rules.yaml." in text
    assert "&lt;i&gt;Mine" in text
    assert "<i>Mine" not in text
    assert "rules.yml" not in text
    assert "Findings: 0" in send(client, "/lint", text="groups: []")


def test_an_objective_shows_what_is_found_of_it(house: House):
    spec = house.services.overview.services()[0].objectives[0]

    class Found:
        def configured(self, language: str) -> LintView:
            found = desk_of_rules().configured(language)
            one = next(f for f in found.findings if f.rule == "can-never-fire")
            return replace(found, findings=[replace(one, position=spec.position)])

    own = TestClient(
        build(replace(house.services, lint=Found())), base_url="http://127.0.0.1:9470"
    )
    text = own.get(
        f"/objectives/{spec.service}/{spec.name}", headers={"accept": "text/html"}
    ).text
    assert "What the lint finds" in text
    assert "can-never-fire" in text


@pytest.mark.peer("chromium")
@pytest.mark.parametrize(
    ("language", "width", "theme"), [("en", 1280, "light"), ("ja", 390, "dark")]
)
def test_the_answers_are_sound_pages(
    house: House, browser: Browser, language: str, width: int, theme: str
):
    view = {"language": language, "width": width, "theme": theme}
    with visiting(browser, house, role=Role.EDITOR, **view) as visit:
        for path, text in (("/import", SLOTH), ("/lint", RULES)):
            visit.go(path)
            visit.page.fill("textarea", text)
            visit.page.click("main form button[type=submit] >> nth=-1")
            visit.page.wait_for_selector("main textarea")

            assert visit.axe() == []
            assert visit.overflow() <= 0
            assert visit.violations() == []
            assert visit.complaints == []
            if language == "ja":
                shown = visit.page.evaluate(VISIBLE_TEXT_JS)
                assert english_in(shown, allowed=("shop", "orders", "other")) == []
