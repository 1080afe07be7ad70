"""Which texts are read at all: what is hostile or in another script is refused."""

import unicodedata

MAX_CHARACTERS = 1000
#: The first word of a letter's Unicode name is its script.
_SCRIPTS = {
    "LATIN", "GREEK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "CJK", "FULLWIDTH",
    "HALFWIDTH", "IDEOGRAPHIC", "MICRO", "MASCULINE", "FEMININE", "KELVIN", "ANGSTROM",
    "OHM", "MODIFIER", "DOUBLE-STRUCK", "SCRIPT", "CIRCLED", "PARENTHESIZED", "SQUARED",
    "REGIONAL", "SQUARE", "VERTICAL",
}  # fmt: skip
_SPACES = {"\t", "\n", "\r"}


class TextError(Exception):
    """A text that is not read; the message says why and where."""


def check_text(text: str) -> None:
    """Accept a text in English or Japanese.

    Raises:
        TextError: If it is blank, too long, holds control or direction characters, or
            letters of a script that neither language uses.
    """
    if len(text) > MAX_CHARACTERS:
        raise TextError(
            f"text has {len(text)} characters; at most {MAX_CHARACTERS} are read"
        )
    has_content = False
    for place, character in enumerate(text, start=1):
        category = unicodedata.category(character)
        _check_character(character, category, place)
        has_content = has_content or category[0] in "LN"
    if not has_content:
        raise TextError("text holds no letter and no digit; write what is to be done")


def _check_character(character: str, category: str, place: int) -> None:
    where = f"U+{ord(character):04X} at character {place}"
    if category in {"Cc", "Cs", "Co", "Cn"} and character not in _SPACES:
        raise TextError(f"text holds a control or unassigned character, {where}")
    if unicodedata.bidirectional(character) in _DIRECTIONS:
        raise TextError(
            f"text holds a right-to-left letter or a direction mark, {where};"
            " English and Japanese are read"
        )
    if category[0] == "L":
        script = unicodedata.name(character, "").split(" ")[0]
        if script not in _SCRIPTS:
            raise TextError(
                f"text holds a letter of the script {script or 'unknown'}, {where};"
                " English and Japanese are read"
            )


_DIRECTIONS = {
    "R",
    "AL",
    "AN",
    "LRE",
    "RLE",
    "LRO",
    "RLO",
    "PDF",
    "LRI",
    "RLI",
    "FSI",
    "PDI",
}
