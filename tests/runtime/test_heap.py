"""Keeping what stays out of the search for garbage."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from kizashi.runtime.heap import settle


class Ring:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_what_settled_is_not_searched_any_more():
    plan = [{"number": n} for n in range(1_000)]

    settle()

    assert gc.get_freeze_count() > 1_000
    searched = {id(each) for each in gc.get_objects()}
    assert not any(id(each) in searched for each in plan)


def test_an_earlier_plan_is_freed_when_the_next_one_settles():
    plan = Ring()
    gone = weakref.ref(plan)
    settle()
    del plan
    gc.collect()
    assert gone() is not None

    settle()

    assert gone() is None
