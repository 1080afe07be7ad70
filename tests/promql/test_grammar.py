"""What is PromQL, and what is told of what is none."""

import pytest

from kizashi.errors import PromqlError
from kizashi.messages import LANGUAGES, render
from kizashi.promql.literals import read_number, read_seconds, read_span
from kizashi.promql.quoting import unquote
from kizashi.promql.reader import parse
from kizashi.promql.tree import (
    AggregateExpr,
    BinaryExpr,
    Call,
    Grouping,
    LabelMatch,
    MatrixSelector,
    NumberLiteral,
    ParenExpr,
    SubqueryExpr,
    UnaryExpr,
    VectorSelector,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000", 1000),
        ("1_000.5e1_0", 1_000.5e10),
        ("0x1_F", 31),
        ("0X_ff", 255),
        ("0x1d", 29),
        ("017", 15),
        ("019", 19),
        ("0777777777777777777777777", 777777777777777777777777.0),
        (".5", 0.5),
        ("5.", 5),
        ("1E+3", 1000),
        ("9223372036854775808", 2.0**63),
        ("5m", 300),
        ("1h30m", 5400),
        ("7ms", 0.007),
    ],
)
def test_a_number_is_what_prometheus_takes_it_for(text: str, value: float):
    assert parse(text) == NumberLiteral(value)


@pytest.mark.parametrize(
    "text",
    ["1__0", "1_", "1_.5", "0x", "0x8000000000000000", "1e", "9e999", "1.2.3", "1x"],
)
def test_what_is_no_number_is_none(text: str):
    with pytest.raises(ValueError, match=text.replace(".", r"\.")):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("1h30m", 5_400_000), ("1d12h", 129_600_000), ("300", 300_000), ("1.5", 1_500)],
)
def test_a_bare_number_is_a_duration_in_seconds(text: str, milliseconds: int):
    assert read_span(text) == milliseconds
    assert parse(f"a[{text}]") == MatrixSelector(VectorSelector("a", ()), milliseconds)


@pytest.mark.parametrize("text", ["30m1h", "1.5h", "300y", "9e30", "9" * 5000 + "s"])
def test_what_is_no_duration_is_none(text: str):
    with pytest.raises(ValueError, match=r"^"):
        read_seconds(f"{text}") if text[-1].isalpha() else read_span(text)


@pytest.mark.parametrize(
    "name",
    [
        *("by", "without", "offset", "start", "end", "step", "range", "and", "or"),
        *(
            "unless",
            "sum",
            "topk",
            "limitk",
            "fill",
            "rate",
            "bool_",
            "Sum",
            ":",
            "a:b",
        ),
    ],
)
def test_a_keyword_may_name_a_metric(name: str):
    assert parse(f"{name} + {name}{{a='b'}}") == BinaryExpr(
        "+",
        VectorSelector(name, ()),
        VectorSelector(name, (LabelMatch("a", "=", "b"),)),
    )


@pytest.mark.parametrize(
    "name", ["bool", "on", "ignoring", "group_left", "group_right", "atan2", "BOOL"]
)
def test_some_keywords_name_a_metric_in_quotes_only(name: str):
    with pytest.raises(PromqlError, match=rf"^{name} stands at line 1, column 1 "):
        parse(name)
    assert parse(f'{{"{name}"}}') == VectorSelector(name, ())


def test_every_keyword_but_two_names_a_label():
    names = ("bool", "on", "by", "atan2", "start", "end", "sum", "group_left", "offset")

    assert parse(f'sum by ({", ".join(names)}, "a.b") (x)') == AggregateExpr(
        "sum",
        VectorSelector("x", ()),
        None,
        Grouping(is_by=True, labels=(*names, "a.b")),
    )
    for name in ("inf", "without"):
        with pytest.raises(PromqlError, match=rf"^{name} stands at line 1, column 9 "):
            parse(f"sum by ({name}) (x)")
        assert parse(f'{{{name}="x"}}') == parse(f'{{"{name}"="x"}}')


def test_names_of_any_characters_stand_in_quotes():
    assert parse('{"a.b", "c d"=~"e"}') == VectorSelector(
        "a.b", (LabelMatch("c d", "=~", "e"),)
    )
    assert parse("{'a', \"b\"}").matchers == (LabelMatch("__name__", "=", "b"),)


