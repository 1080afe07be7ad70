"""What people do with the page, in both languages, in Chromium, with all parts real."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
from emulator.setup import client
from frontend_house import House, Visit, house, launch, visiting
from playwright.sync_api import Browser, Locator, expect, sync_playwright

from conftest import Aws

pytestmark = pytest.mark.peer("chromium")
LANGUAGES = ("en", "ja")
VITALS = {"FCP", "LCP", "TTFB", "CLS"}
#: The words by which a reader finds their way.
WORDS = {
    "en": {
        "guest": "Try it as a guest",
        "sign in": "Sign in",
        "sign out": "Sign out",
        "again": "Sign in again",
        "signed out": "You are signed out.",
        "entry": "What is to be done?",
        "reading": "Read from your sentence",
        "keep": "Keep",
        "change": "Change",
        "save": "Save",
        "task": "Task",
        "edit": "Edit: ",
        "not read": "The sentence was not read",
        "conflict": "This task was changed meanwhile",
        "choose": "Save this choice",
        "revoked": "Your session was ended elsewhere.",
        "stale": "That login is no longer valid.",
        "guest ended": "This guest list has ended.",
        "new guest": "Start a new guest list",
        "offline": "You are offline.",
        "no connection": "No connection to the service.",
        "retry": "Try again",
        "delete": "Delete: ",
        "undo": "Undo",
        "done": "Mark as done: ",
        "away": "The application cannot be reached.",
        "load again": "Load again",
    },
    "ja": {
        "guest": "ゲストとして試す",
        "sign in": "サインイン",
        "sign out": "サインアウト",
        "again": "もう一度サインイン",
        "signed out": "サインアウトしました。",
        "entry": "何をしますか？",
        "reading": "文章から読み取った内容",
        "keep": "このままでよい",
        "change": "直す",
        "save": "保存",
        "task": "タスク",
        "edit": "編集: ",
        "not read": "文章を読み取っていません",
        "conflict": "その間にこのタスクが変更されていました",
        "choose": "この選択で保存",
        "revoked": "別の場所でセッションが終了されました。",
        "stale": "このサインインはもう使えません。",
        "guest ended": "このゲストリストは終了しました。",
        "new guest": "新しいゲストリストを始める",
        "offline": "オフラインです。",
        "no connection": "サービスにつながりません。",
        "retry": "再試行",
        "delete": "削除: ",
        "undo": "元に戻す",
        "done": "完了にする: ",
        "away": "アプリケーションにつながりません。",
        "load again": "読み込み直す",
    },
}


@pytest.fixture(scope="module")
def whole(
    tmp_path_factory: pytest.TempPathFactory, start_part: Callable[..., Any]
) -> Iterator[House]:
    with house(tmp_path_factory.mktemp("house"), start_part, Aws) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        launched = launch(driver)
        yield launched
        launched.close()


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def words(language: str) -> dict[str, str]:
    return WORDS[language]


def press(visit: Visit, name: str) -> None:
    visit.page.get_by_role("button", name=name, exact=True).click()


def say(visit: Visit, words: dict[str, str], sentence: str) -> None:
    visit.page.get_by_label(words["entry"]).fill(sentence)
    visit.page.keyboard.press("Enter")


def be_new_guest(visit: Visit, words: dict[str, str]) -> None:
    press(visit, words["guest"])
    expect(visit.page.get_by_label(words["entry"])).to_be_visible()


def be_guest(visit: Visit, words: dict[str, str]) -> None:
    """Be the guest of earlier, with an empty list."""
    guest = {"kind": "guest", "id": "g", "endsAt": "2100-01-01T00:00:00Z"}
    guest["token"] = visit.house.guest_of(words["entry"])
    stored = json.dumps(guest)
    visit.page.evaluate("value => localStorage.setItem('todo.guest', value)", stored)
    visit.page.reload()
    expect(visit.page.get_by_label(words["entry"])).to_be_visible()


def sign_in(visit: Visit, words: dict[str, str], button: str = "sign in") -> None:
    press(visit, words[button])
    visit.page.fill("#username", "demo")
    visit.page.fill("#password", visit.house.aws.password)
    visit.page.click("button[type=submit]")
    expect(visit.page.get_by_label(words["entry"])).to_be_visible()


def task_field(visit: Visit, words: dict[str, str]) -> Locator:
    return visit.page.get_by_role("textbox", name=words["task"], exact=True)


def guest_client(visit: Visit) -> httpx2.Client:
    """Return what another device of the same guest would ask with."""
    stored = visit.page.evaluate("localStorage.getItem('todo.guest')")
    headers = {"Authorization": f"Bearer {json.loads(stored)['token']}"}
    return httpx2.Client(base_url=visit.house.api.url, headers=headers, timeout=30)


def test_a_guest_comes_in_and_finds_their_list_again(
    whole: House, browser: Browser, language: str, words: dict[str, str]
):
    with visiting(browser, whole, language) as visit:
        expect(visit.page.get_by_role("button", name=words["guest"])).to_be_visible()
        assert visit.problems() == []
        be_new_guest(visit, words)
        assert visit.problems() == []
        say(visit, words, "milk")
        press(visit, words["keep"])
        visit.page.reload()
        expect(visit.page.get_by_role("row")).to_have_count(2)
        assert visit.page.evaluate("document.documentElement.lang") == language
        press(visit, f"{words['delete']}milk")
        expect(visit.page.get_by_role("row")).to_have_count(0)
        # It waits for a person who has reached it.
        visit.page.get_by_role("button", name=words["undo"]).focus()
        assert visit.problems() == []
        press(visit, words["undo"])
        expect(visit.page.get_by_role("row")).to_have_count(2)
        visit.page.get_by_role("checkbox", name=f"{words['done']}milk").click()
        # Leaving the page settles what could still be taken back.
        visit.page.reload()
        expect(visit.page.get_by_label(words["entry"])).to_be_visible()
        with guest_client(visit) as other:
            (task,) = other.get("/tasks?status=all").json()["items"]
        assert task["completed_at"] is not None


@pytest.mark.parametrize(
    ("sentence", "title", "due"),
    [
        (
            "2026年12月4日の午後3時に歯医者",
            "歯医者",
            {"en": "Fri 4 Dec 15:00", "ja": "12月4日(金) 15:00"},
        ),
        (
            "call Bob on December 4, 2026 at 5pm",
            "call Bob",
            {"en": "Fri 4 Dec 17:00", "ja": "12月4日(金) 17:00"},
        ),
    ],
    ids=["Japanese", "English"],
)
def test_a_sentence_of_either_language_is_read_and_can_be_changed(
    whole: House,
    browser: Browser,
    language: str,
    sentence: str,
    title: str,
    due: dict[str, str],
):
    words = WORDS[language]
    with visiting(browser, whole, language) as visit:
        be_guest(visit, words)
        say(visit, words, sentence)
        card = visit.page.get_by_role("region", name=words["reading"])
        expect(card.get_by_text(title, exact=True)).to_be_visible()
        # Chromium's and Node's data differ in a comma.
        shown = card.inner_text().replace("Fri, ", "Fri ")
        assert due[language] in shown
        assert sentence in shown
        assert visit.problems() == []
        press(visit, words["change"])
        task_field(visit, words).fill(f"{title} 2")
        assert visit.problems() == []
        press(visit, words["save"])
        row = visit.page.get_by_role("row").nth(1)
        expect(row.get_by_role("button", name=f"{title} 2", exact=True)).to_be_visible()
        with guest_client(visit) as other:
            (task,) = other.get("/tasks").json()["items"]
        assert (task["title"], task["due"]) == (f"{title} 2", "2026-12-04")


def test_an_edit_that_was_overtaken_shows_both_and_the_person_chooses(
    whole: House, browser: Browser, language: str, words: dict[str, str]
):
    with visiting(browser, whole, language, allowed=("409",)) as visit:
        be_guest(visit, words)
        say(visit, words, "milk")
        press(visit, words["keep"])
        press(visit, f"{words['edit']}milk")
        task_field(visit, words).fill("milk, two bottles")
        with guest_client(visit) as other:
            (task,) = other.get("/tasks").json()["items"]
            change = {"title": "bread", "note": "rye", "version": task["version"]}
            other.put(f"/tasks/{task['id']}", json=change).raise_for_status()
        visit.page.keyboard.press("Enter")
        conflict = visit.page.get_by_role("region", name=words["conflict"])
        expect(conflict.get_by_text("milk, two bottles")).to_be_visible()
        expect(conflict.get_by_text("bread")).to_be_visible()
        assert visit.problems() == []
        press(visit, words["choose"])
        expect(conflict).to_have_count(0)
        with guest_client(visit) as other:
            (task,) = other.get("/tasks").json()["items"]
        assert (task["title"], task["note"]) == ("milk, two bottles", "rye")


def test_without_the_ai_service_the_sentence_is_kept_and_it_says_so(
    whole: House, browser: Browser, language: str, words: dict[str, str]
):
    with visiting(browser, whole, language) as visit:
        be_guest(visit, words)
        whole.break_api(ai_down=True)
        try:
            say(visit, words, "明日の10時に会議")
            expect(visit.page.get_by_text(words["not read"])).to_be_visible()
        finally:
            whole.break_api()
        expect(visit.page.get_by_role("row")).to_have_count(2)
        assert visit.problems() == []


def test_offline_and_back_nothing_typed_is_lost(
    whole: House, browser: Browser, language: str, words: dict[str, str]
):
    with visiting(browser, whole, language, allowed=("ERR_INTERNET",)) as visit:
        be_guest(visit, words)
        visit.context.set_offline(True)
        expect(visit.page.get_by_text(words["offline"])).to_be_visible()
        say(visit, words, "milk")
        expect(visit.page.get_by_text(words["no connection"])).to_be_visible()
        expect(visit.page.get_by_label(words["entry"])).to_have_value("milk")
        assert visit.problems() == []
        visit.context.set_offline(False)
        expect(visit.page.get_by_text(words["offline"])).to_have_count(0)
        press(visit, words["retry"])
        expect(visit.page.get_by_role("row")).to_have_count(2)
        expect(visit.page.get_by_label(words["entry"])).to_have_value("")
        with guest_client(visit) as other:
            assert len(other.get("/tasks").json()["items"]) == 1


def test_a_login_is_renewed_unseen_and_ends_where_the_person_wants(
    whole: House, browser: Browser, language: str, words: dict[str, str]
):
    with visiting(browser, whole, language, allowed=("401",)) as visit:
        visit.page.evaluate("sessionStorage.setItem('todo.draft.entry', '\"half\"')")
        sign_in(visit, words)
        # What was typed before the login is there after it.
        expect(visit.page.get_by_label(words["entry"])).to_have_value("half")
        assert visit.problems() == []
        visit.spoil_tokens()
        title = f"renewed {language}"
        say(visit, words, title)
        press(visit, words["keep"])
        expect(visit.page.get_by_role("button", name=title, exact=True)).to_be_visible()
        press(visit, words["sign out"])
        expect(visit.page.get_by_text(words["signed out"])).to_be_visible()
        assert visit.page.evaluate("sessionStorage.length") == 0
        visit.page.goto(f"{whole.origin}/callback?code=old&state=gone")
        expect(visit.page.get_by_text(words["stale"])).to_be_visible()
        assert visit.problems() == []


def test_a_session_ended_elsewhere_leaves_the_page_and_what_is_typed(
    whole: House, browser: Browser, language: str, words: dict[str, str]
):
    with visiting(browser, whole, language, allowed=("401", "400")) as visit:
        sign_in(visit, words)
        title = f"session {language}"
        say(visit, words, title)
        press(visit, words["keep"])
        press(visit, f"{words['edit']}{title}")
        task_field(visit, words).fill(f"{title} goes on")
        # The browser's driver has the event loop of this thread.
        with ThreadPoolExecutor() as threads:
            threads.submit(asyncio.run, _sign_out_everywhere(whole)).result()
        visit.spoil_tokens()
        visit.page.keyboard.press("Enter")
        expect(visit.page.get_by_text(words["revoked"]).first).to_be_visible()
        assert visit.problems() == []
        visit.page.unroute_all()
        sign_in(visit, words, "again")
        field = task_field(visit, words)
        expect(field).to_have_value(f"{title} goes on")
        press(visit, words["save"])
        expect(
            visit.page.get_by_role("button", name=f"{title} goes on", exact=True)
        ).to_be_visible()


async def _sign_out_everywhere(house: House) -> None:
    pool = house.aws.settings["sign_in"]["issuer"].rsplit("/", 1)[-1]
    async with client("cognito-idp", house.aws.part.url) as cognito:
        await cognito.admin_user_global_sign_out(UserPoolId=pool, Username="demo")


def test_a_guest_list_that_is_over_leaves_what_is_typed(
    whole: House, browser: Browser, language: str, words: dict[str, str]
):
    with visiting(browser, whole, language, allowed=("401",)) as visit:
        be_new_guest(visit, words)
        visit.spoil_tokens()
        say(visit, words, "milk")
        expect(visit.page.get_by_text(words["guest ended"])).to_be_visible()
        expect(visit.page.get_by_label(words["entry"])).to_have_value("milk")
        assert visit.problems() == []
        press(visit, words["new guest"])
        expect(visit.page.get_by_text(words["guest ended"])).to_have_count(0)
        expect(visit.page.get_by_label(words["entry"])).to_have_value("milk")


def test_an_application_that_cannot_be_reached_says_so_and_how_to_go_on(
    whole: House, browser: Browser, language: str, words: dict[str, str]
):
    with visiting(browser, whole, language, allowed=("ERR_FAILED",)) as visit:
        visit.page.route("**/config.json", lambda route: route.abort())
        visit.page.reload()
        expect(visit.page.get_by_role("heading", name=words["away"])).to_be_visible()
        assert visit.problems() == []
        visit.page.unroute_all()
        press(visit, words["load again"])
        expect(visit.page.get_by_role("button", name=words["guest"])).to_be_visible()


def test_what_the_browser_measured_arrives_when_the_page_is_left(
    whole: House, browser: Browser
):
    whole.rum.asked.clear()
    with visiting(browser, whole, "ja", allowed=("secret",)) as visit:
        be_guest(visit, WORDS["ja"])
        visit.page.evaluate(
            'setTimeout(() => { throw new TypeError(`no "secret" of ann@example.com`) })'
        )
        visit.page.wait_for_event("pageerror")
        visit.page.goto("about:blank")
        for _ in range(300):
            found = whole.beacons()
            events = [event for beacon in found for event in beacon["events"]]
            # Some arrive while the page is read, the others when it is left.
            names = {event["name"] for event in events if event["type"] == "vital"}
            types = {event["type"] for event in events}
            if types >= {"load", "error"} and names >= VITALS:
                break
            visit.page.wait_for_timeout(100)
    assert names >= VITALS
    (error,) = [event for event in events if event["type"] == "error"]
    assert (error["name"], error["message"]) == ("TypeError", "no … of …")
    loads = [event["value"] for event in events if event["type"] == "load"]
    assert all(0 < value < 60_000 for value in loads)
    assert {asked["path"] for asked in whole.rum.asked} == {"/rum/v1/todo"}
    kinds = {asked["headers"]["content-type"] for asked in whole.rum.asked}
    assert kinds == {"text/plain;charset=UTF-8"}
    assert {beacon["language"] for beacon in found} == {"ja"}
