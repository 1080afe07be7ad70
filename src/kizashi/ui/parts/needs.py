"""What a service stands on, and what stands on it, each with what is beyond."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kizashi.slo.objective import ServiceSpec
from kizashi.ui.parts.cards import Group
from kizashi.ui.parts.terms import LEVELS
from kizashi.ui.parts.words import Words

#: A path of services is shown so far.
_DEEPEST = 12
_KINDS = {"hard": "ui.depends.hard", "soft": "ui.depends.soft"}


@dataclass(frozen=True, slots=True)
class Need:
    """Another service, and how it stands; `level` is None for one not declared.

    `beyond` is what it needs in its turn, or what needs it.
    """

    name: str
    title: str
    kind: str
    level: str | None
    level_word: str
    beyond: "tuple[Need, ...]" = ()


def dependencies(
    spec: ServiceSpec, groups: Mapping[str, Group], words: Words
) -> tuple[tuple[Need, ...], tuple[Need, ...]]:
    """Return what a service needs, and what needs it, each with what is beyond."""
    needs = {
        name: [(d.service, d.kind) for d in group.spec.depends_on]
        for name, group in groups.items()
    }
    needed_by: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(needs):
        for other, kind in needs[name]:
            needed_by.setdefault(other, []).append((name, kind))

    def need(name: str, kind: str, beyond: tuple[Need, ...]) -> Need:
        group = groups.get(name)
        kind_word = words.t(_KINDS.get(kind, "ui.depends.hard"))
        if group is None:
            unknown = words.t("ui.depends.unknown")
            return Need(name, name, kind_word, None, unknown, beyond)
        title = words.local(group.spec.display_name.as_dict(), name)
        level = group.level
        word = words.t(LEVELS[level])
        return Need(name, title, kind_word, level.word, word, beyond)

    return (
        followed(spec.name, needs, need),
        followed(spec.name, needed_by, need),
    )


def followed(
    start: str,
    edges: Mapping[str, Sequence[tuple[str, str]]],
    need: Callable[[str, str, tuple[Need, ...]], Need],
) -> tuple[Need, ...]:
    """Return what a service leads to, and that in its turn.

    Each service is followed once, where it is nearest to the beginning: declarations
    may go in circles.
    """
    nearest = {start: 0}
    waiting = [start]
    for name in waiting:
        for other, _ in edges.get(name, ()):
            if other not in nearest:
                nearest[other] = nearest[name] + 1
                waiting.append(other)
    followed = {start}

    def follow(name: str, depth: int) -> tuple[Need, ...]:
        found = []
        for other, kind in edges.get(name, ()):
            is_here = other not in followed and nearest[other] == depth
            if is_here and depth < _DEEPEST:
                followed.add(other)
                found.append(need(other, kind, follow(other, depth + 1)))
            else:
                found.append(need(other, kind, ()))
        return tuple(found)

    return follow(start, 1)
