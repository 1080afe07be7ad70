"""English numbers in words: four, forty-five, twentieth."""

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
]
_TENS = {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}
_WORDS = (
    {word: n for n, word in enumerate(_ONES)}
    | _TENS
    | {
        f"{ten}-{_ONES[n]}": v + n
        for ten, v in {**_TENS, "twenty": 20}.items()
        for n in range(1, 10)
    }
    | {"a": 1, "an": 1, "a couple of": 2, "couple of": 2, "a few": 3}
)
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]
_ORDINAL_WORDS = (
    {word: n for n, word in enumerate(_ORDINALS, start=1)}
    | {f"twenty-{_ORDINALS[n]}": 21 + n for n in range(9)}
    | {"thirtieth": 30, "thirty-first": 31, "last": -1}
)


def _alternatives(words: dict[str, int]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(word.replace("-", "[- ]") for word in ordered)


#: Patterns to stand inside larger ones.
NUMBER = rf"(?:[0-9]+|{_alternatives(_WORDS)})"
ORDINAL = rf"(?:[0-9]{{1,2}}(?:st|nd|rd|th)|{_alternatives(_ORDINAL_WORDS)})"


def to_int(written: str) -> int:
    """Return the number of a match of `NUMBER`."""
    word = written.lower()
    return int(word) if word.isdigit() else _lookup(_WORDS, word)


def ordinal_to_int(written: str) -> int:
    """Return the number of a match of `ORDINAL`; -1 for the last."""
    word = written.lower()
    if word[0].isdigit():
        return int(word[:-2])
    return _lookup(_ORDINAL_WORDS, word)


def _lookup(words: dict[str, int], word: str) -> int:
    return words[word] if word in words else words[word.replace(" ", "-")]
