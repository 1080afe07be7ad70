"""When a group owes a notification, moment by moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from kizashi.alert.group import (
    AlertGroup,
    Flush,
    GroupedAlert,
    GroupInput,
    GroupTiming,
    Integration,
    LastNotification,
    NotificationReason,
    decide,
    group_key,
    group_labels,
    plan_flush,
    schedule,
    withdraw,
)
from kizashi.model.labels import Labels

S = 1_000
T0 = 1_700_000_000_000
HOOK = Integration("webhook", 0)
OTHER = Integration("webhook", 1)
TIMING = GroupTiming(10 * S, 5 * S, 12 * S)


def alert(name: str, at: int = T0) -> GroupedAlert:
    return GroupedAlert(name, Labels.of(alertname=name), at)


def firing(*names: str) -> dict[str, GroupedAlert]:
    return {name: alert(name) for name in names}


@dataclass
class Receiver:
    """Someone who is told; ticks a group and remembers what was said, when."""

    timing: GroupTiming = TIMING
    channels: Mapping[Integration, bool] = field(default_factory=lambda: {HOOK: True})
    group: AlertGroup = field(default_factory=lambda: AlertGroup("team", Labels(), T0))
    said: list[tuple[int, str, str]] = field(default_factory=list)

    def at(
        self,
        second: float,
        routed: Mapping[str, GroupedAlert],
        *,
        muted: Sequence[str] = (),
        busy: frozenset[Integration] = frozenset(),
        known: Mapping[str, GroupedAlert] | None = None,
    ) -> Flush | None:
        """Let the group look at alerts; those it knows and that are gone have ended."""
        now_ms = T0 + round(second * S)
        ended = {
            key: replace(alert(key), ends_ms=now_ms)
            for key in self.group.told_firing - routed.keys()
        }
        self.group = schedule(self.group, routed.values(), self.timing, now_ms)
        flush = plan_flush(
            self.group,
            GroupInput(
                routed,
                known={**ended, **routed} if known is None else known,
                muted=dict.fromkeys(muted, ("s1",)),
                channels=self.channels,
                busy=busy,
            ),
            self.timing,
            now_ms,
        )
        if flush is not None:
            self.group = flush.group
            for notice in flush.notices:
                names = "".join(a.id for a in notice.firing)
                names += "".join(a.id.lower() for a in notice.resolved)
                self.said.append((round(second), notice.reason.name, names))
        return flush

    def each_second(
        self, first: int, last: int, routed: Mapping[str, GroupedAlert], **more: object
    ) -> None:
        """Look every second, both ends included."""
        for second in range(first, last + 1):
            self.at(second, routed, **more)  # type: ignore[arg-type]


def test_the_key_is_written_as_alertmanager_writes_it():
    assert group_key(Labels.of(service="x", objective="y")) == (
        '{}:{objective="y", service="x"}'
    )
    assert group_key(Labels()) == "{}:{}"
    # strconv.Quote, by hand.
    assert group_key(Labels.of(a='q"b\\c\nd\x01é\u202e')) == (
        '{}:{a="q\\"b\\\\c\\nd\\x01é\\u202e"}'
    )


def test_labels_decide_the_group():
    labels = Labels.of(alertname="A", service="x")

    assert group_labels(labels, ["service", "absent"]) == Labels.of(service="x")
    assert group_labels(labels, []) == Labels()
    assert group_labels(labels, ["..."]) == labels


def test_the_first_notification_waits_for_the_group_and_then_every_repeat_for_a_tick():
    receiver = Receiver()

    receiver.each_second(0, 41, firing("A", "B"))

    # 12 s of repeating are rounded up to three ticks of 5 s.
    assert receiver.said == [
        (10, "FIRST", "AB"),
        (25, "REPEAT", "AB"),
        (40, "REPEAT", "AB"),
    ]


def test_a_repeat_interval_of_whole_ticks_is_not_rounded_further():
    receiver = Receiver(replace(TIMING, repeat_interval_ms=10 * S))

    receiver.each_second(0, 31, firing("A"))

    assert [second for second, _, _ in receiver.said] == [10, 20, 30]


def test_an_alert_that_began_longer_ago_is_told_at_once():
    receiver = Receiver()

    receiver.at(60, firing("A"))

    assert receiver.said == [(60, "FIRST", "A")]


def test_the_rest_of_the_wait_is_waited_for_after_a_restart():
    receiver = Receiver()

    receiver.each_second(7, 11, firing("A"))

    assert receiver.said == [(10, "FIRST", "A")]


def test_a_later_alert_waits_for_the_tick_and_is_told_with_the_others():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))

    receiver.each_second(12, 16, {**firing("A"), "B": alert("B", T0 + 12 * S)})

    assert receiver.said == [(10, "FIRST", "A"), (15, "NEW_ALERTS", "AB")]


def test_the_end_is_told_at_the_next_tick_and_only_once():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A", "B"))

    receiver.each_second(12, 16, firing("B"))
    receiver.each_second(17, 40, {})

    assert receiver.said == [
        (10, "FIRST", "AB"),
        (15, "NEW_RESOLVED", "Ba"),
        (20, "ALL_RESOLVED", "b"),
    ]
    assert receiver.group.next_flush_ms is None


def test_an_alert_that_ended_before_it_was_told_is_never_told():
    receiver = Receiver()
    receiver.each_second(0, 9, firing("A"))

    receiver.each_second(10, 60, {})

    assert receiver.said == []


def test_an_alert_that_ended_and_fires_again_within_a_tick_has_not_ended():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))
    receiver.each_second(12, 13, {})

    receiver.each_second(14, 16, {"A": alert("A", T0 + 14 * S)})

    assert receiver.said == [(10, "FIRST", "A")]


def test_a_group_that_slept_waits_again():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))
    receiver.each_second(12, 20, {})

    receiver.each_second(21, 35, {"A": alert("A", T0 + 21 * S)})

    assert receiver.said[2:] == [(31, "FIRST", "A")]
    assert receiver.group.sequence == 3


def test_a_late_tick_falls_on_the_grid():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))

    receiver.at(48, firing("A"))

    assert receiver.said[1:] == [(48, "REPEAT", "A")]
    assert receiver.group.next_flush_ms == T0 + 50 * S
    assert receiver.group.told[HOOK].at_ms == T0 + 45 * S


def test_a_time_of_day_that_went_back_tells_nothing_twice_and_stops_nothing():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))

    receiver.each_second(-7_000, -6_980, firing("A"))

    assert receiver.said[1:] == [(-6_985, "REPEAT", "A")]


@pytest.mark.parametrize("sends_resolved", [True, False])
def test_those_who_do_not_want_to_hear_of_the_end_do_not(sends_resolved: bool):
    receiver = Receiver(channels={HOOK: sends_resolved})
    receiver.each_second(0, 11, firing("A", "B"))

    receiver.each_second(12, 16, firing("B"))
    receiver.each_second(17, 21, firing("A", "B"))

    # The alert that fires again is new to both.
    ended = [(15, "NEW_RESOLVED", "Ba")] if sends_resolved else []
    assert receiver.said[1:] == [*ended, (20, "NEW_ALERTS", "AB")]


def test_a_muted_alert_is_on_record_once_and_told_when_the_silence_is_over():
    receiver = Receiver()

    receiver.each_second(0, 21, firing("A"), muted=["A"])
    receiver.each_second(22, 26, firing("A"))

    assert receiver.said == [(10, "MUTED", "A"), (25, "FIRST", "A")]


def test_a_muted_alert_is_not_repeated_but_its_end_is_told():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))

    receiver.each_second(12, 60, firing("A"), muted=["A"])
    receiver.each_second(61, 70, {})

    assert receiver.said == [(10, "FIRST", "A"), (65, "ALL_RESOLVED", "a")]


def test_an_alert_muted_to_its_end_is_told_to_nobody():
    receiver = Receiver()

    receiver.each_second(0, 21, firing("A"), muted=["A"])
    receiver.each_second(22, 40, {})

    assert receiver.said == [(10, "MUTED", "A")]


def test_a_muted_alert_does_not_look_resolved_when_another_one_ends():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A", "B"))

    receiver.each_second(12, 16, firing("A"), muted=["A"])

    assert receiver.said[1:] == [(15, "NEW_RESOLVED", "Ab")]


def test_an_acknowledged_alert_is_not_repeated_but_its_end_is_told():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))
    acknowledged = {"A": replace(alert("A"), is_acknowledged=True)}

    receiver.each_second(12, 60, acknowledged)
    receiver.each_second(61, 66, {})

    assert receiver.said[1:] == [(65, "ALL_RESOLVED", "a")]


def test_what_is_not_delivered_yet_is_not_repeated_on_top():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))

    receiver.each_second(12, 42, firing("A"), busy=frozenset({HOOK}))
    receiver.each_second(43, 46, firing("A"))

    assert receiver.said[1:] == [(45, "REPEAT", "A")]


def test_when_the_route_changed_the_end_goes_to_those_who_were_told():
    receiver = Receiver(channels={HOOK: True, OTHER: True})
    receiver.each_second(0, 11, firing("A"))
    receiver.said.clear()

    # Another receiver's business by now: nothing is routed here, A still fires.
    receiver.each_second(12, 60, {}, known=firing("A"))
    assert receiver.said == []
    receiver.each_second(61, 66, {})

    assert receiver.said == [(65, "ALL_RESOLVED", "a")] * 2


def test_an_integration_that_is_gone_is_still_owed_the_end():
    receiver = Receiver(channels={HOOK: True, OTHER: True})
    receiver.each_second(0, 11, firing("A"))
    receiver.channels = {HOOK: True}
    receiver.said.clear()

    receiver.each_second(12, 13, firing("A"))
    receiver.each_second(14, 15, {})

    assert receiver.said == [(15, "ALL_RESOLVED", "a")] * 2


def test_an_integration_that_is_new_is_told_what_fires():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))
    receiver.channels = {HOOK: True, OTHER: True}

    flush = receiver.at(15, firing("A"))

    assert flush is not None
    assert [n.integration for n in flush.notices] == [OTHER]


def test_a_dead_letter_is_owed_again_while_the_alert_fires():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))

    receiver.group = withdraw(receiver.group, HOOK, frozenset("A"))
    receiver.each_second(12, 16, firing("A"))

    assert receiver.said[1:] == [(15, "FIRST", "A")]


def test_the_end_of_a_dead_letter_is_told_to_nobody():
    receiver = Receiver()
    receiver.each_second(0, 11, firing("A"))

    receiver.group = withdraw(receiver.group, HOOK, frozenset("A"))
    receiver.each_second(12, 30, {})

    assert receiver.said == [(10, "FIRST", "A")]


def sets(*names: str) -> frozenset[str]:
    return frozenset("".join(names))


# Alertmanager's own ten cases of its deduplication stage, and the order of its rows.
@pytest.mark.parametrize(
    ("entry", "firing_now", "resolved", "repeats", "sends", "expected"),
    [
        (None, "A", "", False, True, NotificationReason.FIRST),
        (None, "", "A", False, True, None),
        (
            LastNotification(sets("A")),
            "AB",
            "",
            False,
            True,
            NotificationReason.NEW_ALERTS,
        ),
        (
            LastNotification(frozenset(), sets("A")),
            "A",
            "",
            False,
            True,
            NotificationReason.FIRST,
        ),
        (
            LastNotification(sets("A")),
            "",
            "A",
            False,
            True,
            NotificationReason.ALL_RESOLVED,
        ),
        (
            LastNotification(sets("A")),
            "",
            "A",
            False,
            False,
            NotificationReason.ALL_RESOLVED,
        ),
        (LastNotification(frozenset(), sets("A")), "", "A", True, True, None),
        (
            LastNotification(sets("AB")),
            "A",
            "B",
            False,
            True,
            NotificationReason.NEW_RESOLVED,
        ),
        (LastNotification(sets("AB")), "A", "B", False, False, None),
        (LastNotification(sets("A"), sets("B")), "A", "B", False, True, None),
        (
            LastNotification(sets("A"), sets("B")),
            "A",
            "B",
            True,
            True,
            NotificationReason.REPEAT,
        ),
        (LastNotification(sets("AB")), "A", "", True, False, NotificationReason.REPEAT),
    ],
)
def test_the_decision_is_alertmanagers(
    entry: LastNotification | None,
    firing_now: str,
    resolved: str,
    repeats: bool,
    sends: bool,
    expected: NotificationReason | None,
):
    given = decide(
        entry, sets(firing_now), sets(resolved), sends_resolved=sends, repeats=repeats
    )

    assert given is expected
