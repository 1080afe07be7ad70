"""Refused tokens are counted, and logged within a limit."""

import logging

import pytest
from prometheus_client import CollectorRegistry

from kizashi.server.refusals import Refusals
from kizashi.testing.clock import ManualClock


def test_a_thousand_guesses_are_ten_records_a_minute_and_all_are_counted(
    caplog: pytest.LogCaptureFixture,
):
    clock, registry = ManualClock(1_800_000_000_000), CollectorRegistry()
    refusals = Refusals(clock, registry)
    caplog.set_level(logging.WARNING)

    for _ in range(1000):
        refusals.note("203.0.113.9")
    clock.jump(60_000)
    refusals.note("203.0.113.10")

    told = [
        (r.address, r.not_logged_before)  # type: ignore[attr-defined]
        for r in caplog.records
    ]
    assert told == [("203.0.113.9", 0)] * 10 + [("203.0.113.10", 990)]
    assert registry.get_sample_value("kizashi_tokens_refused_total") == 1001
