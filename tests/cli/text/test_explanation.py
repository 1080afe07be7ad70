"""Why an alert fired, is held, was resolved or did not fire, in words."""

from dataclasses import replace

import pytest

from harness.alert_service import AT, firing_page, quiet_loss, quiet_ticket
from kizashi.cli.text.explanation import Explainer, shortest_window
from kizashi.cli.text.terminal import width
from kizashi.messages.formats import number
from kizashi.ports.alert_service import (
    AlertDetailView,
    AlertEventView,
    EvidencePairView,
    EvidenceView,
    EvidenceWindowView,
)


def told(detail: AlertDetailView, language: str = "en") -> str:
    return "\n".join(Explainer(language).alert(detail))


def with_pair(detail: AlertDetailView, **changes: object) -> AlertDetailView:
    """Return an alert whose only pair is changed."""
    assert detail.evidence is not None
    pair = replace(detail.evidence.pairs[0], **changes)
    return replace(detail, evidence=replace(detail.evidence, pairs=(pair,)))


def test_a_firing_alert_shows_both_sides_of_the_comparison():
    lines = told(firing_page()).splitlines()

    assert lines[:9] == [
        "ErrorBudgetBurn (page): firing",
        "  id 00000000000000a1",
        (
            "  Fires since 2023-11-14 22:12:30Z because of 1h/5m: both windows burn faster"
            " than the factor, on enough bad events."
        ),
        "  Pair 1h/5m, factor 14.4: fires",
        (
            "    limit = factor x (1 - target) = 9/625; a window is over it if"
            " bad x 625 x coverage > 9 x valid"
        ),
        (
            "    WINDOW  BAD  VALID     SEEN  COVERAGE  BURN"
            "  ARITHMETIC                              LIMIT"
        ),
        (
            "    1h       12    100  144/240     60.0%   120"
            "  12 x 625 x 0.6 = 4,500 > 9 x 100 = 900  exceeded"
        ),
        (
            "    5m        3     20    20/20    100.0%   150"
            "  3 x 625 x 1 = 1,875 > 9 x 20 = 180      exceeded"
        ),
        "    at least 3 bad events in 1h (minBadEvents): there are 12, so met",
    ]
    # 100 x 9 / 625 = 1.44 and 20 x 9 / 625 = 0.288.
    assert lines[9] == (
        "    to end: at most 1 bad of 100 in 1h, or 0 of 20 in 5m, with at least half"
        " of that window seen; or fewer than 3 bad events in 1h"
    )


def test_a_quiet_alert_says_how_near_it_is():
    text = told(quiet_ticket())

    assert "Does not fire: no pair burns faster" in text
    assert "nearest to firing is 1d/2h: it would fire with 7 more bad events" in text
    assert "there are 0, so not met" in text
    assert "0 x 1,000 x 1 = 0 <= 3 x 0 = 0" in text
    assert "no data" in text
    assert "must hold for 5m before anyone is told" in text
    assert "nobody was told" in text


def test_too_little_seen_means_that_nothing_could_fire():
    # At a coverage of 1/1000 the burn that counts is at most 1/1000 < 9/625.
    dark = EvidenceWindowView("1h", 0, 10, 0.24, 240, 0.001)

    text = told(with_pair(quiet_ticket(), long=dark, limit="9/625"))

    assert "at this coverage no number of bad events is enough" in text
    assert "nearest to firing" not in text


def test_a_frozen_alert_says_what_ends_it():
    page = firing_page()
    blind = EvidenceWindowView("5m", 0, 0, 2.0, 20, 0.1)
    frozen = with_pair(page, short=blind, fires=False, held=True)
    alert = replace(page.alert, state="frozen", since=AT)

    text = told(replace(frozen, alert=alert))

    assert "Frozen since 2023-11-14 22:13:30Z; it fired at 2023-11-14 22:12:30Z" in text
    assert "Pair 1h/5m, factor 14.4: held, neither fires nor is over" in text
    assert "5m: less than half seen, so it cannot end the alert" in text


def test_unseen_time_that_is_bad_may_be_too_much_to_end_an_alert():
    page = firing_page()
    assert page.evidence is not None
    # A tenth unseen is bad: 90 / 1,000 at best, 1.44 % are allowed.
    part = EvidenceWindowView("1h", 0, 900, 216.0, 240, 0.9)
    whole = EvidenceWindowView("5m", 0, 100, 20.0, 20, 1.0)
    pair = replace(page.evidence.pairs[0], long=part, short=whole)
    evidence = replace(page.evidence, no_data="bad", pairs=(pair,))

    text = told(replace(page, evidence=evidence))

    assert "at most 0 bad of 900 in 1h, or 1 of 100 in 5m" in text
    assert "1h: unseen time counts as bad and is more than allowed by itself" in text
    assert "5m: unseen" not in text


def test_a_pending_alert_says_when_it_will_fire():
    ticket = with_pair(quiet_ticket(), fires=True)
    alert = replace(ticket.alert, state="pending", began=AT - 60, since=AT - 60)

    text = told(replace(ticket, alert=alert))

    assert "Pending since 2023-11-14 22:12:30Z" in text
    assert "holds until 2023-11-14 22:17:30Z (5m in all)" in text


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (
            {"ended": "person", "by": "aya", "reason": "rolled back"},
            "Resolved at 2023-11-14 22:13:30Z by aya: rolled back",
        ),
        ({"ended": "deleted"}, "is no longer declared"),
        ({"pairs": []}, "its own data said that it was over"),
        ({}, "its own data said that it was over"),
    ],
)
def test_a_resolved_alert_says_what_ended_it(why: dict[str, object], said: str):
    page = firing_page()
    alert = replace(page.alert, state="resolved", since=AT)
    event = AlertEventView(AT, "firing", "resolved", 2, why)

    assert said in told(replace(page, alert=alert, history=(event,)))


