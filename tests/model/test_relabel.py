import pytest
from hypothesis import given, strategies as st

from kizashi.errors import RelabelError
from kizashi.model.labels import Labels
from kizashi.model.relabel import compile_rules
from kizashi.model.scraping import RelabelAction as A, RelabelRule as Rule

TARGET = {"__address__": "10.0.0.1:9100", "job": "node", "a": "foo", "b": "bar"}


def relabel(labels: dict[str, str], *rules: Rule) -> dict[str, str] | None:
    found = compile_rules(rules).apply(Labels.of(labels))
    return None if found is None else found.as_dict()


@pytest.mark.parametrize(
    ("rule", "changes"),
    [
        (Rule(source_labels=("a",), target_label="d"), {"d": "foo"}),
        (
            Rule(source_labels=("a", "b"), target_label="d"),
            {"d": "foo;bar"},
        ),
        (
            Rule(
                source_labels=("a", "absent"),
                separator="",
                regex="f(.*)",
                replacement="ch${1}-ch$1",
                target_label="d",
            ),
            {"d": "choo-choo"},
        ),
        # The expression is anchored at both ends, on each branch.
        (Rule(source_labels=("a",), regex="fo", target_label="d"), {}),
        (Rule(source_labels=("a",), regex="f|o", target_label="d"), {}),
        # `.` matches a newline.
        (
            Rule(
                source_labels=("a", "b"),
                separator="\n",
                regex="f.*r",
                replacement="x",
                target_label="d",
            ),
            {"d": "x"},
        ),
        # A named group, a group that took no part, a group that is not there.
        (
            Rule(
                source_labels=("a",),
                regex="(?P<first>f)(z)?o(.*)",
                replacement="$first|$2|$3|$9|${nope}",
                target_label="d",
            ),
            {"d": "f||o||"},
        ),
        # `$1x` names a group `1x`; `$$` is a dollar sign; a lone `$` stays.
        (
            Rule(source_labels=("a",), replacement="$1x$$1$ ${1", target_label="d"),
            {"d": "$1$ ${1"},
        ),
        # Group 0 is everything; a leading zero makes it a name.
        (
            Rule(source_labels=("a",), replacement="$0$00", target_label="d"),
            {"d": "foo"},
        ),
        # The target is expanded too; a name that comes out wrong changes nothing.
        (
            Rule(source_labels=("a",), target_label="x_$1", replacement="v"),
            {"x_foo": "v"},
        ),
        (
            Rule(source_labels=("__address__",), target_label="${1}", replacement="v"),
            {},
        ),
        # An empty result deletes.
        (Rule(source_labels=("absent",), target_label="a"), {"a": None}),
        (Rule(target_label="a", replacement=""), {"a": None}),
        # Without source labels the empty text matches (.*).
        (Rule(target_label="d", replacement="static"), {"d": "static"}),
        # md5("foo") is acbd18db4cc2f85cedef654fccc4a4d8: its last half modulo 1000.
        (
            Rule(
                action=A.HASHMOD, source_labels=("a",), modulus=1000, target_label="d"
            ),
            {"d": str(0xEDEF654FCCC4A4D8 % 1000)},
        ),
        (
            Rule(action=A.LABELMAP, regex="(a|b)", replacement="meta_$1"),
            {"meta_a": "foo", "meta_b": "bar"},
        ),
        # Labels are visited by name and the last one wins.
        (Rule(action=A.LABELMAP, regex="a|b", replacement="m"), {"m": "bar"}),
        (
            Rule(action=A.LABELDROP, regex="a|b|__.*"),
            {"a": None, "b": None, "__address__": None},
        ),
        (Rule(action=A.LABELKEEP, regex="a|b"), {"__address__": None, "job": None}),
        (
            Rule(action=A.UPPERCASE, source_labels=("a", "b"), target_label="d"),
            {"d": "FOO;BAR"},
        ),
        (
            Rule(action=A.LOWERCASE, source_labels=("absent",), target_label="a"),
            {"a": None},
        ),
    ],
)
def test_a_rule_changes_the_labels(rule: Rule, changes: dict[str, str | None]):
    wanted = {**TARGET, **changes}
    assert relabel(TARGET, rule) == {k: v for k, v in wanted.items() if v is not None}


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (Rule(action=A.KEEP, source_labels=("a",), regex="fo+"), True),
        (Rule(action=A.KEEP, source_labels=("a",), regex="o+"), False),
        (Rule(action=A.KEEP, source_labels=("absent",), regex="x"), False),
        (Rule(action=A.DROP, source_labels=("a",), regex="fo+"), False),
        (Rule(action=A.DROP, source_labels=("a",), regex="o+"), True),
        # Without anything said, everything matches.
        (Rule(action=A.DROP), False),
        (Rule(action=A.KEEP), True),
        (Rule(action=A.KEEP_EQUAL, source_labels=("a",), target_label="b"), False),
        (Rule(action=A.DROP_EQUAL, source_labels=("a",), target_label="b"), True),
        (Rule(action=A.KEEP_EQUAL, source_labels=("a",), target_label="a"), True),
        (Rule(action=A.DROP_EQUAL, source_labels=("no",), target_label="ne"), False),
    ],
)
def test_a_rule_keeps_or_drops(rule: Rule, kept: bool):
    assert relabel(TARGET, rule) == (TARGET if kept else None)


