import math
import struct

import numpy as np
import pytest

from kizashi.errors import ExpositionError, LimitError
from kizashi.model.labels import Labels
from kizashi.wire import grammar
from kizashi.wire.exposition import ExpositionPage, ExpositionParser
from kizashi.wire.grammar import ExposedLabels

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def parser(samples: int = 1000, labels: int = 64, **lengths: int) -> ExpositionParser:
    return ExpositionParser(
        max_samples=samples,
        max_labels=labels,
        max_label_name_bytes=lengths.get("name", 256),
        max_label_value_bytes=lengths.get("value", 4096),
    )


def parse(body: bytes, content_type: str = TEXT) -> ExpositionPage:
    return parser().parse(body, content_type)


def samples(page: ExpositionPage) -> list[tuple[str, float]]:
    return [
        (str(labels), value)
        for labels, value in zip(page.layout.labels, page.values.tolist(), strict=True)
    ]


def outcome(target: ExpositionParser, body: bytes, content_type: str = TEXT) -> object:
    """Return all that a page says, or how it was refused, to be compared."""
    try:
        page = target.parse(body, content_type)
    except (ExpositionError, LimitError) as error:
        return type(error), str(error)
    stamps = page.timestamps_ms
    return (
        page.layout,
        page.values.tobytes(),
        None if stamps is None else stamps.tolist(),
        page.duplicates,
    )


def test_a_text_page_is_read_in_its_order():
    page = parse(
        b"# HELP http_requests_total Requests by code.\n"
        b"# TYPE http_requests_total counter\n"
        b'http_requests_total{code="200",path="/a b"} 1027\n'
        b'http_requests_total{code="500",path="/a b"} 3 1395066363000\n'
        b"\n# A comment\n"
        b"# TYPE temperature gauge\n"
        b"temperature -12.5\n"
    )
    assert samples(page) == [
        ('http_requests_total{code="200",path="/a b"}', 1027.0),
        ('http_requests_total{code="500",path="/a b"}', 3.0),
        ("temperature", -12.5),
    ]
    assert page.layout.types == {
        "http_requests_total": "counter",
        "temperature": "gauge",
    }
    assert page.timestamps_ms.tolist() == [-1, 1395066363000, -1]
    assert page.duplicates == 0
    assert page.values.dtype == np.float64


def test_an_openmetrics_page_is_read_without_exemplars():
    page = parse(
        b"# TYPE foo_seconds histogram\n"
        b"# UNIT foo_seconds seconds\n"
        b"# HELP foo_seconds Time # {taken}.\n"
        b'foo_seconds_bucket{le="1.0"} 8 # {trace_id="# {1} 2"} 0.67 1520879607.789\n'
        b'foo_seconds_bucket{le="+Inf"} 9 1520879607.5 # {} 5\n'
        b"foo_seconds_count 9\n"
        b"foo_seconds_sum 6.5\n"
        b"foo_seconds_created 1520430000.123\n"
        b"# EOF\n",
        OPENMETRICS,
    )
    assert samples(page) == [
        ('foo_seconds_bucket{le="1.0"}', 8.0),
        ('foo_seconds_bucket{le="+Inf"}', 9.0),
        ("foo_seconds_count", 9.0),
        ("foo_seconds_sum", 6.5),
        ("foo_seconds_created", 1520430000.123),
    ]
    assert page.layout.types == {"foo_seconds": "histogram"}
    assert page.timestamps_ms.tolist() == [-1, 1520879607500, -1, -1, -1]


@pytest.mark.parametrize(
    ("content_type", "is_openmetrics"),
    [
        (OPENMETRICS, True),
        ("Application/OpenMetrics-Text", True),
        ("application/openmetrics-text ;q=1", True),
        ("", False),
        ("text/html", False),
        ("application/openmetrics-text2", False),
    ],
)
def test_the_content_type_picks_the_format(content_type: str, is_openmetrics: bool):
    # Without its end mark this is a page in the text format only.
    if is_openmetrics:
        with pytest.raises(ExpositionError, match="# EOF"):
            parse(b"a 1\n", content_type)
    else:
        assert samples(parse(b"a 1\n", content_type)) == [("a", 1.0)]


