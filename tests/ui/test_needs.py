"""What a service stands on, all the way down, and what stands on it."""

from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis.strategies import dictionaries, lists, sampled_from

from kizashi.ui.parts.needs import Need, followed

PATH = {
    "cdn": [("balancer", "hard")],
    "balancer": [("door", "hard")],
    "door": [("pages", "hard")],
    "pages": [("api", "hard"), ("login", "hard")],
    "api": [("store", "hard"), ("login", "hard"), ("reader", "soft")],
}
NAMES = sampled_from("abcdef")


def tree(
    start: str, edges: Mapping[str, Sequence[tuple[str, str]]]
) -> tuple[Need, ...]:
    def need(name: str, kind: str, beyond: tuple[Need, ...]) -> Need:
        return Need(name, name, kind, None, "", beyond)

    return followed(start, edges, need)


def told(needs: Sequence[Need]) -> dict[str, object]:
    return {need.name: told(need.beyond) for need in needs}


def every(needs: Sequence[Need]) -> list[Need]:
    return [one for need in needs for one in (need, *every(need.beyond))]


def test_a_path_is_followed_to_its_stores_and_each_service_once():
    stores = {"store": {}, "login": {}, "reader": {}}
    rest = {"balancer": {"door": {"pages": {"api": stores, "login": {}}}}}
    assert told(tree("cdn", PATH)) == rest


def test_a_circle_ends_where_it_closes():
    edges = {"a": [("b", "hard")], "b": [("c", "soft")], "c": [("a", "hard")]}
    assert told(tree("a", edges)) == {"b": {"c": {"a": {}}}}


@given(dictionaries(NAMES, lists(NAMES, max_size=6)))
def test_every_service_that_is_reached_is_shown(found: dict[str, list[str]]):
    edges = {name: [(one, "hard") for one in others] for name, others in found.items()}
    reached, waiting = set(), ["a"]
    while waiting:
        for other in found.get(waiting.pop(), ()):
            if other not in reached:
                reached.add(other)
                waiting.append(other)

    shown = every(tree("a", edges))

    assert {need.name for need in shown} == reached
    followed = [need.name for need in shown if need.beyond]
    assert len(followed) == len(set(followed))
