"""We read what Prometheus reads: its own programs say what that is.

The installed one is 2.53 or newer; where 3 reads more, `READ_BY_3` says what.
"""

import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from promql_grammar import Grammar

from kizashi.errors import PromqlError
from kizashi.promql.canonical import canonical
from kizashi.promql.reader import parse

pytestmark = pytest.mark.peer("prometheus")

#: What promtool 2.53 says of texts that Prometheus 3 reads, and so do we.
READ_BY_3 = re.compile(
    r"bad number or duration syntax"  # 1_000
    r"|unexpected duration"  # 5m as a number
    r"|unexpected number .* in (?:offset|subquery)"  # offset 300, [5m:60]
    r"|missing unit character in duration"  # [300]
    r"|duration must be greater than 0"  # offset 0s
    r"|unexpected <op:\+> in offset"  # offset +5m
    r"|unexpected string .* in grouping opts"  # by ("a.b")
    r"|unknown function with name|is not enabled"  # limitk, sort_by_label
    r"|invalid UTF-8 rune"  # U+FFFD itself between quotes
    r"|bad duration syntax"  # [1_000]
)
#: What we refuse, although promtool reads it.
REFUSED_HERE = frozenset({"promql.not-utf8"})


def refusals(texts: Sequence[str], folder: Path) -> Mapping[int, str]:
    """Return what promtool says of the texts that it refuses, by their number."""
    rules = [{"record": f"r{n}", "expr": text} for n, text in enumerate(texts)]
    path = folder / "rules.yaml"
    path.write_text(json.dumps({"groups": [{"name": "g", "rules": rules}]}))
    said = subprocess.run(
        ["promtool", "check", "rules", "--lint=none", str(path)],  # noqa: S607
        check=False,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    found = re.findall(r'rule \d+, "r(\d+)": (.*)', said.stderr)
    assert bool(found) == bool(said.returncode), said.stderr
    # One text may be refused twice; what is said first decides.
    return {int(number): text for number, text in reversed(found)}


def refusal(text: str) -> PromqlError | None:
    try:
        parse(text)
    except PromqlError as error:
        return error
    return None


def disagreements(texts: Sequence[str], folder: Path) -> list[tuple[str, str, str]]:
    found = []
    theirs = refusals(texts, folder)
    for number, text in enumerate(texts):
        ours, their = refusal(text), theirs.get(number, "")
        if (ours is None) == (not their):
            continue
        if ours is None and READ_BY_3.search(their):
            continue
        # 2.53 takes a number in seconds behind a comma for nothing at all.
        if "trailing commas" in their and re.search(r", *[0-9]+[smhdwy]", text):
            continue
        if ours is not None and ours.code in REFUSED_HERE:
            continue
        found.append((text, str(ours), their))
    return found


def grown(seed: int, count: int) -> list[tuple[str, str, str]]:
    """Return expressions, each in two spellings, and what damage made of them."""
    grammar = Grammar(np.random.default_rng(seed))
    made = []
    while len(made) < count:
        tokens = grammar.expression()
        if len(tokens) < 120:
            one, other = grammar.spelled(tokens), grammar.spelled(tokens)
            made.append((one, other, grammar.damaged(tokens)))
    return made


def test_what_prometheus_reads_and_refuses_we_read_and_refuse(tmp_path: Path):
    made = grown(seed=1, count=300)

    assert disagreements([one for one, _, _ in made], tmp_path) == []
    assert disagreements([damaged for _, _, damaged in made], tmp_path) == []


REGEXES = r"""
a)|(b a)(b a)(?:b a|b)|(?:c (?i)a (?i (?x)a \C \Q\C\E \\C [\C] \z \Z \A \b \B \K \R
\h \X \N \p{Greek} \p{L} \p{Foo} \pX [[:foo:]] [a-\d] []a] [^]a] [] [a a{,3} a{2,1} a{1000}
a{1001} (a{100}){11} a{0} ( a{3}{3} x** (?P<1a>x) (?P<a>x)(?P<a>y) (?<a>x) (?P=a) \1
\x{110000} \x4 \07 \777 \u0041 \e \a (?m)^a$ (?s-i:a) (?-s). (?U)a (?#c) (?>a) a++ (?: \
(?:) || ^* $+ [[.a.]] [\Qa\E] \Qabc \p{^Greek} \P{^L} \p{Lu \pN é{2} \é \_ [z-a] (|a)*
[\d-\w] [\b] [[:^alpha:]] [[:alpha:]
"""


def test_regular_expressions_are_those_of_prometheus(tmp_path: Path):
    texts = [f"a{{b=~`{regex}`}}" for regex in REGEXES.split()]

    assert disagreements(texts, tmp_path) == []


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(2, 42))
def test_what_prometheus_reads_and_refuses_we_do_too_at_length(
    seed: int, tmp_path: Path
):
    made = grown(seed, count=1_000)

    assert disagreements([one for one, _, _ in made], tmp_path) == []
    assert disagreements([damaged for _, _, damaged in made], tmp_path) == []


def test_two_spellings_of_an_expression_have_one_form_that_prometheus_reads(
    tmp_path: Path,
):
    made = [(one, other) for one, other, _ in grown(seed=3, count=300)]
    read = [(one, other) for one, other in made if refusal(one) is None]

    forms = [canonical(one) for one, _ in read]

    assert len(read) > 200
    assert [canonical(other) for _, other in read] == forms
    assert [canonical(form) for form in forms] == forms
    assert disagreements(forms, tmp_path) == []
