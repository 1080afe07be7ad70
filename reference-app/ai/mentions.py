"""Find what a text says about time, and make a due date of it.

A language brings a table of rows: a pattern, and what its match means seen from now.
The longest match wins, from left to right. Matches that stand together are one
phrase ("next Friday", "evening", "at 7"), and one phrase decides when a task is due.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum

from ai.days import HOURS, MINUTES, NOON


class Part(Enum):
    """A part of the day: alone no time, but it says which twelve hours are meant."""

    AM = "am"
    NOON = "noon"
    PM = "pm"
    NIGHT = "night"
    SMALL_HOURS = "small hours"


@dataclass(frozen=True, slots=True)
class Hour:
    """A time on the clock.

    Attributes:
        hour: As written, up to 29: the small hours of the next day in Japanese.
        minutes: Added to it; negative in "quarter to".
        is_exact: Whether it was written on 24 hours, so that no part of the day and
            no habit changes it.
    """

    hour: int
    minutes: int = 0
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What a match means.

    Attributes:
        day: The day named.
        hour: The time named.
        part: The part of the day named.
        zone: The time zone named.
        instant: A moment counted from now ("in two hours"); day and hour at once.
        is_shield: It only looks like a time: nothing inside it may be read as one.
        recurs: Today if the time is still to come, else tomorrow ("every day").
    """

    day: date | None = None
    hour: Hour | None = None
    part: Part | None = None
    zone: tzinfo | None = None
    instant: datetime | None = None
    is_shield: bool = False
    recurs: bool = False


SHIELD = Reading(is_shield=True)


@dataclass(frozen=True, slots=True)
class Frame:
    """From where a text is read: the user's own time, with its zone."""

    now: datetime

    @property
    def today(self) -> date:
        """The user's date."""
        return self.now.date()


