"""Which files are read, and which configuration governs them."""

import os
from pathlib import Path

import pytest

from kizashi.settings.declaration_files import Loaded, load
from kizashi.settings.environment import terminal_locale


def service(name: str, window: str = "30d") -> str:
    return (
        f"apiVersion: kizashi.dev/v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        f"spec:\n  job: {name}\n  objectives:\n"
        f"    - {{name: up, target: 99%, window: {window},"
        " ratio: {bad: b, valid: v}}\n"
    )


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def codes(loaded: Loaded) -> list[str]:
    return [problem.code for problem in loaded.problems]


def names(loaded: Loaded) -> list[str]:
    return [one.name for one in loaded.services]


def test_folders_are_searched_in_order_and_hidden_ones_left_out(tmp_path: Path):
    write(tmp_path, b=service("b"), a__c=service("c"))
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.yaml").write_text("- no")
    (tmp_path / "notes.txt").write_text("- no")
    (tmp_path / "d.yml").write_text(service("d"))

    loaded = load([tmp_path])

    assert names(loaded) == ["c", "b", "d"]
    assert loaded.is_usable


def test_a_file_named_twice_is_read_once(tmp_path: Path):
    write(tmp_path, a=service("a"))

    assert names(load([tmp_path, tmp_path / "a.yaml"])) == ["a"]


def test_an_empty_folder_is_a_problem(tmp_path: Path):
    assert codes(load([tmp_path])) == ["file.none"]


def test_a_configuration_names_declarations_relative_to_itself(tmp_path: Path):
    write(
        tmp_path,
        kizashi="declarations: [d/*.yaml, more]\n",
        d__a=service("a"),
        more__b=service("b"),
    )

    loaded = load([], tmp_path / "kizashi.yaml")

    assert names(loaded) == ["a", "b"]
    assert loaded.problems == ()


def test_a_configuration_may_name_declarations_anywhere(tmp_path: Path):
    write(tmp_path, etc__kizashi=f"declarations: ['{tmp_path}/d/*.yaml', ../e.yaml]\n")
    write(tmp_path, d__a=service("a"), e=service("e"))

    loaded = load([], tmp_path / "etc" / "kizashi.yaml")

    assert names(loaded) == ["a", "e"]
    assert loaded.problems == ()


def test_a_pattern_that_matches_nothing_is_a_problem(tmp_path: Path):
    write(tmp_path, kizashi="declarations: [nosuch/*.yaml]\n")

    loaded = load([], tmp_path / "kizashi.yaml")

    assert codes(loaded) == ["configuration.no-file"]
    assert loaded.problems[0].params["pattern"] == "nosuch/*.yaml"


def test_declarations_are_checked_against_the_slices_of_their_configuration(
    tmp_path: Path,
):
    write(
        tmp_path,
        kizashi="ledger: {slice: 15s}\n",
        a=service("a", "30s"),
        quick__kizashi="ledger: {slice: 1s}\nglobal: {scrape_interval: 1s}\n",
        quick__a=service("a", "30s"),
    )

    loaded = load([tmp_path])

    wrong = [p for p in loaded.problems if p.code == "objective.window-short"]
    assert [p.position.file for p in wrong] == [str(tmp_path / "a.yaml")]
    # The same name under two configurations is two installations, no conflict.
    assert "service.twice" not in codes(loaded)


def test_the_configuration_given_governs_every_file(tmp_path: Path):
    write(
        tmp_path,
        kizashi="ledger: {slice: 15s}\n",
        a=service("a", "30s"),
        other__fine="ledger: {slice: 1s}\n",
    )

    loaded = load([tmp_path / "a.yaml"], tmp_path / "other" / "fine.yaml")

    assert "objective.window-short" not in codes(loaded)
    assert loaded.configuration.slice_ms == 1_000


def test_the_same_name_in_two_files_is_a_problem(tmp_path: Path):
    write(tmp_path, a=service("x"), b=service("x"))

    assert codes(load([tmp_path])) == ["service.twice"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "file.encoding"),
        (b"# " + b"x" * 1024 * 1024, "yaml.too-large"),
    ],
)
def test_a_file_that_is_no_text_or_too_large_is_a_problem(
    tmp_path: Path, content: bytes, code: str
):
    (tmp_path / "a.yaml").write_bytes(content)

    loaded = load([tmp_path])

    assert codes(loaded) == [code]


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path):
    loaded = load([tmp_path / "gone.yaml"])

    assert codes(loaded) == ["file.unreadable"]


def test_a_link_in_a_circle_ends(tmp_path: Path):
    write(tmp_path, a=service("a"))
    (tmp_path / "self").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")

    assert codes(load([tmp_path])) == ["file.unreadable"]


@pytest.mark.parametrize(
    ("environment", "locale"),
    [
        ({}, None),
        ({"LANG": "ja_JP.UTF-8"}, "ja_JP.UTF-8"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": ""}, "ja_JP.UTF-8"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "C", "LC_ALL": "en_GB"}, "en_GB"),
        ({"LANG": "ja_JP.UTF-8", "LC_MESSAGES": "C"}, "C"),
    ],
)
def test_the_first_locale_variable_that_says_something_decides(
    environment: dict[str, str], locale: str | None
):
    assert terminal_locale(environment) == locale


def test_a_pipe_in_a_folder_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "a.yaml")
    write(tmp_path, b=service("b"))

    loaded = load([tmp_path])

    assert codes(loaded) == ["file.unreadable"]
    assert names(loaded) == ["b"]


def test_a_pattern_that_matches_nothing_is_named_where_it_is_written(tmp_path: Path):
    write(tmp_path, kizashi="language: en\ndeclarations:\n- a.yaml\n- b/*.yaml\n")
    write(tmp_path, a=service("a"))

    (problem,) = load([tmp_path / "kizashi.yaml"]).problems

    assert (problem.position.line, problem.position.col) == (4, 3)
