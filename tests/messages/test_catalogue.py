"""The catalogue is whole: both languages, the same placeholders, every id in use."""

import ast
import re
import string
from collections import Counter
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

import kizashi
from kizashi import messages
from kizashi.messages import (
    CATALOGUE,
    LANGUAGES,
    choose_language,
    render,
    render_sentences,
)

SOURCE = Path(kizashi.__file__).parent
JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
WIDE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff01-\uffef]")
#: Words that the glossary has another word for, or that another spelling won over.
AVOIDED = {
    "誰": "だれ",
    "宛先": "レシーバー",
    "受信先": "レシーバー",
    "解消": "解決",
    "秘密情報": "シークレット",
    "下線": "アンダースコア",
    "不良": "悪いイベント",
    "一つ": "1 つ",
    "二つ": "2 つ",
    "サーバ(?!ー)": "サーバー",
    "ユーザ(?!ー)": "ユーザー",
    "フォルダ(?!ー)": "フォルダー",
    "ディレクトリ": "フォルダー",
    "メトリック(?!ス)": "メトリクス",
    "閾値|しきい(?!値)": "しきい値",
    "[（）]": "半角の ( )",
    "[０-９Ａ-Ｚａ-ｚ]": "半角の英数字",
    "下さい": "ください",
    "出来": "でき",
    "(?<!\\.)[,.] ?[\u3040-\u30ff]": "、 。",
}
#: A count in front of what is counted: "1 files".
COUNTED = re.compile(r"\{(?:amount|count|files|rows|takes)\} (?:[a-z]+ )?[a-z]+s\b")
#: Messages whose count is a limit, or of things that are never alone.
NEVER_ONE = {
    "api.error.head_too_large",
    "api.error.trailers_too_large",
    "backup.done",
    "lint.evidence.metric",
    "lint.evidence.metric-nearest",
    "lint.evidence.still",
    "lint.seen",
    "restore.done",
    "scrape.label_limit",
}
#: Calls whose message id stands at this position, or under `code` by keyword.
ID_POSITION = {
    "render": 1,
    "NoteView": 0,
    "report": 1,
    "advise": 1,
    "remark": 1,
    "lenient": 1,
    "t": 0,
    "expected": 0,
    "wrong_at": 2,
}
#: A message id as templates write it: quoted, with a dot in it.
QUOTED = re.compile(r"""['"]([a-z_]+(?:\.[a-zA-Z0-9_]+)+)['"]""")


def placeholders(text: str) -> set[str]:
    return {
        name for _, name, _, _ in string.Formatter().parse(text) if name is not None
    }


@cache
def source_trees() -> list[ast.Module]:
    return [
        ast.parse(path.read_text(encoding="utf-8"))
        for path in SOURCE.rglob("*.py")
        if path.parent.name != "messages"
    ]


