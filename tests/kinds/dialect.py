"""Dialects that are imported: one that calls an objective a promise."""

from kinds.sort import Sort
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import ProblemList
from kizashi.importers import DIALECTS, load_dialect, recognise
from kizashi.messages import render

CODE = '''
"""Promises."""

from collections.abc import Sequence

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.yaml_document import YamlMap
from kizashi.importers._base import Carrier, Dialect


def _is_own(document: YamlMap) -> bool:
    return any(entry.key == "promise" for entry in document.entries)


def _read(sources: Sequence[SourceText], carrier: Carrier) -> None:
    """Carry nothing."""


DIALECT = Dialect("NAME", _is_own, _read)
'''


def proof() -> None:
    """Its files are known, it is imported by its name, and listed."""
    name = SORT.made_up
    source = SourceText("a.yaml", "promise: 1\n")
    assert recognise([source], ProblemList()) == {name: ["a.yaml"]}
    assert load_dialect(name).name == name
    assert render("ja", DIALECTS[name]) == "約束"


SORT = Sort(
    kinds=DIALECTS,
    made_up="promises",
    new={
        "src/kizashi/importers/NAME.py": CODE,
        "tests/importers/test_NAME.py": "",
        "tests/importers/sound/NAME.yaml": "promise: 1\n",
    },
    edits={
        "src/kizashi/importers/__init__.py": (
            ('        "pyrra":', '        "NAME": "import.dialect.NAME",\n'),
        ),
        "src/kizashi/messages/importing.py": (
            (
                '    "import.dialect.pyrra":',
                '    "import.dialect.NAME": ("promises", "約束"),\n',
            ),
        ),
        **{
            f"docs/{language}/howto/import.md": (
                ("\n## Pyrra\n", "\n## Promises\n\n`--from NAME`\n"),
            )
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={
        "tests/importers/test_NAME.py": "",
        "tests/importers/sound/NAME.yaml": "",
        "docs/LANGUAGE/howto/import.md": "--from NAME",
    },
    modules="importers/NAME.py",
    asked=("sloth", "pyrra", "slo-generator"),
    home=("importers/",),
)
