"""OpenSLO documents written as Kizashi declarations: the same services."""

from collections.abc import Callable
from pathlib import Path

from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations

TODO_API = Path(__file__).parents[2] / "examples" / "todo" / "todo-api.yaml"


def test_openslo_and_back_is_the_same_service(carry: Callable[..., object]):
    (service,) = parse_declarations(
        [SourceText("a.yaml", TODO_API.read_text("utf-8"))]
    ).services
    target = load_target("openslo")
    files = target.compile([service], Configuration(), CompileOptions()).files

    result = carry("openslo", *(file.text for file in files))

    assert result.service() == service
    assert [c.name for c in result.imported.carried] == [
        objective.name for objective in service.objectives
    ]


def test_what_the_reader_says_is_said(carry: Callable[..., object]):
    text = "apiVersion: openslo/v1\nkind: SLA\nmetadata: {name: a}\nspec: {}\n"

    assert carry("openslo", text).codes == ["openslo.kind"]
