"""What a form brings: its fields, and a file where it may have one.

Source: HTML Living Standard, "Form submission"; RFC 7578, multipart/form-data.
"""

from collections.abc import Iterator
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import PurePosixPath
from urllib.parse import parse_qsl

from starlette.requests import Request

from kizashi.api._base import RequestError
from kizashi.ui._base import Form

PROOF = "proof"
_FORM = "application/x-www-form-urlencoded"
_WITH_FILE = "multipart/form-data"
_NAME = "_name"
_MOST_FIELDS = 50


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
    """Yield the fields of a form with a file.

    Raises:
        ValueError: If it is none, or holds what is no UTF-8.
    """
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    if not message.is_multipart():
        raise ValueError(content_type)
    parts = list(message.iter_parts())
    if len(parts) > _MOST_FIELDS:
        raise ValueError(len(parts))
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(payload, bytes):
            raise ValueError(name)  # noqa: TRY004
        yield name, payload.decode("utf-8")
        if name == file and part.get_filename():
            yield f"{file}{_NAME}", PurePosixPath(str(part.get_filename())).name[:100]
