"""OpenSLO v1 documents, for tools that read these; one document a file.

What OpenSLO has no word for stands in annotations, so that reading the files again
gives the same services.

Source: OpenSLO specification v1.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kizashi.compiler._base import (
    Compiled,
    CompileNote,
    CompileOptions,
    CompileTarget,
    GeneratedFile,
    note,
)
from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.openslo_extensions import (
    dependencies_text,
    duration_text,
    policy_text,
)
from kizashi.declarations.openslo_reading import (
    API_VERSION,
    LABEL_KEY,
    LONGEST_DISPLAY_NAME,
    LONGEST_NAME,
    OWN_PREFIX,
    slug,
)
from kizashi.model.durations import format_duration
from kizashi.sli._base import (
    Comparison,
    CounterGrowth,
    GaugeSamples,
    IndicatorEvents,
    implied_job,
)
from kizashi.sli._kinds import is_told_apart
from kizashi.slo.objective import (
    DEFAULT_MIN_BAD_EVENTS,
    LocalText,
    NoData,
    ObjectiveSpec,
    ServiceSpec,
)
from kizashi.slo.policy import WindowPair, plan_pairs

#: Whom alerts are for where no route says it: OpenSLO wants one.
_NOBODY = "kizashi"
_OPERATORS = {
    Comparison.BELOW: "lt",
    Comparison.AT_MOST: "lte",
    Comparison.ABOVE: "gt",
    Comparison.AT_LEAST: "gte",
}


class OpenSloTarget:
    """The target ``openslo``."""

    name = "openslo"

    def compile(
        self,
        services: Sequence[ServiceSpec],
        configuration: Configuration,
        options: CompileOptions,
    ) -> Compiled:
        """Return a document for each service, objective, and whom alerts are for."""
        route = configuration.route
        receiver = (route and slug(route.receiver)) or _NOBODY
        writer = _Writer(options, receiver)
        ordered = sorted(services, key=lambda service: service.name)
        files = [file for service in ordered for file in writer.service(service)]
        if any(service.objectives for service in services):
            target: dict[str, Yaml] = {"target": "kizashi"}
            files.append(
                _file("AlertNotificationTarget", receiver, {"name": receiver}, target)
            )
        return Compiled.of(files, writer.notes)


TARGET: CompileTarget = OpenSloTarget()


@dataclass(slots=True)
class _Writer:
    """Writes services, and keeps the notes.

    Attributes:
        options: What the files depend on besides the services.
        receiver: The name of whom alerts are for.
        notes: What OpenSLO could not say.
    """

    options: CompileOptions
    receiver: str
    notes: list[CompileNote] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)

    def service(self, service: ServiceSpec) -> Iterator[GeneratedFile]:
        """Yield the documents of a service and its objectives."""
        own = {
            "owner": service.owner,
            "tier": None if service.tier is None else str(service.tier),
            "signals": service.signals_preset,
            "depends-on": self._dependencies(service),
        }
        metadata = self._metadata(service.name, service.display_name, own)
        labels = dict(self._labels(service))
        if labels:
            metadata["labels"] = labels
        yield _file("Service", service.name, metadata, {})
        runbooks = {runbook.on: runbook.ref for runbook in service.runbooks}
        for objective in service.objectives:
            yield self._objective(objective, runbooks.get(objective.name))

    def _dependencies(self, service: ServiceSpec) -> str | None:
        text = dependencies_text(service.depends_on)
        if text is None:
            self.notes.append(note("compile.openslo.depends-on", service=service.name))
        return text or None

    def _labels(self, service: ServiceSpec) -> Iterator[tuple[str, str]]:
        for name, value in service.labels:
            if LABEL_KEY.fullmatch(name) and value:
                yield name, value
            else:
                self.notes.append(
                    note("compile.openslo.label", service=service.name, label=name)
                )

    def _objective(
        self, objective: ObjectiveSpec, runbook: str | None
    ) -> GeneratedFile:
        name = self._name(objective)
        window = self._length(objective, objective.window.length_ms)
        self.notes.append(note("compile.openslo.annotations"))
        metadata = self._metadata(
            name, objective.display_name, self._own(objective, name, runbook)
        )
        measured, promise = _measured(objective.indicator.plain)
        promise["target"] = objective.target
        spec: dict[str, Yaml] = {
            "service": objective.service,
            "indicator": {
                "metadata": {"name": name},
                "spec": measured,
            },
            "timeWindow": [{"duration": window, "isRolling": True}],
            "budgetingMethod": "Occurrences",
            "objectives": [promise],
        }
        policies = list(self._policies(objective, name))
        if policies:
            spec["alertPolicies"] = policies
        return _file("SLO", name, metadata, spec)

    def _own(
        self, objective: ObjectiveSpec, name: str, runbook: str | None
    ) -> Mapping[str, str | None]:
        """Return what OpenSLO has no word for."""
        indicator, least = objective.indicator, objective.min_bad_events
        implied = implied_job(indicator)
        for_ms, no_data = objective.for_ms, objective.no_data
        is_implied = objective.job in (implied or {None}) and len(implied) < 2  # noqa: PLR2004
        is_exact = duration_text(objective.window.length_ms) is not None
        return {
            "objective": None if objective.name == name else objective.name,
            "indicator": None if is_told_apart(indicator) else indicator.kind,
            "job": None if is_implied else objective.job,
            "window": None if is_exact else str(objective.window),
            "policy": policy_text(objective.policy),
            "for": format_duration(for_ms) if for_ms else None,
            "min-bad-events": None if least == DEFAULT_MIN_BAD_EVENTS else str(least),
            "no-data": None if no_data is NoData.FREEZE else no_data.value,
            "runbook": runbook,
        }

    def _metadata(
        self, name: str, shown: LocalText, own: Mapping[str, str | None]
    ) -> dict[str, Yaml]:
        metadata: dict[str, Yaml] = {"name": name}
        texts = {k: v for k, v in shown.as_dict().items() if v}
        display_name = texts.get(self.options.language, "")
        if display_name in {"", name} or len(display_name) > LONGEST_DISPLAY_NAME:
            display_name = ""
        else:
            metadata["displayName"] = display_name
        others = {
            f"display-name-{language}": text
            for language, text in texts.items()
            if text != (display_name or name)
        }
        annotations = {
            f"{OWN_PREFIX}{key}": value
            for key, value in {**others, **own}.items()
            if value is not None
        }
        if annotations:
            metadata["annotations"] = annotations
        return metadata

    def _name(self, objective: ObjectiveSpec) -> str:
        """Return a name that is unique among SLOs, as objectives' names need not be."""
        name = objective.name
        if not name.startswith(f"{objective.service}-"):
            name = f"{objective.service}-{name}"
        if len(name) > LONGEST_NAME or name in self._taken:
            key = f"{objective.service}/{objective.name}".encode()
            end = hashlib.sha256(key).hexdigest()[:8]
            name = f"{name[: LONGEST_NAME - 9].rstrip('-')}-{end}"
        self._taken.add(name)
        return name

    def _policies(self, objective: ObjectiveSpec, name: str) -> Iterator[Yaml]:
        """Yield an alert policy for each pair of the objective's policy."""
        timing = self.options.timing(objective)
        plan = plan_pairs(objective.policy, objective.target, objective.window, timing)
        for number, pair in enumerate(plan.pairs, 1):
            end = f"-burn-{number}"
            own = name[: LONGEST_NAME - len(end)].rstrip("-") + end
            yield {
                "kind": "AlertPolicy",
                "metadata": {"name": own},
                "spec": {
                    "alertWhenNoData": objective.no_data is not NoData.GOOD,
                    "alertWhenResolved": True,
                    "alertWhenBreaching": True,
                    "conditions": [
                        {
                            "kind": "AlertCondition",
                            "metadata": {"name": own},
                            "spec": self._condition(objective, pair),
                        }
                    ],
                    "notificationTargets": [{"targetRef": self.receiver}],
                },
            }

    def _condition(self, objective: ObjectiveSpec, pair: WindowPair) -> dict[str, Yaml]:
        condition: dict[str, Yaml] = {
            "kind": "burnrate",
            "op": "gt",
            "threshold": pair.factor,
            "lookbackWindow": self._length(objective, pair.long_ms),
        }
        if objective.for_ms:
            condition["alertAfter"] = self._length(objective, objective.for_ms)
        return {"severity": pair.severity.value, "condition": condition}

    def _length(self, objective: ObjectiveSpec, length_ms: int) -> str:
        """Return a length, in whole minutes rounded up where need be; say so then."""
        exact = duration_text(length_ms)
        if exact is not None:
            return exact
        minutes = f"{-(-length_ms // 60_000)}m"
        self.notes.append(
            note(
                "compile.openslo.rounded",
                objective=f"{objective.service}/{objective.name}",
                exact=format_duration(length_ms),
                used=minutes,
            )
        )
        return minutes


def _file(
    kind: str, name: str, metadata: Mapping[str, Yaml], spec: Mapping[str, Yaml]
) -> GeneratedFile:
    document: dict[str, Yaml] = {
        "apiVersion": API_VERSION,
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    }
    return GeneratedFile(f"{name}.{_FILE_ENDS[kind]}.yaml", write_document(document))


_FILE_ENDS = {
    "Service": "service",
    "SLO": "slo",
    "AlertNotificationTarget": "notification-target",
}


def _measured(events: IndicatorEvents) -> tuple[dict[str, Yaml], dict[str, Yaml]]:
    """Return what an indicator measures, and what its objective compares it with."""
    match events:
        case CounterGrowth(side=side, part=part, valid=valid):
            ratio: dict[str, Yaml] = {
                "counter": True,
                side.value: _source(f"sum({part})"),
                "total": _source(f"sum({valid})"),
            }
            return {"ratioMetric": ratio}, {}
        case GaugeSamples(valid=gauge, test=test):
            compared: dict[str, Yaml] = {
                "op": _OPERATORS[test.comparison],
                "value": test.bound,
            }
            return {"thresholdMetric": _source(str(gauge))}, compared


def _source(query: str) -> dict[str, Yaml]:
    return {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}
