"""From alerts as they stand to what is owed."""

import json
from dataclasses import replace

from kizashi.alert.fingerprint import fingerprint
from kizashi.alert.group import AlertGroup, Integration, LastNotification
from kizashi.alert.payload import Sender
from kizashi.app.notifying import Audience, decide_notifications
from kizashi.declarations.notification import Receiver, Route
from kizashi.declarations.receivers.log import LogSink
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.model.labels import Labels
from kizashi.ports.alerts import Alert, Silence, SilenceMatcher
from kizashi.ports.outbox import OutboxChange, OutboxState
from kizashi.rules.alert_state import AlertState, Phase

NOW = 1_800_000_000_000
S = 1_000
HOOK = Integration("webhook", 0)
LOG = Integration("log", 0)
TEAM = Receiver("team", (Webhook("http://127.0.0.1:9/"), LogSink()))
BOSS = Receiver("boss", (Webhook("http://127.0.0.1:9/"),))
ROUTE = Route("team", ("service",), 10 * S, 60 * S, 3_600 * S)
AUDIENCE = Audience(ROUTE, (TEAM, BOSS), Sender("http://kizashi"))


def alert(name: str, phase: Phase = Phase.FIRING, **labels: str) -> Alert:
    named = Labels.of(labels, alertname=name)
    state = AlertState(phase, NOW - 20 * S, NOW - 30 * S, NOW - 20 * S, (True,), 1)
    return Alert(fingerprint(named), named, state)


A = alert("A", service="x", severity="page")
B = alert("B", service="x", severity="ticket")
C = alert("C", service="y")
KEY = '{}:{service="x"}'


def seen(
    *alerts: Alert, groups: tuple[AlertGroup, ...] = (), **more: object
) -> OutboxState:
    by_id = {a.id: a for a in alerts}
    return replace(OutboxState(by_id, groups, (), frozenset()), **more)


def told(moves: OutboxChange) -> list[tuple[str, str, str, list[str]]]:
    """Return receiver, kind, group key and alert names of what is owed."""
    return [
        (
            o.address.receiver,
            o.address.integration.kind,
            o.group_key,
            [a["labels"]["alertname"] for a in json.loads(o.payload)["alerts"]],
        )
        for o in moves.new
    ]


def test_alerts_are_owed_to_every_integration_group_by_group():
    moves = decide_notifications(seen(A, B, C), AUDIENCE, NOW)

    both = [A, B]
    assert sorted(told(moves)) == sorted(
        [
            ("team", "log", KEY, ["A", "B"]),
            ("team", "webhook", KEY, ["A", "B"]),
            ("team", "log", '{}:{service="y"}', ["C"]),
            ("team", "webhook", '{}:{service="y"}', ["C"]),
        ]
    )
    assert moves.next_flush_ms == NOW + 60 * S
    assert {o.alert_ids for o in moves.new if o.group_key == KEY} == {
        tuple(a.id for a in both)
    }
    assert len({o.id for o in moves.new}) == 4


def test_without_a_route_alerts_are_only_listed():
    audience = replace(AUDIENCE, route=None)

    assert decide_notifications(seen(A), audience, NOW) == OutboxChange()


def test_before_the_wait_is_over_a_group_is_only_put_on_record():
    began = replace(A, state=replace(A.state, fired_ms=NOW - 4 * S))

    moves = decide_notifications(seen(began), AUDIENCE, NOW)

    assert moves.new == ()
    assert moves.next_flush_ms == NOW + 6 * S
    assert [g.next_flush_ms for g in moves.groups] == [NOW + 6 * S]


def test_a_look_between_two_ticks_changes_nothing():
    (group,) = decide_notifications(seen(A), AUDIENCE, NOW).groups

    moves = decide_notifications(seen(A, groups=(group,)), AUDIENCE, NOW + S)

    assert moves == OutboxChange((), (), NOW + 60 * S)


def test_the_same_alert_told_twice_has_two_keys_and_one_attempted_twice_has_one():
    first = decide_notifications(seen(A), AUDIENCE, NOW)
    again = decide_notifications(seen(A), AUDIENCE, NOW)
    later = decide_notifications(
        seen(A, groups=first.groups), AUDIENCE, NOW + 2 * 3_600 * S
    )

    assert [o.id for o in first.new] == [o.id for o in again.new]
    assert not {o.id for o in first.new} & {o.id for o in later.new}