@pytest.mark.parametrize(
    ("written", "labels"),
    [
        (rb'a{x="\\\"\n\t"}', {"x": '\\"\n\\t'}),
        (rb'a{x="}",y="# 5",z=",x=\"2\""}', {"x": "}", "y": "# 5", "z": ',x="2"'}),
        (b'a{ x = "1" , y\t=\t"2" , }', {"x": "1", "y": "2"}),
        (b'a{x="1"y="2"}', {"x": "1", "y": "2"}),
        (b'a\t{x="1"}', {"x": "1"}),
        (b"a{}", {}),
        ('a{x="兆し"}'.encode(), {"x": "兆し"}),
        (b'{"a",x="1"}', {"x": "1"}),
        (b'{x="1","a"}', {"x": "1"}),
        (b'{"a","x.y"="1"}', {"x.y": "1"}),
        (b'{"my.metric"}', {"__name__": "my.metric"}),
        (rb'{"my\"metric"}', {"__name__": 'my"metric'}),
    ],
)
def test_labels_are_unescaped(written: bytes, labels: dict[str, str]):
    wanted = Labels.of({"__name__": "a", **labels})
    assert parse(written + b" 1\n").layout.labels == (wanted,)
    # And as a series that is known, among others.
    known = parser()
    known.parse(b"b 1\n" + written + b" 1\n", TEXT)
    page = known.parse(written + b" 7\nb 2\nc 3\n", TEXT)
    assert page.layout.labels[0] == wanted
    assert page.values.tolist() == [7.0, 2.0, 3.0]


def test_an_empty_value_is_no_label_but_tells_that_it_was_written():
    page = parse(b'a{x="",y="2"} 1\na{y="2"} 2\n')

    written, bare = page.layout.labels
    assert written.pairs == bare.pairs == (("__name__", "a"), ("y", "2"))
    assert isinstance(written, ExposedLabels)
    assert written.emptied == {"x"}
    assert written != bare
    assert bare != written


@pytest.mark.parametrize(
    ("token", "bits"),
    [
        (b"0", 0x0000000000000000),
        (b"-0", 0x8000000000000000),
        (b"1", 0x3FF0000000000000),
        (b"+1.0e0", 0x3FF0000000000000),
        (b".5", 0x3FE0000000000000),
        (b"5.", 0x4014000000000000),
        (b"4.9e-324", 0x0000000000000001),
        (b"-2.4703282292062328e-324", 0x8000000000000001),
        (b"2.2250738585072011e-308", 0x000FFFFFFFFFFFFF),
        (b"1e-400", 0x0000000000000000),
        (b"1.7976931348623157E+308", 0x7FEFFFFFFFFFFFFF),
        (b"9007199254740993", 0x4340000000000000),
        (b"0.1", 0x3FB999999999999A),
        (b"+Inf", 0x7FF0000000000000),
        (b"-infinity", 0xFFF0000000000000),
        (b"iNf", 0x7FF0000000000000),
        (b"NaN", 0x7FF8000000000000),
        (b"nan", 0x7FF8000000000000),
    ],
)
def test_values_are_bit_exact(token: bytes, bits: int):
    known = parser()
    for _ in range(2):  # The second time on the path for known layouts.
        page = known.parse(b"a 1\nb " + token + b"\n", TEXT)
        assert struct.pack("<d", page.values[1]) == struct.pack("<Q", bits)


