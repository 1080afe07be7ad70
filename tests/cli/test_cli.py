"""The program around the commands: its language, its table, its weight."""

import subprocess
import sys
from pathlib import Path

import pytest

from kizashi import __version__, cli
from kizashi.cli import COMMANDS, build_app, run
from kizashi.cli._base import take_language
from kizashi.messages import LANGUAGES, render

PYTHON = sys.executable


def unwrapped(text: str) -> str:
    return "".join(text.replace("│", " ").split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_help_lists_every_command_in_both_languages(
    language: str, capsys: pytest.CaptureFixture[str]
):
    assert run(["--help", "--language", language]) == 0

    shown = capsys.readouterr().out
    for command in COMMANDS:
        assert command.name in shown
        assert unwrapped(render(language, command.help_id))[:10] in unwrapped(shown)
    assert render(language, "cli.help.help") in shown


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_explains_itself(
    command: object, language: str, capsys: pytest.CaptureFixture[str]
):
    name = getattr(command, "name", "")

    assert run([name, "--help", "--language", language]) == 0
    assert f"kizashi {name}" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"kizashi {__version__}\n"
    assert run(["--help", "--language", "ja"]) == 0
    assert "バージョンを表示" in capsys.readouterr().out


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]):
    assert run([]) == 0
    assert "kizashi COMMAND" in capsys.readouterr().out


def test_the_terminals_locale_decides_where_nothing_else_does(
    capsys: pytest.CaptureFixture[str],
):
    run(["--help"], "ja_JP.UTF-8")
    japanese = capsys.readouterr().out
    run(["--help", "--language=en"], "ja_JP.UTF-8")
    english = capsys.readouterr().out

    assert "使い方" in japanese
    assert "Usage" in english


def test_an_unknown_command_is_named(capsys: pytest.CaptureFixture[str]):
    assert run(["elephant"]) == 2
    assert capsys.readouterr().err == (
        "There is no command elephant.\nAdd --help to see what there is.\n"
    )


NEAR = {
    "chek": "There is no command chek. Did you mean check?",
    "alert lst": "There is no command lst. Did you mean list?",
    "check --lnit": "There is no option --lnit. Did you mean --lint?",
    "check a.yaml --fromat=json": (
        "There is no option --fromat. Did you mean --format?"
    ),
    "status --sever http://a": "There is no option --sever. Did you mean --server?",
    "status --langage ja": "There is no option --langage. Did you mean --language?",
    "--versoin": "There is no option --versoin. Did you mean --version?",
}


@pytest.mark.parametrize("typed", NEAR)
def test_a_misspelt_word_is_answered_with_the_one_that_is_near(
    typed: str, capsys: pytest.CaptureFixture[str]
):
    assert run(typed.split()) == 2

    assert capsys.readouterr().err.splitlines()[0] == NEAR[typed]


def test_a_misspelt_command_is_answered_in_japanese(
    capsys: pytest.CaptureFixture[str],
):
    assert run(["chek", "--language", "ja"]) == 2

    told = capsys.readouterr().err.splitlines()[0]
    assert told == "chek というコマンドはありません。check の間違いではありませんか。"


@pytest.mark.parametrize("tokens", [["--language", "fr"], ["--language"]])
def test_an_unknown_language_is_refused_in_both(
    tokens: list[str], capsys: pytest.CaptureFixture[str]
):
    assert run([*tokens]) == 2
    told = capsys.readouterr().err
    assert "takes en or ja" in told
    assert "指定してください" in told


def test_the_language_is_taken_from_anywhere_before_a_double_dash():
    assert take_language(["check", "a", "--language", "ja"]) == ("ja", ["check", "a"])
    assert take_language(["--language=en", "check"]) == ("en", ["check"])
    assert take_language(["check", "--", "--language", "fr"]) == (
        None,
        ["check", "--", "--language", "fr"],
    )


def test_only_the_named_command_is_imported():
    code = (
        "import sys; from kizashi.cli import run; run(['check', '--help']);"
        "heavy = {'numpy', 'sqlalchemy', 'aiohttp', 'starlette', 'pydantic'};"
        "print(sorted(heavy & set(sys.modules)))"
    )

    told = subprocess.run(
        [PYTHON, "-c", code], capture_output=True, check=True, text=True
    )

    assert told.stdout.splitlines()[-1] == "[]"


@pytest.mark.own_interpreter
def test_a_reader_that_leaves_early_causes_no_traceback(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("- a\n")
    process = subprocess.Popen(
        [PYTHON, "-m", "kizashi", "check", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()

    _, told = process.communicate(timeout=20)

    assert told == b""
    assert process.returncode == 141


def test_the_app_is_built_for_one_language():
    assert "使い方" in str(build_app("ja").help)


def test_ctrl_c_ends_a_command_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def broken_off(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "run", broken_off)
    with pytest.raises(SystemExit) as ended:
        cli.main()

    assert ended.value.code == 130
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("command", ["status", "explain", "alert", "silence"])
def test_commands_that_ask_a_server_load_no_arrays(command: str):
    code = (
        f"import sys, kizashi.cli.{command};"
        "print('numpy' in sys.modules, 'sqlalchemy' in sys.modules)"
    )

    told = subprocess.run(
        [PYTHON, "-c", code], capture_output=True, check=True, text=True
    )

    assert told.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("words", "english", "japanese"),
    [
        (
            ["silence", "list", "extra"],
            "extra is one argument too many.",
            "引数 extra が余分です。",
        ),
        (
            ["verify", "--data", "a", "--data", "b"],
            "--data is given more than once.",
            "--data が 2 回以上指定されています。",
        ),
    ],
)
def test_arguments_too_many_are_told_in_the_language_of_their_reader(
    capsys: pytest.CaptureFixture[str], words: list[str], english: str, japanese: str
):
    for language, said in (("en", english), ("ja", japanese)):
        assert run([*words, "--language", language]) == 2
        assert capsys.readouterr().err.splitlines()[0] == said
