"""Logs: nobody forges a record, and no secret is in one."""

import io
import json
import logging
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, strategies as st

from kizashi.errors import InputError
from kizashi.logs.logging import (
    LONGEST_TEXT,
    JsonFormatter,
    LogStyle,
    TextFormatter,
    configure,
    mask_secrets,
)
from kizashi.logs.masking import Masker
from kizashi.logs.secret_names import is_secret_name


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def records(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().split("\n")[:-1]]


def raised(error: Exception) -> Exception:
    """Return the error with a stack, as an except clause would have it."""
    try:
        raise error
    except type(error) as caught:
        return caught


def logged(message: str, *args: object, **extra: object) -> dict[str, object]:
    stream = io.StringIO()
    configure(style=LogStyle.JSON, stream=stream)
    logging.getLogger("kizashi.test").warning(message, *args, extra=extra)
    (record,) = records(stream)
    return record


LINE_BREAKERS = [
    "\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85",
    "\u2028", "\u2029", "\x1b[2K\x1b[1A", "\x1b]0;title\x07", "\x9b31m", "\x00", "\x08",
    "\u202e", "\u2066", "\u200b", "\ufeff",
]  # fmt: skip


@pytest.mark.parametrize("style", [LogStyle.JSON, LogStyle.TEXT])
def test_a_thousand_injected_lines_make_one_record_each(style: LogStyle):
    stream = io.StringIO()
    configure("debug", style=style, stream=stream)
    log = logging.getLogger("kizashi.test")

    for number in range(1000):
        evil = LINE_BREAKERS[number % len(LINE_BREAKERS)]
        forged = f'label{evil}{{"ts":"2026","level":"info","message":"all is well"}}'
        log.warning("target %s", forged, extra={"job": forged, f"k{evil}": "v"})

    written = stream.getvalue()
    assert len(written.splitlines()) == 1000
    assert written.count("\n") == 1000
    rest = written.replace("\n", "")
    assert not any(set(evil) & set(rest) - set("[0123456789;]KAmtile") for evil in
                   LINE_BREAKERS)  # fmt: skip


def test_what_json_escapes_is_read_back_as_it_was():
    evil = "".join(LINE_BREAKERS) + '"\\ 日本語 \U000e0041'

    assert logged("%s", evil)["message"] == evil


@given(st.text())
def test_any_text_is_one_line_of_json(text: str):
    record = logging.makeLogRecord({"msg": "%s", "args": (text,), "field": text})

    line = JsonFormatter(Masker()).format(record)

    assert len(line.splitlines()) == 1
    assert isinstance(json.loads(line)["message"], str)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_is_one_line_for_a_person(text: str):
    record = logging.makeLogRecord({"msg": "%s", "args": (text,), "field": text})

    assert len(TextFormatter(Masker()).format(record).splitlines()) == 1


CANARIES = [f"canary-{n}-S3cr'et\n\"{n}/&=" for n in range(20)] + [
    f"plain{n}canary" for n in range(20)
]


@pytest.mark.parametrize("style", [LogStyle.JSON, LogStyle.TEXT])
def test_no_known_secret_is_ever_written(style: LogStyle):
    stream = io.StringIO()
    configure("debug", style=style, stream=stream)
    mask_secrets(CANARIES)
    log = logging.getLogger("kizashi.test")

    for secret in CANARIES:
        log.warning("got %s", secret)
        log.warning("got %r", {"a": [secret]})
        log.warning("fields", extra={"url": f"http://x/?q={secret}", "l": [[secret]]})
        log.warning("bytes", extra={"body": secret.encode()})
        log.warning("keys", extra={"mapping": {secret: 1}})
        log.warning("failed", exc_info=raised(ValueError(secret)))

    written = stream.getvalue()
    assert written.count("***") >= 6 * len(CANARIES)
    assert "canary" not in written


def test_a_secret_inside_another_is_masked_whole():
    masker = Masker()
    masker.add(["abcd", "abcdefgh"])

    assert masker.mask("x abcdefgh y abcd z") == "x *** y *** z"


def test_a_very_short_value_is_left_so_that_words_survive():
    masker = Masker()
    masker.add(["", "a", "the"])

    assert masker.mask("the cat sat") == "the cat sat"


@pytest.mark.parametrize(
    "name",
    [
        "password", "db_password", "Authorization", "bearer_token", "api_key", "apiKey",
        "client_secret", "Set-Cookie", "private_key", "X-Signature", "credentials",
        "access_key", "secret_key", "db-pwd", "jwt",
    ],
)  # fmt: skip
def test_a_field_named_like_a_secret_is_masked(name: str):
    assert logged("m", **{name: "hunter2"})[name] == "***"
    assert logged("m", nested={"x": [{name: 12}]})["nested"] == {"x": [{name: "***"}]}


