"""The alerts of a service's objectives: who is told, and in which words.

Names, labels and conditions are those of the embedded engine: ErrorBudgetBurn, DataLoss
and TargetDown. One rule serves all objectives of a service and severity.
"""

from collections.abc import Iterable, Mapping, Sequence

from kizashi.compiler.counting import recent, up_selector
from kizashi.compiler.objective_plan import BLOCK_MS, ObjectivePlan, is_slow
from kizashi.compiler.promql_text import either, left_open
from kizashi.compiler.series_names import (
    OBJECTIVE,
    SERVICE,
    SEVERITY,
    WINDOW,
    Series,
    select,
)
from kizashi.compiler.windows import choose
from kizashi.compiler.yaml_text import Yaml
from kizashi.messages import render
from kizashi.model.durations import format_duration
from kizashi.slo.objective import NoData, ServiceSpec
from kizashi.slo.policy import Severity

BURN = "ErrorBudgetBurn"
DATA_LOSS = "DataLoss"
TARGET_DOWN = "TargetDown"

_MINUTE_MS = 60_000
_SAME = "on (service, objective)"
#: Longer than the slow pace, so that what it recorded last is found between two rounds.
_SLOW_LOOK_BACK = format_duration(2 * BLOCK_MS + _MINUTE_MS)


def burn_alerts(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    severity: Severity,
    language: str,
) -> list[Yaml]:
    """Return the alerts of a severity, one for all objectives that wait as long."""
    having = [p for p in plans if any(x.severity is severity for x in p.pairs)]
    rules: list[Yaml] = []
    for wait_ms in sorted({p.spec.for_ms for p in having}):
        own = [p for p in having if p.spec.for_ms == wait_ms]
        held = f"{Series.PAIR_HELD}{choose(own, plans, **{SEVERITY: severity.value})}"
        paces = {is_slow(x) for p in own for x in p.pairs if x.severity is severity}
        if paces == {True, False}:
            held = f"last_over_time({held}[{_SLOW_LOOK_BACK}])"
        rule: dict[str, Yaml] = {
            "alert": BURN,
            "expr": f"max by ({SERVICE}, {OBJECTIVE}) ({held}) == 1",
        }
        if wait_ms:
            rule["for"] = format_duration(wait_ms)
        rule["labels"] = _labels(service, severity)
        rule["annotations"] = _burn_words(service, own, severity, language)
        rules.append(rule)
    return rules


def loss_alerts(
    service: ServiceSpec, plans: Sequence[ObjectivePlan], language: str
) -> list[Yaml]:
    """Return the alerts of lost data: a page, and a ticket where series are absent.

    The shortest window of the policy has been less than half covered for longer than
    max(2 scrapes, that window), at every evaluation: time in which the server did not
    run is not counted. Source: rule 16.
    """
    lost, absent = [], []
    for group in _alike(plans):
        first = group[0]
        shortest_ms = first.shortest_ms or 0
        wait_ms = max(2 * first.interval_ms, shortest_ms)
        chosen = choose(group, plans, **{WINDOW: format_duration(shortest_ms)})
        steps = wait_ms // first.step_ms + 2
        covered = f"{Series.WINDOW_COVERAGE}{chosen}{left_open(steps * first.step_ms)}"
        lost.append(
            f"max_over_time({covered}) < 0.5\nand count_over_time({covered}) >= {steps}"
        )
        absent.append(_absent(group, plans))
    if not lost:
        return []
    is_lost, is_absent = f"(\n{either(lost)}\n)", f"(\n{either(absent)}\n)"
    paged = select(
        "ALERTS",
        alertname=DATA_LOSS,
        alertstate="firing",
        **{SERVICE: service.name, SEVERITY: Severity.PAGE.value},
    )
    kind = f"(\n{is_absent}\nunless {_SAME} {paged}\n)"
    summary = _say(language, "notify.loss.summary")
    return [
        {
            "alert": DATA_LOSS,
            "expr": f"{is_lost}\n{word} {_SAME} {kind}",
            "labels": _labels(service, severity),
            "annotations": {
                "summary": summary,
                "description": _say(language, "notify.loss.meaning"),
                **_runbook(service, plans),
            },
        }
        for severity, word in ((Severity.PAGE, "unless"), (Severity.TICKET, "and"))
    ]


