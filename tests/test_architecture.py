"""The parts of the architecture that no off-the-shelf linter checks."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "kizashi"
MODULES = sorted(SRC.rglob("*.py"))
LANGUAGES = ("en", "ja")
# Async lives here and nowhere else; a port may declare async methods.
SHELL = {
    "actions",
    "api",
    "checking",
    "cli",
    "http",
    "httpd",
    "notify",
    "offline",
    "ports",
    "probe",
    "push",
    "scrape",
    "server",
    "testing",
    "ui",
    "upstream",
}
SYNCHRONOUS = (
    "alert",
    "app",
    "compiler",
    "declarations",
    "ledger",
    "model",
    "sli",
    "slo",
    "statedb",
    "tsdb",
    "wire",
)


def tracked_files() -> list[Path]:
    """Return what a clone of this repository holds (all of it where git is absent)."""
    listing = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z"],  # noqa: S607 - any git will do
        capture_output=True,
        check=False,
        text=True,
    )
    if listing.returncode == 0:
        names = (ROOT / name for name in listing.stdout.split("\0") if name)
    else:
        folders = ("src", "tests", "docs", "examples", "reference-app", "scripts")
        names = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    return sorted(path for path in names if path.is_file())


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:  # a picture or a recording
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    return found


def headings(path: Path) -> list[str]:
    """Return the depth of each heading, code blocks left out."""
    prose = re.sub(
        r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL
    )
    return re.findall(r"^(#+) ", prose, flags=re.MULTILINE)


def test_modules_stay_short_enough_to_read() -> None:
    """Past 450 lines a module has two subjects."""
    assert [
        f"{path.relative_to(ROOT)}: {length} lines"
        for path in MODULES
        if (length := len(path.read_text(encoding="utf-8").splitlines())) > 450
    ] == []


def test_functions_fit_on_one_screen() -> None:
    """Past 60 lines, docstring included, a function has two jobs."""
    assert [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {length} lines"
        for path in [*MODULES, *sorted((ROOT / "reference-app").rglob("*.py"))]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > 60
    ] == []


def test_a_public_class_name_is_unique() -> None:
    """A name that means two things must be looked up wherever it is read."""
    places: dict[str, list[str]] = {}
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                places.setdefault(node.name, []).append(place)
    assert len(places) > 400, "this looks for classes where there are none"
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


#: What a time is called, and what says in which unit it is.
TIME_NAME = re.compile(r"(^|_)(at|since|until|starts?|ends?|created|attempt|scrape)$")
TIME_UNIT = re.compile(r"Unix seconds|seconds|slices?\b")


def times_without_unit(node: ast.ClassDef) -> Iterator[str]:
    """Yield fields that are a time by their name and type, of which no unit is told."""
    text = ast.get_docstring(node) or ""
    of_all, _, _ = text.partition("Attributes:")
    for field in node.body:
        match field:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind):
                if TIME_NAME.search(name) and ast.unparse(kind).startswith("float"):
                    told = re.search(
                        rf"^ *{name}: (.*\n?(?! *\w+: ))*", text, re.MULTILINE
                    )
                    if not TIME_UNIT.search(of_all + (told[0] if told else "")):
                        yield name
            case _:
                pass


def test_a_time_whose_name_has_no_unit_says_it_in_the_docstring() -> None:
    """A name ends in _s or _ms, or the class says what its floats are."""
    classes = [
        (path, node)
        for path in MODULES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}.{name}"
        for path, node in classes
        for name in times_without_unit(node)
    ] == []


def test_async_stays_in_the_shell() -> None:
    """Stores and the core are called in a worker thread or at once, never awaited."""
    packages = {path.name for path in SRC.iterdir() if (path / "__init__.py").exists()}
    assert packages.issuperset(SYNCHRONOUS), "a package that this test names is gone"
    assert [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for package in sorted(packages - SHELL)
        for path in sorted((SRC / package).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.AsyncFunctionDef)
    ] == []


def test_no_test_sleeps() -> None:
    """A test that waits is slow on a quick machine and wrong on a slow one."""
    assert [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if ".sleep" in (text := path.read_text(encoding="utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Attribute)
        and node.attr == "sleep"
        and isinstance(node.value, ast.Name)
        and node.value.id in {"time", "asyncio", "anyio"}
    ] == []


# The needles are put together here so that this file does not hold them itself.
@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a path of one machine", "/" + "work/|/" + "tmp/b(oot|rief)"),
        (
            "the name of a registry host",
            "pypi" + r"\.org|files\." + "pythonhosted|npm" + "js",
        ),
        ("a word that people do not say", r"(?i)\bwho" + r"ever\b"),
        ("a loose end", r"\b(TO" + "DO|FIX" + "ME|XX" + r"X)\b"),
    ],
)
def test_no_tracked_file_holds(what: str, pattern: str) -> None:
    """What belongs to one machine, or to nobody, stays out of the repository."""
    assert lines_matching(re.compile(pattern)) == [], what


def test_lock_files_do_not_say_where_packages_come_from() -> None:
    """Each machine has a registry, or a mirror, of its own."""
    locks = [
        ROOT / "reference-app" / "frontend" / "package-lock.json",
        ROOT / "tests" / "docs" / "node" / "package-lock.json",
    ]
    locks += sorted((ROOT / "requirements").glob("*.txt"))
    needles = re.compile(r'"resolved"|registry|--(extra-)?index-url|--find-links')
    assert [
        f"{lock.relative_to(ROOT)}:{number}: {line.strip()}"
        for lock in locks
        for number, line in enumerate(lock.read_text(encoding="utf-8").splitlines(), 1)
        if needles.search(line)
    ] == []


def test_news_is_of_a_kind_that_is_shown() -> None:
    """What is filed under another word is left out of the changelog without a word."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    kinds = {kind["directory"] for kind in settings["tool"]["towncrier"]["type"]}

    news = (ROOT / "changes").glob("*.md")

    assert {path.name.split(".")[-2] for path in news} <= kinds


