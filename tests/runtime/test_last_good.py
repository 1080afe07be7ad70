"""A bad declaration does not keep the others from being measured."""

import json
from pathlib import Path

import pytest

from kizashi.runtime.declaration_files import Loaded
from kizashi.runtime.last_good import NAME, keep, load_for_start, refused_files

CONFIG = "declarations: ['*-slo.yaml']\n"


def service(name: str, target: str = "99%") -> str:
    return (
        f"apiVersion: kizashi.dev/v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        f"spec:\n  job: {name}\n  objectives:\n"
        f"    - {{name: up, target: {target}, window: 30d,"
        " ratio: {bad: b, valid: v}}\n"
    )


class House:
    """A folder of declarations, and a data folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.data.mkdir()
        self.config = folder / "kizashi.yaml"
        self.config.write_text(CONFIG)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / f"{name}-slo.yaml"
        path.write_text(text)
        return path

    def start(self) -> Loaded:
        loaded = load_for_start(self.config, self.data)
        if loaded.is_usable:
            keep(self.data, loaded, self.config)
        return loaded


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def targets(loaded: Loaded) -> dict[str, str]:
    return {s.name: str(s.objectives[0].target) for s in loaded.services}


def refused(loaded: Loaded) -> dict[str, bool]:
    return {Path(each.file).name: each.has_copy for each in loaded.refused}


SPOILT = [
    "",
    "spec: [",
    "a: &b 1\n",
    service("shop", "200%"),
    service("shop").replace("bad: b", f"bad: '{'(' * 3000}b'"),
    "\x00",
    "-" * 2_000_000,
]


@pytest.mark.parametrize("spoilt", SPOILT[1:], ids=range(len(SPOILT) - 1))
def test_what_a_file_last_said_stands_in_for_a_bad_one(house: House, spoilt: str):
    house.write("other", service("other", "95%"))
    path = house.write("shop", service("shop", "99.9%"))
    assert house.start().refused == ()
    path.write_text(spoilt)

    for _ in range(2):
        loaded = house.start()

        assert loaded.is_usable
        assert targets(loaded) == {"shop": "0.999", "other": "0.95"}
        assert refused(loaded) == {"shop-slo.yaml": True}
        assert loaded.refused[0].where.startswith(f"{path}:")


def test_bytes_that_are_no_text_are_a_bad_file_too(house: House):
    path = house.write("shop", service("shop"))
    house.start()
    path.write_bytes(b"\xff\xfe\x00")

    assert refused(house.start()) == {"shop-slo.yaml": True}


def test_a_file_that_was_never_good_is_left_out(house: House):
    house.write("other", service("other"))
    house.write("shop", "spec: [")

    loaded = house.start()

    assert targets(loaded) == {"other": "0.99"}
    assert refused(loaded) == {"shop-slo.yaml": False}


def test_a_first_start_without_a_good_file_is_refused_in_full(house: House):
    house.write("shop", "spec: [")

    loaded = house.start()

    assert not loaded.is_usable
    assert [p.code for p in loaded.problems] == ["yaml.syntax"]


def test_a_bad_configuration_is_refused_as_before(house: House):
    house.write("shop", service("shop"))
    house.start()
    house.config.write_text("declarations: [\n")

    assert not house.start().is_usable


def test_a_name_that_is_taken_is_that_of_the_file_that_had_it(house: House):
    house.write("shop", service("shop", "99.9%"))
    house.start()
    # The later one comes first by name, so that the good file is told of the clash.
    house.write("a", service("shop", "90%"))

    loaded = house.start()

    assert loaded.is_usable
    assert len(loaded.services) == 1


def test_a_mended_file_counts_again(house: House):
    path = house.write("shop", service("shop"))
    house.start()
    path.write_text("spec: [")
    house.start()
    path.write_text(service("shop", "95%"))

    loaded = house.start()

    assert (targets(loaded), loaded.refused) == ({"shop": "0.95"}, ())


@pytest.mark.parametrize("damage", ["", "{", '{"files": {}}', "[]", '{"files": 3}'])
def test_damaged_copies_are_none(house: House, damage: str):
    house.write("other", service("other"))
    path = house.write("shop", service("shop"))
    house.start()
    (house.data / NAME).write_text(damage)
    path.write_text("spec: [")

    assert refused(house.start()) == {"shop-slo.yaml": False}


def test_a_changed_letter_in_the_copies_is_noticed(house: House):
    house.write("other", service("other"))
    path = house.write("shop", service("shop", "99.9%"))
    house.start()
    copies = house.data / NAME
    copies.write_text(copies.read_text().replace("99.9%", "99.8%"))
    path.write_text("spec: [")

    assert refused(house.start()) == {"shop-slo.yaml": False}


def test_copies_are_for_the_owner_and_hold_no_configuration(house: House):
    path = house.write("shop", service("shop"))
    house.start()

    copies = house.data / NAME
    assert copies.stat().st_mode & 0o777 == 0o600
    assert set(json.loads(copies.read_text())["files"]) == {str(path)}


def test_a_disk_that_takes_nothing_costs_the_copies_alone(house: House):
    house.write("shop", service("shop"))
    loaded = load_for_start(house.config, house.data)

    keep(house.data / "gone", loaded, house.config)

    assert loaded.is_usable


def test_a_reload_names_each_bad_file_once(house: House):
    house.write("shop", service("shop", "200%") + service("b").replace("- {", "- [{"))
    problems = load_for_start(house.config, house.data).problems

    assert [each.has_copy for each in refused_files(problems)] == [True]
