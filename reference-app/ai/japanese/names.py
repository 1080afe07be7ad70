"""People and places in Japanese, from Sudachi's tokens."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from spacy.tokens import Doc, Token

_HONORIFICS = {
    "さん", "様", "さま", "くん", "君", "ちゃん", "氏", "殿", "先生", "先輩", "後輩",
    "部長", "課長", "係長", "社長", "専務", "常務", "店長", "主任", "教授", "准教授",
    "博士", "選手", "監督", "議員", "院長", "医師", "弁護士", "税理士", "記者", "委員長",
}  # fmt: skip
#: Titles of affection that may follow any noun in kana.
_FAMILIAR = {"くん", "君", "ちゃん"}
_PLACE_TAILS = (
    "駅", "空港", "港", "市", "区", "町", "村", "県", "府", "都", "島", "山", "川", "湖",
    "公園", "神社", "寺", "城", "温泉", "大学", "病院", "ホテル", "タワー", "ビル", "橋",
    "美術館", "博物館", "動物園", "水族館", "遊園地", "球場", "ドーム", "市役所", "通り",
)  # fmt: skip
_KANA = re.compile(r"[ぁ-んァ-ヴー・]+")
_KATAKANA = re.compile(r"[ァ-ヴー・]+")
#: Tokens in a name: family, middle, given.
_LONGEST = 3
#: Words that Sudachi calls names and that are none of people's.
_NOT_PEOPLE = {
    "母",
    "父",
    "兄",
    "姉",
    "皆",
    "お母",
    "お父",
    "お兄",
    "お姉",
    "お客",
    "客",
}


@dataclass(frozen=True, slots=True)
class Names:
    """The people and the places, each once, in the order of the text."""

    people: tuple[str, ...]
    places: tuple[str, ...]


def find_names(doc: Doc, taken: Sequence[tuple[int, int]]) -> Names:
    """Return who and where; what stands in the stretches taken is neither.

    People come without their title: 田中さん is 田中.
    """
    people: list[str] = []
    places: list[str] = []
    index = 0
    while index < len(doc):
        if _is_taken(doc[index], taken):
            index += 1
            continue
        end = _person_end(doc, index)
        if end:
            people.append(doc[index:end].text)
            index = end
            continue
        end = _place_end(doc, index)
        if end:
            places.append(doc[index:end].text)
        index = max(end, index + 1)
    return Names(tuple(dict.fromkeys(people)), tuple(dict.fromkeys(places)))


def _is_taken(token: Token, taken: Sequence[tuple[int, int]]) -> bool:
    start, end = token.idx, token.idx + len(token.text)
    return any(start < until and begin < end for begin, until in taken)


def _person_end(doc: Doc, start: int) -> int:
    """Return where a person's name that begins here ends; 0 if none does."""
    end = start
    while end < len(doc) and end - start < _LONGEST and _may_name(doc[end]):
        end += 1
    if end == start:
        return _familiar_end(doc, start)
    tags = [doc[i].tag_ for i in range(start, end)]
    if end < len(doc) and doc[end].text in _HONORIFICS:
        return 0 if doc[start:end].text in _NOT_PEOPLE else end
    is_full_name = len(tags) > 1 and tags[0].endswith("姓") and tags[1].endswith("名")
    if is_full_name:
        return start + 2
    is_surname = tags[0].endswith(("人名-姓", "人名-一般", "人名-名"))
    return start + 1 if is_surname and not _goes_somewhere(doc, start) else 0


def _familiar_end(doc: Doc, start: int) -> int:
    """Return where さくら of さくらちゃん ends; 0 if it is no name."""
    is_noun = doc[start].tag_.startswith("名詞") and len(doc[start].text) > 1
    if start + 1 == len(doc) or not is_noun:
        return 0
    title = doc[start + 1].text
    if title in _FAMILIAR and _KANA.fullmatch(doc[start].text):
        return start + 1
    return start + 1 if title == "さん" and _KATAKANA.fullmatch(doc[start].text) else 0


def _may_name(token: Token) -> bool:
    if token.text in _HONORIFICS or token.text in _NOT_PEOPLE:
        return False
    return (
        "固有名詞-人名" in token.tag_
        or "固有名詞-地名" in token.tag_
        or token.tag_ == ("名詞-固有名詞-一般")
    )


def _goes_somewhere(doc: Doc, index: int) -> bool:
    """Return whether a name stands as a goal (松本へ行く), not as a person."""
    rest = doc[index + 1 : index + 4]
    return any(
        t.lemma_ in {"行く", "着く", "向かう", "泊まる", "旅行", "出張"} for t in rest
    )


def _place_end(doc: Doc, start: int) -> int:
    token = doc[start]
    is_region = "固有名詞-地名" in token.tag_
    is_sight = token.tag_ == "名詞-固有名詞-一般" and token.text.endswith(_PLACE_TAILS)
    if not is_region and not is_sight:
        return 0
    end = start + 1
    while end < len(doc) and (
        doc[end].text in _PLACE_TAILS or "固有名詞-地名" in doc[end].tag_
    ):
        end += 1
    return end
