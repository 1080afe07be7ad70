"""Commands: one that greets."""

from contextlib import redirect_stdout
from io import StringIO

from kinds.sort import Sort
from kizashi.cli import COMMANDS, build_app, run

CODE = '''
"""``kizashi NAME``."""

from cyclopts import App

from kizashi.cli._base import Exit, new_app
from kizashi.messages import render


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "NAME", "NAME.help", "NAME.usage")

    @app.default
    def greet() -> int:
        print(render(language, "NAME.help"))
        return Exit.OK

    return app
'''
TEXTS = '''
"""What ``kizashi NAME`` says."""

TEXTS: dict[str, tuple[str, str]] = {
    "NAME.help": ("Say hello", "挨拶する"),
    "NAME.usage": ("kizashi NAME", "kizashi NAME"),
}
'''


def proof() -> None:
    """It runs in both languages, and is listed."""
    name = SORT.made_up
    printed = StringIO()
    with redirect_stdout(printed):
        assert run([name, "--language", "en"]) == 0
        assert run([name, "--language", "ja"]) == 0
    assert printed.getvalue() == "Say hello\n挨拶する\n"
    assert name in list(build_app("en"))


SORT = Sort(
    kinds=[command.name for command in COMMANDS],
    made_up="greet",
    new={
        "src/kizashi/cli/NAME.py": CODE,
        "src/kizashi/messages/NAME.py": TEXTS,
        "tests/cli/test_NAME.py": "",
    },
    edits={
        "src/kizashi/cli/__init__.py": (
            ('    Command("check"', '    Command("NAME", "NAME.help"),\n'),
        ),
        "src/kizashi/messages/__init__.py": (('    "api",', '    "NAME",\n'),),
        **{
            f"docs/{language}/reference/cli.md": (
                ("\n## kizashi check\n", "\n## kizashi NAME\n"),
            )
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={"docs/LANGUAGE/reference/cli.md": "\n## kizashi NAME\n"},
    asked=("import-samples", "backup", "restore", "explain", "silence"),
    home=("cli/__init__.py", "cli/_base.py"),
)
