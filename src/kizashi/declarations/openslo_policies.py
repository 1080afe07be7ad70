"""OpenSLO alert policies as the policy of an objective.

A condition looks at one window; Kizashi at two, so that an alert ends soon after the
burn does. The short window is the one that a preset's pair of that length would have.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from kizashi.declarations.alerting import (
    Alerting,
    Promise,
    advise_on_preset,
    check_pair,
)
from kizashi.declarations.openslo_alerting import (
    AlertCondition,
    AlertPolicy,
    NotificationTarget,
)
from kizashi.declarations.openslo_reading import OpenSloReading, Ref, unresolved
from kizashi.model.durations import format_duration
from kizashi.model.positions import Position
from kizashi.model.severity import Severity
from kizashi.slo.objective import NoData
from kizashi.slo.policy import (
    DEFAULT_PRESET,
    SHORT_DIVISOR,
    CustomPair,
    CustomPolicy,
    PresetPolicy,
)
from kizashi.slo.windows import slices_in

#: Words for "wake someone". Anything else is told in working hours.
_PAGE_WORDS = frozenset(
    (
        "page",
        "pager",
        "critical",
        "crit",
        "high",
        "urgent",
        "emergency",
        "fatal",
        "severe",
        "sev0",
        "sev1",
        "p0",
        "p1",
    )
)


@dataclass(frozen=True, slots=True)
class PolicyReader:
    """Makes policies, and says what of an alert policy is not carried as it is."""

    reading: OpenSloReading
    policies: Mapping[str, AlertPolicy]
    conditions: Mapping[str, AlertCondition]
    targets: Mapping[str, NotificationTarget]

    def resolve(self, given: Sequence[AlertPolicy | Ref]) -> list[AlertPolicy]:
        """Return policies in place of references; what is not there is reported."""
        found = []
        for each in given:
            policy = self.policies.get(each.name) if isinstance(each, Ref) else each
            if policy is not None:
                found.append(policy)
            elif isinstance(each, Ref):
                unresolved(self.reading, each, "AlertPolicy", self.policies)
        return found

    def check(self, policy: AlertPolicy) -> None:
        """Report what a policy refers to in vain, and what becomes of its parts."""
        for target in policy.targets:
            if isinstance(target, Ref) and target.name not in self.targets:
                kind = "AlertNotificationTarget"
                unresolved(self.reading, target, kind, self.targets)
        for condition in policy.conditions:
            if isinstance(condition, Ref) and condition.name not in self.conditions:
                kind = "AlertCondition"
                unresolved(self.reading, condition, kind, self.conditions)
        _, resolved, breaching = policy.places
        name = policy.metadata.name
        if policy.breaching is False:
            self.reading.problems.advise(breaching, "openslo.not-breaching", name=name)
        if policy.resolved is False:
            self.reading.remark(resolved, "openslo.resolved", name=name)

    def alerting(
        self, policies: Sequence[AlertPolicy], promise: Promise, place: Position
    ) -> Alerting:
        """Return when an objective alerts.

        Args:
            policies: Its alert policies.
            promise: What it promises.
            place: Where the SLO stands, for what no policy stands for.
        """
        conditions = [
            condition
            for policy in policies
            if policy.breaching is not False
            for condition in self._conditions(policy)
        ]
        pairs = [
            pair
            for condition in conditions
            if (pair := self._pair(condition, promise)) is not None
        ]
        no_data = _no_data(policies)
        if not pairs:
            preset = PresetPolicy(DEFAULT_PRESET)
            if not policies:
                self.reading.remark(
                    place, "openslo.default-policy", preset=preset.preset
                )
            advise_on_preset(self.reading.problems, place, preset, promise)
            return Alerting(preset, no_data=no_data)
        for_ms = self._for_ms(conditions)
        return Alerting(CustomPolicy(tuple(pairs)), no_data=no_data, for_ms=for_ms)

    def _conditions(self, policy: AlertPolicy) -> list[AlertCondition]:
        found = [
            self.conditions.get(each.name) if isinstance(each, Ref) else each
            for each in policy.conditions
        ]
        return [each for each in found if each is not None]

    def _pair(self, condition: AlertCondition, promise: Promise) -> CustomPair | None:
        if not self._is_sound(condition):
            return None
        long_ms = condition.lookback_ms
        slice_ms = promise.timing.slice_ms
        short = max(
            Fraction(long_ms, SHORT_DIVISOR),
            Fraction(promise.timing.shortest_short_ms),
        )
        short_ms = min(slices_in(short, slice_ms) * slice_ms, long_ms)
        pair = CustomPair(
            long_ms, short_ms, condition.threshold, severity_of(condition.severity)
        )
        places = (
            condition.lookback_place,
            condition.lookback_place,
            condition.threshold_place,
        )
        check_pair(self.reading.problems, places, pair, promise)
        self._tell(condition, pair)
        return pair

    def _is_sound(self, condition: AlertCondition) -> bool:
        """Return whether a condition can be a pair; report it where it cannot."""
        is_sound = True
        if condition.op in {"lt", "lte"}:
            place = condition.op_place
            self.reading.report(place, "openslo.condition-op", given=condition.op)
            is_sound = False
        if condition.threshold <= 0:
            self.reading.report(condition.threshold_place, "alerting.factor-zero")
            is_sound = False
        if condition.lookback_ms <= 0:
            place = condition.lookback_place
            self.reading.report(place, "openslo.zero", key="lookbackWindow")
            is_sound = False
        return is_sound

    def _tell(self, condition: AlertCondition, pair: CustomPair) -> None:
        """Say how what Kizashi does differs from the condition."""
        self.reading.remark(
            condition.metadata.place,
            "openslo.condition-pair",
            name=condition.metadata.name,
            long=format_duration(pair.long_ms),
            short=format_duration(pair.short_ms),
        )
        if condition.op == "gte":
            self.reading.remark(condition.op_place, "openslo.condition-gte")
        if condition.severity != pair.severity:
            self.reading.remark(
                condition.severity_place,
                "openslo.severity",
                given=condition.severity,
                used=pair.severity,
            )

    def _for_ms(self, conditions: Sequence[AlertCondition]) -> int:
        """Return how long a condition must hold; the shortest of several."""
        given = {condition.after_ms or 0 for condition in conditions}
        shortest = min(given)
        for condition in conditions if len(given) > 1 else ():
            if (condition.after_ms or 0) > shortest:
                self.reading.problems.advise(
                    condition.after_place,
                    "openslo.after",
                    name=condition.metadata.name,
                    used=format_duration(shortest),
                )
        return shortest


def severity_of(word: str) -> Severity:
    """Return how a person is told where an alert has a severity in a free word."""
    is_page = word.strip().lower() in _PAGE_WORDS
    return Severity.PAGE if is_page else Severity.TICKET


def _no_data(policies: Sequence[AlertPolicy]) -> NoData:
    """Return what lost data does: nothing only where every policy says so outright."""
    if policies and all(policy.no_data is False for policy in policies):
        return NoData.GOOD
    return NoData.FREEZE
