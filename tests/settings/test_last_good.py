"""A bad declaration does not keep the others from being measured."""

import json
import os
from hashlib import sha256
from pathlib import Path

import pytest

from kizashi.ports.effective import EmptiedFile
from kizashi.settings.declaration_files import Loaded, load
from kizashi.settings.kept_declarations import MOST_KEPT_BYTES, NAME, LastDeclarations
from kizashi.settings.last_good import compared, keep, load_for_start, refused_files

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


DAMAGED = [
    "",
    "{",
    '{"files": {}}',
    "[]",
    '{"files": 3}',
    "[" * 1_000_000,
    '{"a":' * 1_000_000,
    '{"sha256": "", "files": {}, "more": ' + "[" * 1_000_000 + "]" * 1_000_000 + "}",
    '{"sha256": "", "files": {"a": ["b"]}}',
    '{"sha256": 1, "files": {}}',
    '{"version": 99, "sha256": "", "files": {}}',
]


@pytest.mark.parametrize("damage", DAMAGED, ids=range(len(DAMAGED)))
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


def test_copies_that_are_no_file_of_a_sound_size_are_none(house: House):
    house.write("other", service("other"))
    path = house.write("shop", service("shop"))
    house.start()
    path.write_text("spec: [")
    copies = house.data / NAME
    for spoil in (
        lambda: os.truncate(copies, 2 * MOST_KEPT_BYTES),
        lambda: (copies.unlink(), os.mkfifo(copies)),
        lambda: (copies.unlink(), copies.mkdir()),
        lambda: (copies.rmdir(), copies.symlink_to(copies)),
        lambda: (copies.unlink(), copies.write_bytes(b"\xff\xfe")),
    ):
        spoil()
        assert refused(load_for_start(house.config, house.data)) == {
            "shop-slo.yaml": False
        }


def test_copies_that_an_older_version_kept_stand_in(house: House):
    """It knew files by where links lead, and nothing of services and patterns."""
    path = house.write("shop", "spec: [")
    files = {os.path.realpath(path): service("shop", "99.9%")}
    digest = sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    (house.data / NAME).write_text(json.dumps({"sha256": digest, "files": files}))

    loaded = house.start()

    assert targets(loaded) == {"shop": "0.999"}
    assert refused(loaded) == {"shop-slo.yaml": True}


def test_a_copy_that_says_nothing_to_this_version_is_left_out(house: House):
    house.write("other", service("other"))
    path = house.write("shop", "spec: [")
    files = {str(path): "kind: FromTheFuture\n"}
    digest = sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    (house.data / NAME).write_text(json.dumps({"sha256": digest, "files": files}))

    assert refused(house.start()) == {"shop-slo.yaml": False}


def test_a_name_of_bytes_that_are_no_text_keeps_its_copy(house: House):
    path = Path(os.fsdecode(os.fsencode(str(house.folder)) + b"/\xff-slo.yaml"))
    path.write_text(service("shop"))
    house.start()
    path.write_text("spec: [")

    assert targets(house.start()) == {"shop": "0.99"}


def gone(path: Path) -> None:
    path.unlink()


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.with_name("nowhere"))


def circle(path: Path) -> None:
    path.unlink()
    path.symlink_to(path)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def unreadable(path: Path) -> None:
    """Open, and an error when it is read; where there is no such file, dangling."""
    path.unlink()
    path.symlink_to("/proc/self/mem")


def huge(path: Path) -> None:
    os.truncate(path, 2**31)


def bombs(path: Path) -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 60)]
    path.write_text("\n".join(lines))


def deep(path: Path) -> None:
    path.write_text("[" * 500_000)


def utf_16(path: Path) -> None:
    path.write_text(service("shop"), "utf-16")


UNUSABLE = [unreadable, gone, dangling, circle, folder, pipe, huge, bombs, deep, utf_16]


@pytest.mark.parametrize("spoil", UNUSABLE)
@pytest.mark.parametrize("pattern", ["shop-slo.yaml", "shop-*.yaml"])
def test_a_file_that_is_gone_or_no_file_any_more_is_replaced(
    house: House, spoil: object, pattern: str
):
    house.config.write_text(f"declarations: [other-slo.yaml, '{pattern}']\n")
    house.write("other", service("other", "95%"))
    path = house.write("shop", service("shop", "99.9%"))
    house.start()
    spoil(path)  # type: ignore[operator]

    for _ in range(2):
        loaded = house.start()

        assert targets(loaded) == {"other": "0.95", "shop": "0.999"}
        assert [each.has_copy for each in loaded.refused] == [True]


