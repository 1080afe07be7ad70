"""A change and what it owes: stored whole or not at all, at whatever statement it ends."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from shutil import copy

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import OperationalError

from kizashi.alert.fingerprint import fingerprint
from kizashi.alert.payload import Sender
from kizashi.app.notifying import Audience, decide_notifications
from kizashi.declarations.notification import Receiver, Route
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.errors import StoreError
from kizashi.model.labels import Labels
from kizashi.ports.alerts import Alert, AlertChange, Attempt
from kizashi.rules.alert_state import AlertState, Ending, Phase
from kizashi.statedb.alerts import SqlAlertStore
from kizashi.statedb.database import FILE_NAME, StateDatabase, open_state
from kizashi.statedb.outbox import SqlOutbox

NOW = 1_800_000_000_000
LABELS = Labels.of(alertname="A")
FIRING = AlertState(Phase.FIRING, NOW, NOW, NOW, (True,), 1)
ALERT = Alert(fingerprint(LABELS), LABELS, FIRING)
AUDIENCE = Audience(
    Route("team", ("alertname",), 0, 1_000, 60_000),
    (Receiver("team", (Webhook("http://x/"), Webhook("http://y/"))),),
    Sender("http://k"),
)


class Life:
    """A state database, and everything that it holds of one alert."""

    def __init__(self, folder: Path, before: Path | None = None) -> None:
        folder.mkdir()
        if before is not None:
            copy(before / FILE_NAME, folder)
        self.database: StateDatabase = open_state(folder, NOW)
        self.alerts, self.outbox = (
            SqlAlertStore(self.database),
            SqlOutbox(self.database),
        )

    def close(self) -> None:
        self.database.close()

    def fire(self) -> None:
        self.alerts.commit([AlertChange(ALERT, Phase.INACTIVE, NOW, "{}")], NOW)

    def end(self) -> None:
        state = replace(
            FIRING, phase=Phase.RESOLVED, since_ms=NOW + 500, ending=Ending.DATA
        )
        change = AlertChange(replace(ALERT, state=state), Phase.FIRING, NOW + 500, "{}")
        self.alerts.commit([change], NOW + 500)

    def flush(self, now_ms: int) -> None:
        self.outbox.advance(
            partial(decide_notifications, audience=AUDIENCE, now_ms=now_ms)
        )

    def deliver(self) -> None:
        for each in self.alerts.notifications():
            if each.state == "pending":
                arrived = Attempt(each.id, NOW + 10, "notify.delivered", "HTTP 200")
                self.outbox.delivered(arrived)

    def give_up(self) -> None:
        waiting = [n for n in self.alerts.notifications() if n.state == "pending"]
        first = waiting[-1]
        self.outbox.give_up(Attempt(first.id, NOW + 10, "notify.status", "HTTP 404"))

    def holds(self) -> object:
        """Return everything, groups and what they were told among it."""
        with self.database.reading() as connection:
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
            ).scalars()
            return {
                name: connection.exec_driver_sql(f"SELECT * FROM {name}").all()  # noqa: S608
                for name in list(names)
            }


@contextmanager
def failing(number: int) -> Iterator[list[int]]:
    """Let one statement of those that follow fail, the commit among them."""
    left = [number]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OperationalError("a statement", None, Exception("the disk is full"))

    event.listen(Engine, "before_cursor_execute", count)
    event.listen(Engine, "commit", count)
    try:
        yield left
    finally:
        event.remove(Engine, "before_cursor_execute", count)
        event.remove(Engine, "commit", count)


STEPS: list[tuple[str, Callable[[Life], None]]] = [
    ("fire", Life.fire),
    ("owe the beginning", lambda life: life.flush(NOW)),
    ("deliver", Life.deliver),
    ("end", Life.end),
    ("owe the end", lambda life: life.flush(NOW + 1_000)),
    ("give up", Life.give_up),
]


@pytest.mark.parametrize("step", range(len(STEPS)), ids=[name for name, _ in STEPS])
def test_a_step_is_stored_whole_or_not_at_all(tmp_path: Path, step: int):
    _, act = STEPS[step]
    start_folder = tmp_path / "start"
    with closing(Life(start_folder)) as start:
        for _, before in STEPS[:step]:
            before(start)
    with closing(Life(tmp_path / "whole", start_folder)) as whole:
        untouched = whole.holds()
        act(whole)
        wanted = whole.holds()

    failed = 0
    for number in itertools.count(1):
        with closing(Life(tmp_path / str(number), start_folder)) as life:
            with failing(number) as left:
                try:
                    act(life)
                except StoreError:
                    failed += 1
            if left[0] > 0:
                # There was no such statement any more.
                assert life.holds() == wanted
                break
            if STEPS[step][0] != "deliver":
                assert life.holds() == untouched
            # Nothing but the same again, and everything is as if nothing had happened:
            # the same notifications, under the same keys.
            act(life)
            assert life.holds() == wanted
    assert failed >= 3
