import contextlib
import re

import numpy as np
from hypothesis import given, strategies as st
from prometheus_client.parser import text_string_to_metric_families

from kizashi.errors import ExpositionError, LimitError
from kizashi.model.labels import Labels, escape_value
from kizashi.wire.exposition import ExpositionParser

TEXT = "text/plain"
OPENMETRICS = "application/openmetrics-text"

NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,5}", fullmatch=True).filter(
    lambda name: not name.startswith("__")
)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SERIES = st.builds(
    lambda name, labels: Labels.of({"__name__": name, **labels}),
    NAMES,
    st.dictionaries(NAMES, VALUES, max_size=3),
)
NUMBERS = st.floats(allow_nan=False) | st.integers(0, 10**6).map(float)
STAMPS = st.none() | st.integers(0, 2**52)
SAMPLES = st.lists(
    st.tuples(SERIES, NUMBERS, STAMPS), max_size=8, unique_by=lambda sample: sample[0]
)
Sample = tuple[Labels, float, int | None]


def new_parser() -> ExpositionParser:
    return ExpositionParser(
        max_samples=100, max_labels=8, max_label_name_bytes=64, max_label_value_bytes=64
    )


def printed(samples: list[Sample], *, openmetrics: bool) -> bytes:
    lines = []
    for labels, value, stamp in samples:
        seconds = openmetrics and stamp is not None
        shown = f"{stamp // 1000}.{stamp % 1000:03d}" if seconds else stamp
        lines.append(f"{labels} {value!r}{'' if stamp is None else f' {shown}'}\n")
    return "".join([*lines, "# EOF\n" if openmetrics else ""]).encode()


def outcome(parser: ExpositionParser, body: bytes, content_type: str) -> object:
    """Return all that a page says, or how it was refused, to be compared."""
    try:
        page = parser.parse(body, content_type)
    except (ExpositionError, LimitError) as error:
        return type(error), str(error)
    stamps = page.timestamps_ms
    return (
        page.layout,
        page.values.tobytes(),
        None if stamps is None else stamps.tolist(),
        page.duplicates,
    )


@given(SAMPLES, st.booleans())
def test_print_then_parse_is_identity(samples: list[Sample], openmetrics: bool):
    parser = new_parser()
    if openmetrics:
        # The cut-off product of seconds and 1000 is exact in this century only.
        samples = [
            (labels, value, None if ts is None else 1_600_000_000_000 + ts % 10**11)
            for labels, value, ts in samples
        ]
    for _ in range(2):
        page = parser.parse(
            printed(samples, openmetrics=openmetrics),
            OPENMETRICS if openmetrics else TEXT,
        )
        assert page.layout.labels == tuple(labels for labels, _, _ in samples)
        wanted = np.array([value for _, value, _ in samples], np.float64)
        assert page.values.tobytes() == wanted.tobytes()
        stamps = [-1 if ts is None else ts for _, _, ts in samples]
        if page.timestamps_ms is None:
            assert all(stamp == -1 for stamp in stamps)
        else:
            assert page.timestamps_ms.tolist() == stamps


TOKENS = st.sampled_from(
    [b"a", b"b1", b"{", b"}", b'x="1"', b'y="2"', b",", b" ", b" ", b"\t", b"\n", b"\n",
     b"\r", b"1", b"5", b"-", b"+", b"e", b".", b"_", b"NaN", b"Inf", b"1e309", b"0x1",
     b'"', b"\\", b"# ", b"#", b"# TYPE a ", b"counter", b"# HELP a ", b"# EOF", b"\xff",
     b"\x00", b" # {", b"a 1\n", b'a{x="1"} 2\n', b'{"a.b"} 1\n'],
)  # fmt: skip
PAGES = st.lists(TOKENS | st.binary(max_size=3), max_size=12).map(b"".join)


@given(st.lists(PAGES, max_size=4), st.sampled_from([TEXT, OPENMETRICS]))
def test_garbage_raises_nothing_else_and_what_is_remembered_changes_nothing(
    pages: list[bytes], content_type: str
):
    known = new_parser()
    end = b"# EOF\n" if content_type == OPENMETRICS else b""
    for page in [b"a 1\n", *pages, *(b"a 1\n" + page for page in pages)]:
        found = outcome(known, page + end, content_type)
        assert found == outcome(new_parser(), page + end, content_type)


@st.composite
def edited_pages(draw: st.DrawFn) -> list[bytes]:
    """Return a page, then versions of it: lines moved, gone, new, or broken."""
    lines = printed(draw(SAMPLES), openmetrics=False).splitlines(keepends=True)
    lines += [b"# HELP a x\n", b"# TYPE a gauge\n", b"\n"]
    pages = []
    for _ in range(draw(st.integers(2, 4))):
        pages.append(b"".join(lines))
        at = draw(st.integers(0, len(lines)))
        match draw(st.sampled_from(["numbers", "insert", "delete", "move", "cut"])):
            case "numbers":
                number = draw(NUMBERS)
                lines = [
                    re.sub(rb" \S+\n$", b" %r\n" % number, line)
                    if not line.startswith(b"#")
                    else line
                    for line in lines
                ]
            case "insert":
                lines.insert(
                    at, draw(st.sampled_from([b"a 1\n", b"a-1\n", b"\n", b"x"]))
                )
            case "delete":
                del lines[at : at + 1]
            case "move":
                lines = lines[at:] + lines[:at]
            case "cut":
                whole = b"".join(lines)
                at = draw(st.integers(0, len(whole)))
                lines = (
                    whole[:at] + draw(st.binary(max_size=2)) + whole[at:]
                ).splitlines(keepends=True)
    return [*pages, b"".join(lines), pages[0]]


@given(edited_pages())
def test_a_parser_that_knows_a_page_reads_the_next_like_a_new_one(pages: list[bytes]):
    known = new_parser()
    for page in pages:
        assert outcome(known, page, TEXT) == outcome(new_parser(), page, TEXT)


@given(SAMPLES)
def test_agreement_with_the_official_client_library(samples: list[Sample]):
    # Its parser goes by lines of any kind of line break and wants plain values.
    body = printed(
        [
            (
                Labels((n, re.sub(r"[^ -~ぁ-ん]", "?", v)) for n, v in labels),
                value,
                None,
            )
            for labels, value, _ in samples
        ],
        openmetrics=False,
    )
    page = new_parser().parse(body, TEXT)
    theirs: dict[Labels, float] = {}
    for family in text_string_to_metric_families(body.decode()):
        for sample in family.samples:
            labels = Labels.of({"__name__": sample.name, **sample.labels})
            theirs.setdefault(labels, sample.value)
    ours = dict(zip(page.layout.labels, page.values.tolist(), strict=True))
    assert ours == theirs


@given(st.text(max_size=20))
def test_an_escaped_value_comes_back(value: str):
    with contextlib.suppress(UnicodeEncodeError):
        body = f'a{{x="{escape_value(value)}"}} 1'.encode()
        labels = new_parser().parse(body, TEXT).layout.labels[0]
        assert labels.get("x") == value
