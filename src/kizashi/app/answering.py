"""Answers for the faces, from the live ledger and from the store."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kizashi.app.answers import (
    AlertView,
    LedgerPoint,
    LedgerView,
    NoteView,
    ObjectiveView,
    PairView,
    ServiceView,
    TargetView,
)
from kizashi.app.damage_notes import damage_notes
from kizashi.app.evidence import PairEvaluation
from kizashi.app.figures import Instant, number, objective_view, worst_state
from kizashi.app.followed_alerts import burn_source
from kizashi.app.readers import LiveReader, Reader, StoredReader, read_ahead
from kizashi.app.source_views import source_notes
from kizashi.errors import InputError, NotFoundError
from kizashi.ledger.engine import Engine
from kizashi.ledger.history import SIDE_BY_SIDE
from kizashi.ledger.shard import Shard
from kizashi.ledger.tracking import Tracked, spec_from_json, track, version_at
from kizashi.model.arrays import FloatArray
from kizashi.model.durations import format_duration
from kizashi.model.severity import Severity
from kizashi.ports.ledger import LedgerStore
from kizashi.rules.alert_state import AlertState
from kizashi.slo.blocks import LateEvents
from kizashi.slo.faults import INVALID
from kizashi.slo.generations import Version
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.slices import SliceRange
from kizashi.slo.window_sums import State, coverage_of, exact
from kizashi.slo.windows import last_closed, slices_in

_MOST_POINTS = 11_000
#: Almost five years of 15 seconds; every answer waits while they are read.
_MOST_SLICES = 10_000_000


def _no_state(tracked: Tracked, severity: Severity, at: float | None) -> AlertState:  # noqa: ARG001
    return AlertState()


def _pair_view(tracked: Tracked, look: PairEvaluation) -> PairView:
    return PairView(
        long=tracked.window_text(look.pair.long_slices),
        short=tracked.window_text(look.pair.short_slices),
        factor=float(look.pair.factor),
        holds=look.evidence.fires,
    )


@dataclass(frozen=True, slots=True)
class ObjectiveSlices:
    """Consecutive closed slices of one objective, and the late events among them.

    `interval_ms` is the longest interval between the samples that were counted.
    """

    tracked: Tracked
    part: SliceRange
    late: tuple[LateEvents, ...]
    interval_ms: int = 0


class EngineAnswers:
    """Answers of a running engine; see `kizashi.app.answers.Answers`."""

    def __init__(
        self,
        engine: Engine,
        ledgers: LedgerStore,
        targets: Callable[[], Sequence[TargetView]],
        state: Callable[[Tracked, Severity, float | None], AlertState] = _no_state,
    ) -> None:
        """Answer for an engine.

        Args:
            engine: The running engine.
            ledgers: Its ledger store.
            targets: Asked for the scrape targets.
            state: Asked for the state of an objective's burn alert, now or at a time.
        """
        self._engine = engine
        self._ledgers = ledgers
        self._targets = targets
        self._state = state
        #: Scrape intervals of the past, by shard, its newest slice and the time.
        self._intervals_ms: dict[tuple[int, int, int], int] = {}

    def services(self) -> tuple[ServiceView, ...]:
        """Return the declared services, by name."""
        states: dict[str, list[str]] = {}
        built = self._engine.built
        for (service, _), (shard, member) in built.place.items():
            word = State(shard.ledger.state(member)).word
            if member in built.faults(shard):
                word = INVALID
            states.setdefault(service, []).append(word)
        return tuple(
            ServiceView(
                name=s.name,
                display_name=s.display_name.as_dict(),
                owner=s.owner,
                tier=s.tier,
                state=worst_state(states.get(s.name, [])),
                objectives=tuple(o.name for o in s.objectives),
                depends_on=tuple(
                    {"service": d.service, "kind": d.kind} for d in s.depends_on
                ),
            )
            for s in sorted(self._engine.built.plan.services, key=lambda s: s.name)
        )

    def objectives(self, at: float | None = None) -> tuple[ObjectiveView, ...]:
        """Return every objective, by service and name, without `explain`."""
        dated = {} if at is None else self._versions()
        keys = sorted({*self._engine.built.place, *dated})
        return tuple(self._many(keys, at, dated).values())

    def some(
        self, keys: Iterable[tuple[str, str]], at: float | None = None
    ) -> dict[tuple[str, str], ObjectiveView]:
        """Return some objectives, now or as they were at a time, without `explain`."""
        wanted = list(keys)
        dated = (
            {} if at is None else {key: self._ledgers.versions(key) for key in wanted}
        )
        return self._many(wanted, at, dated)

    def _many(
        self,
        keys: Sequence[tuple[str, str]],
        at: float | None,
        dated: Mapping[tuple[str, str], Sequence[Version]],
    ) -> dict[tuple[str, str], ObjectiveView]:
        """Return objectives without `explain`; those unknown are left out."""
        views = {}
        for start in range(0, len(keys), SIDE_BY_SIDE):
            some = keys[start : start + SIDE_BY_SIDE]
            readers = [(key, self._reader(key, at, dated)) for key in some]
            live = [one for _, one in readers if isinstance(one, LiveReader)]
            read_ahead(live, at)
            for key, reader in readers:
                if reader is not None:
                    views[key] = self._view(reader, at, explain=False)
        return views

    def objective(
        self, service: str, objective: str, at: float | None = None
    ) -> ObjectiveView:
        """Return one objective with its explanation.

        Raises:
            NotFoundError: If no such objective is, or at that time was, declared.
        """
        return self._view(self._require(service, objective, at), at, explain=True)

    def ledger(
        self,
        service: str,
        objective: str,
        *,
        start: float,
        end: float,
        step_s: float | None = None,
    ) -> LedgerView:
        """Return the ledger over ``(start, end]``, summed over each step.

        Raises:
            NotFoundError: If no such objective is declared.
            InputError: If end is not after start, or points or slices are too many.
        """
        reader = self._require(service, objective, end)
        slice_ms = reader.tracked.slice_ms
        first, last = _slices_between(reader, start, end)
        count = max(0, last - first + 1)
        step = max(1, -(-count // _MOST_POINTS))
        if step_s is not None:
            step = max(1, slices_in(int(step_s * 1000), slice_ms))
        if count > step * _MOST_POINTS:
            raise InputError(f"more than {_MOST_POINTS} points; use a longer step")
        points: tuple[LedgerPoint, ...] = ()
        if count:
            part = reader.slices(first, last)
            late = reader.late(first, last)
            points = _points(part, late, step, slice_ms)
        return LedgerView(
            service=service,
            objective=objective,
            generation=reader.tracked.generation.number,
            slice=format_duration(slice_ms),
            step=format_duration(step * slice_ms),
            points=points,
        )

    def stretch(
        self, service: str, objective: str, *, start: float, end: float
    ) -> ObjectiveSlices:
        """Return an objective's slices in ``(start, end]``, as far as they are closed.

        Raises:
            NotFoundError: If no such objective is declared.
            InputError: If end is not after start, or slices are too many.
        """
        reader = self._require(service, objective, end)
        first, last = _slices_between(reader, start, end)
        if last < first:
            return ObjectiveSlices(reader.tracked, SliceRange.blank(first, 0), ())
        late = tuple(reader.late(first, last))
        interval_ms = self._interval_ms(reader.tracked, start, end)
        return ObjectiveSlices(
            reader.tracked, reader.slices(first, last), late, interval_ms
        )

    def _interval_ms(self, tracked: Tracked, start: float, end: float) -> int:
        """Return the longest interval between an objective's samples in a stretch."""
        built = self._engine.built
        jobs = built.jobs.get(tracked.spec.key)
        names = (tracked.spec.job,) if tracked.spec.job else ()
        return built.interval_ms_within(
            jobs.names if jobs else names, int(start * 1000), int(end * 1000)
        )

    def looks(
        self, service: str, objective: str, at: float | None = None
    ) -> tuple[Tracked, int, tuple[PairEvaluation, ...]]:
        """Return an objective, a closing edge, and what every pair says at it.

        Raises:
            NotFoundError: If no such objective is, or at that time was, declared.
        """
        reader = self._require(service, objective, at)
        last = reader.last_closed(at)
        return reader.tracked, last * reader.tracked.slice_ms, reader.looks(last)

    def targets(self) -> tuple[TargetView, ...]:
        """Return the discovered targets, by job and instance."""
        return tuple(sorted(self._targets(), key=lambda t: (t.job, t.instance)))

    def _require(self, service: str, objective: str, at: float | None) -> Reader:
        key = service, objective
        dated = {} if at is None else {key: self._ledgers.versions(key)}
        reader = self._reader(key, at, dated)
        if reader is None:
            raise NotFoundError(f"no objective {service}/{objective} is declared")
        return reader

    def _versions(self) -> dict[tuple[str, str], list[Version]]:
        dated: dict[tuple[str, str], list[Version]] = {}
        for version in self._ledgers.versions():
            dated.setdefault((version.service, version.objective), []).append(version)
        return dated

    def _reader(
        self,
        key: tuple[str, str],
        at: float | None,
        dated: Mapping[tuple[str, str], Sequence[Version]],
    ) -> Reader | None:
        """Return who reads an objective as it was declared at a time."""
        live = self._engine.built.place.get(key)
        if at is None:
            return None if live is None else self._live(*live)
        at_ms = int(at * 1000)
        version = version_at(dated.get(key, ()), at_ms)
        if version is None:
            return None
        spec = spec_from_json(*key, version.spec)
        interval_ms = self._pace_ms(live, spec, at_ms)
        if live is not None and live[0].members[live[1]].generation.id == (
            version.generation
        ):
            shard, member = live
            generation = shard.members[member].generation
            return self._live(shard, member, track(spec, generation, interval_ms))
        made = [g for g in self._ledgers.generations(key) if g.id == version.generation]
        return StoredReader(track(spec, made[0], interval_ms), self._ledgers)

    def _live(
        self, shard: Shard, member: int, tracked: Tracked | None = None
    ) -> LiveReader:
        validity = self._engine.built.validity.get(shard)
        return LiveReader(shard, member, tracked, validity)

    def _pace_ms(
        self, live: tuple[Shard, int] | None, spec: ObjectiveSpec, at_ms: int
    ) -> int:
        """Return the scrape interval that an objective's windows follow at a time.

        Where nothing is known of that time it is today's.
        """
        built = self._engine.built
        names = () if spec.job is None else (spec.job,)
        if live is None:
            return built.interval_ms_within(names, at_ms, at_ms + 1)
        shard, _ = live
        if at_ms >= shard.newest_ms:
            return built.interval_ms(shard.jobs)
        key = id(shard), shard.newest_ms, at_ms
        if key not in self._intervals_ms:
            # Thousands of objectives ask for one time; the next slice may tell more.
            self._intervals_ms = {
                k: v for k, v in self._intervals_ms.items() if k[1:] == key[1:]
            }
            then = shard.interval_ms_at(at_ms)
            self._intervals_ms[key] = then or built.interval_ms(shard.jobs)
        return self._intervals_ms[key]

    def _view(
        self, reader: Reader, at: float | None, *, explain: bool
    ) -> ObjectiveView:
        tracked = reader.tracked
        last = reader.last_closed(at)
        instant = Instant(
            at_ms=last * tracked.slice_ms,
            budget=reader.budget(last),
            hour=reader.window(last, tracked.hour_slices),
            burns=tuple(reader.window(last, w) for w in tracked.burn_windows),
            state=reader.state(last),
            notes=reader.notes(last) if explain else (),
            fault=reader.fault(last),
        )
        view = objective_view(tracked, instant, explain=explain)
        until = self._simulated_until(tracked, instant.at_ms)
        sources = reader.sources(last)
        more = (*_simulated_notes(until), *source_notes(sources)) if explain else ()
        return replace(
            view,
            alerts=self._alerts(reader, last, at),
            simulated_until=until,
            sources=sources,
            notes=(
                *damage_notes(reader, last, self._ledgers.damages()),
                *view.notes,
                *more,
            ),
        )

    def _simulated_until(self, tracked: Tracked, at_ms: int) -> float | None:
        """Return until when what is in the window was made up, None for nothing."""
        built = self._engine.built
        jobs = built.jobs.get(tracked.spec.key)
        until_ms = max(
            (built.simulated_until_ms.get(job, 0) for job in jobs.names)
            if jobs
            else (),
            default=0,
        )
        has_some = until_ms > at_ms - tracked.spec.window.length_ms
        return min(until_ms, at_ms) / 1000 if has_some else None

    def _alerts(
        self, reader: Reader, last: int, at: float | None
    ) -> tuple[AlertView, ...]:
        """Return the burn alerts of an objective, with what their pairs say."""
        looks = reader.looks(last)
        follows = self._engine.built.plan.follows
        views = []
        for severity in Severity:
            own = [look for look in looks if look.pair.severity is severity]
            if not own:
                continue
            state = self._state(reader.tracked, severity, at)
            views.append(
                AlertView(
                    severity=severity.value,
                    state=state.phase.value,
                    since=state.since_ms / 1000 if state.since_ms else None,
                    pairs=tuple(_pair_view(reader.tracked, look) for look in own),
                    source=burn_source(follows=follows),
                )
            )
        return tuple(views)