def test_history_tells_what_the_windows_held():
    text = told(firing_page())

    assert (
        "2023-11-14 22:12:30Z  inactive -> firing (episode 2)  1h/5m fires:"
        " bad 3 of 90 in 1h, 3 of 20 in 5m"
    ) in text
    assert "firing -> resolved (episode 1)  ended by aya: rolled back" in text


def test_history_tells_who_acknowledged_an_alert():
    event = AlertEventView(AT, "firing", "firing", 2, {"acknowledged": "aya"})
    page = replace(firing_page(), history=(event,))

    assert "2023-11-14 22:13:30Z  acknowledged by aya" in told(page)
    assert "firing -> firing" not in told(page)


def test_history_that_is_free_in_form_is_shown_as_it_is():
    event = AlertEventView(
        AT, "pending", "firing", 1, {"at": AT, "job": "api", "down": "3", "n": [1]}
    )

    text = told(replace(quiet_loss(), history=(event,)))

    assert "pending -> firing (episode 1)  down 3, job api, n [1]" in text


def test_notifications_tell_each_attempt_and_answer():
    text = told(firing_page())

    assert (
        "on-call (webhook): pending, next attempt at 2023-11-14 22:14:00Z\n"
        "      2023-11-14 22:12:31Z  retry: 503 Service Unavailable"
    ) in text
    assert "on-call (webhook): delivered\n" in text


def test_an_alert_without_windows_shows_what_it_rests_on():
    loss = quiet_loss()
    alert = replace(
        loss.alert, state="firing", since=AT, facts={"state": "broken", "for": "5m"}
    )

    text = told(replace(loss, alert=alert))

    assert "Fires since 2023-11-14 22:13:30Z.\n" in text
    assert "what it rests on: for 5m, state broken" in text


def test_a_quiet_data_loss_says_how_much_was_seen():
    shortest = shortest_window([firing_page(), quiet_ticket(), quiet_loss()])
    assert shortest is not None
    assert shortest[0].window == "5m"

    lines = Explainer("en", shortest=shortest).alert(quiet_loss())
    assert "Now 100% of it was seen." in "\n".join(lines)
    good = Explainer("en", shortest=(shortest[0], "good")).alert(quiet_loss())
    assert "It never fires" in "\n".join(good)
    assert "Does not fire." in told(quiet_loss())
    assert shortest_window([quiet_loss()]) is None


def test_unseen_time_that_counts_as_bad_stands_in_the_arithmetic():
    page = firing_page()
    assert page.evidence is not None
    bad = replace(page, evidence=replace(page.evidence, no_data="bad"))

    text = told(bad)

    # (12 x 0.6 + 100 x 0.4) x 625 = 29,500.
    assert "(12 x 0.6 + 100 x (1 - 0.6)) x 625 = 29,500 > 9 x 100 = 900" in text
    assert "(noData: bad)" in text


def test_a_coverage_without_a_short_form_is_the_quotient_that_it_is():
    window = EvidenceWindowView("1h", 12, 100, 80.5, 240, 80.5 / 240)

    text = told(with_pair(firing_page(), long=window))

    # 12 x 625 x 80.5 / 240 = 2,515.625.
    assert "12 x 625 x 80.5/240 = 2,515.625 > 9 x 100 = 900" in text


def test_the_columns_line_up_in_japanese():
    lines = told(firing_page(), "ja").splitlines()
    start = next(i for i, line in enumerate(lines) if "カバレッジ  " in line)
    head, first, second = lines[start : start + 3]

    assert width(head.partition("計算")[0]) == width(first.partition("12 x")[0])
    assert width(first.partition("超過")[0]) == width(second.partition("超過")[0])


def test_colour_says_nothing_that_words_do_not_say():
    colored = "\n".join(Explainer("en", color=True).alert(firing_page()))

    assert colored.startswith("\x1b[1;31mErrorBudgetBurn (page): firing\x1b[0m\n")
    assert "\x1b[1;31mexceeded\x1b[0m" in colored


def test_words_of_a_newer_server_are_shown_as_they_are():
    page = firing_page()
    alert = replace(page.alert, state="snoozed")
    note = replace(page.notifications[0], state="queued")
    assert page.evidence is not None
    evidence = replace(page.evidence, no_data="guess")

    text = told(AlertDetailView(alert, evidence, page.history, notifications=(note,)))

    assert text.startswith("ErrorBudgetBurn (page): snoozed")
    assert "(webhook): queued" in text


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_line_is_whole_in_both_languages(language: str):
    for detail in (firing_page(), quiet_ticket(), quiet_loss()):
        text = told(detail, language)
        assert "{" not in text
        assert "explain." not in text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (12.0, "12"), (1_234_567.0, "1,234,567"), (0.5, "0.5"),
        (1234.5678, "1,234.568"), (1e15, "1,000,000,000,000,000"), (2515.625, "2,515.625"),
    ],
)  # fmt: skip
def test_a_number_has_commas_and_at_most_three_decimals(value: float, text: str):
    assert number(value) == text


def test_a_pair_without_bounds_of_its_own_is_safe():
    nothing = EvidenceWindowView("1h", 0, 0, 0.0, 240, 0.0)
    pair = EvidencePairView("1", "1/1000", nothing, nothing, False, False, None)
    evidence = EvidenceView(AT, 3, "bad", 0.0, (pair,))

    assert "no data" in told(replace(quiet_ticket(), evidence=evidence))
