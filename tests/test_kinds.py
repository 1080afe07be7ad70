"""One more kind adds files and a row, of whatever sort it is. Nothing asks which it is.

Each sort is a file in `tests/kinds`; it says what its kinds are, and what a made-up one
takes. All made-up kinds are added to a copy of the code, and a process sees them at work.
"""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from kinds.proofs import SORTS
from kinds.sort import Sort

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src" / "kizashi"
LANGUAGES = ("en", "ja")
#: The row, its words, the reference page in both languages.
MOST_EDITED = 4
PROVE = "import sys; sys.path[:0] = sys.argv[1:]; from kinds.proofs import main; main()"


def sort_of(name: str) -> Sort:
    found: Sort = import_module(f"kinds.{name}").SORT
    return found


def files_of(sort: Sort, kind: str) -> Iterator[tuple[str, str]]:
    """Yield each file that a kind has to have, and what it has to hold."""
    for path, text in sort.wanted.items():
        for language in LANGUAGES if "LANGUAGE" in path else LANGUAGES[:1]:
            named = path.replace("NAME", kind.replace("-", "_"))
            yield named.replace("LANGUAGE", language), text.replace("NAME", kind)


def lacking(root: Path, sort: Sort, kind: str) -> list[str]:
    return [
        f"{path}: {text!r}"
        for path, text in files_of(sort, kind)
        if not (root / path).exists()
        or text not in (root / path).read_text(encoding="utf-8")
    ]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the code to which every made-up kind was added."""
    root = tmp_path_factory.mktemp("copy")
    shutil.copytree(
        SRC, root / "src" / "kizashi", ignore=shutil.ignore_patterns("__pycache__")
    )
    for name in SORTS:
        sort = sort_of(name)
        for path, changes in sort.edits.items():
            file = root / path
            if not file.exists():
                file.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / path, file)
            text = file.read_text(encoding="utf-8")
            for there, added in changes:
                assert there in text, f"{name}: {path} does not hold {there!r}"
                named = added.replace("NAME", sort.made_up)
                text = text.replace(there, named + there, 1)
            file.write_text(text, encoding="utf-8")
        for path, text in sort.new.items():
            file = root / path.replace("NAME", sort.made_up)
            assert not (ROOT / file.relative_to(root)).exists(), f"{name}: {path}"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace("NAME", sort.made_up), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def proofs(copy: Path) -> Mapping[str, str]:
    """Return what came of each sort's proof; empty where the kind is at work."""
    places = [str(copy / "src"), str(ROOT / "tests")]
    done = subprocess.run(
        [sys.executable, "-B", "-c", PROVE, *places],
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", SORTS)
def test_one_more_kind_works_and_few_files_know_of_it(
    name: str, copy: Path, proofs: Mapping[str, str]
):
    sort = sort_of(name)

    assert proofs[name] == ""
    assert lacking(copy, sort, sort.made_up) == []
    assert len(sort.edits) <= MOST_EDITED, sorted(sort.edits)


@pytest.mark.parametrize("name", SORTS)
def test_every_kind_has_a_test_and_is_on_the_page(name: str):
    """A kind nobody tests, shows or documents is not finished."""
    sort = sort_of(name)

    assert len(sort.kinds) > 0
    assert [path for kind in sort.kinds for path in lacking(ROOT, sort, kind)] == []


def asked_for(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a piece of code compares something with, or asks it to be."""
    match node:
        case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kinds]):
            yield from operands(kinds)
        case ast.MatchClass(cls=kind):
            yield kind
        case ast.MatchValue(value=value):
            yield value
        case ast.Compare(left=left, comparators=others):
            for one in (left, *others):
                yield from operands(one)
        case _:
            pass


def operands(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from operands(part)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            yield from operands(left)
            yield from operands(right)
        case ast.Call(func=ast.Name(id="frozenset" | "set"), args=[one]):
            yield from operands(one)
        case _:
            yield node


def name_of(node: ast.expr) -> str:
    match node:
        case (
            ast.Name(id=name) | ast.Attribute(attr=name) | ast.Constant(value=str(name))
        ):
            return name
        case _:
            return ""


def questions(path: Path, names: frozenset[str]) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        for asked in asked_for(node):
            if name_of(asked) in names:
                yield f"{path.relative_to(SRC)}:{asked.lineno} {name_of(asked)}"


def may_ask(text: str, names: frozenset[str]) -> bool:
    """Return whether a file is worth reading: it holds a class, or a name as a text."""
    return any(n in text if n[0].isupper() else f'"{n}"' in text for n in names)


@pytest.mark.parametrize("name", SORTS)
def test_nothing_asks_for_one_kind(name: str):
    """What is asked here would have to be asked again for the next kind."""
    sort = sort_of(name)
    names = frozenset(sort.asked)
    allowed = (*sort.home, *sort.exceptions)
    files = {str(path.relative_to(SRC)): path for path in sorted(SRC.rglob("*.py"))}
    texts = {file: path.read_text(encoding="utf-8") for file, path in files.items()}

    assert [
        question
        for file, text in texts.items()
        if not file.startswith(allowed) and may_ask(text, names)
        for question in questions(files[file], names)
    ] == []
    # A name that is gone guards nothing.
    home = "".join(text for file, text in texts.items() if file.startswith(sort.home))
    assert [each for each in names if each not in home] == []
    for file in sort.exceptions:
        assert list(questions(files[file], names)), f"{file} asks for none any more"


def imports_of(path: Path) -> Iterator[str]:
    """Yield the files of the package that a file imports, as they may be."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def reached_by(path: Path) -> set[Path]:
    """Return the files of its room that a file imports, or that those import."""
    room = SRC / path.relative_to(SRC).parts[0]
    found: set[Path] = set()
    left = [path]
    while left:
        for module in imports_of(left.pop()):
            file = SRC.parent / f"{module.replace('.', '/')}.py"
            if room in file.parents and file not in found and file.is_file():
                found.add(file)
                left.append(file)
    return found


@pytest.mark.parametrize("name", [n for n in SORTS if sort_of(n).modules])
def test_kinds_do_not_know_each_other(name: str):
    sort = sort_of(name)
    modules = {
        SRC / sort.modules.replace("NAME", kind.replace("-", "_"))
        for kind in sort.kinds
    }

    assert [str(path) for path in modules if not path.is_file()] == []
    assert [
        (path.name, sorted(other.name for other in others))
        for path in sorted(modules)
        if (others := reached_by(path) & (modules - {path}))
    ] == []
