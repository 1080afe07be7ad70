"""What a policy will do, as text for a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from kizashi.cli.text.terminal import Cell, Tone, table
from kizashi.logs.logging import printable
from kizashi.messages import render
from kizashi.model.durations import format_duration
from kizashi.slo.budget import burn_of_share
from kizashi.slo.detection import UndetectedRatio, limit_of
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.outlook import Case, Outlook, OutlookRequest
from kizashi.slo.policy import WindowPair

_MINUTE_MS, _HOUR_MS, _DAY_MS = 60_000, 3_600_000, 86_400_000
#: A number that this makes whole is shown exactly.
_EXACT = 10**9
_DASH = "-"
#: Percent that are shown without a decimal.
_MANY = 100


@dataclass(frozen=True, slots=True)
class Subject:
    """A policy with its objective, and what is to be said of it.

    Attributes:
        name: For people.
        objective: None where none is declared.
        question: What was asked.
        answer: What it will do.
    """

    name: str
    objective: ObjectiveSpec | None
    question: OutlookRequest
    answer: Outlook

    @property
    def key(self) -> dict[str, str | None]:
        """What names the objective in JSON."""
        service, objective = self.objective.key if self.objective else (None, None)
        return {"service": service, "objective": objective}

    def burn_rate(self, error_ratio: Fraction) -> Fraction:
        """Return how many times faster than allowed an error ratio burns."""
        return burn_of_share(error_ratio, self.question.target)


def as_text(subject: Subject, language: str) -> str:
    """Return a policy: a title, its pairs, what they do, what stays silent, notes."""
    question, answer = subject.question, subject.answer
    title = render(
        language,
        "policy.title",
        name=printable(subject.name),
        target=_percent(Fraction(question.target)),
        window=str(question.window),
        interval=format_duration(question.timing.interval_ms),
        slice=format_duration(question.timing.slice_ms),
    )
    parts = [title]
    if answer.pairs:
        parts.append(_pair_table(answer.pairs, language))
    parts.append(_case_table(subject, language))
    parts.append("\n".join(_notes(subject, language)))
    return "\n\n".join(parts)


def _head(
    language: str, columns: Sequence[tuple[str, bool]], at: str = ""
) -> list[Cell]:
    return [
        Cell(render(language, message_id, interval=at), Tone.FAINT, is_right)
        for message_id, is_right in columns
    ]


_PAIR_COLUMNS = (
    ("alert.column.severity", False),
    ("policy.column.long", True),
    ("policy.column.short", True),
    ("policy.column.factor", True),
    ("policy.column.limit", True),
)
_CASE_COLUMNS = (
    ("policy.column.ratio", True),
    ("status.column.burn", True),
    ("alert.column.severity", False),
    ("policy.column.detection", True),
    ("policy.column.at", True),
    ("policy.column.spent", True),
    ("policy.column.at", True),
    ("policy.column.reset", True),
    ("policy.column.at", True),
    ("policy.column.after-long", True),
    ("policy.column.at", True),
)


def _pair_table(pairs: Sequence[WindowPair], language: str) -> str:
    rows = [
        [
            Cell(pair.severity.value),
            Cell(format_duration(pair.long_ms), is_right=True),
            Cell(format_duration(pair.short_ms), is_right=True),
            Cell(f"{pair.factor:f}", is_right=True),
            Cell(_percent(limit_of(pair)), is_right=True),
        ]
        for pair in pairs
    ]
    return table([_head(language, _PAIR_COLUMNS), *rows])


def _case_table(subject: Subject, language: str) -> str:
    at = format_duration(subject.question.timing.interval_ms)
    rows = [_case_row(subject, case, language) for case in subject.answer.cases]
    return table([_head(language, _CASE_COLUMNS, at), *rows])


def _case_row(subject: Subject, case: Case, language: str) -> list[Cell]:
    never = render(language, "policy.never")
    spent = (case.budget_spent_ratio, case.sliced_budget_spent_ratio)
    resets = (
        case.continuous.reset_ms,
        case.sliced.reset_ms,
        case.continuous.reset_after_long_ms,
        case.sliced.reset_after_long_ms,
    )
    return [
        Cell(_percent(case.error_ratio), is_right=True),
        Cell(_number(subject.burn_rate(case.error_ratio)), is_right=True),
        Cell(case.severity.value),
        Cell(lasting(case.continuous.detection_ms, never), is_right=True),
        Cell(lasting(case.sliced.detection_ms, never), is_right=True),
        *(Cell(_DASH if s is None else _spent(s), is_right=True) for s in spent),
        *(Cell(lasting(reset_ms, _DASH), is_right=True) for reset_ms in resets),
    ]


def _notes(subject: Subject, language: str) -> Iterator[str]:
    """Yield what stays silent, the pairs that are dead, and what was assumed."""
    question, answer = subject.question, subject.answer
    for severity, silence in answer.silences.items():
        message_id = (
            "policy.silent.severity"
            if silence.is_silent_itself
            else "policy.silent.severity.below"
        )
        shown = _silence(subject, silence)
        yield render(language, message_id, severity=severity.value, **shown)
    message_id = (
        "policy.silent.all"
        if answer.silence.is_silent_itself
        else "policy.silent.all.below"
    )
    yield render(language, message_id, **_silence(subject, answer.silence))
    for pair in answer.dead:
        yield render(
            language,
            "policy.dead",
            long=lasting(pair.long_ms, _DASH),
            factor=f"{pair.factor:f}",
            severity=pair.severity.value,
            most=_number(subject.burn_rate(Fraction(1))),
        )
    if question.for_ms:
        length = format_duration(question.for_ms)
        yield render(language, "policy.note.for", length=length)
    least, rate = question.min_bad_events, question.events_per_s
    if rate is None:
        yield render(language, "policy.note.no-rate", least=least)
    else:
        yield render(language, "policy.note.rate", least=least, rate=_number(rate))


def _silence(subject: Subject, silence: UndetectedRatio) -> dict[str, str]:
    return {
        "ratio": _percent(silence.error_ratio),
        "burn": _number(subject.burn_rate(silence.error_ratio)),
    }


def _percent(ratio: Fraction) -> str:
    return f"{_number(100 * ratio)}%"


def _spent(ratio: Fraction) -> str:
    """Return a share to three digits: what slices make of it has no end."""
    percent = float(100 * ratio)
    return f"{percent:.3g}%" if percent < _MANY else f"{percent:,.0f}%"


def _number(value: Fraction) -> str:
    """Return a number exactly where nine decimals say it, else to five digits."""
    if value * _EXACT == int(value * _EXACT):
        return f"{(Decimal(value.numerator) / value.denominator).normalize():f}"
    return f"{float(value):.5g}"


def lasting(milliseconds: Fraction | None, otherwise: str) -> str:
    """Return a length of time in up to three units, rounded, because it is shown.

    Args:
        milliseconds: The length.
        otherwise: What to say where there is none.
    """
    if milliseconds is None:
        return otherwise
    rounded_ms = _rounded_ms(milliseconds)
    days, rest_ms = divmod(rounded_ms, _DAY_MS)
    hours, rest_ms = divmod(rest_ms, _HOUR_MS)
    minutes, rest_ms = divmod(rest_ms, _MINUTE_MS)
    seconds = f"{(Decimal(rest_ms) / 1_000).normalize():f}"
    parts = ((f"{days}", "d"), (f"{hours}", "h"), (f"{minutes}", "m"), (seconds, "s"))
    return " ".join(f"{n}{unit}" for n, unit in parts if n != "0") or "0s"


def _rounded_ms(milliseconds: Fraction) -> int:
    """Return a length rounded as befits it: hundredths of a second, up to minutes."""
    for end_ms, step_ms in ((_MINUTE_MS, 10), (_HOUR_MS, 100), (_DAY_MS, 1_000)):
        rounded_ms = round(milliseconds / step_ms) * step_ms
        if rounded_ms < end_ms:
            return rounded_ms
    return round(milliseconds / _MINUTE_MS) * _MINUTE_MS
