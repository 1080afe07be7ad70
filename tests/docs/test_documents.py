"""What the documentation shows is true: files, commands, keys, links, both languages."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from cyclopts import App

from kizashi.api.routes import ROUTES
from kizashi.cli import COMMANDS, build_app, run
from kizashi.cli._base import take_language
from kizashi.cli.status import (
    Budget,
    BurnRate,
    PairWindows,
    StatusAlert,
    StatusObjective,
    as_table,
)
from kizashi.declarations import (
    configuration,
    objective,
)
from kizashi.messages import status
from kizashi.sli._kinds import KINDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAIRS = [
    *(
        (path, DOCS / "ja" / path.relative_to(DOCS / "en"))
        for path in sorted((DOCS / "en").rglob("*.md"))
    ),
    (ROOT / "README.md", ROOT / "README.ja.md"),
    (ROOT / "reference-app" / "README.md", ROOT / "reference-app" / "README.ja.md"),
]
SINGLE = [
    *sorted((DOCS / "adr").glob("*.md")),
    *(ROOT / name for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
]
PAGES = [page for pair in PAIRS for page in pair] + SINGLE
BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
#: Languages whose blocks are for machines, the same for every reader.
CODE = {"yaml", "sh", "python", "ini", "promql", "sql"}
MINIMAL = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: minimal}
spec:
  objectives:
    - name: availability
      target: 99.9%
      window: 30d
      ratio: {bad: 'errors_total{job="a"}', valid: 'requests_total{job="a"}'}
"""


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return language and text of each code block, its indentation taken off."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [
        (language, re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
        for indent, language, text in found
    ]


def prose(page: Path) -> str:
    return BLOCK.sub("", page.read_text(encoding="utf-8"))


# Files.


def yaml_blocks() -> Iterator[tuple[str, str]]:
    for page in PAGES:
        texts = [
            text
            for language, text in blocks(page)
            # Prometheus' own configuration is run in test_beside_page.py.
            if language == "yaml" and "rule_files:" not in text
        ]
        for number, text in enumerate(texts, 1):
            if not is_for_others(text):
                yield f"{name_of(page)}:{number}", text


def is_for_others(text: str) -> bool:
    """Return whether a block is of another tool, or a comment alone.

    Rule files, dashboards and routing trees are looked at by the tests of the lint,
    what is imported by those of its page.
    """
    top = next(iter(yaml.safe_load_all(text)), None)
    if top is None or "routes" in top.get("route", ()):
        return True
    if str(top.get("apiVersion", "")).startswith(("pyrra.dev/", "sre.google.com/")):
        return True
    return bool({"groups", "jobs", "panels", "version"} & top.keys())


def kind_of(text: str) -> str:
    """Return what a block shows: a declaration, a configuration, or a part of one."""
    top = next(iter(yaml.safe_load_all(text)))
    if "apiVersion" in top:
        return "declaration"
    if top.keys() <= set(configuration.CONFIGURATION_KEYS):
        return "configuration"
    assert top.keys() <= set(objective.OBJECTIVE_KEYS), "a block that nothing reads"
    return "objective"


def whole(text: str) -> str:
    """Return a declaration around a part of an objective."""
    own = "".join(f"      {line}\n" for line in text.splitlines())
    given = yaml.safe_load(text)
    rest = {"name": "part", "target": "99%", "window": "30d"}
    if not KINDS.keys() & given.keys():
        rest["ratio"] = (
            "{bad: 'errors_total{job=\"a\"}', valid: 'all_total{job=\"a\"}'}"
        )
    lines = [f"{key}: {value}" for key, value in rest.items() if key not in given]
    head = "\n      ".join(lines)
    return f"{MINIMAL.partition('    - ')[0]}    - {head}\n{own}"


