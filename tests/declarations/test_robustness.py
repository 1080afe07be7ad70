"""Whatever a file holds, it yields problems and never an exception."""

from hypothesis import given, settings, strategies as st

from harness.examples import examples
from kizashi.declarations.configuration import parse_configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import Problem, ProblemList
from kizashi.declarations.service import parse_declarations
from kizashi.declarations.yaml_document import lines_of, parse_documents
from kizashi.messages import CATALOGUE, LANGUAGES, render

SERVICE = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: todo, displayName: {en: a, ja: b}, owner: c, tier: 1}
spec:
  job: todo
  dependsOn: [{service: ai, kind: soft}]
  signals: {preset: fastapi}
  objectives:
    - name: up
      target: 99%
      window: 30d
      ratio: {bad: 'b{a="1"}', valid: v}
      alerting: {policies: [{long: 1h, short: 5m, factor: 14.4, severity: page}]}
    - name: quick
      target: 0.95
      window: 7d
      latency: {histogram: h, match: '{a="b"}', below: 200ms}
      alerting: {preset: google-30d, minBadEvents: 3, noData: bad}
  runbooks: [{on: up, ref: x}]
"""
CONFIGURATION = """\
declarations: [a]
ledger: {slice: 5s}
global: {scrape_interval: 5s, scrape_timeout: 5s}
scrape_configs:
  - job_name: a
    params: {x: [y]}
    honor_labels: true
    basic_auth: {username: u, password: p}
    tls_config: {ca_file: c}
    static_configs: [{targets: [a:1], labels: {b: c}}]
    file_sd_configs: [{files: [a.json]}]
    relabel_configs: [{action: hashmod, modulus: 2, target_label: a}]
    body_size_limit: 1MB
    sample_limit: 5
route: {receiver: r, group_by: [a], group_wait: 1s}
receivers: [{name: r, webhook_configs: [{url: "http://a"}]}]
storage: {retention: 1d, retention_size: 1GB}
language: en
"""
SHARDS = st.sampled_from(
    [
        *("", "-", ":", "{", "}", "[", "]", "'", '"', "&a", "*a", "!t", "|", ">", "?"),
        *("#", "~", "0", "-1", "1e999", ".nan", "99%", "\t", "\n", "\x85", "\ud800"),
        *("\x00", "null", "[[", "{a: {", "yes", "1_0", "9" * 400, "1h", "%s", "{x}"),
        *("兆", "%"),
    ]
)


@st.composite
def damaged(draw: st.DrawFn, text: str) -> str:
    """Return a sound text with stretches of it replaced by something else."""
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(SHARDS) + text[end:]
    return text


def explain(problems: tuple[Problem, ...], text: str) -> None:
    """Hold what every problem owes its reader."""
    lines = lines_of(text)
    for problem in problems:
        place = problem.position
        assert 1 <= place.line <= len(lines)
        assert 1 <= place.col <= len(lines[place.line - 1]) + 1
        assert problem.code in CATALOGUE
        for language in LANGUAGES:
            what, _, fix = render(language, problem.code, **problem.params).partition(
                "\n"
            )
            assert what
            assert fix
            assert (what + fix).isprintable()


def check_all(text: str) -> None:
    explain(parse_declarations([SourceText("a.yaml", text)]).problems, text)
    explain(parse_configuration(SourceText("kizashi.yaml", text)).problems, text)


@given(st.text() | st.text(st.sampled_from(" \n-:{}[]'\"&*!|>?,#ab1\t")))
@settings(max_examples=200, deadline=None)
def test_any_text_yields_problems(text: str):
    check_all(text)


@given(damaged(SERVICE) | damaged(CONFIGURATION))
@settings(max_examples=300, deadline=None)
def test_a_damaged_file_yields_problems(text: str):
    check_all(text)


KEYS = sorted(
    set(
        "".join(
            c if c.isalnum() or c == "_" else " " for c in SERVICE + CONFIGURATION
        ).split()
    )
)
VALUES = st.recursive(
    SHARDS.filter(str.isprintable).map(lambda text: "'" + text.replace("'", "''") + "'")
    | st.sampled_from(["true", "0", "1.5", "~", "30d", "99%", "1", "a"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
            lambda items: "{" + ", ".join(f"{k}: {v}" for k, v in items.items()) + "}"
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=6))
@settings(max_examples=examples(80), deadline=None)
def test_known_keys_with_the_wrong_values_yield_problems(fields: dict[str, str]):
    body = "".join(f"{key}: {value}\n" for key, value in fields.items())
    spec = "".join(f"  {key}: {value}\n" for key, value in fields.items())
    check_all(body)
    check_all(
        "apiVersion: kizashi.dev/v1\nkind: Service\n"
        f"metadata: {{name: a}}\nspec:\n  job: a\n{spec}"
    )
    check_all(f"scrape_configs:\n-\n{spec}" if spec else "scrape_configs: []\n")


def test_the_sound_texts_that_get_damaged_are_sound():
    assert parse_declarations([SourceText("a", SERVICE)]).problems == ()
    assert parse_configuration(SourceText("a", CONFIGURATION)).problems == ()


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=50))
@settings(max_examples=200, deadline=None)
def test_a_quoted_text_is_read_back_as_written(text: str):
    problems = ProblemList()
    quoted = "'" + text.replace("'", "''") + "'"
    plain = all(c.isprintable() for c in text)

    documents = parse_documents(quoted, "a", problems)

    if plain and len(problems) == 0:
        assert [getattr(node, "text", None) for node in documents] == [text]
