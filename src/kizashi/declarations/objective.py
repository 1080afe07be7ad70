"""One objective of a Service document."""

import re
from dataclasses import dataclass
from decimal import Decimal

from kizashi.declarations.alerting import GUARD_KEYS, Promise, read_alerting
from kizashi.declarations.fields import Fields
from kizashi.declarations.measuring import Measuring
from kizashi.declarations.naming import read_local_text, read_name
from kizashi.declarations.problems import ProblemList
from kizashi.model.durations import format_duration
from kizashi.model.positions import Position
from kizashi.model.windows import RollingWindow, Window
from kizashi.sli._base import Indicator, implied_job
from kizashi.sli._kinds import KINDS
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.policy import SHORTEST_WINDOW_SLICES, SliceTiming
from kizashi.slo.windows import in_slices

OBJECTIVE_KEYS = (
    "name",
    "displayName",
    "target",
    "window",
    "job",
    *KINDS,
    "alerting",
    *GUARD_KEYS,
)
_PERCENT = 100
#: Nine nines; more would make limits too fine for exact products in float64.
_MOST_PLACES = 9
#: A ledger holds every slice of its window; none may be endless.
_LONGEST_WINDOW_MS = 366 * 86_400_000
_SHARE = re.compile(r"\+?([0-9]{0,3}(?:\.[0-9]{0,32})?)(%?)")


@dataclass(frozen=True, slots=True)
class Context:
    """What an objective takes over from its service and the installation."""

    service: str
    job: str | None
    measuring: Measuring


def read_objective(fields: Fields, context: Context) -> ObjectiveSpec | None:
    """Return an objective, None where too much of it is wrong to make one."""
    errors = fields.problems.error_count
    name = read_name(fields, "name")
    fields.require("target", "window")
    indicator = _read_indicator(fields)
    job = _read_job(fields, context, indicator)
    promise = read_promise(fields, context.measuring.timing(job))
    alerting = read_alerting(fields, promise)
    display_name = read_local_text(fields, "displayName", name or "")
    if (
        fields.problems.error_count > errors
        or name is None
        or promise is None
        or indicator is None
        or alerting is None
    ):
        return None
    return ObjectiveSpec(
        service=context.service,
        name=name,
        target=promise.target,
        window=promise.window,
        indicator=indicator,
        job=job,
        policy=alerting.policy,
        min_bad_events=alerting.min_bad_events,
        no_data=alerting.no_data,
        for_ms=alerting.for_ms,
        display_name=display_name,
        position=fields.place("name"),
    )


def read_promise(fields: Fields, timing: SliceTiming) -> Promise | None:
    """Return target and window, None where one of them is missing or wrong."""
    target = _read_target(fields)
    window = _read_window(fields, timing.slice_ms)
    if target is None or window is None:
        return None
    return Promise(target, window, timing)


def parse_share(text: str) -> Decimal | None:
    """Return a share, ``1%`` and ``0.01`` alike; None where the text is none.

    It is at least 0, and may be above 1.
    """
    parts = _SHARE.fullmatch(text)
    if parts is None or not any(c.isdigit() for c in parts[1]):
        return None
    return Decimal(parts[1]).scaleb(-2 if parts[2] else 0)


def _read_target(fields: Fields) -> Decimal | None:
    """Return the target as a share: ``99.95%`` and ``0.9995`` are the same."""
    found = fields.scalar("target", "number")
    if found is None:
        return None
    value = parse_share(found.text)
    if value is None:
        fields.problems.report(found.position, "objective.target", given=found.text)
        return None
    code = target_fault(value, is_percent=found.text.endswith("%"))
    if code is not None:
        fields.problems.report(found.position, code, given=found.text)
        return None
    return value


def target_fault(value: Decimal, *, is_percent: bool) -> str | None:
    """Return the message id of what a share is as a target, None where it is sound."""
    if value == 1:
        return "objective.target-whole"
    if value > 1 and not is_percent and value < _PERCENT:
        return "objective.target-percent"
    if not 0 < value < 1:
        return "objective.target-range"
    places = -int(value.normalize().as_tuple().exponent)
    return "objective.target-places" if places > _MOST_PLACES else None


