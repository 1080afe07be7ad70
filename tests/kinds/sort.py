"""What a sort of kinds says of itself, and what it takes to add one more kind to it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Sort:
    """A sort of kinds.

    Attributes:
        kinds: The names of those that there are.
        made_up: The name of the one that is added.
        new: The files that it adds, by path in the repository. ``NAME`` in a path or a
            text becomes its name.
        edits: What it adds to files that exist, by path: each text that is there, and
            what is put before it. ``NAME`` becomes its name.
        proof: Fails unless the made-up kind is at work; runs where it was added.
        wanted: Files that each kind has, and what each holds of it; ``NAME`` becomes the
            kind's name, ``LANGUAGE`` each language.
        modules: What holds a kind, as ``importers/NAME.py`` below the package; kinds
            never import each other.
        asked: Names of classes and constants that stand for one kind, or the names of
            kinds themselves: what other code must not compare with.
        home: Files below the package, or folders, that may ask for a kind: its own, and
            the table.
        exceptions: Other files that may, and why.
    """

    kinds: Collection[str]
    made_up: str
    new: Mapping[str, str]
    edits: Mapping[str, tuple[tuple[str, str], ...]]
    proof: Callable[[], None]
    wanted: Mapping[str, str] = field(default_factory=dict)
    modules: str = ""
    asked: Collection[str] = ()
    home: tuple[str, ...] = ()
    exceptions: Mapping[str, str] = field(default_factory=dict)
