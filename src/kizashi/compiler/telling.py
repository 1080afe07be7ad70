"""The alerts of a service's objectives: who is told, and in which words.

Names, labels and conditions are those of the embedded engine: ErrorBudgetBurn, DataLoss
and TargetDown. One rule serves all objectives of a service and severity.
"""

from collections.abc import Iterable, Mapping, Sequence

from kizashi.alert.kinds.data_loss import NAME as DATA_LOSS
from kizashi.alert.kinds.error_budget_burn import NAME as BURN
from kizashi.alert.kinds.target_down import NAME as TARGET_DOWN
from kizashi.compiler._base import CompileOptions
from kizashi.compiler.counting import recent_ms, up_selector
from kizashi.compiler.objective_plan import BLOCK_MS, ObjectivePlan, is_slow
from kizashi.compiler.promql_text import either, indented, left_open
from kizashi.compiler.rule import CompiledRule
from kizashi.compiler.sloth_names import ALERT_LABELS
from kizashi.compiler.windows import choose
from kizashi.messages import render
from kizashi.messages.formats import sentences
from kizashi.model.durations import format_duration
from kizashi.model.severity import Severity
from kizashi.rules.series_names import (
    OBJECTIVE,
    SERVICE,
    SEVERITY,
    SHORT,
    WINDOW,
    Series,
    select,
)
from kizashi.slo.objective import NoData, ServiceSpec

_MINUTE_MS = 60_000
_SAME = "on (service, objective)"
#: Longer than the slow pace, so that what it recorded last is found between two rounds.
_SLOW_LOOK_BACK = format_duration(2 * BLOCK_MS + _MINUTE_MS)


def burn_alerts(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    everyone: Sequence[ObjectivePlan],
    severity: Severity,
    options: CompileOptions,
) -> list[CompiledRule]:
    """Return the alerts of a severity, one for all objectives that wait as long.

    Args:
        service: The service.
        plans: Some of its objectives.
        everyone: All of them.
        severity: The severity.
        options: What else rules depend on.
    """
    having = [p for p in plans if any(x.severity is severity for x in p.pairs)]
    rules: list[CompiledRule] = []
    for wait_ms in sorted({p.spec.for_ms for p in having}):
        own = [p for p in having if p.spec.for_ms == wait_ms]
        held = (
            f"{Series.PAIR_HELD}{choose(own, everyone, **{SEVERITY: severity.value})}"
        )
        paces = {is_slow(x) for p in own for x in p.pairs if x.severity is severity}
        if paces == {True, False}:
            held = f"last_over_time({held}[{_SLOW_LOOK_BACK}])"
        labels = alert_labels(service, severity)
        if options.sloth_names:
            labels |= {**ALERT_LABELS, "sloth_severity": severity.value}
        rules.append(
            CompiledRule(
                BURN,
                f"max by ({SERVICE}, {OBJECTIVE}) ({held}) == 1",
                labels,
                is_alert=True,
                for_ms=wait_ms,
                annotations=_burn_words(service, own, severity, options.language),
            )
        )
    return rules


def loss_alerts(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    everyone: Sequence[ObjectivePlan],
    language: str,
) -> list[CompiledRule]:
    """Return the alerts of lost data: a page, and a ticket where series are absent.

    The shortest window of the policy has been less than half covered for longer than
    max(2 scrapes, that window), at every evaluation: time in which the server did not
    run is not counted. A page under way stays the only one; a ticket under way becomes
    none, but does not stand in the way of one when the targets are lost as well, for as
    long. Source: rule 16.
    """
    alike = _alike(plans)
    if not alike:
        return []
    lost = _block(_lost(group, everyone) for group in alike)
    absent = _block(_absent(group, everyone) for group in alike)
    dead = _block(_dead(group, everyone) for group in alike)
    paged = _under_way(service, Severity.PAGE)
    ticketed = _under_way(service, Severity.TICKET)
    page = _block(
        [paged, f"{lost} unless {_SAME} {absent} unless {_SAME} {ticketed}", dead]
    )
    ticket = _block([ticketed, f"{absent} unless {_SAME} {paged}"])
    words = {
        "summary": _say(language, "notify.loss.summary"),
        "description": _say(language, "notify.loss.meaning"),
        **_runbook(service, plans),
    }
    return [
        CompiledRule(
            DATA_LOSS,
            f"max by ({SERVICE}, {OBJECTIVE}) (\n"
            f"{indented(f'{lost}{chr(10)}and {_SAME} {kind}')}\n)",
            alert_labels(service, severity),
            is_alert=True,
            annotations=words,
        )
        for severity, kind in ((Severity.PAGE, page), (Severity.TICKET, ticket))
    ]


