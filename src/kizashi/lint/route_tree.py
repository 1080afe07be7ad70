"""Routing trees of Alertmanager, as far as they say who is told.

Source: Alertmanager configuration, ``<route>``, ``<matcher>`` and ``<receiver>``.
"""

from dataclasses import dataclass

from kizashi.declarations.yaml_document import (
    YamlList,
    YamlMap,
    YamlNode,
    YamlScalar,
    entries_in,
    items_in,
    text_in,
)
from kizashi.lint.evidence import as_matcher
from kizashi.model.alert_matchers import read_matchers
from kizashi.model.matchers import LabelMatcher


@dataclass(frozen=True, slots=True)
class RouteNode:
    """One route.

    Attributes:
        receiver: Who is told; the parent's where it names none.
        matchers: All must hold.
        goes_on: Whether routes after it are looked at too.
        routes: Narrower ones, in order.
    """

    receiver: str
    matchers: tuple[LabelMatcher, ...] = ()
    goes_on: bool = False
    routes: tuple["RouteNode", ...] = ()


@dataclass(frozen=True, slots=True)
class RoutingTree:
    """A routing tree and who of its receivers can be reached.

    Attributes:
        file: Where it stands.
        root: The tree.
        deaf: Receivers that have no way to tell anyone.
    """

    file: str
    root: RouteNode
    deaf: frozenset[str]


def read_routing(
    route: YamlNode | None, listed: YamlNode | None, file: str
) -> RoutingTree | None:
    """Return the routing tree of a configuration; None where it has none."""
    if not isinstance(route, YamlMap) or not isinstance(listed, YamlList):
        return None
    each = [item.by_key for item in listed.items if isinstance(item, YamlMap)]
    deaf = {
        text_in(fields.get("name"))
        for fields in each
        if not any(key.endswith("_configs") and items_in(fields[key]) for key in fields)
    }
    return RoutingTree(file, _read_route(route, ""), frozenset(deaf))


def _read_route(node: YamlMap, receiver: str) -> RouteNode:
    fields = node.by_key
    own = text_in(fields.get("receiver")) or receiver
    found = [
        matcher
        for text in _matcher_texts(fields.get("matchers"))
        for written in read_matchers(text)
        for matcher in _made(*written)
    ]
    for key, op in (("match", "="), ("match_re", "=~")):
        for entry in entries_in(fields.get(key)):
            found += _made(entry.key, op, text_in(entry.value))
    return RouteNode(
        own,
        tuple(found),
        text_in(fields.get("continue")) == "true",
        tuple(
            _read_route(item, own)
            for item in items_in(fields.get("routes"))
            if isinstance(item, YamlMap)
        ),
    )


def _matcher_texts(node: YamlNode | None) -> list[str]:
    if isinstance(node, YamlScalar):
        return [node.text]
    return [item.text for item in items_in(node) if isinstance(item, YamlScalar)]


def _made(name: str, op: str, value: str) -> list[LabelMatcher]:
    matcher = as_matcher(name, op, value)
    return [] if matcher is None else [matcher]