def test_when_the_route_changed_old_receivers_hear_of_the_end_and_new_ones_of_all():
    (group,) = decide_notifications(seen(A), AUDIENCE, NOW).groups
    audience = replace(AUDIENCE, route=replace(ROUTE, receiver="boss"))

    moves = decide_notifications(seen(A, groups=(group,)), audience, NOW + 60 * S)
    assert [(r, n) for r, _, _, n in told(moves)] == [("boss", ["A"])]
    ended = alert("A", Phase.RESOLVED, service="x", severity="page")
    moves = decide_notifications(
        seen(ended, groups=moves.groups), audience, NOW + 120 * S
    )

    assert sorted((r, k) for r, k, _, _ in told(moves)) == [
        ("boss", "webhook"),
        ("team", "log"),
        ("team", "webhook"),
    ]
    assert all(json.loads(o.payload)["status"] == "resolved" for o in moves.new)


def test_a_route_taken_away_still_owes_the_end():
    (group,) = decide_notifications(seen(A), AUDIENCE, NOW).groups
    ended = alert("A", Phase.RESOLVED, service="x", severity="page")
    audience = replace(AUDIENCE, route=None)

    moves = decide_notifications(seen(ended, groups=(group,)), audience, NOW + 300 * S)

    assert [k for _, k, _, _ in told(moves)] == ["log", "webhook"]
    assert [g.next_flush_ms for g in moves.groups] == [None]


def silence(name: str, value: str, op: str = "=", ends_ms: int = NOW + 1) -> Silence:
    matcher = SilenceMatcher("severity", op, value)
    return Silence(name, (matcher,), NOW - 1, ends_ms, "kei", "why", NOW)


def test_what_a_silence_mutes_is_on_record_with_its_silences():
    silences = (
        silence("s1", "page"),
        silence("s2", "p.*", "=~"),
        silence("over", "page", ends_ms=NOW),
    )

    moves = decide_notifications(seen(A, B, silences=silences), AUDIENCE, NOW)

    said = {
        (tuple(n), o.muted_by)
        for o, (_, _, _, n) in zip(moves.new, told(moves), strict=True)
    }
    assert said == {(("B",), ()), (("A",), ("s1", "s2"))}
    assert len({o.id for o in moves.new}) == 4


def test_a_silence_that_cannot_be_read_mutes_nothing():
    broken = (silence("s1", "(", "=~"), silence("s2", "page", "~"))

    moves = decide_notifications(seen(A, silences=broken), AUDIENCE, NOW)

    assert {o.muted_by for o in moves.new} == {()}


def test_an_alert_held_without_data_says_so_and_one_in_hand_is_not_repeated():
    frozen = replace(A, state=replace(A.state, phase=Phase.FROZEN))
    first = decide_notifications(seen(frozen), AUDIENCE, NOW)
    (alert_told,) = json.loads(first.new[0].payload)["alerts"]
    assert alert_told["annotations"]["state"] == "frozen"
    assert alert_told["status"] == "firing"

    later = NOW + 3_600 * S
    taken = replace(frozen, acknowledged_by="kei", acknowledged_ms=NOW)
    repeated = decide_notifications(seen(frozen, groups=first.groups), AUDIENCE, later)
    in_hand = decide_notifications(seen(taken, groups=first.groups), AUDIENCE, later)

    assert len(repeated.new) == 2
    assert in_hand.new == ()


def test_a_notification_under_way_keeps_back_the_repeat_of_its_integration_only():
    first = decide_notifications(seen(A), AUDIENCE, NOW)
    busy = frozenset({(first.new[0].address, KEY)})

    moves = decide_notifications(
        seen(A, groups=first.groups, busy=busy), AUDIENCE, NOW + 3_600 * S
    )

    assert [o.address for o in moves.new] == [first.new[1].address]


def test_a_group_without_anyone_to_tell_waits_for_someone():
    audience = replace(AUDIENCE, receivers=(Receiver("team"),))
    first = decide_notifications(seen(A), audience, NOW)
    assert first.new == ()

    moves = decide_notifications(seen(A, groups=first.groups), AUDIENCE, NOW + 60 * S)

    assert len(moves.new) == 2
    assert moves.groups[0].told[HOOK] == LastNotification(
        frozenset({A.id}), frozenset(), NOW + 60 * S
    )