def down_alerts(job: str, interval_ms: int, language: str) -> list[CompiledRule]:
    """Return the alerts of a job whose targets do not answer. Source: rule 16."""
    up = select("up", job=job)
    all_down = f"max by (job) ({up}) == 0"
    some_down = f"min by (job) ({up}) == 0 and max by (job) ({up}) == 1"
    page_ms = max(3 * interval_ms, _MINUTE_MS)
    counted = {
        "down": '{{ with printf "count(up{job=%q} == 0)" $labels.job | query }}'
        "{{ . | first | value }}{{ end }}",
        "targets": '{{ with printf "count(up{job=%q})" $labels.job | query }}'
        "{{ . | first | value }}{{ end }}",
    }
    words = {
        "summary": render(
            language, "notify.down.summary", job="{{ $labels.job }}", **counted
        ),
        "description": render(language, "notify.down.what"),
    }
    return [
        CompiledRule(
            TARGET_DOWN,
            expression,
            # The expression has the job already; said here, no linter takes the
            # rules of two jobs for one written twice.
            {"job": _literal(job), SEVERITY: severity.value},
            is_alert=True,
            for_ms=wait_ms,
            annotations=words,
        )
        for expression, wait_ms, severity in (
            (all_down, page_ms, Severity.PAGE),
            (some_down, 10 * _MINUTE_MS, Severity.TICKET),
        )
    ]


def _alike(plans: Iterable[ObjectivePlan]) -> list[list[ObjectivePlan]]:
    """Return the objectives that mind lost data, those that are asked alike together."""
    found: dict[tuple[object, ...], list[ObjectivePlan]] = {}
    for plan in plans:
        if plan.shortest_ms is None or plan.spec.no_data is NoData.GOOD:
            continue
        key = (plan.shortest_ms, plan.step_ms, plan.interval_ms, up_selector(plan))
        found.setdefault(key, []).append(plan)
    return list(found.values())


def _wait_steps(plan: ObjectivePlan) -> int:
    """Return how many evaluations in a row must find an objective blind."""
    wait_ms = max(2 * plan.interval_ms, plan.shortest_ms or 0)
    return wait_ms // plan.step_ms + 2


def _lost(group: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan]) -> str:
    """Return the objectives that have been blind for long enough."""
    first, steps = group[0], _wait_steps(group[0])
    window = {WINDOW: format_duration(first.shortest_ms or 0)}
    covered = Series.WINDOW_COVERAGE + choose(group, everyone, **window)
    covered += left_open(steps * first.step_ms)
    return f"max_over_time({covered}) < 0.5\nand count_over_time({covered}) >= {steps}"


def _absent(group: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan]) -> str:
    """Return the objectives whose targets answer and hold no valid series."""
    chosen = choose(group, everyone)
    seen, stored = f"{Series.SLICE_SEEN}{chosen}", f"{Series.SLICE_VALID}{chosen}"
    never = f"({seen} > 0 unless {_SAME} {stored})"
    return f"({Series.SLICE_ABSENT}{chosen} or {never})"


def _dead(group: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan]) -> str:
    """Return the objectives of which no target has answered for long enough."""
    first = group[0]
    span_ms = (_wait_steps(first) - 1) * first.step_ms + recent_ms(first)
    answered = f"max(max_over_time({up_selector(first)}{left_open(span_ms)}))"
    seen = f"{Series.SLICE_SEEN}{choose(group, everyone)}"
    return f"{seen} and on () ({answered} == 0)"


def _under_way(service: ServiceSpec, severity: Severity) -> str:
    """Return the alerts of lost data that fire already."""
    return select(
        "ALERTS",
        alertname=DATA_LOSS,
        alertstate="firing",
        **{SERVICE: service.name, SEVERITY: severity.value},
    )


def _block(parts: Iterable[str]) -> str:
    """Return what any of some expressions finds, on lines and in brackets."""
    return f"(\n{indented(either(parts))}\n)"


