"""An SLO of OpenSLO as objectives of a service."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from kizashi.declarations.alerting import Alerting, Promise
from kizashi.declarations.measuring import Measuring
from kizashi.declarations.objective import settle_job, settle_window, target_fault
from kizashi.declarations.openslo_alerting import AlertPolicy
from kizashi.declarations.openslo_extensions import (
    SLO_KEYS,
    OwnAnnotations,
    own_annotations,
)
from kizashi.declarations.openslo_indicators import IndicatorReader
from kizashi.declarations.openslo_policies import PolicyReader
from kizashi.declarations.openslo_reading import (
    LONGEST_NAME,
    OpenSloReading,
    Ref,
    slug,
    unresolved,
)
from kizashi.declarations.openslo_sli import Sli
from kizashi.declarations.openslo_slo import Slo, SloObjective
from kizashi.model.windows import Window
from kizashi.sli._base import Indicator
from kizashi.slo.objective import DEFAULT_WINDOW, ObjectiveSpec


@dataclass(frozen=True, slots=True)
class SloCarrier:
    """Makes objectives of SLOs, and reports what the ledger cannot keep."""

    reading: OpenSloReading
    measuring: Measuring
    indicators: IndicatorReader
    policies: PolicyReader
    slis: Mapping[str, Sli]

    def carry(self, slo: Slo, service: str) -> list[ObjectiveSpec]:
        """Return the objectives of an SLO; those that cannot be kept are reported."""
        own = own_annotations(slo.metadata, SLO_KEYS, self.reading)
        shared = self._resolve(slo.indicator)
        policies = self.policies.resolve(slo.policies)
        window = self._window(slo, own)
        if not self._is_kept(slo):
            return []
        names = _names(slo, own)
        found = []
        for name, objective in zip(names, slo.objectives, strict=True):
            sli = self._resolve(objective.indicator) or shared
            indicator = None
            if sli is not None:
                indicator = self.indicators.read(sli, objective, own.kind)
            target = self._target(objective)
            if indicator is None or target is None or window is None:
                continue
            draft = _Draft(slo, objective, service, name, target, window, indicator)
            found.append(self._objective(draft, own, policies))
        return found

    def _objective(
        self, draft: "_Draft", own: OwnAnnotations, policies: Sequence[AlertPolicy]
    ) -> ObjectiveSpec:
        metadata = draft.slo.metadata
        job = settle_job(
            self.reading.problems,
            draft.objective.place,
            own.fields.text("job"),
            draft.indicator,
            self.measuring,
            is_openslo=True,
        )
        timing = self.measuring.timing(job)
        promise = Promise(draft.target, draft.window, timing)
        alerting = self._alerting(draft, own, policies, promise)
        shown = metadata.display_name or metadata.name
        if len(draft.slo.objectives) > 1:
            own_name = draft.objective.display_name
            shown = f"{shown}: {own_name}" if own_name else shown
        return ObjectiveSpec(
            service=draft.service,
            name=draft.name,
            target=draft.target,
            window=draft.window,
            indicator=draft.indicator,
            job=job,
            policy=alerting.policy,
            min_bad_events=alerting.min_bad_events,
            no_data=alerting.no_data,
            for_ms=alerting.for_ms,
            display_name=own.local_text(shown),
            position=metadata.place,
        )

    def _alerting(
        self,
        draft: "_Draft",
        own: OwnAnnotations,
        policies: Sequence[AlertPolicy],
        promise: Promise,
    ) -> Alerting:
        """Return when it alerts: an annotation, where there is one, goes first."""
        policy = own.policy(promise)
        if policy is None:
            place = draft.slo.metadata.place
            alerting = self.policies.alerting(policies, promise, place)
        else:
            alerting = Alerting(policy)
        least = own.fields.integer("min-bad-events", least=1)
        for_ms = own.fields.duration_ms("for", least_ms=0)
        return replace(
            alerting,
            min_bad_events=alerting.min_bad_events if least is None else least,
            no_data=own.no_data() or alerting.no_data,
            for_ms=alerting.for_ms if for_ms is None else for_ms,
        )

    def _resolve(self, indicator: Sli | Ref | None) -> Sli | None:
        if not isinstance(indicator, Ref):
            return indicator
        found = self.slis.get(indicator.name)
        if found is None:
            unresolved(self.reading, indicator, "SLI", self.slis)
        return found

    def _is_kept(self, slo: Slo) -> bool:
        """Return whether a ledger can keep an SLO; report why it cannot."""
        reading, window = self.reading, slo.window
        kept = True
        if slo.method not in {None, "Occurrences"}:
            reading.report(slo.method_place, "openslo.method", given=slo.method)
            kept = False
        if window is not None and not window.is_rolling:
            reading.report(window.item, "openslo.calendar-window")
            kept = False
        for objective in slo.objectives:
            if objective.indicator is not None and len(slo.objectives) > 1:
                reading.report(objective.indicator_place, "openslo.composite")
                kept = False
            if objective.weight_place is not None:
                reading.report(objective.weight_place, "openslo.weighted")
                kept = False
        return kept and slo.method is not None

    def _window(self, slo: Slo, own: OwnAnnotations) -> Window | None:
        length_ms = own.fields.duration_ms("window")
        place = own.place("window")
        if length_ms is None:
            # The specification lets it be left out.
            length_ms, place = DEFAULT_WINDOW.length_ms, slo.place
            if slo.window is not None:
                length_ms, place = slo.window.duration_ms, slo.window.place
        if length_ms is None:
            return None
        problems, slice_ms = self.reading.problems, self.measuring.slice_ms
        return settle_window(problems, place, length_ms, slice_ms)

    def _target(self, objective: SloObjective) -> Decimal | None:
        target = objective.target
        if target is None:
            return None
        code = target_fault(target, is_percent=objective.is_percent)
        if code is None:
            return target
        given = f"{target:f}"
        self.reading.report(objective.target_place, code, given=given)
        return None


@dataclass(frozen=True, slots=True)
class _Draft:
    """What is known of an objective before its job and its policy are."""

    slo: Slo
    objective: SloObjective
    service: str
    name: str
    target: Decimal
    window: Window
    indicator: Indicator


def _names(slo: Slo, own: OwnAnnotations) -> list[str]:
    """Return a name for each objective, the same for the same document.

    One objective is named as its SLO. Several add their display names, where each has
    one of its own, or else their numbers.
    """
    base = slo.metadata.used
    if len(slo.objectives) == 1:
        return [own.name("objective") or base]
    ends = [slug(o.display_name or "") for o in slo.objectives]
    if None in ends or len(set(ends)) < len(ends):
        ends = [str(number) for number in range(1, len(slo.objectives) + 1)]
    return [f"{base[: LONGEST_NAME - len(end or '') - 1]}-{end}" for end in ends]
