"""An objective's figures and its reason in a sentence, in the reader's words."""

from collections.abc import Mapping, Sequence

from kizashi.app.answers import NoteView, ObjectiveView
from kizashi.app.standings import Declared
from kizashi.slo.budget import misses_target
from kizashi.ui.parts.contexts import Stat
from kizashi.ui.parts.explained import Rows
from kizashi.ui.parts.tones import budget_tone, missed_tone
from kizashi.ui.parts.words import Words

#: Notes that name a time in Unix seconds: how a page puts them, and what it replaces.
_DATED_NOTES = {
    "ledger.birth": ("ui.note.birth", "at"),
    "ledger.birth.no_created": ("ui.note.birth.no_created", "at"),
    "ledger.birth.any_created": ("ui.note.birth.any_created", "at"),
    "ledger.birth.new_process": ("ui.note.birth.new_process", "at"),
    "ledger.simulated": ("ui.note.simulated", "until"),
}


def objective_stats(
    view: ObjectiveView,
    explain: Mapping[str, Rows],
    declared: Rows,
    words: Words,
) -> list[Stat]:
    """Return the figures of an objective.

    Args:
        view: The objective.
        explain: How each figure came to be.
        declared: Since when its target is what it is.
        words: Writes for the reader.
    """
    t, budget, window = words.t, view.budget, view.window
    tone = missed_tone(is_missed=misses_target(view.sli, view.target))
    now = indicator_text(view, words)
    left = budget.remaining_ratio
    return [
        Stat(t("ui.column.target"), words.target(view.target), window, why=declared),
        Stat(t("ui.column.now"), now, window, view.coverage, tone, why=explain["sli"]),
        Stat(
            t("ui.column.left"),
            words.left(left),
            window,
            view.coverage,
            budget_tone(left),
            _left_events(view, words),
            explain["budget.remaining_ratio"],
        ),
        Stat(
            t("ui.column.empty"),
            empty_text(view, words),
            note=t("ui.objective.pace"),
            why=explain["budget.time_to_empty_s"],
        ),
        *_counted(view, explain, words),
    ]


def _counted(
    view: ObjectiveView, explain: Mapping[str, Rows], words: Words
) -> list[Stat]:
    """Return what was counted: bad events, late ones, and how much was seen."""
    t, window = words.t, view.window
    return [
        Stat(
            t("ui.objective.bad"),
            words.num(view.budget.spent),
            window,
            note=t("ui.objective.of_valid", valid=words.num(view.valid)),
            why=explain["budget.spent"],
        ),
        Stat(
            t("ui.objective.late"),
            words.num(view.late),
            window,
            note=t("ui.objective.late_note"),
            why=explain["late"],
        ),
        Stat(
            t("ui.column.coverage"),
            words.pct(view.coverage, 0),
            window,
            note=t("ui.objective.coverage_note"),
            why=explain["coverage"],
        ),
    ]


def indicator_text(view: ObjectiveView, words: Words) -> str:
    """Return the indicator, or why there is none."""
    if view.sli is None:
        return words.t("status.state.invalid" if view.fault else "status.none")
    return words.sli(view.sli, view.target)


def empty_text(view: ObjectiveView, words: Words) -> str:
    """Return in how long nothing is left of the budget."""
    empty_s = view.budget.time_to_empty_s
    return words.t("status.spent") if empty_s == 0 else words.dur(empty_s)


def _left_events(view: ObjectiveView, words: Words) -> str:
    """Return how many events are left; nothing where figures are impossible."""
    left, allowed = view.budget.remaining, view.budget.allowed
    if view.fault is not None or left is None or allowed is None:
        return ""
    return words.t(
        "ui.objective.left_events",
        events=words.num(round(left, 2)),
        allowed=words.num(round(allowed, 2)),
    )


def declared_rows(declared: Sequence[Declared], at: float, words: Words) -> Rows:
    """Return since when the target is what it is."""
    newest = next((one for one in declared if one.since <= at), None)
    if newest is None:
        return []
    return [
        (words.t("ui.column.since"), words.clock(newest.since, seconds=True)),
        (words.t("ui.column.target"), words.target(newest.target)),
        (words.t("ui.column.window"), words.dur(newest.window_s)),
        (words.t("ui.column.generation"), str(newest.generation)),
    ]


def reason(view: ObjectiveView, words: Words) -> str:
    """Return in a sentence where the budget stands and where it goes."""
    budget = view.budget
    if view.fault is not None:
        return note_text(view.fault, words)
    if budget.remaining_ratio is None:
        return words.t("ui.objective.no_events", window=words.window(view.window))
    said = words.t(
        "ui.objective.spent_so_far",
        spent=words.num(budget.spent),
        allowed=words.num(round(budget.allowed or 0, 2)),
        window=words.window(view.window),
    )
    if budget.time_to_empty_s is None:
        more = words.t("ui.objective.lasts")
    elif budget.time_to_empty_s == 0:
        more = words.t("ui.reason.empty")
    else:
        more = words.t("ui.reason.empty_in", dur=words.dur(budget.time_to_empty_s))
    return words.sentences(said, more)


def note_text(note: NoteView, words: Words) -> str:
    """Return a note in the reader's language."""
    params = dict(note.params)
    message_id, when = _DATED_NOTES.get(note.code, (note.code, ""))
    if when:
        params[when] = words.clock(float(params[when]), seconds=True)
    return words.told(message_id, **params)
