"""Documents: a holiday."""

from kinds.sort import Sort
from kizashi.declarations.documents import DOCUMENT_KINDS
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.messages import render

CODE = '''
"""``kind: NAME``: a day on which nobody works."""

from dataclasses import dataclass

from kizashi.declarations.documents._base import DocumentKind, DocumentReading
from kizashi.declarations.fields import Fields
from kizashi.declarations.naming import is_first, read_name


@dataclass(frozen=True, slots=True)
class MadeUpHoliday:
    """A day on which nobody works."""

    name: str
    day: str


def _read(document: Fields, reading: DocumentReading) -> MadeUpHoliday | None:
    metadata = document.open("metadata", ("name",))
    spec = document.open("spec", ("day",))
    name = None if metadata is None else read_name(metadata, "name")
    if metadata is None or spec is None or name is None:
        return None
    names = reading.names("NAME")
    if not is_first(metadata, name, names, "NAME.twice"):
        return None
    return MadeUpHoliday(name, spec.text_or("day", ""))


KIND = DocumentKind("NAME", _read)
'''
DOCUMENT = """
apiVersion: kizashi.dev/v1
kind: NAME
metadata: {name: new-year}
spec: {day: "01-01"}
"""


def proof() -> None:
    """It is read beside services, and says what is wrong in both languages."""
    name = SORT.made_up
    service = (
        "---\napiVersion: kizashi.dev/v1\nkind: Service\nmetadata: {name: a}\nspec: {}"
    )
    text = DOCUMENT.replace("NAME", name)
    found = parse_declarations([SourceText("a.yaml", f"{text}{service}")])
    assert found.problems == ()
    assert [each.name for each in found.services] == ["a"]
    (holiday,) = set(found.declared) - set(found.services)
    assert vars_of(holiday) == ("new-year", "01-01")
    assert found.of(type(holiday)) == (holiday,)
    (problem,) = parse_declarations([SourceText("a.yaml", f"{text}---{text}")]).problems
    assert render("en", problem.code, name="x") == "two holidays x"
    assert render("ja", problem.code, name="x") == "休日 x の重複"


def vars_of(holiday: object) -> tuple[object, ...]:
    return tuple(getattr(holiday, name) for name in ("name", "day"))


SORT = Sort(
    kinds=DOCUMENT_KINDS,
    made_up="Holiday",
    new={
        "src/kizashi/declarations/documents/NAME.py": CODE,
        "tests/declarations/test_NAME.py": "",
    },
    edits={
        "src/kizashi/declarations/documents/__init__.py": (
            ("service\n", "NAME, "),
            ("service.KIND,)", "NAME.KIND, "),
        ),
        "src/kizashi/messages/problems.py": (
            (
                '    "document.kind":',
                '    "NAME.twice": ("two holidays {name}", "休日 {name} の重複"),\n',
            ),
        ),
        **{
            f"docs/{language}/reference/declarations.md": (
                ("\n## objectives\n", "\n`kind: NAME`\n"),
            )
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={
        "docs/LANGUAGE/reference/declarations.md": "`kind: NAME`",
    },
    asked=("ServiceSpec", "Service"),
    home=("declarations/documents/",),
    exceptions={
        "declarations/service.py": "OpenSLO documents add objectives to services",
    },
)
