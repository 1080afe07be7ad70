"""A damaged file: it is refused, or what it still says is what was written."""

import re
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from kizashi.errors import StoreError
from kizashi.model.arrays import FloatArray
from kizashi.model.damage import Damage
from kizashi.slo.blocks import SealedBlock
from kizashi.slo.generations import NewGeneration
from kizashi.slo.slices import BLOCK_SLICES, SliceRange, first_slice
from kizashi.slo.windows import slice_of
from kizashi.testing.sample_store_contract import DAY, T0
from kizashi.tsdb.damage import Damages
from kizashi.tsdb.database import Database
from kizashi.tsdb.ledger import SqliteLedger
from kizashi.tsdb.ledger_blocks import decode_slices, encode_slices
from kizashi.tsdb.store import SqliteSamples

sys.path.insert(0, str(Path(__file__).parent))
import killed

GENERATION = 1
BLOCKS = 12
OUTCOMES = {"refused", "same", "lost", "lost block"}
RESTORE = r"mv \S+ \S+\.damaged && kizashi restore BACKUP --data \S+"

#: By target: time, series and value of every sample.
Samples = dict[int, set[tuple[int, int, bytes]]]


def block(number: int) -> SliceRange:
    rng = np.random.default_rng(number)
    part = SliceRange.blank(first_slice(number), BLOCK_SLICES)
    part.bad[:] = rng.integers(0, 3, BLOCK_SLICES)
    part.valid[:] = rng.integers(3, 900, BLOCK_SLICES)
    part.seen[:] = rng.integers(0, 60_000, BLOCK_SLICES)
    part.state[:] = 1
    return part


@dataclass(frozen=True)
class Sound:
    """A file that nothing is wrong with, and what it says."""

    path: Path
    samples: Samples
    ledger: FloatArray


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> "Sound":
    """A file with sealed samples, newer ones, and a ledger."""
    folder = tmp_path_factory.mktemp("sound")
    with Database(folder / "samples.db") as database:
        store = SqliteSamples(database)
        for number in range(0, 26 * 60, 15):
            killed.append(store, number)
        store.seal(T0 + DAY + 2 * 3_600_000)
        for number in range(27 * 60, 28 * 60, 15):
            killed.append(store, number)
        ledgers = SqliteLedger(database)
        ledgers.open_generations([NewGeneration("s", "o", "f", 15_000, 0)])
        ledgers.write(
            [SealedBlock(GENERATION, block(n), (), ()) for n in range(BLOCKS)]
        )
        database.checkpoint()
        samples, ledger = read_all(database)
    return Sound(folder / "samples.db", samples, ledger)


def read_samples(database: Database) -> Samples:
    store = SqliteSamples(database)
    found: Samples = {}
    for target in store.targets():
        numbers = np.array([n for n, _ in store.series_of_target(target.id)], np.int64)
        times, values = store.read_matrix(target.id, numbers, 0, T0 + 9 * DAY)
        found[target.id] = {
            (ts, number, value.tobytes())
            for ts, row in zip(times.tolist(), values, strict=True)
            for number, value in zip(numbers.tolist(), row, strict=True)
            if np.isfinite(value)
        }
    return found


def read_all(database: Database) -> tuple[Samples, FloatArray]:
    return read_samples(database), read_ledger(database)


def read_ledger(database: Database) -> FloatArray:
    """Return bad, valid and seen of every slice, after its totals were read as well."""
    ledgers = SqliteLedger(database)
    ledgers.totals([GENERATION], 0, BLOCKS - 1)
    part = ledgers.read(GENERATION, first_slice(0), first_slice(BLOCKS) - 1)
    return np.stack([part.bad, part.valid, part.seen], axis=1)


def damage(path: Path, rng: np.random.Generator) -> str:
    content = bytearray(path.read_bytes())
    at = int(rng.integers(0, len(content)))
    how = ("flip", "zero", "cut")[int(rng.integers(0, 3))]
    match how:
        case "flip":
            content[at] ^= 1 << int(rng.integers(0, 8))
        case "zero":
            content[at : at + 512] = bytes(len(content[at : at + 512]))
        case _:
            del content[at:]
    path.write_bytes(content)
    return f"{how} at {at}"


