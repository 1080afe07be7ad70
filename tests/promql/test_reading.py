"""What is read is what is written, and what is written says the same again."""

import pytest
from hypothesis import given, strategies as st

from kizashi.errors import PromqlError
from kizashi.promql.canonical import canonical
from kizashi.promql.quoting import quote, unquote
from kizashi.promql.reader import parse
from kizashi.promql.selectors import parse_selector
from kizashi.promql.tree import (
    BinaryExpr,
    BinaryModifier,
    LabelMatch,
    Matching,
    MatrixSelector,
    NumberLiteral,
    StringLiteral,
    SubqueryExpr,
    VectorSelector,
    walk,
)
from kizashi.promql.writer import shown

WRITTEN = [
    "a",
    "a:b:c",
    'a{b="c",d!="e",f=~"g.*",h!~"i|"}',
    "{__name__=~'a.*'}",
    'a{b="\\"\\\\\\n"}',
    'a{b="日本"}',
    "a offset 5m",
    "a offset -1h30m",
    "a @ 3.5 offset 5m",
    "a @ start()",
    "a[5m]",
    "a[5m] @ end() offset 1d",
    "rate(a[5m])[1h:]",
    "rate(a[5m])[1h:30s] offset 1w",
    "-a",
    "-(a + b)",
    "2 ^ -1",
    "1 - a / b",
    "a + on (b, c) group_left (d) e",
    "a / ignoring (b) group_right () c",
    "a + on () b",
    "a == bool 0",
    "a and on (b) c or d unless e",
    "a atan2 b",
    "sum(a)",
    "sum by (b, c) (a)",
    "avg without (b) (a)",
    "topk by (b) (3, a)",
    'count_values("v", a)',
    "quantile(0.99, a)",
    'label_replace(a, "b", "$1", "c", "(.*)")',
    "histogram_quantile(0.9, sum by (le) (rate(a_bucket[5m])))",
    "vector(time())",
    "0.001",
    "1e-09",
    "Inf",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_a_tree_is_written_as_it_is_read(text: str):
    assert parse(shown(parse(text))) == parse(text)


def test_every_part_of_a_tree_is_read():
    tree = parse(
        'a{b=~"c"} / on (d) group_left (e) max_over_time(rate(f[5m])[1h:1m] offset 2m)'
    )

    assert isinstance(tree, BinaryExpr)
    assert tree.lhs == VectorSelector("a", (LabelMatch("b", "=~", "c"),))
    matching = Matching(is_on=True, labels=("d",))
    assert tree.modifier == BinaryModifier(
        matching=matching, group="left", group_labels=("e",)
    )
    (subquery,) = (node for node in walk(tree) if isinstance(node, SubqueryExpr))
    assert (subquery.range_ms, subquery.step_ms) == (3_600_000, 60_000)
    assert subquery.offset_ms == 120_000
    assert MatrixSelector(VectorSelector("f", ()), 300_000) in walk(tree)


def test_a_regular_expression_is_re2s_and_stays_as_written():
    # RE2 has no look-ahead.
    tree = parse(r'a{b=~"x\\z"}')

    assert tree == VectorSelector("a", (LabelMatch("b", "=~", r"x\z"),))
    with pytest.raises(PromqlError) as caught:
        parse('a{b=~"(?=x)"}')
    assert caught.value.code == "promql.regex"


@pytest.mark.parametrize(
    "text", ['{a=~".*"}', "{}", 'a{b="c"}{d="e"}', "a b", "sum(", ""]
)
def test_what_is_not_promql_is_refused(text: str):
    with pytest.raises(PromqlError):
        parse(text)


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


def test_between_backticks_nothing_is_an_escape():
    assert parse(r"a{b=`\n`}") == VectorSelector("a", (LabelMatch("b", "=", r"\n"),))


@given(TEXTS)
def test_a_quoted_text_says_itself(text: str):
    assert unquote(quote(text)) == text
    assert parse(quote(text)) == StringLiteral(text)


NUMBERS = st.floats(min_value=0, allow_nan=False, allow_infinity=False).map(
    NumberLiteral
)
SELECTORS = st.builds(
    VectorSelector,
    st.sampled_from(["a", "b:c", "d_total"]),
    st.lists(
        st.builds(
            LabelMatch,
            st.sampled_from(["x", "y_1"]),
            st.sampled_from(["=", "!="]),
            TEXTS,
        ),
        max_size=3,
    ).map(tuple),
    st.none() | st.integers(-(10**9), 10**9).filter(bool),
    st.none() | st.sampled_from(["start", "end"]) | st.integers(0, 2**31).map(float),
)
TREES = st.recursive(
    NUMBERS | SELECTORS,
    lambda inner: st.tuples(
        st.sampled_from(["({} + {})", "(-{} / {})", "sum by (x) (e * {} * {})"]),
        inner,
        inner,
    ).map(lambda made: parse(made[0].format(shown(made[1]), shown(made[2])))),
    max_leaves=6,
)


@given(TREES)
def test_print_then_parse_is_identity(tree):  # noqa: ANN001
    assert parse(shown(tree)) == tree


SAME = [
    ("sum(rate(a[5m])) by (b)", "sum by (b) (rate(a[300s]))"),
    ("sum(a)by(b,)", "SUM BY(b)(a)"),
    ('a{b="c",d="e"}', "a { d = 'e' , b = `c`, } # said"),
    ("a{}", "a"),
    ('{__name__="a",b="c"}', 'a{b="c"}'),
    ('{"a",b="c"}', 'a{b="c"}'),
    ("a / on(b) group_left c", "a / on (b) group_left () c"),
    ("a + ignoring() b", "a + b"),
    ("a offset 5m @ 3", "a @ 3.000 offset 5m"),
    ("a offset -5m @ start()", "a @ start() offset -5m"),
    ("0.50 * 1e3", ".5 * 1000"),
    ("a > 0x1F", "a > 31"),
    ("a[1h30m]", "a[90m]"),
    ("a\n  and\nb", "a AND b"),
    ("-Inf", "-inf"),
    ('{"a"="1"}', "{a='1'}"),
    ("sum by ('a', b) (x)", "sum(x) by (b, a)"),
    ("1e3 + 0x10 + 1_0", "1000 + 16 + 10"),
    ("a[60s:1m]", "a[1m:60]"),
    ("a offset 0s", "a"),
    ("a[5m:] offset 0", "a[5m:]"),
    ("a * on (b, c) group_left (d, e) f", "a * on (c, b, c) group_left (e, d) f"),
    ("((a)) + (b)", "a + b"),
    ("(a + b) + c", "a + b + c"),
    ("sum((a))", "sum(a)"),
    ("-(a^2)", "-a^2"),
    ("+a", "a"),
    ("-1", "(-1)"),
    ("sum by () (a)", "sum(a)"),
    ('{a="b",a="b",__name__="c"}', 'c{a="b"}'),
    ('a{b=~"x\\\\d"}', "a{b=~`x\\d`}"),
    ("a @ 1e3", "a @ 1000.000"),
    ("a == bool 1", "a ==\tBOOL 1.0"),
    ("a + on () 1", "a + 1"),
    ("300", "5m"),
]
DIFFERENT = [
    ("a - (b - c)", "a - b - c"),
    ("(-1)^2", "-1^2"),
    ("1 / -0", "1 / 0"),
    ("a @ 1", "a @ 1.5"),
    ("a @ start()", "a @ end()"),
    ('a{b="1"}', 'a{"b.c"="1"}'),
    ("a == b", "a == bool b"),
    ("a + on () b", "a + b"),
    ("a * on (b) group_left () c", "a * on (b) c"),
    ("a * on (b) group_left () c", "a * on (b) group_right () c"),
    ("sum without () (a)", "sum(a)"),
    ('{__name__="a",__name__="b"}', "a"),
    ("a[5m:]", "a[5m]"),
    ("(a + b)[5m:]", "a + b[5m:]"),
    ("a - b", "a -b - c"),
    ("a", "b"),
    ("a offset 5m", "a offset -5m"),
    ('a{b="c"}', 'a{b!="c"}'),
    ('a{b="c d"}', 'a{b="c  d"}'),
    ("sum by (b) (a)", "sum without (b) (a)"),
    ("sum by (b, c) (a)", "sum by (b) (a)"),
    ("a[5m]", "a[6m]"),
    ("(a + b) / c", "a + b / c"),
    ('f("Sum")', 'f("sum")'),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_expression_has_one_form_however_it_is_laid_out(one: str, other: str):
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_expressions_have_two_forms(one: str, other: str):
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize("text", WRITTEN)
def test_the_form_of_an_expression_is_that_of_its_own_layout(text: str):
    assert canonical(text) == canonical(shown(parse(text)))
    assert canonical(canonical(text)) == canonical(text)


def test_what_no_parser_knows_is_compared_by_its_words():
    assert canonical("a </ b  smoothed[5m]") == canonical("a </ b smoothed [5m]")
    assert canonical('not  promql ( "') == 'not promql ( "'


@pytest.mark.parametrize(
    "text", ["sum(x offset (5m))", "x offset -(5m)", "sum(x) by ((a))", "x)"]
)
def test_syntax_that_no_parser_of_ours_knows_is_compared_by_its_words(text: str):
    """A newer server may run it."""
    assert canonical(text) == canonical(f" {text} ")
    assert canonical(text) != canonical(text.replace("x", "y"))


@pytest.mark.parametrize(
    "text",
    [
        '{"a.b", "c d"=~"e", x="y\\\\z\\n\\""}',
        '{"bool"}',
        '{"inf", without="x"}',
        "sum{on='c'}",
        '{__name__="a.b"}',
        '{__name__="a", __name__="b"}',
        '{"日本"}',
    ],
)
def test_a_selector_is_written_as_it_is_read(text: str):
    """Declarations are kept as texts, and rules are made of them."""
    selector = parse_selector(text)

    assert parse_selector(str(selector)) == selector
    assert canonical(str(selector)) == canonical(text)
