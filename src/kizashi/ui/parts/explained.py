"""How a figure of an objective came to be, in the reader's words.

The formula, the formula with its numbers, what was counted and over which window:
enough to work the figure out again by hand.
"""

from collections.abc import Callable, Mapping, Sequence

from kizashi.app.answers import ExplainView, ObjectiveView
from kizashi.slo.budget import burn_rate, error_budget
from kizashi.ui.parts.words import Words

#: What an explanation says, line by line: what a line is, and the line.
Rows = Sequence[tuple[str, str]]
_BURN = "burn_rate["


def explained(view: ObjectiveView, words: Words) -> dict[str, Rows]:
    """Return the explanation of each figure, by its name."""
    return {one.figure: _rows(view, one, words) for one in view.explain}


def _rows(view: ObjectiveView, figure: ExplainView, words: Words) -> Rows:
    key = _BURN if figure.figure.startswith(_BURN) else figure.figure
    formula, work = _WRITINGS[key]
    has_data = bool(figure.valid) or key in {"coverage", "budget.spent", "late"}
    numbers = work(view, figure, words) if has_data else words.t("status.none")
    if view.fault is not None and figure.value is None:
        numbers = words.t("status.state.invalid")
    return [
        (words.t("ui.explain.formula"), words.t(formula)),
        (words.t("ui.explain.result"), numbers),
        (words.t("ui.explain.counted"), figure.query),
        (words.t("ui.explain.window"), stretch_text(figure.start, figure.end, words)),
        (
            words.t("ui.explain.seen"),
            words.t(
                "ui.explain.slices",
                seen=words.num(round(figure.seen, 2)),
                expected=words.num(figure.expected),
            ),
        ),
    ]


def stretch_text(start: float, end: float, words: Words) -> str:
    """Return a window by its edges: the left one is not in it."""
    return words.t(
        "ui.explain.from_to",
        start=words.clock(start, seconds=True),
        end=words.clock(end, seconds=True),
    )


def plain(value: float | None) -> str:
    """Return a result as exactly as it is known."""
    return "–" if value is None else f"{value:.10g}"


def _sli(view: ObjectiveView, figure: ExplainView, words: Words) -> str:  # noqa: ARG001
    bad, valid = words.num(figure.bad), words.num(figure.valid)
    return f"({valid} − {bad}) ÷ {valid} = {plain(figure.value)}"


def _coverage(view: ObjectiveView, figure: ExplainView, words: Words) -> str:  # noqa: ARG001
    seen, expected = words.num(round(figure.seen, 2)), words.num(figure.expected)
    return f"{seen} ÷ {expected} = {plain(figure.value)}"


def _left(view: ObjectiveView, figure: ExplainView, words: Words) -> str:
    bad, valid = words.num(figure.bad), words.num(figure.valid)
    target = plain(view.target)
    return f"1 − {bad} ÷ ({valid} × (1 − {target})) = {plain(figure.value)}"


def _spent(view: ObjectiveView, figure: ExplainView, words: Words) -> str:  # noqa: ARG001
    return f"{figure.result.rpartition(' = ')[0]} = {words.num(figure.bad)}"


def _late(view: ObjectiveView, figure: ExplainView, words: Words) -> str:  # noqa: ARG001
    return words.t(
        "ui.bad_of_valid", bad=words.num(figure.bad), valid=words.num(figure.valid)
    )


def _empty(view: ObjectiveView, figure: ExplainView, words: Words) -> str:
    left = view.budget.remaining_ratio
    burn = burn_rate(figure.bad, figure.valid, error_budget(view.target))
    if figure.value is None:
        return words.t("ui.explain.never", burn=words.burn(burn))
    if not figure.value:
        return words.t("ui.explain.spent", left=words.left(left))
    window = words.window(view.window)
    return f"{plain(left)} × {window} ÷ {plain(burn)} = {words.dur(figure.value)}"


def _burn(view: ObjectiveView, figure: ExplainView, words: Words) -> str:
    bad, valid = words.num(figure.bad), words.num(figure.valid)
    return f"{bad} ÷ {valid} ÷ (1 − {plain(view.target)}) = {plain(figure.value)}"


Work = Callable[[ObjectiveView, ExplainView, Words], str]
_WRITINGS: Mapping[str, tuple[str, Work]] = {
    "sli": ("ui.formula.sli", _sli),
    "coverage": ("ui.formula.coverage", _coverage),
    "budget.remaining_ratio": ("ui.formula.left", _left),
    "budget.spent": ("ui.formula.spent", _spent),
    "late": ("ui.formula.late", _late),
    "budget.time_to_empty_s": ("ui.formula.empty", _empty),
    _BURN: ("ui.formula.burn", _burn),
}