@pytest.mark.parametrize(
    "token",
    [b"+nan", b"-NaN", b"1_0", b"0x10", b"0x1p4", b"1e309", b"-1e309", b"infin", b"1e",
     b".", b"1,5", b"1f", b"--1", b"1\r", b"\v1", b"1\f", b"1\x00", "１".encode(),
     "1\u00a0".encode(), b"", b"\xff", b"9" * 400, b"{}", b'"1"'],
)  # fmt: skip
@pytest.mark.parametrize("content_type", [TEXT, OPENMETRICS])
def test_what_is_no_number_refuses_the_page(token: bytes, content_type: str):
    end = b"# EOF\n" if content_type == OPENMETRICS else b""
    known = parser()
    good = b"a 1\nb 2\nc 3\n" + end
    before = known.parse(good, content_type)
    for target in (known, parser()):
        with pytest.raises(ExpositionError, match=r"^line 2: "):
            target.parse(b"a 1\nb " + token + b"\nc 3\n" + end, content_type)
    # A refused page leaves what is known as it was.
    assert known.parse(good, content_type).layout is before.layout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"1a 1", "expected a metric name"),
        (b"\x00a 1", "expected a metric name"),
        ("兆 1".encode(), "expected a metric name"),
        (b" a 1", "expected a metric name"),
        (b"a", "not a number"),
        (b'a{x="1" 1', "braces are malformed"),
        (b'a{x="1\\"} 1', "braces are malformed"),
        (b'a{1x="1"} 1', "braces are malformed"),
        (b'a{="1"} 1', "braces are malformed"),
        (b"a{,} 1", "braces are malformed"),
        (b'a{x="1",,y="1"} 1', "braces are malformed"),
        (b'a{x="1"}{y="1"} 1', "braces are malformed"),
        (b"a{x='1'} 1", "braces are malformed"),
        (b'a{x="\xff"} 1', "not valid UTF-8"),
        (b'{"\xff"} 1', "not valid UTF-8"),
        (b'a{""="1"} 1', "label name is empty"),
        (b'{""} 1', "metric name is empty"),
        (b'{x="1"} 1', "no metric name"),
        (b"{} 1", "no metric name"),
        (b'{__name__="a"} 1', "__name__"),
        (b'a{__name__="b"} 1', "__name__"),
        (b'{"a","b"} 1', "second metric name"),
        (b'a{"b"} 1', "second metric name"),
        (b'a{x="1",x="1"} 1', "twice"),
        (b'a{x="",x="1"} 1', "twice"),
        (b"a 1 1.5", "time stamp"),
        (b"a 1 -5", "time stamp"),
        (b"a 1 9223372036854775808", "64 bits"),
        (b"a 1 " + b"1" * 5000, "64 bits"),
        (b"a 1 5 6", "time stamp"),
        (b'a 1 # {x="y"} 1', "time stamp"),
        (b"# TYPE a", "metric type"),
        (b"# TYPE a  counter", "metric type"),
        (b"# TYPE a info", "metric type"),
        (b"# TYPE 5a counter", "metric name after TYPE"),
        (b"# HELP ", "metric name after HELP"),
        (b"# HELP a \xff", "not valid UTF-8"),
    ],
)
def test_a_malformed_text_line_refuses_the_page(line: bytes, said: str):
    with pytest.raises(ExpositionError, match=said) as caught:
        parse(b"ok 1\n# comment\n" + line + b"\nok2 1\n")
    assert str(caught.value).startswith("line 3: ")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"", "expected a metric name"),
        (b"#", "expected a metric name"),
        (b"# foo", "expected a metric name"),
        (b"# EOF", "before the end"),
        (b"a  1", "not a number"),
        (b"a 1 ", "time stamp"),
        (b"a\t1", "one space"),
        (b"a-1", "one space"),
        (b'a{x="1"}1', "one space"),
        (b'a{x="1", y="1"} 1', "braces are malformed"),
        (b'a{x="1" y="1"} 1', "braces are malformed"),
        (b"a{,} 1", "braces are malformed"),
        (b"a 1 NaN", "out of range"),
        (b"a 1 1e300", "out of range"),
        (b"a 1 -1", "before 1970"),
        (b'a 1 # {x="y"}', "time stamp"),
        (b'a 1 # {x="y"} z', "time stamp"),
        (b'a 1 # {x="y"} 1 NaN', "time stamp"),
        (b'a 1 # {x="\xff"} 1', "UTF-8"),
        (b"# HELP a", "a text after HELP"),
        (b"# TYPE a untyped", "metric type"),
        (b"# UNIT a seconds", "does not end in its unit"),
        (b"# UNIT seconds seconds", "does not end in its unit"),
        (b"# HELP a \xff", "not valid UTF-8"),
    ],
)
def test_a_malformed_openmetrics_line_refuses_the_page(line: bytes, said: str):
    with pytest.raises(ExpositionError, match=said) as caught:
        parse(b"ok 1\n# HELP ok x\n" + line + b"\nok2 1\n# EOF\n", OPENMETRICS)
    assert str(caught.value).startswith("line 3: ")


