"""The two-language catalogue. The core knows message ids only.

Each area keeps its texts in a file of its own, as ``TEXTS: id -> (English, Japanese)``
with ``str.format`` placeholders. A new area is one more file and one row in `_AREAS`.
"""

import re
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

LANGUAGES = ("en", "ja")
DEFAULT_LANGUAGE = "en"

_AREAS = (
    "alerts",
    "api",
    "backup",
    "cli",
    "client",
    "compiling",
    "dashboards",
    "demo",
    "docs",
    "drift",
    "explain",
    "import_samples",
    "importing",
    "indicators",
    "init",
    "intervals",
    "invalid",
    "ledger",
    "lint",
    "lint_evidence",
    "notify",
    "openslo",
    "policy",
    "problems",
    "promql",
    "proving",
    "push",
    "receivers",
    "scrape",
    "serve",
    "status",
    "targets",
    "token",
    "ui",
    "ui_alerts",
    "ui_moving",
    "ui_objective",
    "ui_operations",
    "ui_rules",
    "ui_service",
    "upstream",
    "verify",
)


def _texts_of(area: str) -> Mapping[str, tuple[str, str]]:
    texts: Mapping[str, tuple[str, str]] = import_module(f"{__name__}.{area}").TEXTS
    return texts


#: Message id to its text in each of LANGUAGES, in that order.
CATALOGUE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {message_id: texts for a in _AREAS for message_id, texts in _texts_of(a).items()}
)

_PREFERENCE = re.compile(
    r"\s*([A-Za-z*-]+)\s*(?:;\s*[qQ]\s*=\s*([01](?:\.\d{0,3})?)\s*)?"
)
_LONGEST_HEADER = 1_000


def render(language: str, message_id: str, /, **params: object) -> str:
    """Put a message into a reader's language.

    An id that is not in the catalogue, as an older version may have stored, comes
    back as itself with its parameters; a parameter that is missing stays visible in
    braces. Both are better at three in the morning than no message.

    Args:
        language: One of LANGUAGES.
        message_id: A key of CATALOGUE.
        **params: Values of the message's placeholders.

    Returns:
        The text; in English where the language is none of ours. Bytes of a file's
        name that are no text stand in it as escapes.
    """
    texts = CATALOGUE.get(message_id)
    if texts is None:
        rest = " ".join(f"{name}={value}" for name, value in sorted(params.items()))
        return _encodable(f"{message_id} {rest}".rstrip())
    index = LANGUAGES.index(language) if language in LANGUAGES else 0
    return _encodable(texts[index].format_map(_Visible(params)))


def _encodable(text: str) -> str:
    """Return a text that every page, file and pipe takes."""
    return text if text.isascii() else text.encode(errors="backslashreplace").decode()


def render_sentences(language: str, message_id: str, /, **params: object) -> str:
    """Put a message of two lines, what is wrong and what to do, into sentences.

    A message of one line stays as it is, and so does a name at the beginning.
    """
    what, newline, fix = render(language, message_id, **params).partition("\n")
    if not newline:
        return what
    if language == "ja":
        return f"{what}。{fix}"
    if render(language, message_id)[:1] != "{":
        what = what[:1].upper() + what[1:]
    return f"{what}. {fix}"


class _Visible(dict[str, object]):
    """Parameters; a missing one stands for itself."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def choose_language(
    explicit: str | None = None,
    accept_language: str | None = None,
    configured: str | None = None,
) -> str:
    """Choose the language to speak.

    The first of these that names a language of ours decides: what the reader chose,
    what the reader's browser or terminal prefers, what the installation says, English.

    Args:
        explicit: A language tag or locale, such as ``ja``, ``ja-JP`` or
            ``ja_JP.UTF-8``.
        accept_language: An HTTP ``Accept-Language`` header, or a locale.
        configured: A language tag.

    Returns:
        One of LANGUAGES.

    Source: RFC 9110, 12.5.4, "Accept-Language".
    """
    return (
        _language_of(explicit or "")
        or _preferred(accept_language or "")
        or _language_of(configured or "")
        or DEFAULT_LANGUAGE
    )


def _language_of(tag: str) -> str | None:
    """Return the language of a tag or locale, None where it is none of ours."""
    primary = re.split(r"[-_.@]", tag.strip(), maxsplit=1)[0].lower()
    return primary if primary in LANGUAGES else None


def _preferred(header: str) -> str | None:
    """Return the most wanted of our languages in an ``Accept-Language`` header."""
    if len(header) > _LONGEST_HEADER:
        return None
    best, best_weight = None, 0.0
    for part in header.split(","):
        found = _PREFERENCE.fullmatch(part)
        if found is None:
            tag, weight = part, 1.0 if "=" not in part else 0.0
        else:
            tag, weight = found[1], min(float(found[2] or 1), 1.0)
        language = _language_of(tag)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best
