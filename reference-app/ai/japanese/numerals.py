"""Japanese numerals: 二十四, 二〇二七, 24."""

#: A pattern for a number in Arabic or kanji digits, to stand inside larger ones.
NUMBER = r"(?:[0-9]+|[〇零一二三四五六七八九十百]+)"

_DIGITS = {**{str(n): n for n in range(10)}, "〇": 0, "零": 0} | {
    kanji: value for value, kanji in enumerate("一二三四五六七八九", start=1)
}
_UNITS = {"十": 10, "百": 100}


def to_int(written: str) -> int:
    """Return the number, written with places (二〇二七) or with units (二十四)."""
    total, digits = 0, 0
    for sign in written:
        if sign in _UNITS:
            total += (digits or 1) * _UNITS[sign]
            digits = 0
        else:
            digits = digits * 10 + _DIGITS[sign]
    return total + digits
