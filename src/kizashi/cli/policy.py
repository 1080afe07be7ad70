"""``kizashi policy``: what a policy will do, before it wakes anybody."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from kizashi.cli._base import (
    Exit,
    OutputFormat,
    UsageError,
    complain,
    format_option,
    new_app,
)
from kizashi.cli.text.outlook import Subject, as_text
from kizashi.declarations.alerting import Alerting, Promise
from kizashi.declarations.measuring import Measuring
from kizashi.declarations.objective import parse_share
from kizashi.declarations.policy_file import parse_policy_file, promise_of
from kizashi.declarations.problems import Problem, ProblemLevel, has_errors
from kizashi.errors import DurationError
from kizashi.logs.logging import printable
from kizashi.messages import render
from kizashi.model.durations import parse_duration
from kizashi.settings.declaration_files import Loaded, load, read_source
from kizashi.slo.detection import UndetectedRatio, limit_of
from kizashi.slo.faults import Fault
from kizashi.slo.intervals import gap_fault, plan_fault
from kizashi.slo.objective import ObjectiveSpec
from kizashi.slo.outlook import (
    Case,
    OutlookRequest,
    outlook,
    usual_error_ratios,
)
from kizashi.slo.policy import PRESETS, PairPlan, PresetPolicy, SliceTiming

_DEFAULT_WINDOW = "30d"
_SHORTEST_INTERVAL_MS = 1_000
_FASTEST = Decimal(1_000_000_000)
_FINEST_RATE = Decimal("0.000001")
#: What a configuration says that no declaration does, whatever its file is called.
_CONFIGURES = re.compile("^declarations:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """The options.

    Attributes:
        target: As given; None for what is declared.
        window: As given; None for what is declared, or 30 days.
        error_ratios: None for those worth a look at the target.
        interval_ms: Scrape interval; None for the job's.
        events_per_s: Traffic; None where it is not known.
    """

    target: str | None
    window: str | None
    error_ratios: tuple[Fraction, ...] | None
    interval_ms: int | None
    events_per_s: Fraction | None

    def measuring(self, declared: Measuring) -> Measuring:
        """Return slice and intervals; an interval that was given replaces any."""
        if self.interval_ms is None:
            return declared
        return Measuring(declared.slice_ms, self.interval_ms)


class ProblemsError(Exception):
    """A file has problems; nothing can be said of it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = problems


def build(language: str) -> App:
    """Return the command in the reader's language."""
    app = new_app(language, "policy", "policy.help", "policy.usage")

    def option(message_id: str) -> Parameter:
        return Parameter(help=render(language, message_id), show_default=False)

    ratio_option = Parameter(
        help=render(language, "policy.option.error-ratio"),
        show_default=False,
        negative=(),
        consume_multiple=True,
    )

    @app.default
    def policy(
        *sources: Annotated[str, option("policy.option.sources")],
        target: Annotated[str | None, option("policy.option.target")] = None,
        window: Annotated[str | None, option("policy.option.window")] = None,
        error_ratio: Annotated[list[str] | None, ratio_option] = None,
        interval: Annotated[str | None, option("policy.option.interval")] = None,
        rate: Annotated[str | None, option("policy.option.rate")] = None,
        output: Annotated[OutputFormat, format_option(language)] = OutputFormat.TEXT,
    ) -> int:
        if not sources:
            raise UsageError(_presets(language))
        options = PolicyOptions(
            target,
            window,
            tuple(_ratio(language, text) for text in error_ratio)
            if error_ratio
            else None,
            _interval_ms(language, interval),
            _rate(language, rate),
        )
        try:
            subjects = [
                s for given in sources for s in _subjects(language, given, options)
            ]
        except ProblemsError as error:
            for line in _problem_lines(error.problems, language):
                complain(line)
            return Exit.PROBLEMS
        if output is OutputFormat.JSON:
            print(json.dumps(as_json(subjects), ensure_ascii=False, indent=2))
        else:
            print("\n\n".join(as_text(subject, language) for subject in subjects))
        return Exit.OK

    return app


# What was asked.