def down_alerts(job: str, interval_ms: int, language: str) -> list[Yaml]:
    """Return the alerts of a job whose targets do not answer. Source: rule 16."""
    up = select("up", job=job)
    all_down = f"max by (job) ({up}) == 0"
    some_down = f"min by (job) ({up}) == 0 and max by (job) ({up}) == 1"
    page_ms = max(3 * interval_ms, _MINUTE_MS)
    counted = {
        "down": "{{ with printf \"count(up{job='%s'} == 0)\" $labels.job | query }}"
        "{{ . | first | value }}{{ end }}",
        "targets": "{{ with printf \"count(up{job='%s'})\" $labels.job | query }}"
        "{{ . | first | value }}{{ end }}",
    }
    words = {
        "summary": render(
            language, "notify.down.summary", job="{{ $labels.job }}", **counted
        ),
        "description": render(language, "notify.down.what"),
    }
    return [
        {
            "alert": TARGET_DOWN,
            "expr": expression,
            "for": format_duration(wait_ms),
            "labels": {SEVERITY: severity.value},
            "annotations": words,
        }
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


def _absent(group: Sequence[ObjectivePlan], everyone: Sequence[ObjectivePlan]) -> str:
    """Return the objectives whose targets answer and hold no valid series."""
    chosen = choose(group, everyone)
    seen, stored = f"{Series.SLICE_SEEN}{chosen}", f"{Series.SLICE_VALID}{chosen}"
    answers = f"max(max_over_time({up_selector(group[0])}{recent(group[0])})) > 0"
    return f"(({seen} == 0) or ({seen} unless {_SAME} {stored}))\nand on () ({answers})"


def _labels(service: ServiceSpec, severity: Severity) -> Mapping[str, Yaml]:
    return {
        **service.labels.as_dict(),
        SERVICE: service.name,
        SEVERITY: severity.value,
    }


def _burn_words(
    service: ServiceSpec,
    plans: Sequence[ObjectivePlan],
    severity: Severity,
    language: str,
) -> Mapping[str, Yaml]:
    """Return the annotations, with figures that the server looks up when it fires."""
    pair = next(x for p in plans for x in p.pairs if x.severity is severity)
    long, short = format_duration(pair.long_ms), format_duration(pair.short_ms)
    bad = _looked_up(f"{Series.WINDOW_BAD}%s", window=long)
    valid = _looked_up(f"{Series.WINDOW_VALID}%s", window=long)
    left = _looked_up(
        f"{Series.BUDGET_REMAINING}%s",
        shown="{{ . | first | value | humanizePercentage }}",
    )
    return {
        "summary": _say(language, "notify.burn.plain"),
        "description": render(
            language,
            "compile.burn.counts",
            long=long,
            short=short,
            bad=bad,
            valid=valid,
            left=left,
        ),
        **_runbook(service, plans),
    }


def _looked_up(
    query: str, window: str = "", shown: str = "{{ . | first | value }}"
) -> str:
    """Return a template that shows one figure of the objective, or a question mark."""
    of = f",window='{window}'" if window else ""
    labels = f"{{service='%s',objective='%s'{of}}}"
    asked = query.replace("%s", labels)
    return (
        f'{{{{ with printf "{asked}" $labels.service $labels.objective | query }}}}'
        f"{shown}{{{{ else }}}}?{{{{ end }}}}"
    )


def _say(language: str, message_id: str) -> str:
    return render(
        language,
        message_id,
        service="{{ $labels.service }}",
        objective="{{ $labels.objective }}",
    )


def _runbook(
    service: ServiceSpec, plans: Sequence[ObjectivePlan]
) -> Mapping[str, Yaml]:
    """Return the runbook of each objective that has one."""
    refs: dict[str, str] = {}
    for runbook in service.runbooks:
        refs.setdefault(runbook.on, runbook.ref)
    own = {p.spec.name: refs[p.spec.name] for p in plans if p.spec.name in refs}
    if not own:
        return {}
    texts = {name: ref.replace("{{", "{{ `{{` }}") for name, ref in own.items()}
    if len(plans) == 1:
        return {"runbook": next(iter(texts.values()))}
    parts = [
        f'{{{{ if eq $labels.objective "{name}" }}}}{text}{{{{ end }}}}'
        for name, text in texts.items()
    ]
    return {"runbook": "".join(parts)}
