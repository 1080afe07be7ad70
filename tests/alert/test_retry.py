"""When what did not arrive is tried again, and when it is given up."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from kizashi.alert.retry import (
    GIVE_UP_MS,
    REFUSED_GIVE_UP_MS,
    VERDICTS,
    DeliveryResult,
    Failure,
    NextAttempt,
    after_failure,
)

T0 = 1_800_000_000_000
S = 1_000
HOUR = 3_600 * S


def test_every_status_code_has_its_meaning():
    by_verdict = {
        verdict: [code for code, v in VERDICTS.items() if v is verdict]
        for verdict in DeliveryResult
    }

    assert by_verdict[DeliveryResult.DELIVERED] == list(range(200, 300))
    assert by_verdict[DeliveryResult.RETRY] == [
        *range(100, 200),
        408,
        425,
        429,
        *range(500, 600),
    ]
    assert by_verdict[DeliveryResult.REFUSED] == [
        *range(300, 400),
        *(c for c in range(400, 500) if c not in {408, 425, 429}),
    ]


def fail(
    verdict: DeliveryResult = DeliveryResult.RETRY,
    *,
    age_ms: int = 0,
    took_ms: int = 0,
    tries: int = 1,
    asked_ms: int | None = None,
    since_ms: int | None = None,
    seed: int = 1,
) -> NextAttempt | None:
    began_ms = T0 + age_ms
    return after_failure(
        Failure(verdict, began_ms, began_ms + took_ms, asked_ms),
        created_ms=T0,
        tries=tries,
        refused_since_ms=since_ms,
        rng=np.random.default_rng(seed),
    )


def pause(again: NextAttempt | None, age_ms: int = 0) -> int:
    assert again is not None
    return again.at_ms - T0 - age_ms


@given(
    st.integers(1, 400),
    st.integers(0, HOUR - 1),
    st.integers(0, 5 * S),
    st.integers(0, 2**32),
)
def test_in_the_first_hour_attempts_begin_at_most_nine_seconds_apart(
    tries: int, age_ms: int, took_ms: int, seed: int
):
    if age_ms + took_ms >= HOUR:
        took_ms = 0
    again = fail(age_ms=age_ms, took_ms=took_ms, tries=tries, seed=seed)

    waited = pause(again, age_ms)
    assert took_ms <= waited <= max(took_ms, 9 * S)
    # Half of the pause at least: no storm of attempts.
    assert waited >= min(9 * S, S << min(tries - 1, 16)) // 2


def test_pauses_double_up_to_the_longest():
    pauses = [pause(fail(tries=n)) for n in range(1, 7)]

    # The same seed takes the same part of each.
    share = pauses[0] / S
    assert pauses == [pytest.approx(share * p * S, abs=9) for p in (1, 2, 4, 8, 9, 9)]
    assert len({pause(fail(seed=n)) for n in range(20)}) > 10


def test_after_the_first_hour_they_are_a_minute_apart():
    pauses = [pause(fail(age_ms=HOUR, tries=99, seed=n), HOUR) for n in range(200)]

    assert 30 * S <= min(pauses) <= 32 * S
    assert 58 * S <= max(pauses) <= 60 * S


def test_a_receiver_that_asks_for_patience_is_given_some():
    assert pause(fail(asked_ms=30 * S)) == 30 * S
    assert pause(fail(asked_ms=0)) < S
    assert pause(fail(asked_ms=10**9)) == 300 * S


def test_a_day_without_an_answer_is_the_end():
    assert fail(age_ms=GIVE_UP_MS - 1) is not None
    assert fail(age_ms=GIVE_UP_MS) is None


def test_half_an_hour_of_refusals_is_the_end():
    first = fail(DeliveryResult.REFUSED, age_ms=5 * S)
    assert first is not None
    assert first.refused_since_ms == T0 + 5 * S
    since_ms = first.refused_since_ms
    last_ms = 5 * S + REFUSED_GIVE_UP_MS

    nearly = fail(DeliveryResult.REFUSED, age_ms=last_ms - 1, since_ms=since_ms)

    assert nearly is not None
    assert nearly.refused_since_ms == since_ms
    assert fail(DeliveryResult.REFUSED, age_ms=last_ms, since_ms=since_ms) is None


def test_refusals_count_anew_after_another_answer():
    between = fail(DeliveryResult.RETRY, age_ms=20 * 60 * S, since_ms=T0)
    assert between is not None
    assert between.refused_since_ms is None

    again = fail(DeliveryResult.REFUSED, age_ms=31 * 60 * S)

    assert again is not None
