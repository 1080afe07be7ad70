"""The contract of a store of alerts and of its outbox, run on every store there is."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kizashi.alert.group import AlertGroup, Integration, LastNotification
from kizashi.errors import NotFoundError
from kizashi.model.labels import Labels
from kizashi.ports.alerts import (
    TAKEN,
    Alert,
    AlertChange,
    AlertEvent,
    AlertStore,
    Attempt,
    Silence,
    SilenceMatcher,
)
from kizashi.ports.outbox import (
    Address,
    Backlog,
    NewNotification,
    Outbox,
    OutboxChange,
    OutboxState,
)
from kizashi.rules.alert_state import AlertState, Ending, Phase
from kizashi.statedb.alert_rows import (
    alert_of,
    alert_values,
    group_of,
    group_values,
)
from kizashi.statedb.alerts import SqlAlertStore
from kizashi.statedb.database import open_state
from kizashi.statedb.outbox import SqlOutbox
from kizashi.testing.memory_alerts import MemoryAlerts

NOW = 1_800_000_000_000
HOOK = Address("team", Integration("webhook", 0))
OTHER = Address("team", Integration("webhook", 1))
FIRING = AlertState(Phase.FIRING, NOW, NOW - 5, NOW, (True, False), 1)
PENDING = AlertState(Phase.PENDING, NOW, NOW, None, (True,), 0)
RESOLVED = replace(
    FIRING, phase=Phase.RESOLVED, since_ms=NOW + 50, held=(False,), ending=Ending.DATA
)
INACTIVE = AlertState(Phase.INACTIVE, NOW + 90, episode=1)
A = Alert("aa", Labels.of(alertname="A", team="ü"), FIRING, {"bad": 3}, "rb")
B = replace(A, id="bb", labels=Labels.of(alertname="B"))
KEY = '{}:{team="ü"}'
GROUP = AlertGroup(
    "team",
    Labels.of(team="ü"),
    NOW,
    NOW + 30,
    has_flushed=True,
    sequence=7,
    told={
        HOOK.integration: LastNotification(frozenset({"aa"}), frozenset({"bb"}), NOW)
    },
    muted=frozenset({"cc"}),
)


@dataclass
class Stores:
    alerts: AlertStore
    outbox: Outbox


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        memory = MemoryAlerts()
        yield Stores(memory, memory)
        return
    database = open_state(tmp_path, NOW)
    yield Stores(SqlAlertStore(database), SqlOutbox(database))
    database.close()


def change(alert: Alert, before: Phase, at_ms: int = NOW) -> AlertChange:
    return AlertChange(alert, before, at_ms, '{"why":1}')


def fire(stores: Stores, *alerts: Alert) -> None:
    stores.alerts.commit([change(a, Phase.PENDING) for a in alerts], NOW)


def owe(
    key: str,
    *,
    to: Address = HOOK,
    group_key: str = KEY,
    alerts: tuple[str, ...] = ("aa",),
    new: tuple[str, ...] = (),
    at_ms: int = NOW,
    muted_by: tuple[str, ...] = (),
) -> NewNotification:
    return NewNotification(key, to, group_key, alerts, new, f'"{key}"', at_ms, muted_by)


def move(
    stores: Stores, *new: NewNotification, groups: tuple[AlertGroup, ...] = ()
) -> None:
    stores.outbox.advance(lambda _: OutboxChange(groups, new))


def standing(stores: Stores) -> OutboxState:
    seen = []

    def look(given: OutboxState) -> OutboxChange:
        seen.append(given)
        return OutboxChange()

    stores.outbox.advance(look)
    return seen[0]


def tried(key: str, at_ms: int = NOW) -> Attempt:
    return Attempt(key, at_ms, "notify.status", "HTTP 500")


def test_what_was_committed_is_loaded_as_it_was(stores: Stores):
    pending = replace(B, state=PENDING)
    stores.alerts.commit(
        [change(A, Phase.PENDING), change(pending, Phase.INACTIVE)], NOW
    )

    assert stores.alerts.every() == [A, pending]


def test_rows_keep_the_words_that_earlier_versions_wrote():
    # Names of fields are in the rows: one that is renamed leaves old rows unread.
    told = (
        '[{"kind":"webhook","index":0,"firing":["aa"],"resolved":["bb"],'
        '"at_ms":1800000000000}]'
    )
    state = (
        '{"phase":"firing","since_ms":1800000000000,"began_ms":1799999999995,'
        '"fired_ms":1800000000000,"held":[true,false],"episode":1,"ending":null}'
    )

    assert group_values(GROUP)["told"] == told
    assert alert_values(A, NOW)["state"] == state
    row = SimpleNamespace(**group_values(GROUP) | {"told": told})
    assert group_of(cast("Any", row)) == GROUP


def test_history_is_by_time_of_one_alert_or_of_all(stores: Stores):
    resolved = replace(A, state=RESOLVED)
    fire(stores, A)
    stores.alerts.commit([change(resolved, Phase.FIRING, NOW + 50)], NOW + 50)
    stores.alerts.commit([change(B, Phase.PENDING, NOW + 10)], NOW + 60)

    first = AlertEvent("aa", NOW, Phase.PENDING, Phase.FIRING, 1, '{"why":1}')
    last = AlertEvent("aa", NOW + 50, Phase.FIRING, Phase.RESOLVED, 1, '{"why":1}')
    assert stores.alerts.history("aa") == [first, last]
    assert [e.alert_id for e in stores.alerts.history()] == ["aa", "bb", "aa"]
    assert stores.alerts.history("aa", end_ms=NOW + 49) == [first]
    assert stores.alerts.history("aa", start_ms=NOW + 50) == [last]


def test_newer_facts_replace_older_ones_while_the_phase_stands(stores: Stores):
    fire(stores, A)
    fresh = replace(A, facts={"bad": 9}, state=replace(FIRING, held=(True, True)))

    stores.alerts.refresh([fresh, replace(B, facts={"new": "1"})])
    stores.alerts.refresh([replace(A, state=RESOLVED)])

    assert stores.alerts.every() == [fresh]


def test_who_acknowledged_is_kept_for_the_episode_only(stores: Stores):
    fire(stores, A)
    known = stores.alerts.acknowledge("aa", "kei", NOW + 1)
    assert (known.acknowledged_by, known.acknowledged_ms) == ("kei", NOW + 1)

    # The engine may not know yet of what a person just did.
    stores.alerts.refresh([A])
    frozen = replace(A, state=replace(FIRING, phase=Phase.FROZEN))
    stores.alerts.commit([change(frozen, Phase.FIRING)], NOW + 2)
    assert stores.alerts.every()[0].acknowledged_by == "kei"

    said = stores.alerts.acknowledge("aa", "kei", NOW + 2, "ceo")
    assert (said.acknowledged_by, said.acknowledged_remark) == ("kei", "ceo")
    stores.alerts.commit([change(frozen, Phase.FIRING)], NOW + 2)
    assert stores.alerts.every()[0].acknowledged_remark == "ceo"
    taken = [e for e in stores.alerts.history("aa") if not e.is_change][-1]
    assert json.loads(taken.why) == {"acknowledged": "kei", "remark": "ceo"}

    again = replace(A, state=replace(FIRING, episode=2))
    stores.alerts.commit([change(again, Phase.RESOLVED)], NOW + 3)
    assert stores.alerts.every() == [again]


def test_an_episode_number_that_returns_brings_no_acknowledgement_back(stores: Stores):
    fire(stores, A)
    stores.alerts.acknowledge("aa", "kei", NOW + 1)
    gone = replace(A, state=INACTIVE)
    stores.alerts.commit([change(gone, Phase.RESOLVED)], NOW + 2)

    fire(stores, A)

    assert stores.alerts.every() == [A]


@pytest.mark.parametrize("state", [PENDING, RESOLVED, INACTIVE])
def test_only_an_active_alert_can_be_acknowledged(stores: Stores, state: AlertState):
    fire(stores, replace(A, state=state))

    for key in ("aa", "zz"):
        with pytest.raises(NotFoundError, match=key):
            stores.alerts.acknowledge(key, "kei", NOW)


def test_who_took_an_alert_in_hand_stands_in_its_history(stores: Stores):
    fire(stores, A)
    stores.alerts.acknowledge("aa", "kei", NOW + 1)

    taken = stores.alerts.history("aa", start_ms=NOW + 1)

    assert [(e.at_ms, e.is_change, e.episode) for e in taken] == [
        (NOW + 1, False, A.state.episode)
    ]
    assert json.loads(taken[0].why) == {TAKEN: "kei"}


def test_alerts_that_are_over_are_known_until_they_are_forgotten(stores: Stores):
    gone = replace(A, state=INACTIVE)
    fire(stores, A)
    stores.alerts.commit([change(gone, Phase.RESOLVED)], NOW + 2)

    assert stores.alerts.every() == [gone]


def test_silences_are_listed_by_their_end_and_known_when_somebody_ended_them(
    stores: Stores,
):
    matchers = (SilenceMatcher("team", "=~", "a|b"), SilenceMatcher("zone", "!=", ""))
    late = Silence("s1", matchers, NOW, NOW + 99, "kei", "移行作業", NOW - 1, "token-1")
    early = replace(late, id="s2", ends_ms=NOW + 5)
    stores.alerts.add_silence(late)
    stores.alerts.add_silence(early)
    assert stores.alerts.silences() == [early, late]
    assert standing(stores).silences == (early, late)

    stores.alerts.end_silence("s2", NOW + 1, "aya")

    ended = replace(early, ends_ms=NOW + 1, ended_by="aya")
    assert stores.alerts.silences() == [ended, late]
    # Who ends it once more has what he wanted.
    stores.alerts.end_silence("s2", NOW + 2, "kei")
    assert stores.alerts.silences() == [ended, late]
    with pytest.raises(NotFoundError, match="s3"):
        stores.alerts.end_silence("s3", NOW + 2)


def test_a_group_is_kept_until_it_sleeps(stores: Stores):
    empty = AlertGroup("other", Labels(), NOW, NOW + 1)
    move(stores, groups=(GROUP, empty))
    assert set(map(repr, standing(stores).groups)) == {repr(GROUP), repr(empty)}

    later = replace(GROUP, next_flush_ms=NOW + 60, told={}, sequence=8)
    move(stores, groups=(later, replace(empty, next_flush_ms=None)))

    assert standing(stores).groups == (later,)


def test_the_standing_shows_an_alert_that_ended_as_it_ended_until_told(stores: Stores):
    fire(stores, A, B)
    move(stores, groups=(GROUP,))
    ended = replace(A, state=RESOLVED)
    stores.alerts.commit([change(ended, Phase.FIRING)], NOW + 50)
    stores.alerts.commit([change(replace(A, state=INACTIVE), Phase.RESOLVED)], NOW + 90)
    stores.alerts.commit([change(replace(A, state=PENDING), Phase.INACTIVE)], NOW + 95)

    assert standing(stores).alerts == {"aa": ended, "bb": B}
    assert stores.alerts.every()[0].state == PENDING

    move(stores, groups=(replace(GROUP, next_flush_ms=None),))
    assert standing(stores).alerts == {"bb": B}


def test_nothing_of_a_decision_that_failed_is_stored(stores: Stores):
    class MistakeError(Exception):
        pass

    def fail(_: OutboxState) -> OutboxChange:
        raise MistakeError

    with pytest.raises(MistakeError):
        stores.outbox.advance(fail)

    assert stores.outbox.backlog() == Backlog(0, None)


def test_what_is_owed_waits_at_its_address_group_by_group(stores: Stores):
    move(
        stores,
        owe("n1"),
        owe("n2", at_ms=NOW + 1),
        owe("n3", group_key="{}:{}", at_ms=NOW - 5),
        owe("n4", to=OTHER),
    )

    assert stores.outbox.addresses() == [HOOK, OTHER]
    assert [w.id for w in stores.outbox.waiting(HOOK)] == ["n3", "n1"]
    (only,) = stores.outbox.waiting(OTHER)
    assert (only.payload, only.tries, only.next_attempt_ms) == ('"n4"', 0, NOW)
    assert stores.outbox.backlog() == Backlog(4, NOW - 5)
    assert standing(stores).busy == {(HOOK, KEY), (HOOK, "{}:{}"), (OTHER, KEY)}


def test_the_backlog_says_since_when_a_page_was_not_told(stores: Stores):
    page = replace(A, labels=Labels.of(severity="page", note='x","severity":"no'))
    forged = replace(B, labels=Labels.of(severity="ticket", n='","severity":"page"'))
    third = replace(A, id="cc", labels=Labels.of(severity="page"))
    fire(stores, page, forged, third)
    move(
        stores,
        owe("n1", alerts=("bb",), new=("bb",), at_ms=NOW - 9),
        owe("n2", alerts=("aa", "bb"), new=("bb",), at_ms=NOW - 8),
        owe("n3", alerts=("aa",), new=("aa",), at_ms=NOW - 7, muted_by=("s",)),
        owe("n4", alerts=("aa", "cc"), new=("aa", "cc"), at_ms=NOW - 5),
        owe("n5", alerts=("cc",), new=("cc",), at_ms=NOW + 3),
        owe("n6", to=OTHER, alerts=("aa",), new=("aa",), at_ms=NOW - 2),
    )
    assert stores.outbox.backlog().pages == {HOOK: NOW - 5, OTHER: NOW - 2}

    for key in ("n4", "n6"):
        stores.outbox.delivered(tried(key))

    assert stores.outbox.backlog().pages == {HOOK: NOW + 3}


def test_a_delivered_notification_makes_way_for_the_next_of_its_group(stores: Stores):
    move(stores, owe("n1"), owe("n2"))
    stores.outbox.postpone(tried("n1"), NOW + 500, NOW)
    (first,) = stores.outbox.waiting(HOOK)
    assert (first.id, first.tries, first.next_attempt_ms, first.refused_since_ms) == (
        "n1",
        1,
        NOW + 500,
        NOW,
    )

    last = Attempt("n1", NOW + 500, "notify.delivered", "HTTP 200")
    stores.outbox.delivered(last)

    assert [w.id for w in stores.outbox.waiting(HOOK)] == ["n2"]
    second, record = stores.alerts.notifications()
    assert (second.id, second.state, second.next_attempt_ms) == ("n2", "pending", NOW)
    assert (record.id, record.state, record.next_attempt_ms) == (
        "n1",
        "delivered",
        None,
    )
    assert record.attempts == (tried("n1"), last)
    assert (record.receiver, record.kind, record.group_key) == ("team", "webhook", KEY)


def test_giving_up_takes_later_ones_of_the_group_along_and_owes_again(stores: Stores):
    told = {
        HOOK.integration: LastNotification(frozenset({"aa", "bb", "cc"}), at_ms=NOW),
        OTHER.integration: LastNotification(frozenset({"aa"}), at_ms=NOW),
    }
    move(
        stores,
        owe("n0", group_key="{}:{}"),
        owe("n1", new=("aa",)),
        owe("n2", new=("bb",)),
        owe("n3", to=OTHER, new=("aa",)),
        groups=(replace(GROUP, told=told),),
    )

    dead = stores.outbox.give_up(tried("n1"))

    assert [(d.id, d.state, len(d.attempts)) for d in dead] == [
        ("n1", "dead", 1),
        ("n2", "dead", 0),
    ]
    assert [w.id for w in stores.outbox.waiting(HOOK)] == ["n0"]
    assert [w.id for w in stores.outbox.waiting(OTHER)] == ["n3"]
    (group,) = standing(stores).groups
    assert group.told == {
        HOOK.integration: LastNotification(frozenset({"cc"}), at_ms=NOW),
        OTHER.integration: LastNotification(frozenset({"aa"}), at_ms=NOW),
    }


def test_what_was_muted_is_on_record_and_waits_for_nothing(stores: Stores):
    move(stores, owe("n1", muted_by=("s1", "s2")))

    (record,) = stores.alerts.notifications("aa")
    assert (record.state, record.muted_by) == ("muted", ("s1", "s2"))
    assert record.attempts == ()
    assert record.next_attempt_ms is None
    assert stores.outbox.addresses() == []
    assert standing(stores).busy == frozenset()


def test_notifications_are_newest_first_and_of_one_alert_where_asked(stores: Stores):
    move(stores, owe("n1", alerts=("aa", "bb")), owe("n2", alerts=("bb",)))

    ids = [n.id for n in stores.alerts.notifications()]
    assert ids == ["n2", "n1"]
    assert [n.id for n in stores.alerts.notifications("aa")] == ["n1"]
    assert [n.id for n in stores.alerts.notifications("bb", limit=1)] == ["n2"]
    assert stores.alerts.notifications(until_ms=NOW - 1) == []
    assert len(stores.alerts.notifications(until_ms=NOW)) == 2


def test_forgetting_keeps_what_is_pending_active_or_to_be_told(stores: Stores):
    day = 86_400_000
    fire(stores, A, B)
    for alert in (A, B):
        gone = replace(alert, state=INACTIVE)
        stores.alerts.commit([change(gone, Phase.RESOLVED)], NOW)
    move(stores, owe("n1"), owe("n2", to=OTHER), groups=(GROUP,))
    stores.outbox.delivered(tried("n1"))
    silence = Silence("s", (), NOW, NOW + 5, "kei", "why", NOW)
    stores.alerts.add_silence(silence)

    stores.outbox.forget(NOW)
    assert len(stores.alerts.notifications()) == 2
    stores.outbox.forget(NOW + day)

    assert [n.id for n in stores.alerts.notifications()] == ["n2"]
    assert stores.alerts.history() == []
    assert stores.alerts.silences() == []
    assert set(standing(stores).alerts) == {"aa"}


def test_a_database_holds_everything_when_it_is_opened_again(tmp_path: Path):
    database = open_state(tmp_path, NOW)
    stores = Stores(SqlAlertStore(database), SqlOutbox(database))
    fire(stores, A)
    move(stores, owe("n1"), groups=(GROUP,))
    before = standing(stores)
    database.close()

    database = open_state(tmp_path, NOW)
    stores = Stores(SqlAlertStore(database), SqlOutbox(database))

    assert stores.alerts.every() == [A]
    assert standing(stores) == before
    assert [w.id for w in stores.outbox.waiting(HOOK)] == ["n1"]
    database.close()


def test_thousands_of_alerts_fit_into_one_look(stores: Stores):
    many = [replace(A, id=f"{n:016x}") for n in range(2_000)]
    fire(stores, *many)
    ids = frozenset(a.id for a in many)
    told = {HOOK.integration: LastNotification(ids)}
    move(stores, groups=(replace(GROUP, told=told),))
    ended = [replace(a, state=RESOLVED) for a in many]
    stores.alerts.commit([change(a, Phase.FIRING) for a in ended], NOW)

    assert standing(stores).alerts == {a.id: a for a in ended}


def test_facts_stand_in_a_row_as_the_texts_they_always_were():
    facts = {"bad": 3, "coverage": 1.0, "factor": Decimal("14.4"), "long": "1h"}
    row = alert_values(replace(A, facts=facts), NOW)
    stored = SimpleNamespace(
        **row, id=A.id, acknowledged_by="", acknowledged_ms=None, acknowledged_remark=""
    )

    assert row["facts"] == '{"bad":"3","coverage":"1.0","factor":"14.4","long":"1h"}'
    assert alert_of(cast("Any", stored)).facts == facts