@pytest.mark.parametrize("body", [b"", b"a 1\n", b"a 1\n# EOF ", b"a 1\n# EOF\n\n"])
def test_an_openmetrics_page_must_end_in_its_mark(body: bytes):
    with pytest.raises(ExpositionError, match="does not end in # EOF"):
        parse(body, OPENMETRICS)


def test_a_page_without_samples_is_a_page():
    for page in (parse(b""), parse(b"\n# x\n"), parse(b"# EOF", OPENMETRICS)):
        assert page.layout.labels == ()
        assert page.values.shape == (0,)
        assert page.timestamps_ms is None


def test_the_first_of_two_equal_series_is_kept():
    known = parser()
    for first in (1.0, 5.0):
        page = known.parse(
            b'a{x="1",y="2"} %d\nb 3 7\na{y="2",x="1"} 2 9\nb 4\nc 8\n' % first, TEXT
        )
        assert page.values.tolist() == [first, 3.0, 8.0]
        assert page.timestamps_ms.tolist() == [-1, 7, -1]
        assert page.duplicates == 2
        assert len(page.layout.labels) == 3


def test_the_layout_is_one_object_while_the_series_stay():
    known = parser()
    first = known.parse(b"# HELP a x\na 1\nb 2\n", TEXT)
    same = known.parse(b"# HELP a x\na 11\nb 2.5\n", TEXT)
    help_moved = known.parse(b"# HELP a other\na 1\n\nb 2 5\n", TEXT)
    swapped = known.parse(b"b 2\na 1\n", TEXT)
    typed = known.parse(b"# TYPE a gauge\nb 2\na 1\n", TEXT)
    assert same.layout is first.layout
    assert help_moved.layout is first.layout
    assert swapped.layout is not first.layout
    assert typed.layout is not swapped.layout
    assert typed.layout.labels == swapped.layout.labels
    assert swapped.layout.labels[0] is first.layout.labels[1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # A name without a separator is the start of a longer one.
        (b"a-1\n", b"a2 7\n"),
        (b"a 1\n", b'a {x="1"} 1\n'),
        (b'a{x="1"} 1\n', b'a{x="1"} 1 5\n'),
        (b'a{x="1"} 1 5\n', b'a{x="1"} 1\n'),
        (b"\na 1\n", b"5\na 1\n"),
        (b"\na 1\n", b"b 5\na 1\n"),
        (b"# TYPE a gauge\na 1\n", b"# TYPE a gaugex\na 1\n"),
        (b"# TYPE a gauge\nab 12\n", b"# TYPE a gauge12\n12\n"),
        (b"a 1\nb 1\n", b"a 1\nb 1"),
        (b"a 1\nb 1\n", b"a 1\n b 1\n"),
        (b"a 1\nb 1\n", b"a 1 \nb\t1\n"),
        (b"a 1\nb 1\n", b"a 1\n1\n"),
        (b"aa 1\nb 1\n", b"aa 1\nb1 1\n"),
        (b"a 1\nb 1\n", b"a 1\nb 1\n\n\n"),
    ],
)
def test_what_is_remembered_never_changes_what_a_page_says(before: bytes, after: bytes):
    known = parser()
    known.parse(before, TEXT)
    assert outcome(known, after) == outcome(parser(), after)


def test_one_parser_reads_both_formats_by_their_own_rules():
    known = parser()
    known.parse(b'a{x="1" y="2"} 1\n', TEXT)
    with pytest.raises(ExpositionError, match="braces"):
        known.parse(b'a{x="1" y="2"} 1\n# EOF\n', OPENMETRICS)
    assert samples(known.parse(b'a{x="1"} 1\n# EOF\n', OPENMETRICS)) == [
        ('a{x="1"}', 1)
    ]


def test_samples_beyond_the_limit_refuse_the_page():
    page = b"".join(b"a%d 1\n" % i for i in range(6))
    assert len(parser(samples=6).parse(page, TEXT).values) == 6
    with pytest.raises(LimitError, match=r"line 6: .*more than 5 samples"):
        parser(samples=5).parse(page, TEXT)


