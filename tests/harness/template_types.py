"""Reads templates as a type checker reads code: which attributes there are of what.

A name that no template has, and an attribute that no class has, is told with its line.
What cannot be known, such as an element of a mapping without types, is let pass.
"""

import operator
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, reduce
from typing import get_args, get_origin, get_type_hints

from jinja2 import Environment, nodes

#: A class or a generic type, a module, a function, a macro; or that it is not known.
Kind = object
UNKNOWN: Kind = object()
Scope = dict[str, Kind]
_OURS = ("kizashi.", "demo.")
_MAPPING_ARGS = 2


@cache
def _hints(kind: type) -> dict[str, Kind]:
    return get_type_hints(kind)


@dataclass(frozen=True)
class Returns:
    """A function or a method, by what it returns."""

    kind: Kind


@dataclass
class TemplateReader:
    """Reads templates against the classes of what they are given.

    Attributes:
        environment: What all templates are given.
        parse: Returns a template's syntax tree by its name, the same one each time.
        values: What every template of a page is given, by name.
        region: What a block that is drawn alone is given instead.
        components: The template whose macros every template has as ``c``.
        faults: What is wrong, with its place.
        read: Which attributes were read, of which class.
    """

    environment: Environment
    parse: Callable[[str], nodes.Template]
    values: Scope
    region: Scope
    components: str
    faults: set[str] = field(default_factory=set)
    read: set[tuple[type, str]] = field(default_factory=set)
    _seen: set[tuple[str, str, str]] = field(default_factory=set)
    _template: str = ""

    def page(self, template: str, kind: type) -> None:
        """Read a template and what it extends, given a page of a class."""
        overridden: set[str] = set()
        name: str = template
        while name:
            tree = self.parse(name)
            self._template = name
            scope = {**self._names(tree), **self.values, "page": kind}
            for block in tree.find_all(nodes.Block):
                if block.name not in overridden:
                    # A block sees nothing of what stands around it.
                    self._all(block.body, {**scope, **self._given(block)})
                overridden.add(block.name)
            self._all(tree.body, dict(scope))
            parent = tree.find(nodes.Extends)
            name = "" if parent is None else parent.template.as_const()

    def _names(self, tree: nodes.Template) -> Scope:
        macros = {macro.name: macro for macro in tree.find_all(nodes.Macro)}
        return {**self.environment.globals, **macros}

    def _given(self, block: nodes.Block) -> Scope:
        return self.region if block.name.startswith("live_") else {}

    # Statements.

    def _all(self, body: Iterable[nodes.Node], scope: Scope) -> None:
        for node in body:
            # Blocks and macros are read on their own.
            if not isinstance(node, nodes.Block | nodes.Macro | nodes.Extends):
                getattr(self, f"_do_{type(node).__name__.lower()}")(node, scope)

    def _do_output(self, node: nodes.Output, scope: Scope) -> None:
        for part in node.nodes:
            self._kind(part, scope)

    def _do_for(self, node: nodes.For, scope: Scope) -> None:
        inner = {**scope, "loop": UNKNOWN}
        self._bind(node.target, self._element(self._kind(node.iter, scope)), inner)
        if node.test is not None:
            self._kind(node.test, inner)
        self._all(node.body, inner)
        self._all(node.else_, dict(scope))

    def _do_if(self, node: nodes.If, scope: Scope) -> None:
        self._kind(node.test, scope)
        for branch in (node.body, node.elif_, node.else_):
            self._all(branch, scope)

    def _do_assign(self, node: nodes.Assign, scope: Scope) -> None:
        self._bind(node.target, self._kind(node.node, scope), scope)

    def _do_include(self, node: nodes.Include, scope: Scope) -> None:
        outer, self._template = self._template, node.template.as_const()
        tree = self.parse(self._template)
        for block in tree.find_all(nodes.Block):
            self._all(block.body, {**scope, **self._given(block)})
        self._all(tree.body, dict(scope))
        self._template = outer

    def _bind(self, target: nodes.Node, kind: Kind, scope: Scope) -> None:
        if isinstance(target, nodes.Name):
            scope[target.name] = kind
        elif isinstance(target, nodes.Tuple):
            args = get_args(kind)
            is_known = get_origin(kind) is tuple and len(args) == len(target.items)
            for i, item in enumerate(target.items):
                self._bind(item, args[i] if is_known else UNKNOWN, scope)

    # Expressions: each is read, and what it is is returned.

    def _kind(self, node: nodes.Node, scope: Scope) -> Kind:
        one = getattr(self, f"_is_{type(node).__name__.lower()}", self._is_other)
        kind: Kind = one(node, scope)
        return kind

    def _is_other(self, node: nodes.Node, scope: Scope) -> Kind:
        for child in node.iter_child_nodes():
            self._kind(child, scope)
        return UNKNOWN

    def _is_name(self, node: nodes.Name, scope: Scope) -> Kind:
        if node.name not in scope:
            self._fault(node, f"there is no {node.name}")
        return scope.get(node.name, UNKNOWN)

    def _is_getitem(self, node: nodes.Getitem, scope: Scope) -> Kind:
        self._kind(node.arg, scope)
        return self._element(self._kind(node.node, scope))

    def _is_condexpr(self, node: nodes.CondExpr, scope: Scope) -> Kind:
        self._kind(node.test, scope)
        first = self._kind(node.expr1, scope)
        if node.expr2 is not None:
            self._kind(node.expr2, scope)
        return first

    def _is_tuple(self, node: nodes.Tuple, scope: Scope) -> Kind:
        kinds = tuple(self._kind(item, scope) for item in node.items)
        return types.GenericAlias(tuple, kinds)

    def _is_filter(self, node: nodes.Filter, scope: Scope) -> Kind:
        inner = [self._kind(child, scope) for child in node.iter_child_nodes()]
        return inner[0] if node.name == "reverse" else UNKNOWN

    def _is_call(self, node: nodes.Call, scope: Scope) -> Kind:
        given = [self._kind(arg, scope) for arg in node.args]
        named = {one.key: self._kind(one.value, scope) for one in node.kwargs}
        called = self._kind(node.node, scope)
        if isinstance(called, nodes.Macro):
            self._macro(called, given, named, scope)
        elif isinstance(called, types.FunctionType):
            return get_type_hints(called).get("return", UNKNOWN)
        return called.kind if isinstance(called, Returns) else UNKNOWN

    def _macro(
        self,
        macro: nodes.Macro,
        given: Sequence[Kind],
        named: Mapping[str, Kind],
        scope: Scope,
    ) -> None:
        names = [arg.name for arg in macro.args]
        if len(given) > len(names) or not set(named) <= set(names):
            self._fault(macro, f"{macro.name} is given more than it takes")
        outer = self._template
        shared = self.parse(self.components)
        if macro in shared.find_all(nodes.Macro):
            self._template = self.components
            scope = {
                **self._names(shared),
                "w": self.values["w"],
                "t": self.values["t"],
            }
        bound = {
            **dict.fromkeys(names, UNKNOWN),
            **dict(zip(names, given, strict=False)),
            **named,
        }
        key = self._template, macro.name, repr(bound)
        if key not in self._seen:
            self._seen.add(key)
            self._all(macro.body, {**scope, **bound})
        self._template = outer

    def _is_getattr(self, node: nodes.Getattr, scope: Scope) -> Kind:
        kind = self._kind(node.node, scope)
        if kind == self.components:
            found: Kind = self._names(self.parse(self.components)).get(node.attr)
            if found is None:
                self._fault(node, f"there is no component {node.attr}")
            return found
        if isinstance(kind, types.ModuleType):
            if not hasattr(kind, node.attr):
                self._fault(node, f"{kind.__name__} has no {node.attr}")
            return getattr(kind, node.attr, UNKNOWN)
        return union([self._attribute(node, one) for one in alternatives(kind)])

    def _attribute(self, node: nodes.Getattr, kind: Kind) -> Kind:
        if isinstance(kind, type) and kind.__module__.startswith(_OURS):
            return self._of_class(node, kind)
        args = get_args(kind)
        if node.attr == "items" and len(args) == _MAPPING_ARGS:
            return Returns(types.GenericAlias(list, types.GenericAlias(tuple, args)))
        if node.attr == "get" and len(args) == _MAPPING_ARGS:
            return Returns(args[1])
        return UNKNOWN

    def _of_class(self, node: nodes.Getattr, kind: type) -> Kind:
        hints = _hints(kind)
        if node.attr in hints:
            self.read.add((kind, node.attr))
            found: Kind = hints[node.attr]
            return found
        value = getattr(kind, node.attr, None)
        if value is None:
            self._fault(node, f"{kind.__name__} has no {node.attr}")
        if isinstance(value, property):
            return get_type_hints(value.fget).get("return", UNKNOWN)
        if isinstance(value, types.FunctionType):
            return Returns(get_type_hints(value).get("return", UNKNOWN))
        return UNKNOWN

    def _element(self, kind: Kind) -> Kind:
        found: list[Kind] = []
        for one in alternatives(kind):
            args = [arg for arg in get_args(one) if arg is not Ellipsis]
            is_mixed = get_origin(one) is tuple and len(args) > 1
            found += args if is_mixed else args[-1:] or [UNKNOWN]
        return union(found)

    def _fault(self, node: nodes.Node, what: str) -> None:
        self.faults.add(f"{self._template}:{node.lineno}: {what}")


def alternatives(kind: Kind) -> Iterator[Kind]:
    """Yield what a union may be, but None, which a template asks for first."""
    if get_origin(kind) in {typing.Union, types.UnionType}:
        yield from (one for one in get_args(kind) if one is not type(None))
    else:
        yield kind


def union(kinds: Sequence[Kind]) -> Kind:
    """Return the union of several types; not known where one of them is not."""
    if len(kinds) == 1:
        return kinds[0]
    if not kinds or any(kind is UNKNOWN for kind in kinds):
        return UNKNOWN
    try:
        found: Kind = reduce(operator.or_, kinds)
    except TypeError:
        return UNKNOWN
    return found
