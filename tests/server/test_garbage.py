"""What stays for long is not searched for garbage, and what is garbage goes."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from kizashi.server.garbage import collect_all_and_freeze, collect_and_freeze, importing


class Node:
    """Something that refers to itself, as classes and closures do."""

    def __init__(self) -> None:
        self.own = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


def test_what_is_imported_is_searched_neither_then_nor_later():
    with importing():
        assert not gc.isenabled()
        kept = Node()

    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert all(each is not kept for each in gc.get_objects())


def test_an_import_that_fails_leaves_the_collector_on():
    with pytest.raises(ImportError), importing():
        raise ImportError

    assert gc.isenabled()


def test_what_settled_is_freed_once_another_plan_takes_over():
    collect_and_freeze()
    node = Node()
    seen = weakref.ref(node)
    collect_and_freeze()
    del node
    collect_and_freeze()
    assert seen() is not None

    collect_all_and_freeze()

    assert seen() is None
    assert gc.get_freeze_count() > 0
