"""How rules that somebody wrote watch an objective: the rules themselves."""

from collections.abc import Iterable, Mapping, Sequence

from kizashi.compiler.yaml_text import Yaml
from kizashi.importers.former import Former, FormerAlert, FormerNumber, RatioMethod
from kizashi.lint._base import Expression
from kizashi.model.durations import format_duration
from kizashi.slo.policy import CustomPair

#: How often Prometheus evaluates rules unless told otherwise.
_STEP_MS = 60_000
_TEMPLATE = "{{"


def former(
    alerts: Sequence[Expression],
    pairs: Sequence[CustomPair],
    queries: Mapping[int, str],
    records: Iterable[Expression],
) -> Former:
    """Return how an objective is watched.

    Args:
        alerts: The alert of each pair, so that one with two pairs is there twice.
        pairs: What they compare.
        queries: What returns the share of bad events, by window in milliseconds.
        records: The recording rules that the alerts read.
    """
    own: dict[int, tuple[Expression, list[CustomPair]]] = {}
    for alert, pair in zip(alerts, pairs, strict=True):
        own.setdefault(id(alert), (alert, []))[1].append(pair)
    rules = [_rule("record", each) for each in records]
    rules += [_rule("alert", alert) for alert, _ in own.values()]
    return Former(
        [{"name": "rules", "rules": rules}],
        _STEP_MS,
        tuple(
            FormerNumber(window_ms, query, RatioMethod.RATES)
            for window_ms, query in sorted(queries.items())
        ),
        tuple(
            FormerAlert(
                {"alertname": alert.name, **_fixed(alert)},
                found[0].severity,
                tuple(found),
                alert.for_ms,
            )
            for alert, found in own.values()
        ),
    )


def _rule(key: str, rule: Expression) -> dict[str, Yaml]:
    told: dict[str, Yaml] = {key: rule.name, "expr": rule.text}
    if rule.for_ms:
        told["for"] = format_duration(rule.for_ms)
    labels = _fixed(rule)
    return {**told, "labels": labels} if labels else told


def _fixed(rule: Expression) -> dict[str, str]:
    """Return the labels that no template decides."""
    return {k: v for k, v in rule.labels.items() if _TEMPLATE not in v}