#: None where the match means nothing here, so that a shorter one may be tried.
Read = Callable[[re.Match[str], Frame], Reading | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a language's table."""

    pattern: re.Pattern[str]
    read: Read


@dataclass(frozen=True, slots=True)
class Mention:
    """A reading and where it stands: ``text[start:end]``."""

    start: int
    end: int
    reading: Reading


@dataclass(frozen=True, slots=True)
class Grammar:
    """How a language puts mentions together.

    Attributes:
        joins: Fully matches what may stand between two mentions of one phrase.
        deadline_before: Matches, at its end, a text that marks what follows as the
            deadline.
        deadline_after: Matches, at its start, a text that does so for what precedes.
        deadline_inside: Matches, at its end, a mention that is a deadline by itself.
        last_afternoon_hour: Bare hours from 1 to this one are in the afternoon.
        habits: What is done in a part of the day: dinner at 7 is in the evening.
    """

    joins: re.Pattern[str]
    deadline_before: re.Pattern[str]
    deadline_after: re.Pattern[str]
    deadline_inside: re.Pattern[str]
    last_afternoon_hour: int
    habits: tuple[tuple[re.Pattern[str], Part], ...] = ()

    def habit(self, text: str) -> Part | None:
        """Return the part of the day in which this is done, None if in any."""
        return next((part for words, part in self.habits if words.search(text)), None)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Mentions that stand together."""

    mentions: tuple[Mention, ...]
    is_deadline: bool

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.mentions[0].start

    @property
    def end(self) -> int:
        """Where it ends, not included."""
        return self.mentions[-1].end

    @property
    def has_day(self) -> bool:
        """Whether it names a day."""
        return any(m.reading.day or m.reading.instant for m in self.mentions)

    @property
    def has_hour(self) -> bool:
        """Whether it names a time."""
        return any(m.reading.hour or m.reading.instant for m in self.mentions)


@dataclass(frozen=True, slots=True)
class Due:
    """When a task is due; a time never stands without its date."""

    date: dt.date | None = None
    time: dt.time | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """When a task is due, and which phrases said so."""

    due: Due = Due()
    phrases: tuple[Phrase, ...] = ()
    shields: tuple[Mention, ...] = field(default=())


def find_due(
    text: str,
    rows: Sequence[Row],
    grammar: Grammar,
    frame: Frame,
    *,
    is_allowed: Callable[[int, int], bool] = lambda _start, _end: True,
) -> Found:
    """Return when the text says its task is due.

    Args:
        text: The sentence, normalised.
        rows: The language's table.
        grammar: How the language joins mentions.
        frame: From where it is read.
        is_allowed: Whether a match from here to there may be read; a language says no
            inside a longer word.
    """
    mentions = _longest(_candidates(text, rows, frame, is_allowed))
    phrases = _phrases(text, [m for m in mentions if not m.reading.is_shield], grammar)
    chosen = _choose([p for p in phrases if p.has_day or p.has_hour])
    shields = tuple(m for m in mentions if m.reading.is_shield)
    if not chosen:
        return Found(shields=shields)
    readings = [m.reading for phrase in chosen for m in phrase.mentions]
    try:
        due = _resolve(readings, grammar, frame, grammar.habit(text))
    except OverflowError:  # the last night of the year 9999
        return Found(shields=shields)
    return Found(due, chosen, shields)


def _candidates(
    text: str,
    rows: Sequence[Row],
    frame: Frame,
    is_allowed: Callable[[int, int], bool],
) -> Iterable[Mention]:
    for row in rows:
        for match in row.pattern.finditer(text):
            if match.end() == match.start():
                continue
            # A row may look at words before what it reads: "at" before a bare hour.
            start, end = match.span("core" if "core" in match.re.groupindex else 0)
            if not is_allowed(start, end):
                continue
            reading = _read(row, match, frame)
            if reading is not None:
                yield Mention(start, end, reading)


def _read(row: Row, match: re.Match[str], frame: Frame) -> Reading | None:
    try:
        return row.read(match, frame)
    except (OverflowError, ValueError):
        return SHIELD  # in 9999999 years: no calendar goes so far


def _longest(candidates: Iterable[Mention]) -> list[Mention]:
    """Return the matches that do not overlap: the leftmost, and of these the longest.

    Of two that are equally long the one whose row stands first wins.
    """
    kept: list[Mention] = []
    for mention in sorted(candidates, key=lambda m: (m.start, -m.end)):
        if not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def _phrases(text: str, mentions: list[Mention], grammar: Grammar) -> list[Phrase]:
    groups: list[list[Mention]] = []
    for mention in mentions:
        if groups and _joins(text, groups[-1], mention, grammar):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return [
        Phrase(tuple(group), _is_deadline(text, group[0].start, group[-1].end, grammar))
        for group in groups
    ]


def _is_deadline(text: str, start: int, end: int, grammar: Grammar) -> bool:
    return bool(
        grammar.deadline_before.search(text[:start])
        or grammar.deadline_after.match(text[end:])
        or grammar.deadline_inside.search(text[start:end])
    )


def _joins(text: str, group: list[Mention], mention: Mention, grammar: Grammar) -> bool:
    if not grammar.joins.fullmatch(text[group[-1].end : mention.start]):
        return False
    # A second day or a second time begins a phrase of its own.
    is_second_day = mention.reading.day and any(m.reading.day for m in group)
    is_second_hour = mention.reading.hour and any(m.reading.hour for m in group)
    return not (is_second_day or is_second_hour)


def _choose(phrases: list[Phrase]) -> tuple[Phrase, ...]:
    """Return the phrase that counts, and the one with its time if that stands apart.

    A deadline comes before any other phrase, a day before a time, then the first.
    """
    if not phrases:
        return ()
    best = min(phrases, key=lambda p: (not p.is_deadline, not p.has_day, p.start))
    if best.has_hour and best.has_day:
        return (best,)
    lacks = [
        p
        for p in phrases
        if p is not best
        and (p.has_hour if best.has_day else p.has_day)
        and not (p.has_day if best.has_day else p.has_hour)
    ]
    return (best, lacks[0]) if lacks else (best,)


def _resolve(
    readings: list[Reading], grammar: Grammar, frame: Frame, habit: Part | None
) -> Due:
    instant = next((r.instant for r in readings if r.instant), None)
    if instant is not None:
        local = instant.astimezone(frame.now.tzinfo)
        return Due(local.date(), local.time().replace(second=0, microsecond=0))
    hour = next((r.hour for r in readings if r.hour), None)
    day = next((r.day for r in readings if r.day), None)
    if hour is None:
        return Due(day)
    part = next((r.part for r in readings if r.part), habit)
    zone = next((r.zone for r in readings if r.zone), None) or frame.now.tzinfo
    minutes = _hour_of_day(hour, part, grammar) * MINUTES + hour.minutes
    when = _at(day or frame.today, minutes, zone, frame)
    recurs = day is None or any(r.recurs for r in readings)
    if recurs and when <= frame.now:
        when = _at((day or frame.today) + timedelta(days=1), minutes, zone, frame)
    return Due(when.date(), when.time())


def _at(day: date, minutes: int, zone: tzinfo | None, frame: Frame) -> datetime:
    days, rest = divmod(minutes, HOURS * MINUTES)
    wall = datetime.combine(
        day + timedelta(days=days), time(rest // MINUTES, rest % MINUTES)
    )
    if zone == frame.now.tzinfo:
        # The user's own clock: what was written stays, even where a clock jumps.
        return wall.replace(tzinfo=zone)
    return wall.replace(tzinfo=zone).astimezone(frame.now.tzinfo)


_PARTS: dict[Part | None, Callable[[int], int]] = {
    Part.AM: lambda h: h % NOON if h <= NOON else h,
    Part.PM: lambda h: h % NOON + NOON if h <= NOON else h,
    Part.NOON: lambda h: h + NOON if h in range(1, 6) else h,
    # Tonight at 0, 1 or 12 is after midnight: the next day on the calendar.
    Part.NIGHT: lambda h: h + 24 if h in range(5) else h + NOON if h <= NOON else h,
    Part.SMALL_HOURS: lambda h: h + NOON if h in range(10, 12) else h,
}


def _hour_of_day(hour: Hour, part: Part | None, grammar: Grammar) -> int:
    if hour.is_exact:
        return hour.hour
    if part is not None:
        return _PARTS[part](hour.hour)
    is_afternoon = hour.hour in range(1, grammar.last_afternoon_hour + 1)
    return hour.hour + NOON if is_afternoon else hour.hour
