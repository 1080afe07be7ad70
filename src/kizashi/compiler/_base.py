"""What every compile target has: services in, files out, nothing else touched.

A target is a module of this package with a `TARGET`; its row stands in
`kizashi.compiler.TARGETS`. Targets never import each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from kizashi.declarations.configuration import Configuration
from kizashi.declarations.measuring import DEFAULT_SLICE_MS
from kizashi.declarations.scrape_configuration import DEFAULT_TIMEOUT_MS
from kizashi.model.scraping import DEFAULT_INTERVAL_MS
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec
from kizashi.slo.policy import SliceTiming

DEFAULT_SECRETS_FOLDER = "/etc/alertmanager/secrets"
_NO_PARAMS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class GeneratedFile:
    """A file that a target makes.

    Attributes:
        path: Where it goes, relative to the output folder, with forward slashes and
            without ``..``.
        text: Its whole content; ends in a newline.
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class CompileNote:
    """Something that a target could not carry, or that its reader must know.

    Attributes:
        code: Message id in the catalogue.
        params: Its parameters.
    """

    code: str
    params: Mapping[str, str] = field(default_factory=lambda: _NO_PARAMS)


def note(code: str, /, **params: object) -> CompileNote:
    """Return a note whose parameters are texts."""
    return CompileNote(code, MappingProxyType({k: str(v) for k, v in params.items()}))


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a target made of some declarations.

    Attributes:
        files: By path; no two have the same.
        notes: What could not be carried, in the order found, each once.
    """

    files: tuple[GeneratedFile, ...]
    notes: tuple[CompileNote, ...] = ()

    @classmethod
    def of(
        cls, files: Iterable[GeneratedFile], notes: Iterable[CompileNote] = ()
    ) -> "Compiled":
        """Return files in order of their paths, and notes without repetitions."""
        unique = {(n.code, tuple(n.params.items())): n for n in notes}
        ordered = sorted(files, key=lambda file: file.path)
        return cls(tuple(ordered), tuple(unique.values()))


@dataclass(frozen=True, slots=True)
class JobTiming:
    """How a job is scraped, in milliseconds."""

    interval_ms: int = DEFAULT_INTERVAL_MS
    timeout_ms: int = DEFAULT_TIMEOUT_MS


@dataclass(frozen=True, slots=True)
class CompileOptions:
    """What a compilation depends on besides the declarations.

    Attributes:
        language: Of annotations, titles and comments: ``en`` or ``ja``.
        slice_ms: Milliseconds of a slice of the ledger.
        jobs: How each configured job is scraped.
        default_job: How a job that is not configured here is taken to be scraped.
        query_offset_ms: How long rules wait for scrapes to land; None for what the
            slowest scrape of the service may take.
        sloth_names: Whether the series that Sloth records are made as well.
        most_rules: In one group at the most; 0 for as many as there are.
        with_tests: Whether unit tests of the rules are made as well.
        secrets_folder: Where the program that reads a file finds what must not stand
            in it, such as the address of a webhook.
        namespace: Of Kubernetes objects; empty to leave it to who applies them.
        object_labels: On Kubernetes objects, beside our own.
    """

    language: str = "en"
    slice_ms: int = DEFAULT_SLICE_MS
    jobs: Mapping[str, JobTiming] = field(default_factory=lambda: MappingProxyType({}))
    default_job: JobTiming = field(default_factory=JobTiming)
    query_offset_ms: int | None = None
    sloth_names: bool = False
    most_rules: int = 0
    with_tests: bool = True
    secrets_folder: str = DEFAULT_SECRETS_FOLDER
    namespace: str = ""
    object_labels: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )

    def job(self, name: str | None) -> JobTiming:
        """Return how a job is scraped, the default where it is not configured."""
        return self.jobs.get(name or "", self.default_job)

    def timing(self, objective: ObjectiveSpec) -> SliceTiming:
        """Return what an objective's windows are made of, as the ledger has it."""
        return SliceTiming(self.slice_ms, self.job(objective.job).interval_ms)


def jobs_of(configuration: Configuration) -> Mapping[str, JobTiming]:
    """Return how each job of a configuration is scraped."""
    return MappingProxyType(
        {
            job.job_name: JobTiming(job.interval_ms, job.timeout_ms)
            for job in configuration.scrape
        }
    )


class CompileTarget(Protocol):
    """One row of `kizashi.compiler.TARGETS`."""

    @property
    def name(self) -> str:
        """What ``--to`` takes."""
        ...

    def compile(
        self,
        services: Sequence[ServiceSpec],
        configuration: Configuration,
        options: CompileOptions,
    ) -> Compiled:
        """Return the files for some services.

        The same arguments give the same bytes, whatever the order of the services.

        Args:
            services: Checked declarations.
            configuration: The configuration that governs them; the default one where
                there is none.
            options: What else the files depend on.
        """
        ...
