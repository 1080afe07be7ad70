"""Compile targets: a list of services."""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from kinds.sort import Sort
from kizashi.cli import run
from kizashi.compiler import TARGETS, load_target
from kizashi.compiler._base import CompileOptions
from kizashi.declarations.configuration import Configuration
from kizashi.messages import render

CODE = '''
"""A list of services."""

from collections.abc import Sequence

from kizashi.compiler._base import Compiled, CompileOptions, CompileTarget, GeneratedFile
from kizashi.declarations.configuration import Configuration
from kizashi.slo.objective import ServiceSpec


class MadeUpInventory:
    """Lists services."""

    name = "NAME"

    def compile(
        self,
        services: Sequence[ServiceSpec],
        configuration: Configuration,
        options: CompileOptions,
    ) -> Compiled:
        """Return the list."""
        text = "".join(f"{service.name}\\\\n" for service in services)
        return Compiled.of([GeneratedFile("services.txt", text)])


TARGET: CompileTarget = MadeUpInventory()
'''.replace("\\\\", "\\")

SERVICE = """
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: shop}
spec: {}
"""


def proof() -> None:
    """It compiles, and the command knows its name."""
    name = SORT.made_up
    made = load_target(name).compile((), Configuration(), CompileOptions())
    assert [file.path for file in made.files] == ["services.txt"]
    assert render("ja", TARGETS[name]) == "一覧"
    with TemporaryDirectory() as folder, redirect_stdout(StringIO()):
        service = Path(folder, "shop.yaml")
        service.write_text(SERVICE)
        assert run(["compile", "--to", name, "--out", folder, str(service)]) == 0
        assert Path(folder, "services.txt").read_text() == "shop\n"


SORT = Sort(
    kinds=TARGETS,
    made_up="inventory",
    new={
        "src/kizashi/compiler/NAME.py": CODE,
        "tests/compiler/test_NAME.py": "",
    },
    edits={
        "src/kizashi/compiler/__init__.py": (
            ('        "vmalert":', '        "NAME": "compile.target.NAME",\n'),
        ),
        "src/kizashi/messages/targets.py": (
            (
                '    "compile.target.blackbox":',
                '    "compile.target.NAME": ("a list", "一覧"),\n',
            ),
        ),
        **{
            f"docs/{language}/reference/compile-targets.md": (
                ("| `vmalert` |", "| `NAME` | |\n"),
            )
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={
        "tests/compiler/test_NAME.py": "",
        "docs/LANGUAGE/reference/compile-targets.md": "| `NAME` |",
    },
    modules="compiler/NAME.py",
    asked=("alertmanager", "grafana", "vmalert", "prometheus-operator"),
    home=("compiler/",),
)