def test_a_hostile_page_is_left_at_the_limit(monkeypatch: pytest.MonkeyPatch):
    built = []
    original = Labels.__init__

    def counted(self: Labels, pairs: list[tuple[str, str]]) -> None:
        built.append(1)
        original(self, pairs)

    monkeypatch.setattr(Labels, "__init__", counted)
    page = b"".join(b'a{x="%d"} 1\n' % i for i in range(20_000))
    with pytest.raises(LimitError):
        parser(samples=100).parse(page, TEXT)
    assert len(built) <= 101


def test_a_hostile_series_is_left_at_the_limit(monkeypatch: pytest.MonkeyPatch):
    read = []
    original = grammar.read_name

    def counted(raw: bytes) -> str:
        read.append(raw)
        return original(raw)

    monkeypatch.setattr(grammar, "read_name", counted)
    labels = b",".join(b'x%d="1"' % i for i in range(20_000))
    with pytest.raises(LimitError, match="more than 64 labels"):
        parse(b"a{" + labels + b"} 1\n")
    assert len(read) <= 66


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b'a{x="1",y="2"} 1', "more than 2 labels"),
        (b'{"a",x="1",y="2"} 1', "more than 2 labels"),
        (b'a{abcde="1"} 1', "5 bytes; at most 4"),
        (b'a{x="' + "兆し".encode() + b'"} 1', "6 bytes; at most 5"),
        (b"abcdef 1", "'__name__' has 6 bytes; at most 5"),
    ],
)
def test_labels_beyond_the_limits_refuse_the_page(line: bytes, said: str):
    target = parser(labels=2, name=4, value=5)
    assert len(target.parse(b'abcde{abcd="12345"} 1', TEXT).values) == 1
    with pytest.raises(LimitError, match=f"line 2: .*{said}"):
        target.parse(b"ok 1\n" + line, TEXT)


def test_known_labels_do_not_slip_past_the_limit_of_labels():
    target = parser(labels=3)
    target.parse(b'a{x="1",y="1"} 1\na{z="1"} 1\n', TEXT)
    with pytest.raises(LimitError, match=r"line 3: .*more than 3 labels"):
        target.parse(b'b{x="1",y="1"} 1\nb{z="1"} 1\nb{x="1",y="1",z="1"} 1\n', TEXT)


def test_metric_families_beyond_the_limit_refuse_the_page():
    page = b"".join(b"# TYPE a%d gauge\n" % i for i in range(6))
    with pytest.raises(LimitError, match=r"line 6: .*metric families"):
        parser(samples=5).parse(page, TEXT)


@pytest.mark.parametrize("filler", [b"\n", b"#\n", b"# HELP a b\n"])
def test_a_page_of_lines_that_are_no_samples_is_refused_uncut(filler: bytes):
    assert len(parser(samples=5).parse(filler * 9_999 + b"a 1\n", TEXT).values) == 1
    with pytest.raises(LimitError, match="more than 10000 lines"):
        parser(samples=5).parse(filler * 10_001, TEXT)
    with pytest.raises(LimitError, match="more than 16000 lines"):
        parser(samples=2_000).parse(filler * 16_001, TEXT)


def test_a_page_whose_labels_are_all_different_is_refused():
    def page(series: int) -> bytes:
        names = (b"v", b"w", b"x", b"y", b"z")
        return b"".join(
            b"a{%b} 1\n" % b",".join(b'%b="%d"' % (name, i) for name in names)
            for i in range(series)
        )

    # Ten thousand, or four for each sample allowed; what recurs counts once.
    taken = parser(samples=2_100).parse(page(2_000) + page(100), TEXT)
    assert len(taken.values) == 2_000
    with pytest.raises(LimitError, match=r"line 2001: .*more than 10000 different"):
        parser(samples=2_100).parse(page(2_001), TEXT)
    assert len(parser(samples=2_600).parse(page(2_080), TEXT).values) == 2_080


def test_every_nan_is_the_ordinary_one():
    assert all(math.isnan(v) for v in parse(b"a NaN\nb nan\n").values)
