"""Numbers and durations as PromQL writes them.

Source: Prometheus 3, "Querying basics", Float literals and time durations; Go,
strconv.ParseInt with base 0, strconv.ParseFloat.
"""

import math
import re

from kizashi.errors import DurationError
from kizashi.model.durations import parse_duration

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_DECIMAL = re.compile(
    rf"(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][-+]?{_DIGITS})?"
)
_HEXADECIMAL = re.compile(r"0[xX]_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*")
#: A number with a leading zero is octal where all its digits are.
_OCTAL = re.compile(r"0[0-7_]+")
_UNIT = re.compile(r"[0-9][smhdwy]")
_LARGEST_WHOLE = 2**63 - 1
_LONGEST_MS = 2**63 // 1_000_000


def read_number(text: str) -> float:
    """Return a number without a sign.

    Raises:
        ValueError: If it is none, or none that a float can hold.
    """
    plain = text.replace("_", "")
    if _HEXADECIMAL.fullmatch(text):
        whole = int(plain, 16)
        if whole > _LARGEST_WHOLE:
            raise ValueError(text)
        return float(whole)
    if _DECIMAL.fullmatch(text) is None:
        raise ValueError(text)
    if _OCTAL.fullmatch(text) and (whole := int(plain, 8)) <= _LARGEST_WHOLE:
        return float(whole)
    value = float(plain)
    if math.isinf(value):
        raise ValueError(text)
    return value


def is_duration(text: str) -> bool:
    """Return whether a word that begins with a digit is meant as a duration."""
    is_hexadecimal = text[1:2] in {"x", "X"}
    return text[-1] in "smhdwy" and not is_hexadecimal and bool(_UNIT.search(text))


def read_span(text: str) -> int:
    """Return a duration in milliseconds; a bare number counts seconds.

    Raises:
        ValueError: If it is neither, or longer than 292 years.
    """
    if is_duration(text):
        try:
            return parse_duration(text)
        except DurationError as error:
            raise ValueError(text) from error
    span = read_number(text) * 1000
    if span >= _LONGEST_MS:
        raise ValueError(text)
    return round(span)


def read_seconds(text: str) -> float:
    """Return a number, or a duration in seconds, as an operand.

    Raises:
        ValueError: If it is neither.
    """
    return read_span(text) / 1000 if is_duration(text) else read_number(text)
