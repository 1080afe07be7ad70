"""Descriptors are shared out before any is opened, and there is a fewest."""

import resource
import subprocess
import sys

import pytest
from hypothesis import given, strategies as st

from kizashi.httpd.descriptors import (
    FEWEST,
    MOST_CONNECTIONS,
    WANTED,
    TooFewDescriptorsError,
    shares,
)


def test_under_the_usual_limit_strangers_get_what_is_left():
    # 819 of 1,024 are shared: 48 for ourselves, 16 probes, 64 receivers, 163 scrapes.
    found = shares(1024)

    assert (found.scrapes, found.receivers, found.probes) == (163, 64, 16)
    assert found.connections == 819 - 48 - 16 - 64 - 163
    assert (found.by_address, found.streams) == (528 // 4, 528 // 2)


@given(st.integers(FEWEST, 1 << 20))
def test_all_shares_together_stay_below_four_fifths(limit: int):
    found = shares(limit)
    strangers = found.connections + found.probes

    assert strangers + found.scrapes + found.receivers + 48 <= limit * 80 // 100
    assert 16 <= found.connections <= MOST_CONNECTIONS
    assert found.by_address <= found.connections
    assert found.streams < found.connections
    assert min(found.probes, found.scrapes, found.receivers) >= 8


@given(st.integers(0, FEWEST - 1))
def test_too_few_are_refused_with_what_is_needed(limit: int):
    with pytest.raises(TooFewDescriptorsError) as refused:
        shares(limit)
    assert (refused.value.given, refused.value.needed) == (limit, FEWEST)


TAKE = """
from kizashi.httpd.descriptors import take
import resource
print(take().limit, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "taken"), [(256, 1_000, 1_000), (300, 300, 300)]
)
def test_the_soft_limit_is_raised_to_the_hard_one(soft: int, hard: int, taken: int):
    told = subprocess.run(
        [sys.executable, "-c", TAKE],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == [str(taken), str(taken)]


def test_more_than_is_wanted_is_left_alone():
    assert shares(WANTED * 4).scrapes == 4_096
    assert shares(WANTED * 4).connections == MOST_CONNECTIONS