def lost_slices(found: Sequence[Damage]) -> set[int]:
    """Return the slices of the ledger that damage has made unseen."""
    return {
        number
        for one in found
        if one.generation == GENERATION or one.row < 0
        for number in range(
            slice_of(max(one.first_ms, 1), 15_000),
            slice_of(min(one.last_ms, 2**45), 15_000) + 1,
        )
        if number < first_slice(BLOCKS)
    }


def check_damage(sound: Sound, folder: Path, rng: np.random.Generator) -> str:
    """Damage a copy once, and return what became of it."""
    path = folder / "samples.db"
    shutil.copy(sound.path, path)
    what = damage(path, rng)
    try:
        with Database(path) as database:
            found = read_samples(database)
            for target, told in found.items():
                assert told <= sound.samples[target], what
            if found != sound.samples:
                assert SqliteSamples(database).check() != [], what
            ledger = read_ledger(database)
            lost = lost_slices(database.damages.all())
            assert (ledger[:, 2] > 0).sum() < BLOCKS * BLOCK_SLICES or not lost, what
            kept = np.array(
                [n not in lost for n in range(first_slice(0), first_slice(BLOCKS))]
            )
            assert (ledger[kept] == sound.ledger[kept]).all(), what
            assert not ledger[~kept].any(), what
    except StoreError as error:
        told_what_to_do = re.search(RESTORE, str(error))
        return "refused" if told_what_to_do else f"{what}: {error}"
    finally:
        for left in folder.iterdir():
            left.unlink()
    if found != sound.samples:
        return "lost"
    return "same" if kept.all() else "lost block"


def test_a_damaged_file_is_refused_or_says_only_what_was_written(
    sound: Sound, tmp_path: Path
):
    rng = np.random.default_rng(11)
    outcomes = {check_damage(sound, tmp_path, rng) for _ in range(30)}
    assert {"refused", "same"} <= outcomes <= OUTCOMES


@pytest.mark.nightly
def test_five_hundred_damaged_files_say_nothing_that_was_not_written(
    sound: Sound, tmp_path: Path
):
    rng = np.random.default_rng(12)
    outcomes = {check_damage(sound, tmp_path, rng) for _ in range(500)}
    assert outcomes == OUTCOMES


def test_every_bit_of_a_block_of_the_ledger_is_checked():
    part = block(3)
    blob = encode_slices(part)
    assert decode_slices(part.first, [blob]).of(0).valid.tolist() == part.valid.tolist()
    for at in range(0, len(blob), 7):
        flipped = bytearray(blob)
        flipped[at] ^= 1 << at % 8
        with pytest.raises(StoreError, match="damaged"):
            decode_slices(part.first, [bytes(flipped)])


