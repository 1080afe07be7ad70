"""How people are told: one file for each kind of receiver.

A kind of `kizashi.declarations.receivers` is sent by the file of the same name, whose
`NOTIFIER` it is. It is imported only where a configuration has one: some stand on
libraries that are slow to load, or that are not installed.
"""

from collections.abc import Callable
from importlib import import_module

from kizashi.declarations.receivers._base import ReceiverSettings
from kizashi.ports.notifier import Notifier


def load_notifier(kind: str) -> Callable[[ReceiverSettings], Notifier]:
    """Return what makes a notifier of a kind's settings."""
    module = import_module(f"{__name__}.{kind}")
    notifier: Callable[[ReceiverSettings], Notifier] = module.NOTIFIER
    return notifier