@pytest.mark.parametrize("spoil", UNUSABLE)
def test_a_file_of_which_no_copy_is_known_is_left_out(house: House, spoil: object):
    house.config.write_text("declarations: [other-slo.yaml, shop-slo.yaml]\n")
    house.write("other", service("other"))
    spoil(house.write("shop", service("shop")))  # type: ignore[operator]

    loaded = house.start()

    assert targets(loaded) == {"other": "0.99"}
    assert refused(loaded) == {"shop-slo.yaml": False}


def test_a_missing_file_is_named_with_the_place_that_names_it(house: House):
    house.config.write_text("declarations: [other-slo.yaml, shop-slo.yaml]\n")
    house.write("other", service("other"))
    path = house.write("shop", service("shop"))
    house.start()
    path.unlink()

    assert house.start().refused[0].said("en") == (
        f"{path} has an error, so its last good version is in force."
        f" {house.config}:1:32: Declarations names shop-slo.yaml, which matches no file."
        " Patterns are relative to the configuration file; correct or remove this one."
    )


@pytest.mark.parametrize("pattern", ["a\\0b", "a/../\\0", "/", "x" * 5000])
def test_a_name_that_no_file_can_have_is_left_out(house: House, pattern: str):
    house.config.write_text(f"declarations: ['*-slo.yaml', \"{pattern}.yaml\"]\n")
    house.write("other", service("other"))

    for _ in range(2):
        loaded = house.start()

        assert targets(loaded) == {"other": "0.99"}
        assert [each.has_copy for each in loaded.refused] == [False]


@pytest.mark.parametrize("pattern", ["team", "te*", "team/*.yaml", "team/**/*.yaml"])
def test_a_folder_that_is_empty_is_what_it_last_held(house: House, pattern: str):
    house.config.write_text(f"declarations: ['*-slo.yaml', '{pattern}']\n")
    house.write("other", service("other", "95%"))
    files = [house.folder / "team" / each for each in ("a.yaml", "b/c.yaml")]
    files[1].parent.mkdir(parents=True)
    for path in files:
        path.write_text(service(path.stem))
    expected = targets(house.start())
    for path in files:
        path.unlink()

    for _ in range(2):
        loaded = house.start()

        assert targets(loaded) == expected
        assert [each.has_copy for each in loaded.refused] == [True]


def test_one_file_that_is_gone_from_a_folder_was_meant_to_go(house: House):
    house.write("other", service("other"))
    path = house.write("shop", service("shop"))
    house.start()
    path.unlink()

    loaded = house.start()

    assert (targets(loaded), loaded.refused) == ({"other": "0.99"}, ())


def test_a_configuration_among_declarations_is_a_bad_declaration(house: House):
    house.config.write_text("declarations: ['*-slo.yaml', team]\n")
    house.write("other", service("other"))
    (house.folder / "team").mkdir()
    (house.folder / "team" / "kizashi.yaml").write_text("declarations: []\n")

    loaded = house.start()

    assert targets(loaded) == {"other": "0.99"}
    assert refused(loaded) == {"kizashi.yaml": False}


@pytest.mark.parametrize("newcomer", ["a", "z"])
def test_the_newcomer_is_to_blame_for_a_name_that_was_taken(
    house: House, newcomer: str
):
    shop = house.write("shop", service("shop", "99.9%"))
    house.start()
    path = house.write(newcomer, service("shop", "90%"))

    for _ in range(2):
        loaded = house.start()

        assert targets(loaded) == {"shop": "0.999"}
        assert refused(loaded) == {path.name: False}
        told = loaded.refused[0]
        assert told.where == f"{path}:3:18"
        assert told.params["first"] == f"{shop}:3:18"


def test_a_reload_blames_the_newcomer_as_a_start_does(house: House):
    house.write("shop", service("shop"))
    kept = LastDeclarations.of(house.start(), house.config)
    house.write("a", service("shop"))

    reloaded = compared(load([], house.config), kept)
    told = refused_files(reloaded, kept, house.config)

    started = house.start().refused
    assert [each.said("ja") for each in told] == [each.said("ja") for each in started]


