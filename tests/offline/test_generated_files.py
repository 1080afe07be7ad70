"""Generated files replace ours, never another's, and leave with their declaration."""

from pathlib import Path

import pytest

from kizashi.compiler._base import GeneratedFile
from kizashi.errors import ConfigurationError
from kizashi.offline.generated_files import ForeignFilesError, plan_files

A = GeneratedFile("a.yaml", "a: 1\n")
B = GeneratedFile("tests/b.yaml", "b: 1\n")


def write(folder: Path, *files: GeneratedFile) -> None:
    plan_files(folder, "prometheus", files).apply()


def test_a_second_run_touches_nothing(tmp_path: Path):
    write(tmp_path, A, B)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    again = plan_files(tmp_path, "prometheus", (A, B))
    again.apply()

    assert again.is_current
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_only_what_changed_is_written(tmp_path: Path):
    write(tmp_path, A, B)

    plan = plan_files(tmp_path, "prometheus", (GeneratedFile("a.yaml", "a: 2\n"), B))
    plan.apply()

    assert plan.changed == ("a.yaml",)
    assert (tmp_path / "a.yaml").read_text() == "a: 2\n"


def test_what_is_made_no_more_is_removed_with_its_empty_folder(tmp_path: Path):
    write(tmp_path, A, B)

    plan = plan_files(tmp_path, "prometheus", (A,))
    plan.apply()

    assert plan.removed == ("tests/b.yaml",)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".kizashi-prometheus.json",
        "a.yaml",
    ]


def test_a_file_that_someone_changed_is_not_removed(tmp_path: Path):
    write(tmp_path, A, B)
    (tmp_path / "tests/b.yaml").write_text("b: mine\n")

    plan = plan_files(tmp_path, "prometheus", (A,))
    plan.apply()

    assert (plan.removed, plan.kept) == ((), ("tests/b.yaml",))
    assert (tmp_path / "tests/b.yaml").read_text() == "b: mine\n"


def test_another_persons_file_is_neither_overwritten_nor_removed(tmp_path: Path):
    (tmp_path / "a.yaml").write_text("mine: 1\n")

    with pytest.raises(ForeignFilesError) as refused:
        plan_files(tmp_path, "prometheus", (A, B))

    assert refused.value.paths == ("a.yaml",)
    assert [p.name for p in tmp_path.iterdir()] == ["a.yaml"]


def test_targets_share_a_folder(tmp_path: Path):
    write(tmp_path, A)
    plan_files(tmp_path, "grafana", (B,)).apply()

    write(tmp_path)

    assert not (tmp_path / "a.yaml").exists()
    assert (tmp_path / "tests/b.yaml").exists()


@pytest.mark.parametrize("text", ["", "[]", '{"files": 1}', "\0"])
def test_a_broken_manifest_is_no_licence(tmp_path: Path, text: str):
    write(tmp_path, A)
    (tmp_path / ".kizashi-prometheus.json").write_text(text)

    with pytest.raises(ConfigurationError):
        plan_files(tmp_path, "prometheus", ())


def test_a_manifest_cannot_name_what_lies_outside(tmp_path: Path):
    outside = tmp_path / "outside"
    outside.write_text("")
    folder = tmp_path / "out"
    write(folder, A)
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    manifest = folder / ".kizashi-prometheus.json"
    manifest.write_text(f'{{"files": {{"../outside": "{empty}"}}}}')

    plan_files(folder, "prometheus", (GeneratedFile("c.yaml", "c: 1\n"),)).apply()

    assert outside.exists()


def test_the_difference_shows_old_and_new(tmp_path: Path):
    write(tmp_path, A)

    plan = plan_files(tmp_path, "prometheus", (GeneratedFile("a.yaml", "a: 2\n"),))

    assert list(plan.diff())[2:] == ["@@ -1 +1 @@\n", "-a: 1\n", "+a: 2\n"]
