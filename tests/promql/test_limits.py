"""No text takes more time or depth than its limits allow."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from kizashi.app.drift import DriftKind, drift
from kizashi.errors import PromqlError
from kizashi.messages import render
from kizashi.model.labels import Labels
from kizashi.model.upstream import RunningGroup, RunningRule
from kizashi.promql.canonical import Forms, canonical
from kizashi.promql.reader import parse
from kizashi.promql.scanner import DEEPEST, MOST_BYTES, MOST_OPERATORS, scan
from kizashi.promql.selectors import parse_selector

N = 100_000
#: Below the length that is put into form.
M = 10_000


def code_of(text: str) -> str:
    with pytest.raises(PromqlError) as caught:
        parse(text)
    return caught.value.code


@pytest.mark.parametrize(
    "text",
    [
        "(" * N + "a" + ")" * N,
        "abs(" * N + "a" + ")" * N,
        "(" * N,
        "a" + "[5m:1m]" * N,
        "-" * N + "a",
        "a" + "^a" * N,
        "a" + " + a" * N,
        "a" + " and a" * N,
    ],
    ids=lambda text: text[:9],
)
def test_what_is_too_long_is_refused_before_it_is_read(text: str):
    began = time.perf_counter()

    assert code_of(text) == "promql.too-long"
    assert time.perf_counter() - began < 10


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("(" * 30_000 + "a" + ")" * 30_000, "promql.too-deep"),
        ("abs(" * 10_000 + "a" + ")" * 10_000, "promql.too-deep"),
        ("(" * 60_000, "promql.too-deep"),
        ("a" + "[5m:1m]" * 9_000, "promql.too-many-operators"),
        ("-" * 60_000 + "a", "promql.too-many-operators"),
        ("+-" * 30_000 + "a", "promql.too-many-operators"),
        ("a" + "^a" * 30_000, "promql.too-many-operators"),
        ("a" + "+a" * 4_000, "promql.too-many-operators"),
        ("a" + " or a" * 4_000, "promql.too-many-operators"),
        ("a" + " UNLESS a" * 4_000, "promql.too-many-operators"),
        ("a" + " offset 5m" * 4_000, "promql.too-many-operators"),
        ("a" + " @ 3" * 4_000, "promql.too-many-operators"),
        ("1e-1" * 9_000, "promql.too-many-operators"),
    ],
)
def test_each_limit_holds_below_the_size_of_a_text(text: str, code: str):
    assert len(text) < MOST_BYTES
    began = time.perf_counter()

    assert code_of(text) == code
    assert time.perf_counter() - began < 10


LONG = 20_000
HOSTILE = [
    "sum by (a" + "," * LONG + ")(b)",
    "f(" + "," * LONG + ")",
    "sum by (" + ",".join("l" for _ in range(30_000)) + ") (x)",
    "{" + ",".join('"c"' for _ in range(16_000)) + "}",
    'a{b=~"' + "a|" * 30_000 + '"}',
    'a{b=~"' + "(" * 30_000 + ")" * 30_000 + '"}',
    '{__name__=~"' + ".*" * 30_000 + 'x"}',
    *(sign * LONG for sign in ("9", "=", ":", "\0", " ", "'", "a", "@")),
    *(number + "9" * LONG for number in ("0", "0x", "1e", "a[", "a @ ", "a offset ")),
    *("a[" + "9" * LONG + "s]", "1m" * 20_000, "1" + ".1" * 20_000, "1_" * 30_000),
    *('"' + "\\x41" * 15_000 + '"', '"' + "\\" * LONG + '"', "\"'`" * 20_000),
    *("#\n" * 30_000 + "a", "# (((\n" * 10_000 + "a", "a\r\n" * 20_000),
    *("by " * 20_000, "sum by (a) " * 5_000, "\u00a0" * 20_000, "a{b='\ud800'}"),
    "sum by (a) (rate(" * 32 + "a[5m]" + "))" * 32,
    "(" * 60 + "a" + "[5m:])" * 60,
    *("a" + "[5m:]" * 255, "a" + " @ 1" * 255, "a" + " offset 1m" * 255),
    "a" + "> bool on (x) group_left (y) a" * 250,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_read_or_told_in_time(text: str):
    began = time.perf_counter()

    for read in (parse, parse_selector, canonical):
        try:
            read(text)
        except PromqlError as error:
            said = render("ja", error.code, **error.params)
            assert "\n" in said
            assert len(said) < 1_000
    assert time.perf_counter() - began < 10


def test_as_much_as_the_limits_allow_is_read_in_time():
    deep = "(-" * DEEPEST + "a" + ")" * DEEPEST
    wide = "+".join(["a"] * (MOST_OPERATORS + 1))
    towers = "^".join(["a"] * (MOST_OPERATORS + 1))
    negative = "-" * MOST_OPERATORS + "a"
    long = f'a{{b="{"x" * (MOST_BYTES - 7)}"}}'
    for text in (deep, wide, towers, negative, long):
        began = time.perf_counter()
        parse(text)
        assert time.perf_counter() - began < 10, text[:20]


def test_a_limit_names_the_place_where_it_is_passed():
    with pytest.raises(PromqlError) as caught:
        parse("a\n+ " + "(" * 65 + "a" + ")" * 65)

    assert caught.value.params == {"line": "2", "col": "67", "limit": "64"}
    said = render("ja", caught.value.code, **caught.value.params)
    assert said.startswith("式の 2 行 67 列目で、括弧の入れ子が 64 段を超えています\n")


def test_signs_that_are_no_operators_are_not_counted():
    matchers = ",".join(f'l{n}=~"a-b+c"' for n in range(400))

    parse(f"m{{{matchers}}} # {'-' * 1000}")


@pytest.mark.parametrize(
    ("text", "code", "line", "col"),
    [
        ('a{b="c}', "promql.open-text", "1", "5"),
        ("a +\n(b", "promql.open-bracket", "2", "1"),
        ("a)", "promql.not-opened", "1", "2"),
        ("(a]", "promql.other-bracket", "1", "3"),
        ('a{b="x\ny"}', "promql.open-text", "1", "5"),
    ],
)
def test_brackets_and_texts_without_an_end_are_named_at_their_place(
    text: str, code: str, line: str, col: str
):
    with pytest.raises(PromqlError) as caught:
        parse(text)

    assert caught.value.code == code
    assert (caught.value.params["line"], caught.value.params["col"]) == (line, col)


@pytest.mark.parametrize("regex", [r"\\pL{100}", r"(?:\\pL{50}){2}"])
def test_a_regular_expression_that_takes_much_memory_is_refused(regex: str):
    began = time.perf_counter()

    assert code_of(f'a{{b=~"{regex}"}}') == "promql.regex"
    assert time.perf_counter() - began < 10


def test_many_regular_expressions_share_one_bound():
    many = ",".join(f'l=~"\\\\w{{{100 + n % 900}}}"' for n in range(3500))
    began = time.perf_counter()

    assert code_of(f"a{{{many}}}") == "promql.regexes-too-large"
    assert time.perf_counter() - began < 10


@given(st.text(alphabet="a0. \t\n#\"'`\\()[]{},:=~!<>+-*/%^@éor", max_size=60))
def test_words_are_the_whole_text_but_blanks_and_comments(text: str):
    try:
        words = list(scan(text))
    except PromqlError:
        return
    at = 0
    for word in words:
        between = text[at : word.at]
        for line in between.replace("\r", "\n").split("\n"):
            assert not line.strip(" \t") or line.lstrip(" \t").startswith("#")
        assert text[word.at : word.at + len(word.text)] == word.text
        at = word.at + len(word.text)


KILLERS = [
    "(" * 5_000_000,
    "(" * M + "a" + ")" * M,
    "abs(" * M + "a" + ")" * M,
    "a" + "[5m:1m]" * M,
    "-" * M + "a",
    "a" + "^a" * M,
    "sum(" * M + "a" + ") by (b)" * M,
    "a" + "{b='c'}" * M,
    "sum(a)" + " by (b)" * M,
]


@pytest.mark.parametrize("text", KILLERS, ids=range(len(KILLERS)))
def test_what_a_hostile_server_runs_is_compared_without_a_parser(text: str):
    began = time.perf_counter()
    running = RunningRule("a:b", False, text, Labels(), 0)
    group = RunningGroup("kizashi-x", "f", 15_000, (running,), None)
    wanted = replace(group, rules=(replace(running, expression="a"),))

    (entry,) = drift([wanted], [group])

    assert (entry.kind, entry.running) == (DriftKind.CHANGED, text)
    assert time.perf_counter() - began < 10


def test_expressions_beyond_the_limits_are_compared_by_their_words():
    wide = " + ".join(f'a{{b="{n}"}}' for n in range(1_000))

    assert canonical(wide) == canonical(wide.replace(" + ", "+"))
    assert canonical(wide) != canonical(wide.replace('"999"', '"1000"'))


def test_of_what_a_server_runs_a_bounded_part_is_read(
    monkeypatch: pytest.MonkeyPatch,
):
    read: list[str] = []
    monkeypatch.setattr("kizashi.promql.canonical.canonical", _noted(read))
    forms = Forms()

    found = [forms.are_one("a", f"a{n} +" + "-a+" * 60 + "a") for n in range(2_000)]

    assert not any(found)
    # Two to four seconds of work: thirty microseconds a character.
    assert 100_000 < sum(map(len, read)) <= 128 * 1024


def _noted(read: list[str]) -> Callable[[str], str]:
    def note(text: str) -> str:
        read.append(text)
        return text

    return note


def test_rules_of_many_objectives_are_compared_whatever_their_blanks():
    # A server lays expressions out anew; these are 2 MB, as those of a hundred objectives.
    forms = Forms()
    terms = ",\n  ".join(f'l{n}!="{n} {n}"' for n in range(200))
    ours = [f"sum by (a) (\n  x{{\n  {terms}}}\n) + {n}" for n in range(300)]

    theirs = [re.sub(r"\s*([(){},+])\s*", r"\1", one) for one in ours]

    assert all(map(forms.are_one, ours, theirs))
    assert not forms.are_one(ours[0], theirs[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('a{b="c d"}', 'a{b="cd"}'),
        ("a{b='c  d'}", "a{b='c d'}"),
        ("a{b=`c\nd`}", "a{b=`c d`}"),
        ("a # b\n+ c", "a # b + c"),
        ("a + b", "ab"),
        ("a[5m:1m]", "a[5m:10m]"),
    ],
)
def test_blanks_that_mean_something_tell_expressions_apart(one: str, other: str):
    assert not Forms().are_one(one, other)
