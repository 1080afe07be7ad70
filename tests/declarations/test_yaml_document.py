"""YAML as we take it: plain data, each node at its place."""

import pytest
import yaml

from kizashi.declarations.problems import ProblemList
from kizashi.declarations.yaml_document import (
    ScalarKind,
    YamlList,
    YamlMap,
    YamlNode,
    YamlScalar,
    parse_documents,
    scalar_kind,
)


def parse(text: str) -> tuple[list[YamlNode], list[tuple[str, str]]]:
    problems = ProblemList()
    documents = parse_documents(text, "f", problems)
    return documents, [
        (f"{p.position.line}:{p.position.col}", p.code) for p in problems
    ]


def found(text: str) -> list[tuple[str, str]]:
    return parse(text)[1]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("true", ScalarKind.BOOLEAN),
        ("false", ScalarKind.BOOLEAN),
        *((word, ScalarKind.TEXT) for word in ("on", "off", "yes", "no", "y", "True")),
        *((word, ScalarKind.NULL) for word in ("", "~", "null", "NULL")),
        *((word, ScalarKind.INTEGER) for word in ("0", "-12", "+7", "0o17", "0xfF")),
        *((word, ScalarKind.FLOAT) for word in ("1.5", ".5", "1.", "1e3", ".inf")),
        *((word, ScalarKind.TEXT) for word in ("1:30", "1_000", "0b1", "99%", "30d")),
    ],
)
def test_scalars_are_what_the_core_schema_says(text: str, kind: ScalarKind):
    assert scalar_kind(text) is kind


def test_on_stays_a_text_as_key_and_as_value():
    (node,), problems = parse("on: yes\n")

    assert problems == []
    assert isinstance(node, YamlMap)
    (entry,) = node.entries
    assert entry.key == "on"
    assert isinstance(entry.value, YamlScalar)
    assert (entry.value.text, entry.value.kind) == ("yes", ScalarKind.TEXT)


def test_a_quoted_true_is_a_text():
    (node,), _ = parse("'true'")

    assert isinstance(node, YamlScalar)
    assert node.kind is ScalarKind.TEXT


def test_every_node_knows_its_line_and_column():
    (node,), _ = parse("a:\n  - x\n  - {b: 兆し, c: d}\n")

    assert isinstance(node, YamlMap)
    items = node.entries[0].value
    assert isinstance(items, YamlList)
    inner = items.items[1]
    assert isinstance(inner, YamlMap)
    places = [node.entries[0], items.items[0], inner, *inner.entries]
    assert [str(place.position) for place in places] == [
        "f:1:1",
        "f:2:5",
        "f:3:5",
        "f:3:6",
        "f:3:13",
    ]


def test_empty_documents_are_no_documents():
    documents, problems = parse("---\n---\na: 1\n...\n---\n~\n")

    assert problems == []
    assert len(documents) == 1


def test_a_byte_order_mark_is_no_character():
    (node,), problems = parse("\ufeffa: 1")

    assert problems == []
    assert str(node.position) == "f:1:1"


def test_line_ends_of_windows_count_once():
    assert found("a: 1\r\nb: 2\r\na: 3\r\n") == [("3:1", "yaml.key-twice")]


LAUGHS = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        (LAUGHS, "1:4", "yaml.anchor"),
        ("a: *b\n", "1:4", "yaml.alias"),
        ("a: !!python/object:os.system x\n", "1:4", "yaml.tag"),
        ("a: !!str 1\n", "1:4", "yaml.tag"),
        ("a: !own {}\n", "1:4", "yaml.tag"),
        ("a: 1\nb: 2\na: 3\n", "3:1", "yaml.key-twice"),
        ("x: {a: 1, a: 2}\n", "1:11", "yaml.key-twice"),
        ("1: a\n", "1:1", "yaml.key-kind"),
        ("true: a\n", "1:1", "yaml.key-kind"),
        ("~: a\n", "1:1", "yaml.key-kind"),
        ("? [a]\n: b\n", "1:3", "yaml.key-structure"),
        ("a: b: c\n", "1:5", "yaml.syntax"),
        ("a: [b\n", "2:1", "yaml.syntax"),
        ("a: 'b\n", "2:1", "yaml.syntax"),
        ("%YAML 9.0\n---\na: 1\n", "1:1", "yaml.syntax"),
        ("a:\n\tb: c\n", "2:1", "yaml.tab"),
        ("a: b\x07\n", "1:5", "yaml.character"),
        ("a:\n  \ud800", "2:3", "yaml.character"),
        ("[" * 65, "1:65", "yaml.too-deep"),
        ("[" * 20_000, "1:65", "yaml.too-deep"),
        ("- " * 65 + "a", "1:129", "yaml.too-deep"),
        ("# " + "a" * 1024 * 1024, "1:1", "yaml.too-large"),
        ("# " + "兆" * 400_000, "1:1", "yaml.too-large"),
    ],
)
def test_what_is_not_plain_data_is_refused_at_its_place(
    text: str, place: str, code: str
):
    assert found(text) == [(place, code)]