def _read_window(fields: Fields, slice_ms: int) -> Window | None:
    length_ms = fields.duration_ms("window")
    if length_ms is None:
        return None
    return settle_window(fields.problems, fields.place("window"), length_ms, slice_ms)


def has_own_name(
    problems: ProblemList, taken: dict[str, Position], objective: ObjectiveSpec
) -> bool:
    """Return whether no objective of its service took its name; report it otherwise.

    Args:
        problems: Takes what is wrong.
        taken: Where the objectives before it stand, by name; it is added.
        objective: The objective.
    """
    first = taken.setdefault(objective.name, objective.position)
    if first is objective.position:
        return True
    place, name = objective.position, objective.name
    problems.report(place, "objective.twice", name=name, first=first)
    return False


def settle_window(
    problems: ProblemList, place: Position, length_ms: int, slice_ms: int
) -> Window | None:
    """Return a window that a ledger can hold; report one that it cannot."""
    shortest_ms = SHORTEST_WINDOW_SLICES * slice_ms
    code = None
    if length_ms < shortest_ms:
        code = "objective.window-short"
    elif length_ms > _LONGEST_WINDOW_MS:
        code = "objective.window-long"
    elif in_slices(RollingWindow(length_ms), slice_ms).length_ms != length_ms:
        code = "objective.window-slices"
    if code is None:
        return RollingWindow(length_ms)
    problems.report(
        place,
        code,
        window=format_duration(length_ms),
        least=format_duration(shortest_ms),
        most=format_duration(_LONGEST_WINDOW_MS),
        slice=format_duration(slice_ms),
    )
    return None


def _read_indicator(fields: Fields) -> Indicator | None:
    kinds = [kind for kind in KINDS if fields.entry(kind) is not None]
    choices = ", ".join(KINDS)
    if not kinds:
        fields.problems.report(
            fields.position, "objective.no-indicator", choices=choices
        )
    for extra in kinds[1:]:
        fields.report(extra, "objective.two-indicators", choices=choices)
    found = [_read_kind(fields, kind) for kind in kinds]
    return found[0] if found else None


def _read_kind(fields: Fields, kind: str) -> Indicator | None:
    opened = fields.open(kind, KINDS[kind].keys)
    return None if opened is None else KINDS[kind].read(opened)


def _read_job(
    fields: Fields, context: Context, indicator: Indicator | None
) -> str | None:
    declared = fields.text("job") or context.job
    if indicator is None:
        return declared
    return settle_job(
        fields.problems, fields.position, declared, indicator, context.measuring
    )


def settle_job(
    problems: ProblemList,
    place: Position,
    declared: str | None,
    indicator: Indicator,
    measuring: Measuring,
    *,
    is_openslo: bool = False,
) -> str | None:
    """Return the job that coverage is measured on: declared, else the selectors'.

    Args:
        problems: Takes what is wrong or unwise.
        place: Where the objective stands.
        declared: The job that it names, or None.
        indicator: What it counts.
        measuring: How samples will be taken.
        is_openslo: Whether a job is named in the words of OpenSLO.
    """
    implied = implied_job(indicator)
    jobs = ", ".join(sorted(implied))
    if declared is None and len(implied) > 1:
        problems.report(
            place,
            "openslo.jobs-differ" if is_openslo else "objective.jobs-differ",
            jobs=jobs,
        )
        return None
    if declared is not None and implied - {declared}:
        # No error: with honor_labels a series may well name another job.
        problems.advise(place, "objective.other-job", job=declared, jobs=jobs)
    job = declared or next(iter(implied), None)
    matchers = indicator.events.valid.selector.matchers
    known = measuring.jobs
    if job is None and not any(matcher.name == "job" for matcher in matchers):
        problems.advise(place, "openslo.no-job" if is_openslo else "objective.no-job")
    elif job is not None and known and job not in known:
        listed = ", ".join(sorted(known))
        problems.advise(place, "objective.job-unknown", job=job, known=listed)
    return job