def test_a_block_of_the_ledger_that_was_written_without_a_checksum_is_read():
    part = block(3)
    blob = bytearray(encode_slices(part)[:-4])
    blob[0] &= 0x7F
    found = decode_slices(part.first, [bytes(blob)]).of(0)
    assert found.bad.tolist() == part.bad.tolist()
    assert found.seen.tolist() == part.seen.tolist()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE series SET labels = replace(labels, 'm7', 'm6') WHERE id = 8",
        "DELETE FROM series WHERE id = 8",
    ],
)
def test_what_contradicts_itself_is_refused_with_what_to_do(
    sound: Sound, tmp_path: Path, change: str
):
    path = tmp_path / "samples.db"
    shutil.copy(sound.path, path)
    with closing(sqlite3.connect(path)) as writer:
        assert writer.execute(change).rowcount == 1
        writer.commit()
    with Database(path) as database, pytest.raises(StoreError, match=RESTORE):
        read_all(database)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger SET bad = bad + 1 WHERE block = 4",
        "UPDATE ledger SET seen = seen - 1 WHERE block = 4",
        "UPDATE ledger SET v = substr(v, 1, 40) || x'5a5a5a5a' || substr(v, 45) WHERE block = 4",
    ],
)
def test_a_block_that_contradicts_its_totals_is_unseen_and_the_others_are_read(
    sound: Sound, tmp_path: Path, change: str
):
    path = tmp_path / "samples.db"
    shutil.copy(sound.path, path)
    with closing(sqlite3.connect(path)) as writer:
        assert writer.execute(change).rowcount == 1
        writer.commit()
    with Database(path) as database:
        ledgers = SqliteLedger(database)
        part = ledgers.read(GENERATION, first_slice(0), first_slice(BLOCKS) - 1)
        [found] = database.damages.all()
        totals = ledgers.totals([GENERATION], 0, BLOCKS - 1)[GENERATION]
    inside = slice(4 * BLOCK_SLICES, 5 * BLOCK_SLICES)
    wanted = sound.ledger.copy()
    wanted[inside] = 0
    assert (
        np.stack([part.bad, part.valid, part.seen], axis=1).tolist() == wanted.tolist()
    )
    assert totals == tuple(wanted.sum(axis=0))
    # Two hours of 15 s: from just after the edge before its first slice to its last.
    assert (found.generation, found.first_ms, found.last_ms) == (
        GENERATION,
        (first_slice(4) - 1) * 15_000 + 1,
        (first_slice(5) - 1) * 15_000,
    )


@pytest.mark.parametrize("column", ["bad", "valid", "seen", "mark"])
def test_totals_that_only_their_index_has_wrong_are_noticed_by_adding_up(
    sound: Sound, tmp_path: Path, column: str
):
    """The index answers for whole windows; the rows under it are not looked at."""
    path = tmp_path / "samples.db"
    shutil.copy(sound.path, path)
    with closing(sqlite3.connect(path)) as writer:
        (row,) = writer.execute("SELECT * FROM ledger WHERE block = 4").fetchall()
        totals = writer.execute(
            "SELECT generation, block, bad, valid, seen, mark, rowid FROM ledger WHERE block = 4"
        ).fetchone()
    place = ("generation", "block", "bad", "valid", "seen", "mark").index(column)
    content = path.read_bytes()
    at, size = index_entry(content, totals, place)
    damaged = bytearray(content)
    damaged[at + size - 1] ^= 4
    path.write_bytes(damaged)
    with Database(path) as database:
        found = SqliteLedger(database).totals([GENERATION], 0, BLOCKS - 1)[GENERATION]
        assert database.damages.all() or found == tuple(sound.ledger.sum(axis=0))
    assert row


def index_entry(
    content: bytes, totals: tuple[float, ...], place: int
) -> tuple[int, int]:
    """Return where in the file a value of an index entry lies, and how long it is."""
    encoded = [encoded_whole(int(value)) for value in totals]
    body = b"".join(text for _, text in encoded)
    header = bytes([len(encoded) + 1, *(kind for kind, _ in encoded)])
    at = content.index(header + body)
    before = sum(len(text) for _, text in encoded[:place])
    return at + len(header) + before, len(encoded[place][1])


def encoded_whole(value: int) -> tuple[int, bytes]:
    """Return SQLite's type and bytes of a whole number, as its file format says."""
    if value in {0, 1}:
        return 8 + value, b""
    for kind, size in ((1, 1), (2, 2), (3, 3), (4, 4), (5, 6)):
        if -(1 << (8 * size - 1)) <= value < 1 << (8 * size - 1):
            return kind, value.to_bytes(size, "big", signed=True)
    raise AssertionError(value)


def test_what_was_mended_may_be_damaged_again():
    damages = Damages()
    found = Damage("ledger", 2, 0, 10, generation=1)

    damages.note([found])
    damages.note([found.mended()])
    assert damages.lost_blocks([1], 0, 10) == []
    damages.note([found])

    assert damages.lost_blocks([1], 0, 10) == [found]
