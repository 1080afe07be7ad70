"""Targets from the configuration and from files that others write."""

import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from kizashi.errors import ScrapeError
from kizashi.model.labels import Labels
from kizashi.model.scraping import (
    FileDiscovery,
    RelabelAction,
    RelabelRule,
    ScrapeConfig,
    TargetGroup,
)
from kizashi.scrape.discovery import JobDiscovery, read_groups

REFRESH_MS = 60_000


def job(folder: Path, name: str = "*.yml", **more: object) -> JobDiscovery:
    files = FileDiscovery((str(folder / name),), REFRESH_MS)
    return JobDiscovery(ScrapeConfig("api", file_discoveries=(files,), **more))


def instances(found: JobDiscovery, now_s: float) -> list[str]:
    return [t.labels.get("instance") for t in found.poll(now_s).targets]


def test_static_groups_become_targets():
    group = TargetGroup(("a:1", "b:2"), Labels.of(zone="x"))
    config = ScrapeConfig("api", static_groups=(group,))

    found = JobDiscovery(config).poll(0)

    assert [t.labels.as_dict() for t in found.targets] == [
        {"job": "api", "instance": "a:1", "zone": "x"},
        {"job": "api", "instance": "b:2", "zone": "x"},
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '[{"targets": ["a:1"], "labels": {"port": "0x10"}}]'),
        ("a.yml", "- targets: [a:1]\n  labels: {port: 0x10}\n"),
        ("a.yaml", "- {targets: ['a:1'], labels: {port: '0x10'}}\n"),
    ],
)
def test_files_hold_groups_as_json_or_yaml(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text)

    groups = read_groups(str(tmp_path / name))

    assert groups == (TargetGroup(("a:1",), Labels.of(port="0x10")),)


def test_the_name_of_the_file_is_there_for_relabelling(tmp_path: Path):
    path = tmp_path / "a.yml"
    path.write_text("- targets: [a:1]\n")
    rule = RelabelRule(source_labels=("__meta_filepath",), target_label="file")

    found = job(tmp_path, relabel=(rule,)).poll(0)

    assert found.targets[0].labels.get("file") == str(path)


def test_a_rule_drops_addresses_of_files(tmp_path: Path):
    (tmp_path / "a.yml").write_text("- targets: [a:1, b:1]\n")
    rule = RelabelRule(RelabelAction.DROP, ("__address__",), regex="b:.*")

    found = job(tmp_path, relabel=(rule,)).poll(0)

    assert [t.url for t in found.targets] == ["http://a:1/metrics"]
    assert [d.labels.get("__address__") for d in found.dropped] == ["b:1"]


def test_a_changed_file_is_read_at_the_next_look(tmp_path: Path):
    path = tmp_path / "a.yml"
    path.write_text("- targets: [a:1]\n")
    found = job(tmp_path)
    before = found.poll(0)

    assert found.poll(5) is before
    path.write_text("- targets: [a:1, b:1]\n")
    assert instances(found, 10) == ["a:1", "b:1"]


def test_a_file_is_read_anyway_when_its_refresh_is_due(tmp_path: Path):
    path = tmp_path / "a.yml"
    path.write_text("- targets: [a:1]\n")
    stat = path.stat()
    found = job(tmp_path)
    found.poll(0)

    # Given a change that the file's stamp does not show, as on some network disks.
    path.write_text("- targets: [b:1]\n")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert instances(found, 59) == ["a:1"]
    assert instances(found, 60) == ["b:1"]


def test_files_come_and_go(tmp_path: Path):
    found = job(tmp_path)
    assert instances(found, 0) == []

    (tmp_path / "b.yml").write_text("- targets: [b:1]\n")
    (tmp_path / "a.yml").write_text("- targets: [a:1]\n")
    assert instances(found, 5) == ["a:1", "b:1"]

    (tmp_path / "a.yml").unlink()
    assert instances(found, 10) == ["b:1"]


def test_a_file_gone_bad_keeps_its_last_good_groups_and_is_reported(tmp_path: Path):
    path = tmp_path / "a.yml"
    path.write_text("- targets: [a:1]\n")
    found = job(tmp_path)
    found.poll(0)

    path.write_text("- targets: [b:1\n")
    broken = found.poll(5)
    assert [t.labels.get("instance") for t in broken.targets] == ["a:1"]
    assert str(broken.problems[0]).startswith(f"{path}: ")

    path.write_text("- targets: [c:1]\n")
    mended = found.poll(10)
    assert [t.labels.get("instance") for t in mended.targets] == ["c:1"]
    assert mended.problems == ()


@pytest.mark.parametrize("text", ["", "[]", "# nothing yet\n"])
def test_a_file_without_groups_is_good(tmp_path: Path, text: str):
    (tmp_path / "a.yml").write_text(text)

    assert read_groups(str(tmp_path / "a.yml")) == ()


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.yml", "targets: [a:1]", "expected a list of {targets, labels}"),
        ("a.yml", "- [a:1]", "entry 1: expected an object"),
        ("a.yml", "- targets: [a:1]\n- target: [b:1]", "entry 2: expected an object"),
        ("a.yml", "- targets: a:1", "entry 1: targets: expected a list"),
        ("a.yml", "- targets: [{a: 1}]", "entry 1: targets: expected a list"),
        ("a.yml", "- {targets: [a], labels: [b]}", "entry 1: labels: expected names"),
        ("a.yml", "- {targets: [a], labels: {b-c: d}}", "'b-c' is not a label name"),
        ("a.yml", "- &a {targets: [a]}\n- *a", "an alias (*name) is refused"),
        ("a.yml", "[" * 50_000, "nested deeper than 8"),
        ("a.json", "[" * 200_000, "recursion"),
        ("a.json", '[{"targets": ["\\ud800"]}]', "entry 1: targets: expected a list"),
        ("a.json", '[{"targets": [1]}]', "entry 1: targets: expected a list"),
        ("a.json", "[}", "Expecting value"),
        ("none.yml", None, "No such file"),
    ],
)
def test_a_file_of_another_shape_is_refused_with_the_reason(
    tmp_path: Path, name: str, text: str | None, why: str
):
    path = tmp_path / name
    if text is not None:
        path.write_text(text)

    with pytest.raises(ScrapeError) as caught:
        read_groups(str(path))

    assert str(caught.value).startswith(f"{path}: ")
    assert why in str(caught.value)


def test_a_file_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "a.yml"
    path.write_text("- targets: [a:1]\n")
    monkeypatch.setattr("kizashi.scrape.discovery.MAX_FILE_BYTES", 10)

    with pytest.raises(ScrapeError, match="over 10 bytes"):
        read_groups(str(path))


@given(data=st.binary(max_size=200), name=st.sampled_from(["a.json", "a.yml"]))
def test_any_bytes_give_groups_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, name: str
):
    path = tmp_path_factory.mktemp("any") / name
    path.write_bytes(data)

    with suppress(ScrapeError):
        assert all(g.addresses is not None for g in read_groups(str(path)))
