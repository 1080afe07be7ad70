"""The dialect OpenSLO v1: documents as they are, made into services and objectives.

Documents are read one by one; references are resolved when all files are read.

Source: OpenSLO specification v1.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from kizashi.declarations.fields import Fields
from kizashi.declarations.measuring import Measuring
from kizashi.declarations.naming import is_alert_label
from kizashi.declarations.objective import has_own_name
from kizashi.declarations.openslo_alerting import (
    SPEC_KEYS as ALERT_KEYS,
    AlertCondition,
    AlertPolicy,
    NotificationTarget,
    read_alert_condition,
    read_alert_policy,
    read_notification_target,
)
from kizashi.declarations.openslo_carrying import SloCarrier
from kizashi.declarations.openslo_extensions import (
    SERVICE_KEYS,
    SLO_KEYS as OWN_KEYS,
    own_annotations,
)
from kizashi.declarations.openslo_indicators import IndicatorReader
from kizashi.declarations.openslo_policies import PolicyReader
from kizashi.declarations.openslo_reading import (
    API_VERSION,
    Metadata,
    OpenSloReading,
    Ref,
    slug,
)
from kizashi.declarations.openslo_sli import (
    SPEC_KEYS as SLI_KEYS,
    DataSource,
    Sli,
    read_data_source,
    read_sli,
)
from kizashi.declarations.openslo_slo import SPEC_KEYS as SLO_KEYS, Slo, read_slo
from kizashi.declarations.problems import ProblemList, did_you_mean
from kizashi.declarations.yaml_document import YamlMap, text_in
from kizashi.model.labels import Labels
from kizashi.model.positions import Position
from kizashi.slo.objective import (
    LocalText,
    ObjectiveSpec,
    RunbookRef,
    ServiceSpec,
)
from kizashi.slo.signal_presets import PRESETS

#: How other versions of OpenSLO begin.
_FAMILY = ("openslo/", "openslo.com/")
_DOCUMENT_KEYS = ("apiVersion", "kind", "metadata", "spec")


@dataclass(frozen=True, slots=True)
class OpenSloService:
    """A service as OpenSLO declares it."""

    metadata: Metadata


OpenSloObject = (
    DataSource
    | OpenSloService
    | Sli
    | Slo
    | AlertPolicy
    | AlertCondition
    | NotificationTarget
)
T = TypeVar("T", bound=OpenSloObject)


def _read_service(
    spec: Fields, metadata: Metadata, reading: OpenSloReading
) -> OpenSloService:
    reading.description(spec)
    return OpenSloService(metadata)


@dataclass(frozen=True, slots=True)
class OpenSloKind:
    """A row of the table of kinds.

    Attributes:
        keys: What the spec may hold.
        read: Reads a document from its spec and metadata.
        needs_spec: Whether a document without a spec says nothing.
    """

    keys: tuple[str, ...]
    read: Callable[[Fields, Metadata, OpenSloReading], OpenSloObject | None]
    needs_spec: bool = True


KINDS: Mapping[str, OpenSloKind] = MappingProxyType(
    {
        "DataSource": OpenSloKind(SLI_KEYS["DataSource"], read_data_source),
        "Service": OpenSloKind(("description",), _read_service, needs_spec=False),
        "SLI": OpenSloKind(SLI_KEYS["SLI"], read_sli),
        "SLO": OpenSloKind(SLO_KEYS, read_slo),
        "AlertPolicy": OpenSloKind(ALERT_KEYS["AlertPolicy"], read_alert_policy),
        "AlertCondition": OpenSloKind(
            ALERT_KEYS["AlertCondition"], read_alert_condition
        ),
        "AlertNotificationTarget": OpenSloKind(
            ALERT_KEYS["AlertNotificationTarget"], read_notification_target
        ),
    }
)


def is_openslo(api_version: str) -> bool:
    """Return whether a document is of this dialect, of whatever version."""
    return api_version.startswith(_FAMILY)


@dataclass(slots=True)
class OpenSloFiles:
    """OpenSLO documents of some files.

    Attributes:
        reading: Takes what is wrong.
    """

    reading: OpenSloReading
    _objects: dict[str, dict[str, OpenSloObject]] = field(default_factory=dict)
    _places: dict[tuple[str, str], Position] = field(default_factory=dict)

    @classmethod
    def of(cls, problems: ProblemList, *, is_strict: bool) -> "OpenSloFiles":
        """Return no documents yet."""
        return cls(OpenSloReading(problems, is_strict))

    def take(self, node: YamlMap) -> None:
        """Read one document."""
        kind = self._kind(node)
        if kind is None:
            return
        document = Fields(node, "", _DOCUMENT_KEYS, self.reading.problems)
        row = KINDS[kind]
        metadata = self.reading.metadata(document)
        document.require("spec")
        spec = document.open("spec", row.keys)
        if spec is None:
            nothing = YamlMap(document.position)
            spec = Fields(nothing, "spec", row.keys, ProblemList())
            if document.entry("spec") is not None or row.needs_spec:
                return
        unnamed = Metadata("", "", None, document.position)
        made = row.read(spec, metadata or unnamed, self.reading)
        if metadata is None or made is None:
            return
        first = self._places.setdefault((kind, metadata.name), metadata.place)
        if first is metadata.place:
            self._objects.setdefault(kind, {})[metadata.name] = made
        else:
            self.reading.report(
                metadata.place,
                "openslo.twice",
                kind=kind,
                name=metadata.name,
                first=first,
            )

    def _kind(self, node: YamlMap) -> str | None:
        """Return the kind of a document, None where it is not one of this version."""
        keys = node.by_key
        version, kind = keys.get("apiVersion"), keys.get("kind")
        given = text_in(version)
        if version is not None and given != API_VERSION:
            self.reading.report(version.position, "openslo.version", given=given)
            return None
        if kind is None:
            self.reading.report(node.position, "field.missing", key="kind")
            return None
        name = text_in(kind)
        if name in KINDS:
            return name
        listed = ", ".join(KINDS)
        near = did_you_mean(name, KINDS) or listed
        self.reading.report(kind.position, "openslo.kind", given=name, near=near)
        return None

    def finish(
        self, services: Iterable[ServiceSpec], measuring: Measuring
    ) -> list[ServiceSpec]:
        """Return all services, those given with the SLOs that name them.

        Args:
            services: Services of other dialects.
            measuring: How samples will be taken.
        """
        self._check_policies()
        known = {service.name: service for service in services}
        known |= self._services(known)
        carrier = self._carrier(measuring)
        for slo in self._all("SLO", Slo).values():
            service = self._service_of(slo, known)
            objectives = carrier.carry(slo, service or "")
            if service is not None:
                own = own_annotations(slo.metadata, OWN_KEYS, self.reading)
                runbook = own.fields.text("runbook")
                known[service] = self._with(known[service], objectives, runbook)
        return list(known.values())

    def _carrier(self, measuring: Measuring) -> SloCarrier:
        return SloCarrier(
            self.reading,
            measuring,
            IndicatorReader(self.reading, self._all("DataSource", DataSource)),
            self._policy_reader(),
            self._all("SLI", Sli),
        )

    def _policy_reader(self) -> PolicyReader:
        return PolicyReader(
            self.reading,
            self._all("AlertPolicy", AlertPolicy),
            self._all("AlertCondition", AlertCondition),
            self._all("AlertNotificationTarget", NotificationTarget),
        )

    def _all(self, kind: str, made: type[T]) -> dict[str, T]:
        """Return the objects of a kind by their names as written, in order."""
        objects = self._objects.get(kind, {})
        return {k: v for k, v in objects.items() if isinstance(v, made)}

    def _check_policies(self) -> None:
        reader = self._policy_reader()
        inline = [
            policy
            for slo in self._all("SLO", Slo).values()
            for policy in slo.policies
            if isinstance(policy, AlertPolicy)
        ]
        for policy in (*reader.policies.values(), *inline):
            reader.check(policy)

    def _services(self, known: Mapping[str, ServiceSpec]) -> dict[str, ServiceSpec]:
        """Return the services that OpenSLO documents declare, by name."""
        found: dict[str, ServiceSpec] = {}
        for service in self._all("Service", OpenSloService).values():
            metadata = service.metadata
            other = known.get(metadata.used) or found.get(metadata.used)
            if other is not None:
                self.reading.report(
                    metadata.place,
                    "service.twice",
                    name=metadata.used,
                    first=other.position,
                )
                continue
            found[metadata.used] = self._service(metadata)
        return found

    def _service(self, metadata: Metadata) -> ServiceSpec:
        own = own_annotations(metadata, SERVICE_KEYS, self.reading)
        return ServiceSpec(
            name=metadata.used,
            display_name=own.local_text(metadata.display_name or metadata.name),
            owner=own.fields.text("owner"),
            tier=own.fields.integer("tier", least=1),
            depends_on=own.dependencies(),
            signals_preset=own.fields.choice("signals", PRESETS),
            labels=self._labels(metadata),
            position=metadata.place,
        )

    def _labels(self, metadata: Metadata) -> Labels:
        """Return the labels that alerts can carry; the others are named."""
        found = {}
        for key, values in metadata.labels.items():
            if is_alert_label(key) and len(values) == 1:
                found[key] = values[0]
            else:
                self.reading.remark(metadata.places[key], "openslo.label", key=key)
        return Labels.of(found)

    def _service_of(self, slo: Slo, known: dict[str, ServiceSpec]) -> str | None:
        """Return the name of the service an SLO is about, made up if nobody does."""
        if slo.service is None:
            return None
        given = slo.service.name
        declared = self._all("Service", OpenSloService).get(given)
        name = declared.metadata.used if declared else slug(given)
        if given in known:
            return given
        if name is None:
            return None
        if name not in known:
            self._miss(slo.service, known)
            text = LocalText(given, given)
            known[name] = ServiceSpec(name, text, position=slo.service.place)
        return name

    def _miss(self, service: Ref, known: Mapping[str, ServiceSpec]) -> None:
        near = did_you_mean(service.name, known)
        if near is None:
            self.reading.lenient(service.place, "openslo.no-service", name=service.name)
        else:
            self.reading.lenient(
                service.place, "openslo.no-service-near", name=service.name, near=near
            )

    def _with(
        self, service: ServiceSpec, more: Iterable[ObjectiveSpec], runbook: str | None
    ) -> ServiceSpec:
        """Return a service with further objectives; names that are taken are reported."""
        taken = {objective.name: objective.position for objective in service.objectives}
        added, runbooks = [], []
        for objective in more:
            if not has_own_name(self.reading.problems, taken, objective):
                continue
            added.append(objective)
            if runbook is not None:
                runbooks.append(RunbookRef(objective.name, runbook))
        return replace(
            service,
            objectives=(*service.objectives, *added),
            runbooks=(*service.runbooks, *runbooks),
        )
