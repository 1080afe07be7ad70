"""Commands that ask a server are told where, as whom and how to show it, all alike."""

import pytest
from cyclopts import App

from kizashi.cli._base import OutputFormat, ServerOptions, new_app, server_command

URL = "http://kizashi.example:9470"


def command(heard: list[tuple[ServerOptions, str]], *, has_format: bool = True) -> App:
    app = new_app("en", "status", "status.help", "status.usage")

    @server_command(app, "en", has_format=has_format)
    def ask(asked: ServerOptions, what: str, /, *, at: str = "now") -> int:
        heard.append((asked, f"{what} {at}"))
        return 0

    return app


def test_a_command_gets_what_it_asks_with_before_what_is_its_own():
    heard: list[tuple[ServerOptions, str]] = []

    words = ["todo", "--server", URL, "--at", "noon", "--format", "json"]
    command(heard)(words, result_action="return_value", exit_on_error=False)

    [(asked, told)] = heard
    assert told == "todo noon"
    assert asked.output is OutputFormat.JSON
    assert asked.client.server == URL


def test_a_command_without_a_format_takes_none(monkeypatch: pytest.MonkeyPatch):
    given = "kz_x"
    monkeypatch.setenv("KIZASHI_TOKEN", given)
    heard: list[tuple[ServerOptions, str]] = []
    app = command(heard, has_format=False)

    app(["todo"], result_action="return_value", exit_on_error=False)

    assert heard[0][0].client.token == given
    with pytest.raises(Exception, match="--format"):
        app(
            ["todo", "--format", "json"],
            result_action="return_value",
            exit_on_error=False,
            print_error=False,
        )
