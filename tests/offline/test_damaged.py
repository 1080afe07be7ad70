"""Stored data that is damaged: what figures say then, and who is told."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing

import pytest

from harness.damaging import (
    BAD,
    FLIP,
    GREW,
    HOUR,
    MINUTE,
    NOW,
    OTHER,
    SLICES,
    UP,
    House,
    flip_chunk,
)
from kizashi.alert.kinds import own_conditions
from kizashi.alert.kinds._base import FileDamage, LabelledCondition, SelfKnowledge
from kizashi.alert.kinds.store_damaged import MENDED_MS
from kizashi.app.alerting import AlertTracker
from kizashi.errors import StoreError
from kizashi.model.damage import Damage
from kizashi.slo.slices import BLOCK_SLICES, block_of
from kizashi.slo.windows import slice_of
from kizashi.tsdb.chunks import HOURS_2
from kizashi.tsdb.database import Database
from kizashi.tsdb.inspection import inspect_rows
from kizashi.tsdb.ledger import SqliteLedger


def damaged(
    file: str, damages: Sequence[Damage], data: str, since_ms: int
) -> LabelledCondition:
    found = {file: FileDamage(damages, since_ms)}
    (condition,) = own_conditions(SelfKnowledge(data=data, damages=found))
    return condition


def test_a_damaged_chunk_is_two_hours_unseen_with_a_note_and_invents_no_event(
    house: House,
):
    """The counter goes on behind the gap: its growth is late, so that none is lost."""
    flip_chunk(house, BAD, NOW - 20 * HOUR)

    view = house.figures()

    # Both ends of the block are edges: 120 slices hold some of its two hours, and one
    # its last sample's millisecond.
    assert view.coverage == pytest.approx((SLICES - 121) / SLICES)
    assert (view.budget.spent, view.valid) == (GREW, 11 * GREW)
    assert view.late == 121
    [note] = view.notes
    assert note.code == "ledger.damaged.samples"
    assert note.params["rows"] == "1"
    assert note.params["start"] == "2027-01-17 04:00:00Z"
    assert note.params["end"] == "2027-01-17 05:59:59Z"


def test_a_sound_folder_has_no_note(house: House):
    view = house.figures()
    assert view.coverage == 1
    assert view.notes == ()
    assert (view.budget.spent, view.valid) == (GREW, 11 * GREW)


def test_what_no_figure_is_made_of_is_no_note(house: House):
    flip_chunk(house, OTHER, NOW - 20 * HOUR)
    with house.opened() as opened:
        opened.samples.look_through(int)
        [view] = opened.answers.objectives()
        assert len(opened.samples.damages()) == 1
    assert view.notes == ()
    assert view.coverage == 1


def test_a_damaged_scrape_of_the_target_is_unseen_for_all_its_objectives(house: House):
    flip_chunk(house, UP, NOW - 20 * HOUR)
    view = house.figures()
    assert view.coverage == pytest.approx((SLICES - 121) / SLICES, abs=3 / SLICES)
    assert [n.code for n in view.notes] == ["ledger.damaged.samples"]


def test_the_note_stays_when_the_slices_are_sealed_and_the_server_starts_again(
    house: House,
):
    flip_chunk(house, BAD, NOW - 20 * HOUR)
    before = house.figures()
    assert house.figures() == before


@pytest.mark.parametrize(
    "change",
    [FLIP.format("ledger", "block"), "UPDATE ledger SET bad = 7 WHERE block = ?"],
)
@pytest.mark.parametrize("age", [20 * HOUR, 40 * HOUR])
def test_a_damaged_block_is_counted_again_from_samples(
    house: House, change: str, age: int
):
    """What is read at a start is mended there; the rest when it has been looked at."""
    before = house.figures()
    house.change(change, block_of(slice_of(NOW - age, MINUTE)))

    with house.opened() as opened:
        opened.look_through()
        [view] = opened.answers.objectives()
        [found] = opened.samples.damages()
        opened.samples.look_through(int)
        assert len(opened.samples.damages()) == 1
        opened.engine.tick(NOW)
        assert not opened.engine.is_stale

    assert view == before
    assert (found.table, found.is_mended) == ("ledger", True)


def test_a_damaged_block_whose_samples_are_gone_is_unseen(house: House):
    house.figures()
    number = block_of(slice_of(NOW - 40 * HOUR, MINUTE))
    house.change(FLIP.format("ledger", "block"), number)
    with closing(sqlite3.connect(house.path)) as writer:
        for table in ("chunk_2h", "times_2h"):
            keys = 0, HOURS_2.key(NOW - 24 * HOUR)
            writer.execute(f"DELETE FROM {table} WHERE key BETWEEN ? AND ?", keys)  # noqa: S608
        writer.commit()
    with house.opened() as opened:
        opened.look_through()
        [view] = opened.answers.objectives()

    assert view.coverage == (SLICES - BLOCK_SLICES) / SLICES
    # 480 minutes of 11 events, 1 of them bad, are in no figure.
    assert (view.budget.spent, view.valid) == (GREW - 480, 11 * (GREW - 480))
    assert [n.code for n in view.notes] == ["ledger.damaged.blocks"]


def test_the_newest_damage_is_found_first(house: House):
    house.figures()
    ages = [50 * HOUR, 30 * HOUR, 10 * HOUR]
    for age in ages:
        flip_chunk(house, OTHER, NOW - age)
    with Database(house.path) as database:
        found = [d.first_ms for d in inspect_rows(database.read)]
    assert found == [NOW - age for age in sorted(ages)]


def test_a_key_that_damage_has_moved_far_away_hides_none_of_the_others(house: House):
    flip_chunk(house, BAD, NOW - 20 * HOUR)
    house.change(
        "UPDATE chunk_2h SET key = ? WHERE key = ?",
        1 << 62,
        house.key_of(OTHER, NOW - 10 * HOUR),
    )
    with Database(house.path) as database:
        found = [d.first_ms for d in inspect_rows(database.read)]
    assert NOW - 20 * HOUR in found
    assert len(found) == 2


def test_a_block_that_cannot_be_written_again_stops_no_start_and_is_tried_later(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    before = house.figures()
    number = block_of(slice_of(NOW - 20 * HOUR, MINUTE))
    house.change(FLIP.format("ledger", "block"), number)

    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    with monkeypatch.context() as failing:
        failing.setattr(SqliteLedger, "mend", full)
        with house.opened() as opened:
            [view] = opened.answers.objectives()
            assert opened.engine.unmended == "the disk is full"
    assert view.coverage == (SLICES - BLOCK_SLICES) / SLICES
    assert [n.code for n in view.notes] == ["ledger.damaged.blocks"]

    with house.opened() as opened:
        [view] = opened.answers.objectives()
        assert opened.engine.unmended is None
    assert view == before


def test_a_block_is_mended_only_when_that_is_durable(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    """A note that came first would say of a lost block that it is whole."""
    house.figures()
    number = block_of(slice_of(NOW - 20 * HOUR, MINUTE))
    house.change(FLIP.format("ledger", "block"), number)
    with monkeypatch.context() as failing:
        # Written, and undone when the transaction commits.
        failing.setattr("kizashi.tsdb.ledger._replace", _refuse)
        with house.opened() as opened:
            [damage] = opened.samples.damages()
            opened.samples.save_damages()
    assert not damage.is_mended
    with Database(house.path) as database, database.read() as reader:
        rows = reader.execute("SELECT tbl, mended FROM damage").fetchall()
    assert rows == [("ledger", 0)]


def _refuse(*_: object) -> None:
    raise StoreError("the disk failed")


def test_damage_is_a_ticket_until_it_is_mended_for_a_while(house: House):
    flip_chunk(house, BAD, NOW - 20 * HOUR)
    with house.opened() as opened:
        lost = opened.samples.damages()
    alerting = AlertTracker()
    [change] = alerting.evaluate_conditions(
        [damaged("samples.db", lost, "/data", MENDED_MS)], NOW
    )
    alert = change.alert
    assert alert.state.phase.value == "firing"
    assert alert.labels.as_dict() == {
        "alertname": "StoreDamaged",
        "file": "samples.db",
        "severity": "ticket",
    }
    assert alert.facts["tables"] == "chunk_2h"
    assert alert.facts["data"] == "/data"

    mended = [one.mended() for one in lost]
    fresh = damaged("samples.db", mended, "/data", 0)
    assert alerting.evaluate_conditions([fresh], NOW + 1) == []
    old = damaged("samples.db", mended, "/data", MENDED_MS)
    [change] = alerting.evaluate_conditions([old], NOW + 2)
    assert change.alert.state.phase.value == "resolved"
