"""What stays for long is kept out of the search for garbage."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Import without searching for garbage, and never search what was imported.

    A start makes a thousand modules, and the collector would walk over all that there
    are by then again and again: a sixth of what a start costs. A megabyte of garbage
    stays for it until a plan is exchanged.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def collect_and_freeze() -> None:
    """Free what is garbage since the last time, and never search what is left again.

    To be called when a plan has taken over: ten thousand objectives are some hundred
    thousand objects that stay as long as the plan does. The collector would walk over
    all of them whenever many new objects appear, which is when many alerts fire.
    """
    gc.collect()
    gc.freeze()


def collect_all_and_freeze() -> None:
    """Free what settled before and is garbage since as well, an earlier plan above all."""
    gc.unfreeze()
    collect_and_freeze()