def test_a_file_that_others_need_is_bad_alone(house: House):
    """A file that refers to it has an error too, and none of its own."""
    house.write("shop", service("shop"))
    house.config.write_text("declarations: ['*-slo.yaml']\n")
    slo = """\
apiVersion: openslo/v1
kind: SLO
metadata: {name: works}
spec:
  service: mill
  budgetingMethod: Occurrences
  objectives: [{target: 0.99}]
  timeWindow: [{duration: 30d, isRolling: true}]
  indicatorRef: works
"""
    sli = """\
apiVersion: openslo/v1
kind: SLI
metadata: {name: works}
spec:
  ratioMetric:
    counter: true
    good: {metricSource: {type: Prometheus, spec: {query: a}}}
    total: {metricSource: {type: Prometheus, spec: {query: b}}}
"""
    house.write("refers", slo)
    path = house.write("sli", sli)
    assert targets(house.start()) == {"shop": "0.99", "mill": "0.99"}
    path.write_text("spec: [")

    loaded = house.start()

    assert targets(loaded) == {"shop": "0.99", "mill": "0.99"}
    assert refused(loaded) == {"sli-slo.yaml": True}


EMPTY = ["# nothing\n", "---\n---\n", "\ufeff# nothing", "~\n", "\r\n#\r\n"]


@pytest.mark.parametrize("text", EMPTY, ids=range(len(EMPTY)))
def test_an_emptied_file_is_told_with_what_it_declared(house: House, text: str):
    house.write("other", service("other"))
    path = house.write("shop", service("shop") + "---\n" + service("mill"))
    house.start()
    path.write_text(text)

    for _ in range(2):  # for as long as it stays so
        loaded = house.start()

        assert targets(loaded) == {"other": "0.99"}
        assert loaded.emptied == (EmptiedFile(str(path), ("shop", "mill")),)
        assert [p.code for p in loaded.problems] == ["file.empty"]
    path.unlink()
    assert house.start().emptied == ()


@pytest.mark.parametrize("text", ["", "\ufeff", " \r\n\r\n"], ids=range(3))
def test_what_a_file_said_stands_in_when_it_is_found_empty(house: House, text: str):
    house.write("other", service("other"))
    path = house.write("shop", service("shop"))
    house.start()
    path.write_text(text)

    loaded = house.start()

    assert targets(loaded) == {"other": "0.99", "shop": "0.99"}
    assert refused(loaded) == {"shop-slo.yaml": True}
    assert [each.code for each in loaded.refused] == ["file.blank"]


def test_a_service_that_moved_from_a_file_that_is_empty_is_not_gone(house: House):
    path = house.write("shop", service("shop"))
    house.start()
    path.write_text("# moved\n")
    house.write("mill", service("shop"))

    assert house.start().emptied == ()


def test_a_mended_file_is_no_longer_told_to_be_empty(house: House):
    house.write("other", service("other"))
    path = house.write("shop", service("shop"))
    house.start()
    path.write_text("# nothing\n")
    house.start()
    path.write_text(service("shop"))

    assert house.start().emptied == ()


def test_the_copy_of_a_file_outlives_a_start_that_had_no_use_for_it(house: House):
    """As when a setting of the whole configuration makes it bad for a while."""
    # Slices of 7 s fit into a week, and not into thirty days.
    house.write("other", service("other").replace("30d", "7d"))
    path = house.write("shop", service("shop", "99.9%"))
    house.start()
    house.config.write_text(f"{CONFIG}ledger: {{slice: 7s}}\n")
    assert refused(house.start()) == {"shop-slo.yaml": False}
    house.config.write_text(CONFIG)
    path.write_text("spec: [")

    assert targets(house.start())["shop"] == "0.999"


def test_bytes_that_are_no_text_are_named_with_their_place(house: House):
    path = house.write("shop", "")
    path.write_bytes("a: b\nc: 兆".encode() + b"\xff")

    problem = load([], house.config).problems[0]

    assert str(problem.position) == f"{path}:2:5"


def test_a_mark_at_the_beginning_and_other_ends_of_lines_are_no_errors(house: House):
    path = house.write("shop", "")
    path.write_bytes(b"\xef\xbb\xbf" + service("shop").replace("\n", "\r\n").encode())

    assert (targets(house.start()), house.start().refused) == ({"shop": "0.99"}, ())


def test_a_reload_names_each_bad_file_once(house: House):
    kept = LastDeclarations.of(house.start(), house.config)
    house.write("shop", service("shop", "200%") + service("b").replace("- {", "- [{"))
    loaded = load([], house.config)

    told = refused_files(loaded, kept, house.config)

    # It was never good, so no version of it is in force.
    assert [each.has_copy for each in told] == [False]