def alert_labels(service: ServiceSpec, severity: Severity) -> dict[str, str]:
    """Return the labels that a service's alerts of one severity carry.

    Prometheus takes every label of an alert for a template.
    """
    return {
        **{name: _literal(value) for name, value in service.labels},
        SERVICE: service.name,
        SEVERITY: severity.value,
    }


def _literal(text: str) -> str:
    """Return the template that gives a text as it is. Source: Go, text/template."""
    return text.replace("{{", "{{ `{{` }}")


def _burn_words(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    severity: Severity,
    language: str,
) -> Mapping[str, str]:
    """Return the annotations, with figures that the server looks up when it fires.

    Every pair that is held says how fast it burns, then the budget what is left of it.
    """
    held = f"{Series.PAIR_HELD}{{{_OWN},severity='{severity.value}'}} == 1"
    burns = {}
    for name in (WINDOW, SHORT):
        of = f"{{{_OWN},{WINDOW}='%s'}}"
        share = f"{Series.WINDOW_BAD}{of} / {Series.WINDOW_VALID}{of}"
        allowed = f"(1 - {Series.TARGET}{{{_OWN}}})"
        query = f"{share} / {_SAME} group_left () {allowed}"
        arguments = [*_LABELS, _label(name), *_LABELS, _label(name), *_LABELS]
        burns[name] = _looked_up(
            query, arguments, '{{ . | first | value | printf "%.1f" }}'
        )
    one = f"{{{_OWN},{WINDOW}='%s'}}"
    pair = render(
        language,
        "compile.burn.pair",
        long=f"{{{{ {_label(WINDOW)} }}}}",
        short=f"{{{{ {_label(SHORT)} }}}}",
        bad=_looked_up(f"{Series.WINDOW_BAD}{one}", [*_LABELS, _label(WINDOW)]),
        valid=_looked_up(f"{Series.WINDOW_VALID}{one}", [*_LABELS, _label(WINDOW)]),
        burn=burns[WINDOW],
        short_burn=burns[SHORT],
    )
    # Recorded four minutes after the rules are loaded at the latest; not said before.
    left = render(
        language,
        "compile.burn.left",
        left="{{ . | first | value | humanizePercentage }}",
    )
    left = _looked_up(f"{Series.BUDGET_REMAINING}{{{_OWN}}}", _LABELS, left, "")
    each = f'{{{{ range printf "{held}" {" ".join(_LABELS)} | query }}}}'
    return {
        "summary": _say(language, "notify.burn.plain"),
        "description": f"{each}{sentences(language, (pair, '{{ end }}'))}{left}",
        **_runbook(service, plans),
    }


#: Matchers of one objective in a template, and what fills them.
_OWN = f"{SERVICE}='%s',{OBJECTIVE}='%s'"
_LABELS = ["$labels.service", "$labels.objective"]


def _label(name: str) -> str:
    """Return what gives a label of the sample at hand, in Prometheus and vmalert."""
    return f'(label "{name}" .)'


def _looked_up(
    query: str,
    arguments: Sequence[str],
    shown: str = '{{ . | first | value | printf "%.0f" }}',
    otherwise: str = "?",
) -> str:
    """Return a template that shows one figure, or that there is none.

    Args:
        query: The query, with ``%s`` where labels go.
        arguments: What gives those labels, in order.
        shown: What shows the answer.
        otherwise: What is shown where there is none.
    """
    return (
        f'{{{{ with printf "{query}" {" ".join(arguments)} | query }}}}'
        f"{shown}{{{{ else }}}}{otherwise}{{{{ end }}}}"
    )


def _say(language: str, message_id: str) -> str:
    return render(
        language,
        message_id,
        service="{{ $labels.service }}",
        objective="{{ $labels.objective }}",
    )


def _runbook(service: ServiceSpec, plans: Sequence[ObjectivePlan]) -> Mapping[str, str]:
    """Return the runbook of each objective that has one."""
    refs: dict[str, str] = {}
    for runbook in service.runbooks:
        refs.setdefault(runbook.on, runbook.ref)
    own = {p.spec.name: refs[p.spec.name] for p in plans if p.spec.name in refs}
    if not own:
        return {}
    texts = {name: _literal(ref) for name, ref in own.items()}
    if len(plans) == 1:
        return {"runbook": next(iter(texts.values()))}
    parts = [
        f'{{{{ if eq $labels.objective "{name}" }}}}{text}{{{{ end }}}}'
        for name, text in texts.items()
    ]
    return {"runbook": "".join(parts)}