def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = run(["check", str(folder), "--language", "en"])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(
    "text", [pytest.param(text, id=place) for place, text in yaml_blocks()]
)
def test_every_file_shown_passes_check(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    kind = kind_of(text)
    if kind == "configuration":
        for number, pattern in enumerate(yaml.safe_load(text).get("declarations", [])):
            path = tmp_path / pattern.replace("*", "any")
            path.parent.mkdir(parents=True, exist_ok=True)
            declared = MINIMAL.replace("minimal", f"minimal-{number}")
            path.write_text(declared, encoding="utf-8")
        (tmp_path / "kizashi.yaml").write_text(text, encoding="utf-8")
    else:
        shown = text if kind == "declaration" else whole(text)
        (tmp_path / "service.yaml").write_text(shown, encoding="utf-8")

    code, told = check(tmp_path, capsys)

    assert code == 0, told
    if kind != "configuration":
        assert "Warnings: 0." in told, told


# Commands.


def commands() -> Iterator[tuple[str, str]]:
    """Yield every command line of a shell block: where, and the line."""
    for page in PAGES:
        for language, text in blocks(page):
            if language != "sh":
                continue
            for line in text.replace("\\\n", " ").splitlines():
                for found in re.findall(r"(?:\./kz|kizashi) [^|)#>&]+", line):
                    yield name_of(page), found.strip()


def app_of(tokens: list[str]) -> App:
    app = build_app("en", tokens)
    for token in tokens:
        if token.startswith("-") or token not in list(app):
            break
        app = app[token]
    return app


@pytest.mark.parametrize(("page", "line"), sorted(set(commands())))
def test_every_command_line_shown_is_accepted(page: str, line: str):
    program, *tokens = shlex.split(line)
    if program == "./kz":
        known = re.findall(r"^  (\w+)\)", (ROOT / "kz").read_text(), re.MULTILINE)
        assert tokens[0] in known, page
        if tokens[0] not in {command.name for command in COMMANDS}:
            return

    _, rest = take_language(tokens)

    build_app("en", rest).parse_args(rest, exit_on_error=False, print_error=False)


@pytest.mark.parametrize("page", PAIRS[-2], ids=name_of)
def test_the_readmes_commands_name_only_files_that_there_are(page: Path):
    text = page.read_text(encoding="utf-8")
    # `kizashi init` writes these two, and the page shows them.
    there = set(
        re.findall(r"^`([\w.-]+\.ya?ml)`|`(kizashi\.yaml)`", text, re.MULTILINE)
    )
    shown = {name for pair in there for name in pair}

    named = {
        token
        for language, block in blocks(page)
        if language == "sh"
        for token in shlex.split(block)
        if re.search(r"\.(ya?ml|json|txt|om)$", token)
    }

    assert {n for n in named if n not in shown and not (ROOT / n).exists()} == set()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("README.md", ("SLO", "SLI", "error budget", "burn rate")),
        ("README.ja.md", ("SLO 監視", "SLI", "エラーバジェット", "バーンレート")),
    ],
)
def test_the_readmes_begin_with_what_it_is_and_how_to_install_it(
    page: str, words: tuple[str, ...]
):
    intro, first, *_ = (ROOT / page).read_text(encoding="utf-8").split("\n## ")

    assert [word for word in words if word not in intro] == []
    assert "pip install" in first


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_command_named_in_prose_exists(page: Path):
    names = {command.name for command in COMMANDS}
    for line in re.findall(r"`kizashi ([^`]+)`", prose(page)):
        tokens = line.split()
        if tokens[0].startswith("COMMAND") or tokens[0] == "コマンド":
            continue
        assert tokens[0] in names, line
        given = set(re.findall(r"--[a-z-]+", line)) - {"--help", "--language"}
        arguments = app_of(tokens).assemble_argument_collection() if given else []
        options = {name for argument in arguments for name in argument.names}
        assert given <= options, line


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_path_of_the_api_exists(page: Path):
    routes = [
        re.sub(
            r"{\w+}", "[^/]+", re.escape(r.path).replace(r"\{", "{").replace(r"\}", "}")
        )
        for r in ROUTES
    ]
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"(?<![\w.])(?:/kizashi/v1|/-)/[\w./{}-]*\w}?", text):
        assert any(re.fullmatch(route, path) for route in routes), path


def test_the_generated_parts_are_current():
    told = subprocess.run(
        [sys.executable, ROOT / "scripts" / "reference", "--check"],
        capture_output=True,
        check=False,
        text=True,
    )

    assert told.returncode == 0, (
        f"run scripts/reference to renew {told.stdout}{told.stderr}"
    )


