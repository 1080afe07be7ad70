"""``kizashi token``."""

import json
import re
from pathlib import Path

import pytest

from kizashi.cli import run
from kizashi.ports.tokens import Role
from kizashi.statedb.database import open_state
from kizashi.statedb.tokens import SqlTokenStore

Capture = pytest.CaptureFixture[str]
TOKEN = re.compile(r"kz_[A-Za-z0-9_-]{43}")


def create(folder: Path, *more: str) -> int:
    return run(["token", "create", "--data", str(folder), *more])


def listed(folder: Path, capsys: Capture) -> list[dict[str, object]]:
    capsys.readouterr()
    assert run(["token", "list", "--data", str(folder), "--format", "json"]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)["tokens"]
    return found


def test_a_new_token_stands_alone_on_standard_output(tmp_path: Path, capsys: Capture):
    assert create(tmp_path, "--role", "editor", "--name", "ci") == 0

    out, err = capsys.readouterr()
    assert TOKEN.fullmatch(out.strip())
    assert "(ci) with the role editor is stored in" in err
    assert "it does not expire" in err
    assert not TOKEN.search(err)
    database = open_state(tmp_path, 0)
    found = SqlTokenStore(database).authenticate(out.strip(), now_ms=0)
    database.close()
    assert found is not None
    assert found.role is Role.EDITOR


def test_a_token_may_expire(tmp_path: Path, capsys: Capture):
    assert create(tmp_path, "--role", "viewer", "--expires", "90d") == 0
    assert "it is accepted until 20" in capsys.readouterr().err

    (record,) = listed(tmp_path, capsys)
    assert record["expires"] - record["created"] == 90 * 86_400  # type: ignore[operator]
    assert record["name"] == "viewer"


def test_json_holds_the_token_once(tmp_path: Path, capsys: Capture):
    assert create(tmp_path, "--role", "admin", "--format", "json") == 0

    made = json.loads(capsys.readouterr().out)
    token = made.pop("token")
    assert TOKEN.fullmatch(token)
    assert listed(tmp_path, capsys) == [made]
    assert run(["token", "list", "--data", str(tmp_path)]) == 0
    assert token[3:] not in capsys.readouterr().out


def test_the_list_is_a_table(tmp_path: Path, capsys: Capture):
    create(tmp_path, "--role", "viewer", "--name", "監視")
    capsys.readouterr()

    assert run(["token", "list", "--data", str(tmp_path)]) == 0

    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["ID", "NAME", "ROLE", "CREATED", "EXPIRES", "LAST", "USED"]
    assert re.fullmatch(
        r"[0-9a-f]{12}  監視  viewer  \d{4}-\d\d-\d\d \d\d:\d\dZ  never    never", line
    )


def test_a_revoked_token_is_gone(tmp_path: Path, capsys: Capture):
    create(tmp_path, "--role", "viewer", "--name", "old")
    (record,) = listed(tmp_path, capsys)

    assert run(["token", "revoke", str(record["id"]), "--data", str(tmp_path)]) == 0

    assert f"Token {record['id']} (old, viewer) is revoked." in capsys.readouterr().out
    assert listed(tmp_path, capsys) == []
    assert run(["token", "list", "--data", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "There are no tokens.\n"


def test_an_unknown_id_is_a_problem(tmp_path: Path, capsys: Capture):
    create(tmp_path, "--role", "viewer")
    capsys.readouterr()

    assert run(["token", "revoke", "nobody", "--data", str(tmp_path)]) == 1

    assert "There is no token 'nobody' in" in capsys.readouterr().err


def test_a_wrong_folder_is_a_problem(tmp_path: Path, capsys: Capture):
    wrong = str(tmp_path / "typo")

    assert run(["token", "list", "--data", wrong, "--language", "ja"]) == 1
    assert "トークンを扱えません" in capsys.readouterr().err
    assert run(["token", "revoke", "x", "--data", wrong]) == 1
    assert not (tmp_path / "typo").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--role", "boss"], "boss"),
        ([], "--role"),
        (["--role", "viewer", "--expires", "0d"], "such as 90d or 12h, not '0d'"),
        (["--role", "viewer", "--expires", "soon"], "not 'soon'"),
        (["--role", "viewer", "--name", ""], "Expected 1 to 100 printable"),
        (["--role", "viewer", "--name", "a\nb"], r"'a\nb' is not allowed"),
    ],
)
def test_arguments_that_make_no_sense_make_no_token(
    tmp_path: Path, capsys: Capture, arguments: list[str], said: str
):
    assert create(tmp_path, *arguments) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert said in err


@pytest.mark.parametrize("command", [[], ["create"], ["list"], ["revoke"]])
@pytest.mark.parametrize(
    ("language", "usage", "foreign"),
    [
        ("en", "Usage: kizashi token", "使い方"),
        ("ja", "使い方: kizashi token", "Usage"),
    ],
)
def test_help_is_in_both_languages(
    capsys: Capture, command: list[str], language: str, usage: str, foreign: str
):
    assert run(["token", *command, "--help", "--language", language]) == 0

    out = capsys.readouterr().out
    assert " ".join([usage, *command]) in out
    assert foreign not in out


def test_the_help_lists_what_each_command_does(capsys: Capture):
    assert run(["token", "--help"]) == 0

    assert "create  Make a token and print it." in capsys.readouterr().out