def _simulated_notes(until: float | None) -> list[NoteView]:
    if until is None:
        return []
    return [NoteView("ledger.simulated", {"until": f"{until:.0f}"})]


def _slices_between(reader: Reader, start: float, end: float) -> tuple[int, int]:
    """Return the first and the last closed slice of a stretch."""
    slice_ms = reader.tracked.slice_ms
    first = last_closed(int(start * 1000), slice_ms) + 1
    last = min(last_closed(int(end * 1000), slice_ms), reader.newest)
    if end <= start:
        raise InputError("the end of the stretch is not after its start")
    if last - first + 1 > _MOST_SLICES:
        raise InputError(f"more than {_MOST_SLICES} slices; ask for a shorter stretch")
    return first, last


def late_counts(
    part: SliceRange, late: Sequence[LateEvents]
) -> tuple[FloatArray, FloatArray]:
    """Return bad and valid late events of each of some slices, shape (m,) both."""
    bad, valid = np.zeros((2, len(part)))
    for event in late:
        bad[event.slice - part.first] += event.bad
        valid[event.slice - part.first] += event.valid
    return bad, valid


def _points(
    part: SliceRange, late: Sequence[LateEvents], step: int, slice_ms: int
) -> tuple[LedgerPoint, ...]:
    late_bad, late_valid = late_counts(part, late)
    starts = np.arange(0, len(part), step)
    ends = np.minimum(starts + step, len(part))

    def summed(values: FloatArray) -> FloatArray:
        sums: FloatArray = np.add.reduceat(values, starts)
        return sums

    late_here = summed(late_valid)
    bad = summed(part.bad) + summed(late_bad)
    valid = summed(part.valid) + late_here
    coverage = coverage_of(summed(part.seen.astype(np.float64)), ends - starts)
    return tuple(
        LedgerPoint(
            at=(part.first + end - 1) * slice_ms / 1000,
            bad=_whole(own_bad),
            valid=_whole(own_valid),
            late=_whole(own_late),
            coverage=seen,
            state=State(state).word,
        )
        for end, own_bad, own_valid, own_late, seen, state in zip(
            ends.tolist(),
            bad.tolist(),
            valid.tolist(),
            late_here.tolist(),
            coverage.tolist(),
            part.state[ends - 1].tolist(),
            strict=True,
        )
    )


def _whole(value: float) -> int | float:
    return number(exact(value))