@pytest.mark.parametrize(
    "name",
    ["job", "instance", "path", "bypass", "passed", "key", "code", "author", "design"],
)
def test_an_ordinary_field_is_not_masked(name: str):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("kz_" + "a" * 43, "***"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer ***"),
        ("basic dXNlcjpwYXNz", "basic ***"),
        ("http://user:pw@host/x", "http://user:***@host/x"),
        ("http://host:9090/x", "http://host:9090/x"),
        ("http://user:p@ss@host/x", "http://user:***@host/x"),
        ("https://sometoken@host/x", "https://***@host/x"),
        ("https://host/@somebody", "https://host/@somebody"),
        ("GET /x?api_key=hunter2&a=b#c", "GET /x?api_key=***&a=b#c"),
        ("/x?a=b&X-Amz-Signature=hunter2", "/x?a=b&X-Amz-Signature=***"),
        ("/x?api%5Fkey=hunter2;pwd=hunter2", "/x?api%5Fkey=***;pwd=***"),
        ("/login?next=/m%3Ftoken%3Dhunter2", "/login?next=/m%3Ftoken%3D***"),
        ("/m?key=hunter2?sig=hunter2", "/m?key=***?sig=***"),
        ("/m?module=http_2xx&keyboard=us", "/m?module=http_2xx&keyboard=us"),
        ("a ? b : c = d; e=f", "a ? b : c = d; e=f"),
    ],
)
def test_a_secret_is_known_by_its_shape(text: str, masked: str):
    assert Masker().mask(text) == masked


def test_a_record_says_when_who_and_what():
    record = logging.makeLogRecord(
        {
            "name": "kizashi.scrape",
            "levelname": "WARNING",
            "msg": "scrape of %s failed",
            "args": ("a:1",),
            "created": 1_800_000_000.25,
            "job": "api",
            "took_s": 0.5,
            "count": np.int64(3),
        }
    )

    # 1 800 000 000 s after the epoch is 2027-01-15 08:00:00 UTC.
    assert json.loads(JsonFormatter(Masker()).format(record)) == {
        "ts": "2027-01-15T08:00:00.250Z",
        "level": "warning",
        "logger": "kizashi.scrape",
        "message": "scrape of a:1 failed",
        "job": "api",
        "took_s": 0.5,
        "count": "3",
    }
    assert TextFormatter(Masker()).format(record) == (
        "08:00:00.250 WARNING kizashi.scrape scrape of a:1 failed"
        " job=api took_s=0.5 count=3"
    )


def test_a_number_that_json_has_no_word_for_is_no_broken_line():
    found = logged("m", nan=float("nan"), inf=float("inf"), big=2**80)

    assert (found["nan"], found["inf"]) == (None, None)
    assert found["big"] == str(2**80)


def test_a_stack_stays_inside_its_record():
    stream = io.StringIO()
    configure(style=LogStyle.JSON, stream=stream)
    error = raised(InputError("first\nsecond"))
    logging.getLogger("kizashi").error("failed", exc_info=error)

    (record,) = records(stream)
    assert record["error"] == "InputError"
    assert "first\nsecond" in str(record["stack"])


def test_for_a_person_the_lines_of_a_stack_are_indented():
    error = raised(InputError("first\n08:00:00.250 INFO forged"))
    info = (type(error), error, error.__traceback__)
    record = logging.makeLogRecord({"msg": "failed", "exc_info": info})

    head, *rest = TextFormatter(Masker()).format(record).splitlines()

    assert " failed " in head
    assert len(rest) >= 3
    assert all(line.startswith("    ") for line in rest)


def test_a_call_whose_arguments_do_not_fit_is_still_a_record():
    assert logged("%d of %s", "x")["message"] == ("%d of %s (its arguments do not fit)")


def test_a_long_text_is_cut_and_says_so():
    message = str(logged("%s", "x" * (LONGEST_TEXT + 7))["message"])

    assert message.endswith("x… (7 more)")


def test_a_value_that_holds_itself_ends():
    loop: list[object] = []
    loop.append(loop)

    assert "…" in json.dumps(logged("m", loop=loop), ensure_ascii=False)


def test_uvicorn_and_warnings_go_the_same_way():
    stream = io.StringIO()
    logging.getLogger("uvicorn").addHandler(logging.StreamHandler(io.StringIO()))
    logging.getLogger("uvicorn").propagate = False
    configure(style=LogStyle.JSON, stream=stream)

    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("uvicorn.access").info("GET /metrics")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", UserWarning, stacklevel=1)

    assert [r["logger"] for r in records(stream)] == ["uvicorn.error", "py.warnings"]


def test_requests_are_logged_for_who_asks():
    stream = io.StringIO()
    configure("debug", style=LogStyle.JSON, stream=stream)

    logging.getLogger("uvicorn.access").info("GET /metrics")

    assert [r["message"] for r in records(stream)] == ["GET /metrics"]


def test_a_level_hides_what_is_below_it():
    stream = io.StringIO()
    configure("warning", style=LogStyle.JSON, stream=stream)

    logging.getLogger("kizashi").info("hidden")
    logging.getLogger("kizashi").warning("shown")

    assert [r["message"] for r in records(stream)] == ["shown"]


def test_an_unknown_level_is_refused_with_what_there_is():
    with pytest.raises(InputError, match="expected one of debug, info, warning, error"):
        configure("loud")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("stream", "is_json"), [(io.StringIO(), 1), (Terminal(), 0)])
def test_a_terminal_gets_text_and_a_pipe_gets_json(stream: io.StringIO, is_json: int):
    configure(stream=stream)

    logging.getLogger("kizashi").warning("hello")

    assert stream.getvalue().startswith("{") == bool(is_json)


def test_a_flood_is_cut_except_for_those_who_ask_for_all():
    for level, count in (("info", 30), ("debug", 100)):
        stream = io.StringIO()
        configure(level, style=LogStyle.JSON, stream=stream)
        for _ in range(100):
            logging.getLogger("asyncio").error("out of system resource")
        assert len(records(stream)) == count
