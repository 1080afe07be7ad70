"""What a form brings: its fields, and a file where it may have one.

Source: HTML Living Standard, "Form submission"; RFC 7578, multipart/form-data.
"""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import parse_qsl

from starlette.requests import Request

from kizashi.api._base import RequestError
from kizashi.ui.parts.base import Form

PROOF = "proof"
_FORM = "application/x-www-form-urlencoded"
_WITH_FILE = "multipart/form-data"
_NAME = "_name"
_MOST_FIELDS = 50
_LONGEST_HEAD = 4096
#: Source: RFC 2046, 5.1.1: at most 70 characters, in quotes where they need them.
_BOUNDARY = re.compile(
    r";\s*boundary=(?:\"(?P<quoted>[^\"\r\n]{1,70})\"|(?P<plain>[^\s;\",]{1,70})(?:;|$))",
    re.IGNORECASE,
)
_PARAM = re.compile(
    r";\s*(?P<key>[\w*-]{1,40})=(?:\"(?P<quoted>(?:[^\"\\]|\\.)*)\"|(?P<plain>[^\s;\"]+))"
)


async def read_form(request: Request, form: Form) -> dict[str, str]:
    """Return the fields of a form; of a file its text, and its name as another field.

    Raises:
        RequestError: If it is no form (415), or has fields that nobody asked for, or
            a file that is no text (400).
    """
    given = request.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    body = await request.body()
    try:
        if kind == _FORM:
            text = body.decode("utf-8")
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
        elif kind == _WITH_FILE and form.file:
            pairs = list(_parts(given, body, form.file))
        else:
            raise RequestError(
                415, "api.error.bad_media_type", given=kind[:100], accepted=_FORM
            )
    except UnicodeDecodeError:
        raise RequestError(400, "ui.error.no_text") from None
    except ValueError:
        raise RequestError(400, "ui.error.bad_form") from None
    fields = dict(pairs)
    if len(fields) != len(pairs) or not set(fields) <= {*form.fields, PROOF}:
        raise RequestError(400, "ui.error.bad_form")
    return fields


def _parts(content_type: str, body: bytes, file: str) -> Iterator[tuple[str, str]]:
    """Yield the fields of a form with a file, in one pass over its body.

    A part is a field and nothing else: it holds no parts, and its type is not looked
    at, so there is nothing in it to be parsed.

    Raises:
        ValueError: If it is none, or holds what is no UTF-8.
    """
    between = b"\r\n--" + _boundary(content_type)
    # What stands before the first boundary is to be ignored, and so is the last rest.
    parts = (b"\r\n" + body).split(between, _MOST_FIELDS + 2)
    if len(parts) > _MOST_FIELDS + 2 or not parts[-1].startswith(b"--"):
        raise ValueError(len(parts))
    for part in parts[1:-1]:
        head, gap, content = part.partition(b"\r\n\r\n")
        if not gap or len(head) > _LONGEST_HEAD:
            raise ValueError(head[:_MOST_FIELDS])
        name, file_name = _named(head)
        yield name, content.decode("utf-8")
        if name == file and file_name:
            yield f"{file}{_NAME}", PurePosixPath(file_name).name[:100]


def _boundary(content_type: str) -> bytes:
    match = _BOUNDARY.search(content_type)
    if match is None:
        raise ValueError("boundary")
    return (match["quoted"] or match["plain"]).encode("latin-1")


def _named(head: bytes) -> tuple[str, str]:
    """Return the field's name and the file's name that a part's head holds."""
    for line in head.decode("utf-8").split("\r\n"):
        key, _, value = line.partition(":")
        if key.strip().lower() != "content-disposition":
            continue
        kind = value.partition(";")[0].strip().lower()
        params = {m["key"].lower(): _text_of(m) for m in _PARAM.finditer(value)}
        if kind == "form-data" and "name" in params:
            return params["name"], params.get("filename", "")
    raise ValueError("content-disposition")


def _text_of(match: re.Match[str]) -> str:
    if match["plain"] is not None:
        return match["plain"]
    # Browsers write these three in percent and nothing else.
    text = match["quoted"].replace('\\"', '"')
    for written, meant in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
        text = text.replace(written, meant)
    return text
