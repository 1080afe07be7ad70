"""What a policy will do: how soon it tells, what that costs, when it is over.

The story is always the same. Traffic is steady, everything was well for longer than
any window, and at time 0 a constant share of events turns bad. A window of length w
holds ``error ratio × t`` of bad time at t, so it exceeds its limit from
``limit × w ÷ error ratio`` on, or never where the ratio is no more than the limit. A
service without a history is told of at the same instant, because unseen time counts
as good at the seen rate.

Source: SRE Workbook, chapter 5, "Alerting on SLOs"; rules 5, 14, 15 and 17.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import lcm

from kizashi.model.windows import Window
from kizashi.rules.alert_state import AlertState, PairEvidence, Phase, step
from kizashi.slo.budget import burn_of_share, spent_ratio
from kizashi.slo.firing import Guard, pair_evidence
from kizashi.slo.policy import SliceTiming, WindowPair
from kizashi.slo.window_sums import SEEN_ONE, WindowSums
from kizashi.slo.windows import last_closed, slice_of

_SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class Alarm:
    """The alert of one severity: its pairs, and what it asks beside their limits.

    Attributes:
        pairs: At least one; any of them fires it.
        for_ms: How long a condition must hold before a person is told.
        min_bad_events: Fewer bad events in a long window fire nothing.
        events_per_s: Traffic, above 0; None where it is not known, and then there are
            always enough bad events.
    """

    pairs: tuple[WindowPair, ...]
    for_ms: int = 0
    min_bad_events: int = 1
    events_per_s: Fraction | None = None

    def enough_ms(self, error_ratio: Fraction) -> Fraction:
        """Return how long an error ratio lasts until there are enough bad events."""
        if self.events_per_s is None:
            return Fraction(0)
        return self.min_bad_events * _SECOND_MS / (self.events_per_s * error_ratio)


@dataclass(frozen=True, slots=True)
class UndetectedRatio:
    """Up to which constant error ratio an alert never fires.

    Attributes:
        error_ratio: Every lower ratio stays silent for ever, every higher one does not.
        is_silent_itself: Whether this ratio stays silent, too: true of a limit, false
            where only the number of bad events decides.
    """

    error_ratio: Fraction
    is_silent_itself: bool


@dataclass(frozen=True, slots=True)
class Forecast:
    """What an alert does at a constant error ratio, in milliseconds.

    Attributes:
        detection_ms: From the first error until a person is told; None for never.
        reset_ms: From the last error until it resolves, where the errors end the moment
            they are detected; None where they never are.
        reset_after_long_ms: The same where they lasted until every pair that ever
            fires did, however much longer.
    """

    detection_ms: Fraction | None = None
    reset_ms: Fraction | None = None
    reset_after_long_ms: Fraction | None = None


def limit_of(pair: WindowPair) -> Fraction:
    """Return the error ratio that a pair's windows must exceed."""
    return Fraction(*pair.limit)


def forecast(alarm: Alarm, error_ratio: Fraction) -> Forecast:
    """Return what an alert does, watched without a break.

    A pair resolves when one of its windows has only ``limit × w`` of bad time left.
    That takes ``w × (1 − limit ÷ error ratio)`` from the last error on, however long
    the errors lasted; how long they lasted decides only which pairs are held.

    Args:
        alarm: The alert.
        error_ratio: Share of events that are bad, inside (0, 1].

    Returns:
        Times as exact fractions.
    """
    times_by_pair = [
        (_pair_detection_ms(alarm, p, error_ratio), p) for p in alarm.pairs
    ]
    times = [(at_ms, pair) for at_ms, pair in times_by_pair if at_ms is not None]
    if not times:
        return Forecast()
    told_ms = min(at_ms for at_ms, _ in times) + alarm.for_ms
    resets = [(at_ms, _pair_reset_ms(alarm, p, error_ratio)) for at_ms, p in times]
    return Forecast(
        told_ms,
        max(reset_ms for at_ms, reset_ms in resets if at_ms <= told_ms),
        max(reset_ms for _, reset_ms in resets),
    )


def silence_of(alarms: Iterable[Alarm]) -> UndetectedRatio:
    """Return the largest constant error ratio at which none of some alerts fires.

    Args:
        alarms: The alerts; without a pair everything stays silent.
    """
    ends = [_pair_silence(alarm, pair) for alarm in alarms for pair in alarm.pairs]
    everything = (Fraction(1), True)
    # Of two pairs with the same end, the one that fires at it decides: False is less.
    return UndetectedRatio(*min([*ends, everything]))