def test_rules_see_what_earlier_rules_wrote_and_stop_at_a_drop():
    found = relabel(
        {"a": "1"},
        Rule(source_labels=("a",), target_label="b", replacement="x$1"),
        Rule(source_labels=("b",), target_label="c", replacement="y$1"),
        Rule(action=A.LABELDROP, regex="b"),
        Rule(action=A.DROP, source_labels=("b",), regex=".+"),
    )
    assert found == {"a": "1", "c": "yx1"}


def test_labelmap_reads_a_copy_and_a_later_label_wins():
    # z is written before the map runs and so comes after a, which came in.
    found = relabel(
        {"a": "1", "b": "2"},
        Rule(target_label="a", replacement="3"),
        Rule(action=A.LABELMAP, regex="[ab]", replacement="m"),
    )
    assert found == {"a": "3", "b": "2", "m": "3"}


def test_a_missing_label_is_empty_and_an_emptied_one_missing():
    found = relabel(
        {"a": "1"},
        Rule(target_label="a", replacement=""),
        Rule(source_labels=("a", "a"), target_label="b"),
    )
    assert found == {"b": ";"}


@pytest.mark.parametrize(
    ("before", "lower", "upper"),
    [
        ("Straße", "straße", "STRAßE"),
        ("ΟΔΟΣ", "οδοσ", "ΟΔΟΣ"),
        ("İx", "ix", "İX"),
        ("\u1fb3", "\u1fb3", "\u1fbc"),
        ("ŉ", "ŉ", "ŉ"),
    ],
)
def test_case_changes_one_character_for_one_as_go_does(
    before: str, lower: str, upper: str
):
    rules = [
        Rule(action=action, source_labels=("a",), target_label=name)
        for action, name in ((A.LOWERCASE, "l"), (A.UPPERCASE, "u"))
    ]
    assert relabel({"a": before}, *rules) == {"a": before, "l": lower, "u": upper}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(action=A.HASHMOD, target_label="a"), "modulus"),
        (Rule(action=A.HASHMOD, modulus=3), "target_label is missing"),
        (Rule(), "target_label is missing"),
        (Rule(target_label="a-b"), "not a label name"),
        (Rule(target_label="1a"), "not a label name"),
        (Rule(target_label="${a"), "not a label name"),
        (Rule(target_label="a", regex="("), "RE2"),
        (Rule(target_label="a", regex="(?=x)"), "RE2"),
        (Rule(action=A.LOWERCASE, target_label="$1"), "not a label name"),
        (Rule(action=A.LABELMAP, replacement="a-$1"), "cannot make a label name"),
        (Rule(action=A.UPPERCASE, target_label="a", replacement="x"), "replacement"),
        (Rule(action=A.KEEP_EQUAL, target_label="a", regex="x"), "regex"),
        (Rule(action=A.KEEP_EQUAL, source_labels=("a",)), "target_label is missing"),
        (Rule(action=A.LABELDROP, source_labels=("a",)), "source_labels"),
        (Rule(action=A.LABELKEEP, target_label="a"), "target_label"),
        (Rule(action=A.LABELDROP, separator=","), "separator"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_its_number(rule: Rule, said: str):
    with pytest.raises(RelabelError, match=said) as caught:
        compile_rules([Rule(action=A.DROP), rule])
    assert f"rule 2 ({rule.action.value})" in str(caught.value)


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,4}", fullmatch=True), st.text()))
def test_no_rules_and_keeping_everything_change_nothing(labels: dict[str, str]):
    same = Labels.of(labels).as_dict()
    assert relabel(labels) == same
    assert relabel(labels, Rule(action=A.LABELKEEP)) == same
    assert relabel(labels, Rule(action=A.LABELMAP)) == same


@given(st.text(max_size=30), st.text(alphabet="$1{}ab_ ", max_size=12))
def test_any_replacement_expands_without_an_error(value: str, template: str):
    relabel(
        {"a": value},
        Rule(source_labels=("a",), target_label="b", replacement=template),
    )