def _presets(language: str) -> str:
    """Return that a source is needed, and which presets there are."""
    question = render(language, "policy.no-source", presets=", ".join(PRESETS))
    each = (
        f"  {name}: {render(language, preset.suits)}"
        for name, preset in PRESETS.items()
    )
    return "\n".join([question, *each])


def _ratio(language: str, given: str) -> Fraction:
    share = parse_share(given)
    if share is None or not 0 < share <= 1:
        raise UsageError(render(language, "policy.bad-ratio", given=given))
    return Fraction(share)


def _interval_ms(language: str, given: str | None) -> int | None:
    if given is None:
        return None
    try:
        interval_ms = parse_duration(given)
    except DurationError:
        interval_ms = 0
    if interval_ms < _SHORTEST_INTERVAL_MS:
        raise UsageError(render(language, "policy.bad-interval", given=given))
    _refuse(language, gap_fault(interval_ms))
    return interval_ms


def _refuse(language: str, fault: Fault | None) -> None:
    """Raise UsageError if scrapes are too far apart."""
    if fault is not None:
        problem = render(language, fault.code, **fault.params)
        raise UsageError(f"--interval: {problem}")


def _rate(language: str, given: str | None) -> Fraction | None:
    if given is None:
        return None
    try:
        rate = Decimal(given)
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not _FINEST_RATE <= rate <= _FASTEST:
        raise UsageError(render(language, "policy.bad-rate", given=given))
    return Fraction(rate)


def _subjects(language: str, given: str, options: PolicyOptions) -> Iterator[Subject]:
    """Yield what a name on the command line stands for."""
    if given in PRESETS:
        yield _alone(language, given, Alerting(PresetPolicy(given)), options)
        return
    path = Path(given)
    if not path.is_file():
        names = {"given": given, "presets": ", ".join(PRESETS)}
        raise UsageError(render(language, "policy.unknown", **names))
    source, problems = read_source(path)
    if source is None:
        raise ProblemsError(problems)
    policy = parse_policy_file(source)
    if policy is None:
        is_configuration = _CONFIGURES.search(source.text) is not None
        loaded = load([], path) if is_configuration else load([path])
        yield from _declared(language, path, loaded, options)
    elif policy.alerting is None or has_errors(policy.problems):
        raise ProblemsError(policy.problems)
    else:
        yield _alone(language, given, policy.alerting, options)


def _alone(
    language: str, name: str, alerting: Alerting, options: PolicyOptions
) -> Subject:
    """Return a policy that no objective stands around."""
    if options.target is None:
        raise UsageError(render(language, "policy.no-target", given=name))
    timing = options.measuring(Measuring()).timing(None)
    promise = _promise(
        language, options.target, options.window or _DEFAULT_WINDOW, timing
    )
    return _subject(language, name, None, alerting, promise, options)


def _declared(
    language: str, path: Path, loaded: Loaded, options: PolicyOptions
) -> Iterator[Subject]:
    """Yield the objectives that a file declares."""
    if not loaded.is_usable:
        raise ProblemsError(loaded.problems)
    objectives = [o for service in loaded.services for o in service.objectives]
    if not objectives:
        raise UsageError(render(language, "policy.no-objective", given=path))
    measuring = options.measuring(loaded.configuration.measuring)
    for objective in objectives:
        alerting = Alerting(
            objective.policy,
            objective.min_bad_events,
            objective.no_data,
            objective.for_ms,
        )
        promise = _promise(
            language,
            options.target or f"{objective.target:f}",
            options.window or str(objective.window),
            measuring.timing(objective.job),
        )
        name = "/".join(objective.key)
        yield _subject(language, name, objective, alerting, promise, options)


def _promise(language: str, target: str, window: str, timing: SliceTiming) -> Promise:
    promise, problems = promise_of(target, window, timing)
    if promise is None:
        raise UsageError("\n".join(_message(p, language) for p in problems))
    return promise