def template_literals() -> set[str]:
    """Return whatever stands in quotes in a page's template."""
    texts = (path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.html"))
    return {
        found for text in texts for found in re.findall(r"""["']([\w.-]+)["']""", text)
    }


def template_ids() -> set[str]:
    """Return what templates hand to the words of their reader."""
    return {
        found
        for path in SOURCE.rglob("*.html")
        for call in re.findall(r"\bt\(([^()]*)", path.read_text(encoding="utf-8"))
        for found in QUOTED.findall(call)
    }


def used_ids(tree: ast.Module) -> set[str]:
    """Return the literals that a module hands on as message ids."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        position = ID_POSITION.get(name)
        given_ids = [k.value for k in node.keywords if k.arg == "code"]
        if position is not None and len(node.args) > position:
            given_ids.append(node.args[position])
        found |= {
            part.value
            for given_id in given_ids
            for part in ast.walk(given_id)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        }
    return found


def test_a_message_has_both_languages_with_the_same_placeholders():
    """Each text, too: it does not begin or end with a space, and is not empty."""
    wrong = {
        message_id: (english, japanese)
        for message_id, (english, japanese) in CATALOGUE.items()
        if not (
            english.strip() == english != ""
            and japanese.strip() == japanese != ""
            and placeholders(english) == placeholders(japanese)
            and all(name.isidentifier() for name in placeholders(english))
        )
    }

    assert wrong == {}


def test_english_is_english():
    wrong = {
        message_id: english
        for message_id, (english, _) in CATALOGUE.items()
        if WIDE.search(english)
    }

    assert wrong == {}


def test_japanese_is_japanese():
    """A name alone, such as "HTTP {status}", is the same in every language."""
    wrong = {
        message_id: japanese
        for message_id, (english, japanese) in CATALOGUE.items()
        if not JAPANESE.search(japanese)
        and (
            english != japanese or re.search(r"[a-z]{2}", re.sub(r"{.*?}", "", english))
        )
    }

    assert wrong == {}


def test_one_idea_has_one_japanese_word_and_one_spelling():
    wrong = {
        (message_id, word): better
        for word, better in AVOIDED.items()
        for message_id, (_, japanese) in CATALOGUE.items()
        if re.search(word, japanese)
    }

    assert wrong == {}


def test_a_count_reads_well_when_it_is_one():
    found = {
        name for name, (english, _) in CATALOGUE.items() if COUNTED.search(english)
    }

    assert found == NEVER_ONE


def texts_by_file() -> dict[str, dict[str, tuple[str, str]]]:
    """Return what each file of texts holds."""
    files = {p.stem for p in (SOURCE / "messages").glob("*.py")}
    files -= {"__init__", "formats"}
    return {name: import_module(f"kizashi.messages.{name}").TEXTS for name in files}


def test_no_area_overwrites_a_message_of_another():
    counts = Counter(name for texts in texts_by_file().values() for name in texts)

    assert [name for name, count in counts.items() if count > 1] == []


def test_every_file_of_texts_is_registered():
    missing = {n for n, texts in texts_by_file().items() if texts.keys() - CATALOGUE}

    assert missing == set()


def test_every_id_that_the_source_uses_is_in_the_catalogue():
    used = set().union(template_ids(), *map(used_ids, source_trees()))

    assert used, "the scan finds calls"
    assert sorted(used - set(CATALOGUE)) == []


def test_every_message_is_used():
    literals = {
        node.value
        for tree in source_trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert sorted(set(CATALOGUE) - literals - template_literals()) == []


def test_render_fills_placeholders_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch,
):
    texts = {"greeting": ("{count} for {name}", "{name}に{count}件")}
    monkeypatch.setattr(messages, "CATALOGUE", texts)

    assert render("en", "greeting", count=3, name="todo") == "3 for todo"
    assert render("ja", "greeting", count=3, name="todo") == "todoに3件"
    assert render("fr", "greeting", count=3, name="todo") == "3 for todo"


def test_a_value_with_braces_is_text_and_a_missing_one_stays_visible(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(messages, "CATALOGUE", {"m": ("{a} {b}", "{a} {b}")})

    assert render("en", "m", a='{job="x"}') == '{job="x"} {b}'


def test_an_unknown_id_comes_back_with_its_parameters():
    assert (
        render("ja", "from.another.version", b=2, a=1) == "from.another.version a=1 b=2"
    )


@pytest.mark.parametrize(
    ("explicit", "header", "configured", "chosen"),
    [
        (None, None, None, "en"),
        ("ja", "en", "en", "ja"),
        ("ja_JP.UTF-8", None, None, "ja"),
        ("C.UTF-8", None, "ja", "ja"),
        ("fr", "ja", None, "ja"),
        (None, "ja-JP,ja;q=0.9,en;q=0.8", None, "ja"),
        (None, "en;q=0.5, ja;q=0.9", None, "ja"),
        (None, "ja;q=0, en;q=0.1", None, "en"),
        (None, "fr, de;q=0.7", "ja", "ja"),
        (None, "en, ja", None, "en"),
        (None, "ja;q=0.8, en;q=0.8", None, "ja"),
        (None, "*", "ja", "ja"),
        (None, "ja_JP.UTF-8", "en", "ja"),
        (None, "en," * 2_000, "ja", "ja"),
    ],
)
def test_the_reader_decides_then_the_browser_then_the_installation(
    explicit: str | None, header: str | None, configured: str | None, chosen: str
):
    assert choose_language(explicit, header, configured) == chosen


@given(st.text(), st.text(), st.text())
def test_any_text_yields_a_language(explicit: str, header: str, configured: str):
    assert choose_language(explicit, header, configured) in LANGUAGES


def test_a_sentence_begins_with_a_capital_and_a_name_as_it_is_written():
    where = "spec.objectives[0].window"
    said = render_sentences("en", "field.missing", key=where)
    assert said == "spec.objectives[0].window is missing. Add it."
    said = render_sentences("en", "document.kind", given="X", known="Service")
    assert said == "The kind X is not known. Write Service."


def test_bytes_that_are_no_text_stand_as_escapes():
    said = render("en", "file.emptied", file="a\udcff.yaml", services="ショップ")
    assert said.encode()
    assert "a\\udcff.yaml" in said
    assert "ショップ" in said
