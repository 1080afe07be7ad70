"""What the pages about the house say is there, and the rules are those that code cites."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
LANGUAGES = ("en", "ja")
#: "rule 4", "rules 1 to 4", "rules 11 and 12", "rules 5, 14, 15 and 17".
CITED = re.compile(r"\b[Rr]ules? (\d+(?:(?:, | and | to )\d+)*)")
FILE = re.compile(r"`((?:src|tests|docs|examples|scripts)/[\w./-]+|pyproject\.toml)`")
IN_CODE = re.compile(r"`([a-z_]+/\w+\.py)`")


def explanation(language: str, name: str) -> str:
    return (DOCS / language / "explanation" / f"{name}.md").read_text("utf-8")


def rules_of(page: str) -> list[int]:
    """Return the numbers of a page's rules, in their order."""
    return [int(n) for n in re.findall(r"^### \D+?(\d+)[:：]", page, re.MULTILINE)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rules_are_numbered_one_to_twenty_four(language: str):
    page = explanation(language, "rules-of-the-ledger")

    assert rules_of(page) == list(range(1, 25))


def test_every_rule_that_the_code_cites_is_on_the_page():
    known = set(rules_of(explanation("en", "rules-of-the-ledger")))
    cited = {
        int(number)
        for path in (ROOT / "src" / "kizashi").rglob("*.py")
        for found in CITED.findall(path.read_text("utf-8"))
        for number in re.findall(r"\d+", found)
    }

    assert cited - known == set()
    assert len(cited) > 15


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_code_that_decides_a_rule_is_where_the_page_says(language: str):
    named = set(IN_CODE.findall(explanation(language, "rules-of-the-ledger")))
    missing = {n for n in named if not (ROOT / "src" / "kizashi" / n).exists()}

    assert missing == set()
    assert len(named) > 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_files_of_a_recipe_are_there(language: str):
    """NAME and AREA stand for what is to come; an example of it must be there."""
    page = explanation(language, "what-goes-where")
    named = {file for file in FILE.findall(page) if not re.search("NAME|AREA", file)}
    missing = {file for file in named if not (ROOT / file).exists()}
    wild = set(
        re.findall(r"`((?:src|tests|examples)/[\w./-]*(?:NAME|AREA)[\w./-]*)`", page)
    )
    unlike = {
        file for file in wild if not list(ROOT.glob(re.sub("NAME|AREA", "*", file)))
    }

    assert missing | {f for f in unlike if "_document" not in f} == set()
    assert len(named) > 40


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_layers_is_the_one_that_is_held(language: str):
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    [layers] = [
        contract["layers"]
        for contract in settings["tool"]["importlinter"]["contracts"]
        if contract["type"] == "layers"
    ]
    # In brackets is what has not been built.
    held = [
        {name.strip() for name in layer.split("|") if "(" not in name}
        for layer in layers
    ]
    page = explanation(language, "architecture")
    table = page[page.index("\n## The layers" if language == "en" else "\n## 層") :]
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \|", table.split("\n- ")[0], re.MULTILINE)
    shown = [set(re.findall(r"`(\w+)`", row)) for row in rows]

    assert [packages for packages in shown if packages] == held
