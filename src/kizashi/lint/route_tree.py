"""Routing trees of Alertmanager, as far as they say who is told.

Source: Alertmanager configuration, ``<route>``, ``<matcher>`` and ``<receiver>``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kizashi.declarations.yaml_document import (
    YamlEntry,
    YamlList,
    YamlMap,
    YamlNode,
    YamlScalar,
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
    each = [_fields(item) for item in listed.items if isinstance(item, YamlMap)]
    deaf = {
        _text(fields.get("name"))
        for fields in each
        if not any(key.endswith("_configs") and _items(fields[key]) for key in fields)
    }
    return RoutingTree(file, _read_route(route, ""), frozenset(deaf))


def _read_route(node: YamlMap, receiver: str) -> RouteNode:
    fields = _fields(node)
    own = _text(fields.get("receiver")) or receiver
    found = [
        matcher
        for text in _matcher_texts(fields.get("matchers"))
        for written in read_matchers(text)
        for matcher in _made(*written)
    ]
    for key, op in (("match", "="), ("match_re", "=~")):
        for entry in _entries(fields.get(key)):
            found += _made(entry.key, op, _text(entry.value))
    return RouteNode(
        own,
        tuple(found),
        _text(fields.get("continue")) == "true",
        tuple(
            _read_route(item, own)
            for item in _items(fields.get("routes"))
            if isinstance(item, YamlMap)
        ),
    )


def _matcher_texts(node: YamlNode | None) -> list[str]:
    if isinstance(node, YamlScalar):
        return [node.text]
    return [item.text for item in _items(node) if isinstance(item, YamlScalar)]


def _made(name: str, op: str, value: str) -> list[LabelMatcher]:
    matcher = as_matcher(name, op, value)
    return [] if matcher is None else [matcher]


def _fields(node: YamlMap) -> Mapping[str, YamlNode]:
    return {entry.key: entry.value for entry in node.entries}


def _entries(node: YamlNode | None) -> tuple[YamlEntry, ...]:
    return node.entries if isinstance(node, YamlMap) else ()


def _items(node: YamlNode | None) -> Sequence[YamlNode]:
    return node.items if isinstance(node, YamlList) else ()


def _text(node: YamlNode | None) -> str:
    return node.text if isinstance(node, YamlScalar) else ""