def _subject(
    language: str,
    name: str,
    objective: ObjectiveSpec | None,
    alerting: Alerting,
    promise: Promise,
    options: PolicyOptions,
) -> Subject:
    question = OutlookRequest(
        alerting.policy,
        promise.target,
        promise.window,
        promise.timing,
        alerting.for_ms,
        alerting.min_bad_events,
        options.events_per_s,
    )
    ratios = options.error_ratios or usual_error_ratios(promise.target)
    answer = outlook(question, ratios)
    if options.interval_ms is not None:
        _refuse(language, plan_fault(PairPlan(answer.pairs), options.interval_ms))
    return Subject(name, objective, question, answer)


def _problem_lines(problems: Sequence[Problem], language: str) -> Iterator[str]:
    """Yield what is wrong and what to do, as ``kizashi check`` says it."""
    for problem in problems:
        if problem.level is ProblemLevel.ERROR:
            level = render(language, "cli.check.error")
            what, _, fix = _message(problem, language).partition("\n")
            yield printable(f"{problem.position}: {level}: {what}")
            yield f"    {printable(render(language, 'cli.check.fix', fix=fix))}"


def _message(problem: Problem, language: str) -> str:
    return render(language, problem.code, **problem.params)


# For a program.


def as_json(subjects: Sequence[Subject]) -> dict[str, object]:
    """Return everything as one document; null is never, or nothing to name.

    Args:
        subjects: The policies.

    Returns:
        ``cases``, one for each policy, error ratio and severity, and ``policies``.
    """
    return {
        "cases": [_case_json(s, case) for s in subjects for case in s.answer.cases],
        "policies": [_policy_json(subject) for subject in subjects],
    }


def _case_json(subject: Subject, case: Case) -> dict[str, object]:
    return {
        "policy": subject.name,
        **subject.key,
        "error_ratio": float(case.error_ratio),
        "burn_rate": float(subject.burn_rate(case.error_ratio)),
        "severity": case.severity.value,
        "detection_s": _seconds(case.continuous.detection_ms),
        "detection_at_interval_s": _seconds(case.sliced.detection_ms),
        "reset_s": _seconds(case.continuous.reset_ms),
        "reset_at_interval_s": _seconds(case.sliced.reset_ms),
        "reset_after_long_s": _seconds(case.continuous.reset_after_long_ms),
        "reset_after_long_at_interval_s": _seconds(case.sliced.reset_after_long_ms),
        "budget_spent_ratio": _ratio_json(case.budget_spent_ratio),
        "budget_spent_at_interval_ratio": _ratio_json(case.sliced_budget_spent_ratio),
    }


def _policy_json(subject: Subject) -> dict[str, object]:
    question, answer = subject.question, subject.answer
    rate = question.events_per_s
    return {
        "policy": subject.name,
        **subject.key,
        "target": float(question.target),
        "window_s": question.window.length_ms / 1_000,
        "interval_s": question.timing.interval_ms / 1_000,
        "slice_s": question.timing.slice_ms / 1_000,
        "for_s": question.for_ms / 1_000,
        "min_bad_events": question.min_bad_events,
        "events_per_s": None if rate is None else float(rate),
        "pairs": [
            {
                "long_s": pair.long_ms / 1_000,
                "short_s": pair.short_ms / 1_000,
                "factor": float(pair.factor),
                "severity": pair.severity.value,
                "limit": float(limit_of(pair)),
            }
            for pair in answer.pairs
        ],
        "dead_pairs": [
            {
                "long_s": _seconds(pair.long_ms),
                "factor": float(pair.factor),
                "severity": pair.severity.value,
            }
            for pair in answer.dead
        ],
        "silent_up_to": {
            **{
                severity.value: _silence_json(subject, silence)
                for severity, silence in answer.silences.items()
            },
            "all": _silence_json(subject, answer.silence),
        },
    }


def _silence_json(subject: Subject, silence: UndetectedRatio) -> dict[str, object]:
    return {
        "error_ratio": float(silence.error_ratio),
        "burn_rate": float(subject.burn_rate(silence.error_ratio)),
        "is_silent_itself": silence.is_silent_itself,
    }


def _ratio_json(ratio: Fraction | None) -> float | None:
    return None if ratio is None else float(ratio)


def _seconds(milliseconds: Fraction | None) -> float | None:
    return None if milliseconds is None else float(milliseconds / 1_000)