def test_a_mebibyte_is_not_too_large():
    assert found("#" * 1024 * 1024) == []
    assert found("#" * (1024 * 1024 + 1)) == [("1:1", "yaml.too-large")]


def test_sixty_four_levels_are_deep_enough():
    assert found("[" * 64 + "]" * 64) == []


def test_a_key_that_comes_twice_keeps_its_first_value():
    (node,), _ = parse("a: 1\na: 2\n")

    assert isinstance(node, YamlMap)
    assert [getattr(entry.value, "text", "") for entry in node.entries] == ["1"]


def test_five_hundred_problems_of_a_file_are_enough():
    documents, problems = parse("".join(f"{number}: a\n" for number in range(900)))

    assert len(documents) == 1
    assert len(problems) == 500
    assert problems[-1] == ("500:1", "yaml.key-kind")


def test_controls_in_a_parameter_do_not_reach_the_terminal():
    problems = ProblemList()

    parse_documents('"\\e[2Ja": 1\n"\\e[2Ja": 2\n', "f", problems)

    (problem,) = problems
    assert problem.params["key"] == "\ufffd[2Ja"


def foreign(text: str) -> tuple[list[YamlNode], list[tuple[str, str]]]:
    problems = ProblemList()
    nodes = parse_documents(text, "f", problems, is_foreign=True)
    return nodes, [(str(p.position).partition(":")[2], p.code) for p in problems]


def as_data(node: YamlNode) -> object:
    match node:
        case YamlMap():
            return {entry.key: as_data(entry.value) for entry in node.entries}
        case YamlList():
            return [as_data(item) for item in node.items]
        case _:
            return node.text


@pytest.mark.parametrize(
    "text",
    [
        LAUGHS,
        "a: &x 1\nb: *x\n",
        "base: &b {x: 1, y: 2}\nall: {<<: *b, y: 3}\n",
        "a: &a {x: 1}\nb: &b {x: 2, y: 3}\nall: {z: 4, <<: [*a, *b]}\n",
        "a: !!str 1\n",
    ],
)
def test_aliases_of_foreign_files_mean_what_pyyaml_says(text: str):
    (node,), problems = foreign(text)

    assert problems == []
    assert as_data(node) == _texts(yaml.safe_load(text))


def _texts(data: object) -> object:
    if isinstance(data, dict):
        return {key: _texts(value) for key, value in data.items()}
    return list(map(_texts, data)) if isinstance(data, list) else str(data)


def test_an_anchor_that_is_written_again_stands_for_the_newer_value():
    """As YAML 1.2.2 says in 7.1; PyYAML refuses it."""
    (node,), _ = foreign("a: &x 1\nb: &x 2\nc: *x\n")

    assert as_data(node) == {"a": "1", "b": "2", "c": "2"}


def test_what_an_alias_stands_for_keeps_its_place():
    (node,), _ = foreign("a: &x\n  - deep\nb: *x\n")

    assert isinstance(node, YamlMap)
    assert [str(entry.value.position) for entry in node.entries] == ["f:1:4", "f:1:4"]


@pytest.mark.parametrize(
    ("text", "place", "code"),
    [
        ("a: *b\n", "1:4", "yaml.alias-unknown"),
        ("a: &a [*a]\n", "1:8", "yaml.alias-unknown"),
        ("a: &a 1\n---\nb: *a\n", "3:4", "yaml.alias-unknown"),
        ("a: !own 1\n", "1:4", "yaml.tag"),
    ],
)
def test_what_foreign_files_may_not_hold_is_told(text: str, place: str, code: str):
    assert foreign(text)[1] == [(place, code)]


def test_a_bomb_is_refused_before_it_costs_anything():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]

    _, problems = foreign("\n".join(lines))

    assert [code for _, code in problems] == ["yaml.aliases-too-many"]


def test_an_alias_is_as_deep_as_what_it_stands_for():
    nested = "[" * 40 + "x" + "]" * 40
    lines = [f"a0: &a0 {nested}"]
    lines += [f"a{n}: &a{n} {nested.replace('x', f'*a{n - 1}')}" for n in range(1, 40)]

    _, problems = foreign("\n".join(lines))

    assert [code for _, code in problems] == ["yaml.too-deep"]


def test_a_file_of_ours_holds_so_many_values_and_no_more():
    problems = ProblemList()

    parse_documents("a: [" + "b," * 90_000 + "]", "a.yaml", problems)
    assert [p.code for p in problems] == []
    parse_documents("a: [" + "b," * 300_000 + "]", "b.yaml", problems)

    assert [p.code for p in problems] == ["yaml.too-many-nodes"]