@pytest.mark.parametrize(
    ("text", "at", "offset_ms"),
    [
        ("x @ -1", -1.0, None),
        ("x @ +1.5", 1.5, None),
        ("x @ 0x10", 16.0, None),
        ("x @ 1m", 60.0, None),
        ("x @ start()", "start", None),
        ("x @ END ( ) offset -5m", "end", -300_000),
        ("x offset - 5m @ 3", 3.0, -300_000),
        ("x offset +300", None, 300_000),
        ("x offset 0s", None, 0),
    ],
)
def test_times_and_offsets(text: str, at: object, offset_ms: int | None):
    assert parse(text) == VectorSelector("x", (), offset_ms, at)
    assert parse(text.replace("x", "x[5m]", 1)) == MatrixSelector(
        VectorSelector("x", (), offset_ms, at), 300_000
    )
    assert parse(text.replace("x", "x[5m:]", 1)) == SubqueryExpr(
        VectorSelector("x", ()), 300_000, None, offset_ms, at
    )


def test_signs_bind_as_multiplication_does():
    one, two, a = NumberLiteral(1), NumberLiteral(2), VectorSelector("a", ())

    assert parse("-+-1") == one
    assert parse("-a^2") == UnaryExpr(BinaryExpr("^", a, two))
    assert parse("-a*2") == BinaryExpr("*", UnaryExpr(a), two)
    assert parse("2^-1^a*a") == BinaryExpr(
        "*",
        BinaryExpr("^", two, UnaryExpr(BinaryExpr("^", one, a))),
        a,
    )
    assert parse("2^1^a") == BinaryExpr("^", two, BinaryExpr("^", one, a))
    assert parse("a-a-a") == BinaryExpr("-", BinaryExpr("-", a, a), a)
    assert parse("(a)") == ParenExpr(a)
    assert parse("pi()") == Call("pi", ())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r'"\x41\101\u0041\U00000041"', "AAAA"),
        (r'"\a\b\f\n\r\t\v\\\""', '\a\b\f\n\r\t\v\\"'),
        (r"'\''", "'"),
        (r"`\n'`", r"\n'"),
        (r'"\xe6\x97\xa5"', "日"),
        (r'"\377\376"', None),
        (r'"\xff"', None),
    ],
)
def test_a_text_says_what_its_escapes_say(written: str, meant: str | None):
    if meant is None:
        with pytest.raises(UnicodeError):
            unquote(written)
    else:
        assert unquote(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        r'"\q"',
        r"'\"'",
        r'"\400"',
        r'"\ud800"',
        r'"\U00110000"',
        r'"\Uffffffff"',
        r'"\x4"',
    ],
)
def test_an_escape_that_there_is_not_is_refused(written: str):
    with pytest.raises(PromqlError) as caught:
        parse(f"a{{b={written}}}")

    assert (caught.value.code, caught.value.params["col"]) == ("promql.escape", "5")