def budget_spent_ratio(
    error_ratio: Fraction, lasted_ms: Fraction, target: Decimal, window: Window
) -> Fraction:
    """Return the share of the error budget that errors have spent, at steady traffic.

    Args:
        error_ratio: Share of events that are bad.
        lasted_ms: For how long.
        target: The objective's target, inside (0, 1).
        window: The objective's window.

    Returns:
        ``error ratio × time ÷ (window × (1 − target))``; above 1 where more is spent
        than there is.
    """
    return spent_ratio(burn_of_share(error_ratio, target), lasted_ms, window.length_ms)


def forecast_sliced(
    alarm: Alarm, error_ratio: Fraction, timing: SliceTiming
) -> Forecast:
    """Return what an alert does where counts come from scrapes and fall into slices.

    The errors begin just after a scrape that stands on the edge of a slice, and every
    scrape succeeds. An edge is looked at as soon as its slice closes; what a scrape
    takes to land comes on top (rules 1, 8 and 9). Slice by slice the counts go through
    the code that decides in earnest; slices in which nothing can change are left out.

    Args:
        alarm: The alert; the slices of its pairs are the timing's.
        error_ratio: Share of events that are bad, inside (0, 1].
        timing: Slice and scrape interval.

    Returns:
        Times in whole milliseconds: whole slices.
    """
    continuous = forecast(alarm, error_ratio)
    if continuous.detection_ms is None:
        return continuous
    course = _Course(alarm, error_ratio, timing)
    told = _detect(course)
    if told is None:
        return Forecast()
    told_ms, state = told
    return Forecast(
        Fraction(told_ms),
        Fraction(_reset(course.stopped(told_ms), state)),
        Fraction(_reset_after_long(course)),
    )


def _pair_detection_ms(
    alarm: Alarm, pair: WindowPair, error_ratio: Fraction
) -> Fraction | None:
    limit, enough_ms = limit_of(pair), alarm.enough_ms(error_ratio)
    if error_ratio <= limit or enough_ms > pair.long_ms:
        return None
    longest_ms = max(pair.long_ms, pair.short_ms)
    return max(limit * longest_ms / error_ratio, enough_ms)


def _pair_reset_ms(alarm: Alarm, pair: WindowPair, error_ratio: Fraction) -> Fraction:
    shortest_ms = min(pair.long_ms, pair.short_ms)
    clean_ms = shortest_ms * (1 - limit_of(pair) / error_ratio)
    if alarm.events_per_s is None:
        return clean_ms
    return min(clean_ms, pair.long_ms - alarm.enough_ms(error_ratio))


def _pair_silence(alarm: Alarm, pair: WindowPair) -> tuple[Fraction, bool]:
    limit = limit_of(pair)
    if alarm.events_per_s is None:
        return limit, True
    events = alarm.events_per_s * pair.long_ms / _SECOND_MS
    fewest = alarm.min_bad_events / events
    return (limit, True) if limit >= fewest else (fewest, False)


@dataclass(frozen=True, slots=True)
class _Course:
    """A run of slices: slice 1 is the first one with errors.

    Counts are whole numbers, so that every comparison is exact: a millisecond of
    traffic is `valid_a_ms` units, of which `bad_a_ms` are bad while errors last.
    """

    alarm: Alarm
    error_ratio: Fraction
    timing: SliceTiming
    stop_ms: int | None = None

    @property
    def valid_a_ms(self) -> int:
        rate = self.alarm.events_per_s
        return self.error_ratio.denominator * (1 if rate is None else rate.numerator)

    @property
    def bad_a_ms(self) -> int:
        rate = self.alarm.events_per_s
        return self.error_ratio.numerator * (1 if rate is None else rate.numerator)

    @property
    def guard(self) -> Guard:
        """What the alert asks, its number of bad events in our units."""
        rate = self.alarm.events_per_s
        if rate is None:
            return Guard(min_bad_events=1)
        event = self.error_ratio.denominator * rate.denominator * _SECOND_MS
        return Guard(min_bad_events=self.alarm.min_bad_events * event)

    @property
    def slack_ms(self) -> int:
        """How much later than without a break a change is seen, at most.

        Scrapes and slices meet again after their least common multiple.
        """
        slice_ms, interval_ms = self.timing.slice_ms, self.timing.interval_ms
        return 3 * interval_ms + 2 * slice_ms + lcm(slice_ms, interval_ms)

    @property
    def longest_ms(self) -> int:
        """The longest window."""
        return max(max(p.long_ms, p.short_ms) for p in self.alarm.pairs)

    def stopped(self, stop_ms: int) -> "_Course":
        """Return the course whose errors end at a time."""
        return replace(self, stop_ms=stop_ms)

    def evidence(self, number: int) -> tuple[PairEvidence, ...]:
        """Return what each pair says when a slice has closed."""
        return tuple(
            pair_evidence(
                pair,
                self._sums(number, pair.long_slices),
                self._sums(number, pair.short_slices),
                self.guard,
            )
            for pair in self.alarm.pairs
        )

    def _sums(self, number: int, slices: int) -> WindowSums:
        last, first = self._scraped_ms(number), self._scraped_ms(number - slices)
        return WindowSums(
            slices,
            bad=self.bad_a_ms * (self._erred_ms(last) - self._erred_ms(first)),
            valid=self.valid_a_ms * (last - first),
            seen=slices * SEEN_ONE,
        )

    def _scraped_ms(self, number: int) -> int:
        """Return when the last scrape was that a slice or one before it holds."""
        interval_ms = self.timing.interval_ms
        return number * self.timing.slice_ms // interval_ms * interval_ms

    def _erred_ms(self, until_ms: int) -> int:
        """Return for how long errors had lasted at a time."""
        end_ms = until_ms if self.stop_ms is None else min(until_ms, self.stop_ms)
        return max(end_ms, 0)


