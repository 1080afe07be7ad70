"""What a reader of the handbook looks for is found."""

import pytest
from hypothesis import given, strategies as st

from kizashi.docsite.search import Hit, Index, SearchEntry, piece_of, terms

ENTRIES = [
    SearchEntry(
        "a", "Tokens", "", "", "Make a token with kizashi token create --role."
    ),
    SearchEntry("a", "Tokens", "Revoke", "revoke", "A revoked one is refused at once."),
    SearchEntry("b", "Backup", "", "", "Copy the data folder; tokens are in it."),
    SearchEntry("c", "台帳", "", "", "エラーバジェットの台帳は、イベントを数えます。"),
    SearchEntry(
        "d", "アラート", "凍結", "凍結", "データが足りないアラートは凍結します。"
    ),
]


def found(query: str) -> list[str]:
    return [f"{h.entry.path}#{h.entry.anchor}" for h in Index(ENTRIES).search(query)]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("token", "a#"),
        ("TOKEN create", "a#"),
        ("revok", "a#revoke"),
        ("data folder tokens", "b#"),
        ("--role", "a#"),
        ("バジェット", "c#"),
        ("ﾊﾞｼﾞｪｯﾄ", "c#"),
        ("凍結", "d#凍結"),
        ("数", "c#"),
    ],
)
def test_the_section_that_fits_best_comes_first(query: str, first: str):
    assert found(query)[0] == first


def test_a_section_has_all_words_and_where_none_has_the_most():
    assert found("token revoked") == ["a#revoke"]
    assert found("token whatever")[0] == "a#"
    assert found("台帳の数え方")[0] == "c#"


@pytest.mark.parametrize("query", ["", "  ", "!?", "zzz", "無関係"])
def test_nothing_is_found_where_nothing_fits(query: str):
    assert found(query) == []


def test_japanese_is_found_by_pairs_of_signs():
    assert terms("台帳は Ledger") == ["台", "帳", "は", "台帳", "帳は", "ledger"]


def test_a_piece_shows_what_was_asked_for():
    text = "x" * 100 + " The Budget burns. " + "y" * 200

    piece = piece_of(text, ["budget"])

    assert piece[0] == ("…", False)
    assert ("Budget", True) in piece
    assert piece[-1] == ("…", False)
    assert len("".join(part for part, _ in piece)) < 200


@given(st.text(), st.lists(st.text(min_size=1), max_size=3))
def test_a_piece_is_a_piece_of_the_text(text: str, words: list[str]):
    parts = [part for part, _ in piece_of(text, words) if part != "…"]

    assert "".join(parts).replace("…", "") in text.replace("…", "")


@given(st.text())
def test_any_query_is_answered(query: str):
    assert all(isinstance(hit, Hit) for hit in Index(ENTRIES).search(query))