# Output.


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_tutorials_complaints_are_what_check_says(
    language: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    shown = blocks(DOCS / language / "tutorial" / "first-ledger.md")
    _, declared = [text for kind, text in shown if kind == "yaml"]
    sound, wrong, *_ = [text for kind, text in shown if kind == "text"]
    (tmp_path / "my-service.yaml").write_text(declared, encoding="utf-8")
    (tmp_path / "kizashi.yaml").write_text("declarations: [my-service.yaml]\n")
    monkeypatch.chdir(tmp_path)

    run(["check", ".", "--language", language])
    assert capsys.readouterr().out == sound

    misspelt = declared.replace("target:", "trget:", 1)
    (tmp_path / "my-service.yaml").write_text(misspelt, encoding="utf-8")
    run(["check", ".", "--language", language])
    assert capsys.readouterr().out == wrong


def seen_by_the_tutorial() -> list[StatusObjective]:
    """Return what a server answered: 31 bad and 45 slow of 3,000, 11 slices seen."""

    def objective(name: str, target: float, bad: int) -> StatusObjective:
        budget = 1 - target
        left = 1 - bad / 3_000 / budget
        return StatusObjective(
            service="my-service",
            objective=name,
            target=target,
            window="30d",
            valid=3_000,
            sli=(3_000 - bad) / 3_000,
            coverage=11 / 172_800,
            state="live",
            budget=Budget(left, left * budget * 43_200, 0.0 if left < 0 else None),
            burn_rates=tuple(
                BurnRate(window, bad / 3_000 / budget) for window in ("5m", "1h")
            ),
            alerts=(StatusAlert("page", "inactive", (PairWindows("1h", "5m"),)),),
        )

    return [objective("availability", 0.999, 31), objective("latency", 0.95, 44)]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_tutorials_table_is_what_status_prints(language: str):
    shown = blocks(DOCS / language / "tutorial" / "first-ledger.md")
    (printed,) = [text for _, text in shown if "my-service/latency" in text]

    assert f"{as_table(seen_by_the_tutorial(), language)}\n" == printed


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_column_and_state_of_the_table_is_explained(language: str):
    page = (DOCS / language / "howto" / "read-the-ledger.md").read_text("utf-8")
    states = (DOCS / language / "explanation" / "what-a-number-means.md").read_text(
        "utf-8"
    )

    for message_id, texts in status.TEXTS.items():
        word = texts[("en", "ja").index(language)]
        if message_id.startswith("status.column."):
            assert f"\n| {word} |" in page
        if message_id.startswith("status.state."):
            assert f"\n| {word}" in states


@pytest.mark.parametrize(
    ("line", "module"),
    [
        ("- Nobody is told yet", "kizashi.server.delivery"),
        ("- There is no user interface", "kizashi.ui"),
        ("there is no PromQL", "kizashi.promql"),
    ],
)
def test_what_is_said_to_be_missing_is_missing(line: str, module: str):
    """Adding it means to take the line off the page, in both languages."""
    page = DOCS / "en" / "explanation" / "what-a-number-means.md"
    server = sorted((ROOT / "src" / "kizashi" / "server").glob("*.py"))
    imported = re.compile(rf"from {re.escape(module)}(?:\.\w+)* import")
    is_used = any(imported.search(p.read_text("utf-8")) for p in server)

    assert (line in page.read_text(encoding="utf-8")) is not is_used


# Languages.


def test_both_glossaries_hold_the_same_words_in_the_same_order():
    def rows(language: str) -> list[tuple[str, str]]:
        page = (DOCS / language / "glossary.md").read_text(encoding="utf-8")
        return re.findall(r"^\| ([^|]+) \| ([^|]+) \|", page, re.MULTILINE)[2:]

    assert rows("en") == [(english, japanese) for japanese, english in rows("ja")]


@pytest.mark.parametrize("word", ["ターゲット", "発火", "手順書", "再ラベル付け"])
def test_japanese_pages_use_the_words_of_the_glossary(word: str):
    """Each of these has another word in the glossary: 収集対象, 発報, ランブック."""
    pages = [japanese for _, japanese in PAIRS]
    assert [name_of(p) for p in pages if word in p.read_text("utf-8")] == []


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: name_of(pair[0]))
def test_both_languages_show_the_same_code(pair: tuple[Path, Path]):
    english, japanese = map(blocks, pair)

    def code(block: tuple[str, str]) -> tuple[str, str]:
        language, text = block
        plain = re.sub(r"(^|\s)#.*$", "", text, flags=re.MULTILINE)
        # A reason or a name for people may be in the reader's language.
        plain = re.sub(r'(: )"[^"]*[ \u3040-\u9fff][^"]*"', r'\1"…"', plain)
        return language, plain.strip() if language in CODE else ""

    assert list(map(code, english)) == list(map(code, japanese))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: name_of(pair[0]))
def test_both_languages_have_the_same_tables(pair: tuple[Path, Path]):
    english, japanese = (
        [
            line.count("|")
            for line in prose(page).replace("\\|", "").splitlines()
            if line.startswith("|")
        ]
        for page in pair
    )

    assert len(english) == len(japanese)


# Links.


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", t.lower()).replace(" ", "-") for t in titles}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_resolves(page: Path):
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        is_there = target.exists() and (not anchor or anchor in anchors(target))
        if not is_there:
            broken.append(link)

    assert broken == []


def test_every_page_is_reached_from_the_index():
    for language in ("en", "ja"):
        index = DOCS / language / "index.md"
        linked = {
            (index.parent / link).resolve()
            for link in re.findall(r"\]\(([^)#\s]+\.md)\)", index.read_text("utf-8"))
        }
        pages = set((DOCS / language).rglob("*.md")) - {index}
        assert {name_of(page) for page in pages - linked} == set()