def _detect(course: _Course) -> tuple[int, AlertState] | None:
    """Return when a person is told, and the alert's state then.

    No slice shows a window above its limit earlier than an unbroken watch would: its
    scrapes reach back at least as far as it does.
    """
    alarm = course.alarm
    pair_times = [_pair_detection_ms(alarm, p, course.error_ratio) for p in alarm.pairs]
    times = [at_ms for at_ms in pair_times if at_ms is not None]
    state = AlertState()
    until_ms = max(times) + alarm.for_ms + course.slack_ms
    for number in _slices(min(times), until_ms, course.timing):
        now_ms = number * course.timing.slice_ms
        state = step(state, course.evidence(number), now_ms, for_ms=alarm.for_ms)
        if state.phase is Phase.FIRING:
            return now_ms, state
    return None


def _reset_after_long(course: _Course) -> int:
    """Return the reset time where every pair that ever fires is held."""
    slice_ms, interval_ms = course.timing.slice_ms, course.timing.interval_ms
    every_ms = lcm(slice_ms, interval_ms)
    stop_ms = -(-(course.longest_ms + course.slack_ms) // every_ms) * every_ms
    number = last_closed(stop_ms, slice_ms)
    state = step(AlertState(), course.evidence(number), stop_ms)
    return _reset(course.stopped(stop_ms), state)


def _reset(course: _Course, state: AlertState) -> int:
    """Return how long after the last error a firing alert resolves.

    It does at the last slice looked at, if not before: by then each of its pairs has a
    window that is back at its limit.
    """
    stop_ms = now_ms = course.stop_ms or 0
    for number in _slices_after(course, stop_ms):
        now_ms = number * course.timing.slice_ms
        state = step(state, course.evidence(number), now_ms)
        if not state.phase.is_active:
            break
    return now_ms - stop_ms


def _slices_after(course: _Course, stop_ms: int) -> Iterator[int]:
    """Yield the slices after the errors' end at which a pair may change, in order.

    Every slice is seen in full, so a pair is held where it fires and nowhere else, and
    slices may be left out. Two things end a pair: its bad time leaves a window, near
    the instant when it would without slices; or the window holds one more scrape than
    its length has, all good, which comes round as scrapes and slices do.
    """
    alarm, ratio, timing = course.alarm, course.error_ratio, course.timing
    starts = {Fraction(0)}
    for pair in alarm.pairs:
        if _pair_detection_ms(alarm, pair, ratio) is not None:
            # With a scrape more the limit allows for up to an interval more.
            reset_ms = _pair_reset_ms(alarm, pair, ratio) - timing.interval_ms
            starts.add(max(reset_ms, Fraction(0)))
    done = last_closed(stop_ms, timing.slice_ms)
    for start_ms in sorted(starts):
        from_ms = stop_ms + start_ms
        for number in _slices(from_ms, from_ms + course.slack_ms, timing):
            if number > done:
                yield number
                done = number


def _slices(
    from_ms: Fraction, until_ms: Fraction | int, timing: SliceTiming
) -> Iterable[int]:
    """Return the slices that close from a time on until another one."""
    last = slice_of(until_ms, timing.slice_ms)
    return range(last_closed(from_ms, timing.slice_ms), last + 1)