REFUSED = [
    ("", "promql.empty", 1),
    (" # said", "promql.empty", 1),
    ("a b", "promql.expected.operator", 3),
    ("a +", "promql.ended.expression", 4),
    ("a + * b", "promql.expected.expression", 5),
    ("(a b)", "promql.expected.close", 4),
    ("()", "promql.expected.expression", 2),
    ("abs(a b)", "promql.expected.argument-end", 7),
    ("abs(a,)", "promql.last-comma", 6),
    ("sum by (a)", "promql.ended.arguments", 11),
    ("sum by", "promql.ended.labels", 7),
    ("sum by a (b)", "promql.expected.labels", 8),
    ("sum by (1) (b)", "promql.expected.label", 9),
    ("sum by (a:b) (b)", "promql.expected.label", 9),
    ("sum by (a b) (b)", "promql.expected.label-end", 11),
    ("a{1='b'}", "promql.expected.matcher", 3),
    ("a{b}", "promql.expected.matcher-sign", 4),
    ("a{b=='c'}", "promql.expected.matcher-sign", 4),
    ("a{b=c}", "promql.expected.text", 5),
    ("a{b='c' d='e'}", "promql.expected.matcher-end", 9),
    ('{a="b" or c="d"}', "promql.or-matchers", 8),
    ("a[x]", "promql.expected.duration", 3),
    ("a[5m 5m]", "promql.expected.range-end", 6),
    ("a[5m:5m 1]", "promql.expected.step-end", 9),
    ("a offset", "promql.ended.duration", 9),
    ("a @", "promql.ended.time", 4),
    ("a @ b", "promql.expected.time", 5),
    ("a @ start", "promql.ended.time-call", 10),
    ("a @ inf", "promql.time", 5),
    ("a @ 1e30", "promql.time", 5),
    ("1__0", "promql.number", 1),
    ("a[30m1h]", "promql.duration", 3),
    ("a[0s]", "promql.no-range", 3),
    ("a[5m:0]", "promql.no-range", 6),
    ("a[5m + 1m]", "promql.computed-duration", 6),
    ("a[(5m)]", "promql.computed-duration", 3),
    ("a[step()]", "promql.computed-duration", 3),
    ("a offset (5m)", "promql.computed-duration", 10),
    ("a[5m] smoothed", "promql.experimental", 7),
    ("a </ b", "promql.experimental", 3),
    ("a + fill(0) b", "promql.experimental", 5),
    ("start()", "promql.experimental", 1),
    ("foo(a)", "promql.function", 1),
    ("ABS(a)", "promql.function", 1),
    ("by(a)", "promql.expected.operator", 3),
    ("a:b(x)", "promql.expected.operator", 4),
    ("abs()", "promql.arguments", 1),
    ("label_join(a, 'b')", "promql.arguments", 1),
    ("topk(a)", "promql.arguments", 1),
    ("rate(a)", "promql.wants-range", 6),
    ("abs(1)", "promql.wants-vector", 5),
    ("vector(a)", "promql.wants-scalar", 8),
    ("count_values(a, b)", "promql.wants-string", 14),
    ('a{__name__="b"}', "promql.name-twice", 1),
    ('a + {b=""}', "promql.selects-all", 5),
    ("(a)[5m]", "promql.range-of", 4),
    ("a offset 5m[5m]", "promql.range-first", 12),
    ("1[5m:]", "promql.subquery-of", 1),
    ("(a) offset 5m", "promql.modifier-of", 5),
    ("a offset 5m offset 5m", "promql.twice", 13),
    ("a @ 1 @ 2", "promql.twice", 7),
    ("-a[5m]", "promql.sign-type", 1),
    ("a + b[5m]", "promql.operand-type", 5),
    ("a + bool b", "promql.bool-sign", 3),
    ("1 == 1", "promql.scalars-compared", 3),
    ("a + on(b) group_left(b) c", "promql.on-and-group", 3),
    ("a or 1", "promql.set-of-scalars", 3),
    ("a and on(b) group_left c", "promql.set-grouped", 3),
    ("a + on(b) 1", "promql.scalars-matched", 3),
    ('a{b="\\xff"}', "promql.not-utf8", 5),
    ("a{b='\ud800'}", "promql.not-utf8", 6),
    ('a{b=~"("}', "promql.regex", 6),
    ("\u3000a", "promql.expected.expression", 1),
]


@pytest.mark.parametrize(("text", "code", "col"), REFUSED)
def test_what_is_no_promql_is_told_at_its_place_in_both_languages(
    text: str, code: str, col: int
):
    with pytest.raises(PromqlError) as caught:
        parse(f"# a line\n{text}")

    params = caught.value.params
    assert caught.value.code == code
    if code != "promql.empty":
        assert (params["line"], params["col"]) == ("2", str(col))
    for language in LANGUAGES:
        what, _, fix = render(language, code, **params).partition("\n")
        assert what
        assert fix
        assert code == "promql.empty" or f"{col}" in what


def test_what_ends_within_brackets_is_their_fault():
    with pytest.raises(PromqlError) as caught:
        parse("sum(rate(x[5m])")

    assert (caught.value.code, caught.value.params["col"]) == (
        "promql.open-bracket",
        "4",
    )
