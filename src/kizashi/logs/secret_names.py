"""Which names are those of secrets: of fields, keys, headers, labels and parameters."""

import functools
import re
from urllib.parse import unquote

#: Of a name, no more than its end is looked at.
_LONGEST_NAME = 200
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SECRET = re.compile(
    r"(?:passw(?:or)?d|passphrase|passcode|secret|token|authori[sz]ation|credential"
    r"|cookie|signature|api_?key|sess(?:ion)?_?id"
    r"|(?:access|account|auth|client|encryption|functions|master|private|shared|signing"
    r"|subscription)_?key)s?(?:_|$)"
    r"|(?:^|_)(?:bearer|jwt|otp|pass|psk|pw|pwd)$"
)
#: These hold a secret among the parameters of an address; elsewhere they are words.
_SECRET_PARAMETER = re.compile(
    r"(?:^|_)(?:assertion|auth|hmac|key|pin|sas|session|sid|sig|sign|verifier)$"
    r"|saml_?response$"
    r"|(?:^|(?:access|auth|authori[sz]ation|device|user|verification)_)code$"
)
#: A name that begins or ends so says something about a secret, and holds none.
_ABOUT_BEGIN = frozenset(
    ["count", "disable", "enable", "forbid", "has", "is", "max", "min", "missing", "needs", "num", "refused", "require", "requires", "total"]
)  # fmt: skip
_ABOUT_END = frozenset(
    ["age", "bucket", "bytes", "count", "counts", "created", "dir", "duration", "expired", "expires", "expiry", "file", "files", "hits", "length", "limit", "limits", "max", "min", "missing", "ms", "name", "names", "path", "rate", "ratio", "refused", "rejected", "required", "seconds", "size", "sum", "total", "ttl", "type", "used"]
)  # fmt: skip


def is_secret_name(name: str) -> bool:
    """Return whether a field of this name holds a secret, whatever its value."""
    return _is_secret(name[-_LONGEST_NAME:])


def is_secret_parameter(name: str) -> bool:
    """Return whether a parameter of an address holds a secret, by its name.

    A label of a target that is sent as a parameter counts as that parameter.
    """
    return _is_secret_parameter(name.removeprefix("__param_")[-_LONGEST_NAME:])


def unescaped(name: str) -> str:
    """Return a name without escapes, which hide nothing from the server that reads it."""
    short = name[-_LONGEST_NAME:]
    for _ in range(3):
        short = unquote(short)
    return short


@functools.lru_cache(maxsize=2048)
def _is_secret(name: str) -> bool:
    words = _words(name)
    if words and (words[0] in _ABOUT_BEGIN or words[-1] in _ABOUT_END):
        return False
    # Capitals in odd places part no words.
    return any(_SECRET.search(one) for one in ("_".join(words), name.lower()))


@functools.lru_cache(maxsize=2048)
def _is_secret_parameter(name: str) -> bool:
    return _is_secret(name) or bool(_SECRET_PARAMETER.search("_".join(_words(name))))


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]