def test_both_readmes_have_the_same_headings() -> None:
    """Two languages, one page: a section present in one only is a section lost."""
    english, japanese = headings(ROOT / "README.md"), headings(ROOT / "README.ja.md")
    assert english == japanese
    assert len(english) > 3


def test_both_languages_have_the_same_pages() -> None:
    """Each page of the documentation exists in English and in Japanese."""
    pages = {
        language: {
            str(path.relative_to(ROOT / "docs" / language)): headings(path)
            for path in (ROOT / "docs" / language).rglob("*.md")
        }
        for language in LANGUAGES
    }
    assert pages["en"] == pages["ja"]


def imported(name: str, path: Path, names: frozenset[str]) -> Iterator[str]:
    """Yield the modules that one imports, a kind that it finds by its name as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ImportFrom(module=str(module), names=wanted):
                for alias in wanted:
                    below = f"{module}.{alias.name}"
                    yield below if below in names else module
            case ast.Import(names=wanted):
                yield from (alias.name for alias in wanted)
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.Constant(said)]):
                yield str(said)
            case ast.Call(func=ast.Name(id="import_module"), args=[ast.JoinedStr()]):
                yield from (each for each in names if each.startswith(f"{name}."))


def test_no_module_needs_itself_by_way_of_others() -> None:
    """Imports that are put off to when they are needed, by name even, count as well."""
    paths = {}
    for path in MODULES:
        dotted = ".".join(path.relative_to(SRC.parent).with_suffix("").parts)
        paths[dotted.removesuffix(".__init__")] = path
    names = frozenset(paths)
    waiting = {
        name: (set(imported(name, path, names)) & names) - {name}
        for name, path in paths.items()
    }
    assert any(waiting.values()), "this looks for imports where there are none"
    while free := {name for name, needed in waiting.items() if not needed}:
        waiting = {n: needed - free for n, needed in waiting.items() if n not in free}

    assert waiting == {}
