"""What every dialect has: sources in, services out, and whatever was lost named."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from kizashi.compiler._base import GeneratedFile
from kizashi.declarations.measuring import Measuring, SourceText
from kizashi.declarations.naming import is_alert_label
from kizashi.declarations.objective import has_own_name, settle_job, target_fault
from kizashi.declarations.openslo_reading import slug
from kizashi.declarations.problems import Problem, ProblemLevel, ProblemList
from kizashi.declarations.service import parse_declarations
from kizashi.declarations.yaml_document import (
    YamlList,
    YamlMap,
    YamlScalar,
    parse_documents,
)
from kizashi.importers.drafts import Draft, policy_of, title_of
from kizashi.importers.former import Former
from kizashi.importers.service_text import service_text
from kizashi.messages import render
from kizashi.model.labels import Labels
from kizashi.model.positions import Position
from kizashi.model.severity import Severity
from kizashi.model.windows import Window
from kizashi.sli._base import implied_job
from kizashi.slo.objective import (
    DEFAULT_WINDOW,
    LocalText,
    ObjectiveSpec,
    RunbookRef,
    ServiceSpec,
)

#: What other tools call being woken, and being told in working hours.
SEVERITIES: Mapping[str, Severity] = MappingProxyType(
    {
        "critical": Severity.PAGE,
        "page": Severity.PAGE,
        "warning": Severity.TICKET,
        "ticket": Severity.TICKET,
        "info": Severity.TICKET,
    }
)
#: Annotations that say where an alert sends people.
RUNBOOKS = ("runbook", "runbook_url")


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What an import depends on besides the files.

    Attributes:
        language: Of comments in what is written: ``en`` or ``ja``.
        window: The objectives' window where the dialect declares none; or None.
        service: The service of objectives whose dialect names none; or None.
        job: The job of objectives whose selectors name none; or None.
        is_strict: Whether the leniencies of OpenSLO documents are errors.
    """

    language: str = "en"
    window: Window | None = None
    service: str | None = None
    job: str | None = None
    is_strict: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """An objective that was carried.

    Attributes:
        position: Where it was declared.
        name: What it was called there.
        service: The service that it belongs to now.
        objective: What it is called now.
        path: The file that holds it.
        spec: The objective itself.
        former: How the other tool watched it; None where it did not.
    """

    position: Position
    name: str
    service: str
    objective: str
    path: str
    spec: ObjectiveSpec
    former: Former | None = None

    @property
    def account(self) -> dict[str, object]:
        """What `import.carried` says of it."""
        return {
            "place": self.position,
            "name": self.name,
            "service": self.service,
            "objective": self.objective,
            "path": self.path,
        }


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made.

    Attributes:
        files: One declaration for each service, by path.
        carried: By place.
        problems: What could not be carried, or only otherwise, by place.
    """

    files: tuple[GeneratedFile, ...]
    carried: tuple[Carried, ...]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Carrier:
    """Makes objectives of drafts, and names what stays behind.

    Attributes:
        options: What the user asked for.
        problems: Takes what was lost.
    """

    options: ImportOptions
    problems: ProblemList = field(default_factory=ProblemList)
    _services: dict[str, ServiceSpec] = field(default_factory=dict)
    _carried: list[Carried] = field(default_factory=list)
    _to_do: dict[str, list[str]] = field(default_factory=dict)

    @property
    def window(self) -> Window:
        """Return the window of objectives whose dialect declares none."""
        return self.options.window or DEFAULT_WINDOW

    def carry(self, draft: Draft, labels: Mapping[str, str] | None = None) -> None:
        """Add an objective, or report why there is none.

        Args:
            draft: The objective.
            labels: What its service's alerts carry.
        """
        service = self._name(draft.place, "service", draft.service)
        name = self._name(draft.place, "objective", draft.name)
        fault = target_fault(draft.target, is_percent=True)
        if fault is not None:
            given = f"{100 * draft.target.normalize():f}%"
            self.problems.report(draft.target_place, fault, given=given)
        if service is None or name is None or fault is not None:
            return
        if not draft.has_short_title:
            self.problems.remark(draft.place, "import.description", name=draft.name)
        before = self.problems.error_count
        job = self._job(draft, service, name)
        spec = ObjectiveSpec(
            service=service,
            name=name,
            target=draft.target,
            window=draft.window,
            indicator=draft.indicator,
            job=job,
            policy=policy_of(draft, self.problems),
            for_ms=draft.for_ms,
            display_name=title_of(draft, name),
            position=draft.place,
        )
        if self.problems.error_count == before:
            runbooks = (RunbookRef(name, draft.runbook),) if draft.runbook else ()
            home = ServiceSpec(
                service,
                LocalText(draft.service, draft.service),
                objectives=(spec,),
                runbooks=runbooks,
                labels=Labels.of(dict(labels or {})),
                position=draft.place,
            )
            self.take(home, {name: draft.name}, draft.former)

    def documents(self, sources: Sequence[SourceText]) -> Iterator[YamlMap]:
        """Yield the documents of files; what is no mapping is named."""
        for source in sources:
            for node in parse_documents(
                source.text, source.file, self.problems, is_foreign=True
            ):
                if isinstance(node, YamlMap):
                    yield node
                else:
                    self.problems.report(node.position, "document.mapping")

    def take(
        self,
        service: ServiceSpec,
        names: Mapping[str, str],
        former: Former | None = None,
    ) -> None:
        """Add the objectives of a service.

        Args:
            service: The service.
            names: What each objective was called.
            former: How the other tool watched them.
        """
        known = self._services.get(service.name, replace(service, objectives=()))
        if known.labels != service.labels:
            self.problems.advise(
                service.position, "import.labels-differ", service=service.name
            )
        taken = {each.name: each.position for each in known.objectives}
        runbooks = [] if not known.objectives else list(known.runbooks)
        added = list(known.objectives)
        for objective in service.objectives:
            if not self._is_sound(service, objective):
                continue
            if not has_own_name(self.problems, taken, objective):
                continue
            added.append(objective)
            runbooks += [r for r in service.runbooks if r.on == objective.name]
            written = names.get(objective.name, objective.name)
            self._carried.append(
                Carried(
                    objective.position,
                    written,
                    service.name,
                    objective.name,
                    _path(service.name),
                    objective,
                    former,
                )
            )
        if added:
            self._services[service.name] = replace(
                known, objectives=tuple(added), runbooks=tuple(runbooks)
            )

    def finish(self, dialect: str, sources: Sequence[SourceText]) -> Imported:
        """Return the files, and the account of them."""
        language = self.options.language
        origin = render(
            language,
            "import.comment",
            dialect=dialect,
            files=", ".join(source.file for source in sources),
        )
        files = [
            GeneratedFile(
                _path(name), service_text(service, self._comment(origin, name))
            )
            for name, service in sorted(self._services.items())
        ]
        carried = sorted(self._carried, key=lambda each: (each.position, each.name))
        return Imported(tuple(files), tuple(carried), tuple(self.problems))

    def name_empty(self, sources: Iterable[SourceText]) -> None:
        """Say so where nothing was carried and nothing was wrong."""
        if not self._carried and not len(self.problems):
            for source in sources:
                self.problems.advise(Position(source.file), "import.nothing")

    # What an alert carries.

    def labels(
        self, pairs: Iterable[tuple[str, str]], place: Callable[[str], Position]
    ) -> dict[str, str]:
        """Return the labels that a service's alerts can carry; the others are named."""
        found = {}
        for name, value in pairs:
            if is_alert_label(name):
                found[name] = value
            else:
                self.problems.advise(place(name), "import.label", name=name)
        return found

    # One objective.

    def _name(self, place: Position, what: str, given: str) -> str | None:
        used = slug(given)
        if used is None:
            self.problems.report(place, "name.form", key=what, given=given)
        elif used != given:
            self.problems.remark(place, "import.renamed", given=given, used=used)
        return used

    def _job(self, draft: Draft, service: str, name: str) -> str | None:
        indicator = draft.indicator
        implied = implied_job(indicator)
        matchers = indicator.events.valid.selector.matchers
        if not implied and not any(matcher.name == "job" for matcher in matchers):
            if self.options.job is None:
                self.problems.advise(draft.place, "import.no-job", name=name)
                language = self.options.language
                to_do = render(language, "import.comment.job", name=name)
                self._to_do.setdefault(service, []).append(to_do)
            return self.options.job
        declared = self.options.job if len(implied) > 1 else None
        # What it advises of jobs is advised when the declaration is checked.
        quiet = ProblemList()
        job = settle_job(quiet, draft.place, declared, indicator, Measuring())
        self.problems.extend(p for p in quiet if p.level is ProblemLevel.ERROR)
        return job

    def _is_sound(self, service: ServiceSpec, objective: ObjectiveSpec) -> bool:
        """Return whether `kizashi check` takes the objective; report where it doesn't."""
        alone = replace(service, objectives=(objective,), runbooks=())
        source = SourceText(objective.position.file, service_text(alone))
        wrong = [
            problem
            for problem in parse_declarations([source]).problems
            if problem.level is ProblemLevel.ERROR
        ]
        self.problems.extend(replace(p, position=objective.position) for p in wrong)
        return not wrong

    def _comment(self, origin: str, service: str) -> list[str]:
        lines = [origin]
        to_do = self._to_do.get(service, [])
        if to_do:
            lines += ["", render(self.options.language, "import.comment.to-do")]
            lines += [f"- {line}" for line in to_do]
        return lines


