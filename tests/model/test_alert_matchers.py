"""Matchers as Alertmanager writes them, alone and in lists."""

import time

import pytest

from kizashi.model.alert_matchers import read_matcher, read_matchers


@pytest.mark.parametrize(
    ("text", "matchers"),
    [
        ('{a="b", c=~d}', [("a", "=", "b"), ("c", "=~", "d")]),
        ("a = b,c!=d,", [("a", "=", "b"), ("c", "!=", "d")]),
        ('"k8s.pod" !~ "x,y}"', [("k8s.pod", "!~", "x,y}")]),
        (r'a="x\n\"y\\"', [("a", "=", 'x\n"y\\')]),
        ("a=", [("a", "=", "")]),
        ("", []),
        ("a", []),
        ("a=b c=d", [("a", "=", "b")]),
    ],
)
def test_a_list_of_matchers_is_read(text: str, matchers: list[tuple[str, str, str]]):
    assert list(read_matchers(text)) == matchers


@pytest.mark.parametrize(
    "text",
    [
        "x" * 200_000,
        '"' * 200_000,
        'a="' * 50_000,
        "a=" + " " * 100_000 + '"',
        "a=" + " " * 100_000 + "x y",
        " " * 100_000 + "a",
    ],
)
def test_a_long_text_that_is_none_takes_no_time(text: str):
    began = time.perf_counter()

    assert len(list(read_matchers(text))) <= 1
    read_matcher(text)
    assert time.perf_counter() - began < 10
