"""Arithmetic on counts stands in the core, once: faces print what it gave."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

SRC = Path(__file__).parent.parent / "src" / "kizashi"
TEMPLATES = SRC / "ui" / "templates"
#: What is counted, promised, or made of both.
QUANTITIES = frozenset(
    (
        *("bad", "good", "valid", "late_bad", "late_valid", "bad_events"),
        *("target", "error_budget", "allowed", "spent", "remaining", "left_ratio"),
        *("remaining_ratio", "budget_left", "burn", "burns", "burn_rate", "long_burn"),
        *("short_burn", "sli", "coverage", "seen", "min_bad_events"),
    )
)
#: A number that goes through one of these is still that number.
CONVERSIONS = frozenset(
    (
        *("float", "int", "Fraction", "Decimal", "exact", "abs", "round", "str"),
        *("sum", "max", "min", "repr"),
    )
)
#: Where counts come into being: the ledger's own code.
LEDGER = frozenset(
    {
        "slo",
        "ledger",
        "tsdb/ledger_blocks.py",  # marks that tell a damaged block
        "server/simulated_history.py",  # a made-up past
    }
)
#: Everywhere else it is an exception, for a reason.
EXCEPTIONS = {
    "compiler/example_series.py": "makes up samples for tests of rules",
    "compiler/limit_tests.py": "makes up samples for tests of rules",
    "compiler/rule_stories.py": "makes up samples for tests of rules",
    "compiler/sloth_names.py": "another tool wants its target in per cent",
    "importers/_base.py": "writes a target in per cent",
    "importers/drafts.py": "writes a target in per cent",
    "importers/service_text.py": "writes a target in per cent",
    "lint/firing.py": "compares with a limit of its own, and writes it in per cent",
    "ports/alert_service.py": "a seen share that was told as a float, in parts again",
    "proof/verdict.py": "writes a coverage in per cent",
    "ui/parts/tones.py": "how dark a day is",
}


def operands(node: ast.expr) -> tuple[ast.expr, ...]:
    """Return the parts whose value an expression has, or is made of."""
    match node:
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            return left, right
        case ast.UnaryOp(operand=one) | ast.GeneratorExp(elt=one):
            return (one,)
        case ast.Subscript(value=one) | ast.Call(func=ast.Attribute(value=one)):
            return (one,)
        case ast.Call(func=ast.Name(id=name), args=args) if name in CONVERSIONS:
            return tuple(args)
        case ast.BoolOp(values=values):
            return tuple(values)
    return ()


def quantities(node: ast.expr) -> frozenset[str]:
    """Return the quantities that an operand is made of, not those it is found by."""
    found = frozenset().union(*map(quantities, operands(node)))
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return found | (QUANTITIES & {name})
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return found | (QUANTITIES & {name})
    return found


def is_arithmetic(node: ast.AST) -> bool:
    """Return whether something is multiplied, divided, taken from one, or compared."""
    match node:
        case ast.BinOp(left=left, op=ast.Div() | ast.FloorDiv() | ast.Mult()):
            return bool(quantities(left) | quantities(node.right))
        case ast.BinOp(left=ast.Constant(), op=ast.Sub(), right=right):
            return bool(quantities(right))
        case ast.Compare(left=left, ops=ops, comparators=others):
            is_order = any(
                isinstance(op, ast.Lt | ast.LtE | ast.Gt | ast.GtE) for op in ops
            )
            return is_order and any(map(quantities, (left, *others)))
        case _:
            return False


def arithmetic(source: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a module that work on counts, and what they do."""
    for node in ast.walk(ast.parse(source)):
        if is_arithmetic(node):
            yield node.lineno, ast.unparse(node)  # type: ignore[attr-defined]


def modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        if name not in LEDGER and name.split("/")[0] not in LEDGER:
            yield name, path


def test_nothing_but_the_core_works_on_counts() -> None:
    """What a page or a command divides by itself differs from the decision one day."""
    assert [
        f"{name}:{line}: {what}"
        for name, path in modules()
        if name not in EXCEPTIONS
        for line, what in arithmetic(path.read_text(encoding="utf-8"))
    ] == []


def divides_by_slices(node: ast.AST) -> bool:
    """Return whether something is divided by the length of a slice."""
    match node:
        case ast.BinOp(op=ast.Div() | ast.FloorDiv() | ast.Mod(), right=right):
            pass
        case ast.Call(func=ast.Name(id="divmod" | "Fraction"), args=[_, right]):
            pass
        case _:
            return False
    return any(
        name.strip("_") == "slice_ms"
        for each in ast.walk(right)
        for name in (getattr(each, "id", ""), getattr(each, "attr", ""))
    )


def test_time_is_cut_into_slices_in_one_place() -> None:
    """A window that is cut anew has one slice more or less one day."""
    assert [
        f"{path.relative_to(SRC)}:{node.lineno}"  # type: ignore[attr-defined]
        for path in sorted(SRC.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if divides_by_slices(node) and path != SRC / "slo" / "windows.py"
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "spec.window.length_ms // self._slice_ms",
        "now_ms % slice_ms",
        "ceil(Fraction(length_ms, timing.slice_ms))",
        "divmod(ts_ms, grid.slice_ms)",
        "5 * interval_ms / (2 * slice_ms)",
    ],
)
def test_a_cut_elsewhere_would_be_found(text: str) -> None:
    assert any(map(divides_by_slices, ast.walk(ast.parse(text))))


def test_every_exception_is_still_one() -> None:
    found = dict(modules())

    assert [
        name
        for name in EXCEPTIONS
        if name not in found
        or not list(arithmetic(found[name].read_text(encoding="utf-8")))
    ] == []


@pytest.mark.parametrize(
    "line",
    [
        "rate = sums.bad / sums.valid / budget",
        "left = 1 - float(spec.target)",
        "x = facts['bad'] * q * window.coverage",
        "is_low = view.coverage < 0.5",
        "share = sum(found.valid) * p",
        "is_hot = (burn or 0.0) > pair.factor",
    ],
)
def test_arithmetic_on_counts_is_found(line: str) -> None:
    assert list(arithmetic(line))


@pytest.mark.parametrize(
    "line",
    [
        "at_ms = target.interval_ms * 2",
        "bad = total - other",
        "shown = number(sums.bad)",
        "is_same = before.target == after.target",
        "count = len(valid) * 2",
    ],
)
def test_other_arithmetic_is_left_alone(line: str) -> None:
    assert not list(arithmetic(line))


def in_template(source: str) -> Iterator[tuple[int, str]]:
    """Yield where a template works on counts."""
    tree = Environment(autoescape=True).parse(source)
    orders = {"lt", "lteq", "gt", "gteq"}
    for node in tree.find_all(
        (nodes.Div, nodes.FloorDiv, nodes.Mul, nodes.Sub, nodes.Compare)
    ):
        if isinstance(node, nodes.Compare) and not orders & {op.op for op in node.ops}:
            continue
        names = {n.attr for n in node.find_all(nodes.Getattr)}
        names |= {n.name for n in node.find_all(nodes.Name)}
        if found := names & QUANTITIES:
            yield node.lineno, ", ".join(sorted(found))


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name
)
def test_no_template_works_on_counts(path: Path) -> None:
    assert list(in_template(path.read_text(encoding="utf-8"))) == []


def test_arithmetic_in_a_template_is_found() -> None:
    assert list(in_template("{{ view.valid - view.good }}"))
    assert list(in_template("{% if coverage < 0.5 %}low{% endif %}"))
    assert not list(in_template("{{ w.num(view.valid) }}"))