@dataclass(frozen=True, slots=True)
class Dialect:
    """One row of `kizashi.importers.DIALECTS`.

    Attributes:
        name: What ``--from`` takes.
        is_own: Whether a document is of this dialect.
        read: Reads the files, and gives the carrier what they declare.
    """

    name: str
    is_own: Callable[[YamlMap], bool]
    read: Callable[[Sequence[SourceText], Carrier], None]

    def carry(self, sources: Sequence[SourceText], options: ImportOptions) -> Imported:
        """Return what files declare, as Kizashi declares it.

        The same arguments give the same bytes.
        """
        carrier = Carrier(options)
        self.read(sources, carrier)
        carrier.name_empty(sources)
        return carrier.finish(self.name, sources)


def texts_of(node: YamlMap) -> dict[str, str]:
    """Return the entries of a mapping that are plain values."""
    return {
        entry.key: entry.value.text
        for entry in node.entries
        if isinstance(entry.value, YamlScalar)
    }


def items_of(node: YamlMap) -> list[YamlMap]:
    """Return a document, or the items of a list as Kubernetes writes one."""
    items = node.by_key.get("items")
    if not isinstance(items, YamlList):
        return [node]
    return [item for item in items.items if isinstance(item, YamlMap)]


def _path(service: str) -> str:
    return f"{service}.yaml"
