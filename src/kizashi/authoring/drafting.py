"""Proposals as files: a commented declaration, and the configuration beside it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, count

from kizashi.authoring.candidates import Candidate, Remark
from kizashi.authoring.inventory import Inventory
from kizashi.compiler._base import GeneratedFile
from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.declarations.openslo_reading import slug
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.importers.service_text import service_text
from kizashi.messages import formats, render
from kizashi.model.durations import format_duration
from kizashi.model.scraping import Authorization, ScrapeConfig, TlsConfig
from kizashi.slo.objective import DEFAULT_WINDOW, LocalText, ObjectiveSpec, ServiceSpec

CONFIGURATION = "kizashi.yaml"
_LONGEST_LINE = 92
#: What a line in Japanese is cut behind, a line in English at a space.
_BREAKS = "、。"


def remark_text(remark: Remark, language: str) -> str:
    """Return what a remark says, its figures as the reader's language writes them."""
    told: dict[str, object] = {}
    for name, value in remark.params.items():
        writer = _WRITERS.get(name)
        key = "span" if name == "span_ms" else name
        told[key] = value if writer is None else writer(language, value)
    return render(language, remark.code, **told)


def _percent(_language: str, value: object) -> str:
    return (
        formats.percent(value) if isinstance(value, Decimal | float) else formats.NONE
    )


def _share(_language: str, value: object) -> str:
    if not isinstance(value, float):
        return formats.NONE
    return formats.share(value, 2) if value else formats.percent(0)


def _count(_language: str, value: object) -> str:
    # What a server adds up over a range is an estimate: no event has decimals.
    return formats.number(value, 0) if isinstance(value, int | float) else formats.NONE


def _span(language: str, value: object) -> str:
    if not isinstance(value, int):
        return formats.NONE
    return formats.duration(language, value // 1000, units=1)


_WRITERS: Mapping[str, Callable[[str, object], str]] = {
    "target": _percent,
    "bad_share": _share,
    "valid": _count,
    "bad": _count,
    "span_ms": _span,
}


def declaration(
    service: str,
    inventory: Inventory,
    chosen: Sequence[Candidate],
    origin: str,
    language: str,
) -> GeneratedFile:
    """Return the declaration of a service, with a comment above each objective.

    Args:
        service: Its name.
        inventory: What its job has.
        chosen: Its objectives.
        origin: Where they were found.
        language: Of comments.
    """
    job = inventory.job.job
    objectives = tuple(
        ObjectiveSpec(
            service,
            each.name,
            each.choice.target,
            DEFAULT_WINDOW,
            each.indicator,
            job=job,
        )
        for each in chosen
    )
    spec = ServiceSpec(
        service,
        LocalText(service, service),
        signals_preset=next(iter(inventory.presets), None),
        objectives=objectives,
    )
    head = render(language, "init.file.declaration", service=service, origin=origin)
    comments = {
        each.name: [
            line
            for remark in each.remarks
            for line in _lines(remark_text(remark, language))
        ]
        for each in chosen
    }
    text = service_text(spec, list(_lines(head)), comments)
    return GeneratedFile(beside_configuration(f"{service}.yaml"), text)


def beside_configuration(path: str) -> str:
    """Return where a declaration goes: the configuration's name is taken."""
    return "kizashi-service.yaml" if path == CONFIGURATION else path


def configuration(
    declarations: Sequence[str],
    reads: ScrapeConfig | UpstreamConfig | None,
    language: str,
) -> GeneratedFile:
    """Return the configuration that measures declarations.

    Args:
        declarations: Their files.
        reads: The job that is scraped, or the server that is read; None where nobody
            has said it yet.
        language: Of comments.
    """
    document: dict[str, Yaml] = {"declarations": list(declarations)}
    match reads:
        case ScrapeConfig():
            document["scrape_configs"] = [dict(_job(reads))]
        case UpstreamConfig():
            document["upstream"] = {
                "url": reads.url,
                **_login(reads.authorization, reads.tls),
            }
        case None:
            pass
    head = render(language, "init.file.configuration")
    tail = [] if reads is not None else _lines(render(language, "init.file.no-source"))
    more = [*tail, *_lines(render(language, "init.file.receivers"))]
    text = write_document(document, list(_lines(head)))
    return GeneratedFile(CONFIGURATION, text + "".join(f"# {each}\n" for each in more))


def _job(job: ScrapeConfig) -> Iterator[tuple[str, Yaml]]:
    yield "job_name", job.job_name
    yield "scrape_interval", format_duration(job.interval_ms)
    if job.scheme != "http":
        yield "scheme", job.scheme
    if job.metrics_path != "/metrics":
        yield "metrics_path", job.metrics_path
    if job.params:
        yield "params", {name: list(values) for name, values in job.params}
    yield from _login(job.authorization, job.tls).items()
    targets = [address for group in job.static_groups for address in group.addresses]
    yield "static_configs", [{"targets": targets}]


def _login(
    authorization: Authorization | None, tls: TlsConfig | None
) -> dict[str, Yaml]:
    found: dict[str, Yaml] = {}
    if authorization is not None:
        found["authorization"] = {"credentials_file": authorization.credentials_file}
    if tls is not None:
        found["tls_config"] = {"ca_file": tls.ca_file}
    return found


def service_name(inventory: Inventory, host: str) -> str:
    """Return a name for a service: its job's, its host's, or what it says that it is."""
    if inventory.job.job:
        return slug(inventory.job.job) or "my-service"
    first = host.partition(".")[0]
    if first and first != "localhost" and not first.isdigit() and ":" not in host:
        return slug(first) or "my-service"
    builds = (one.labels.metric_name for one in inventory.job.series)
    built = next((n for n in builds if n.endswith("_build_info")), "")
    return slug(built.removesuffix("_build_info").removesuffix("_exporter")) or (
        "my-service"
    )


def unlike(taken: Collection[str], name: str) -> str:
    """Return a name that is not taken: of two jobs that sound alike the second has 2."""
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in taken)


def _lines(text: str) -> Iterator[str]:
    """Yield a text in lines that fit beside other code, without what YAML refuses."""
    for paragraph in text.split("\n"):
        left = "".join(c if c.isprintable() else "\ufffd" for c in paragraph)
        while _width(left) > _LONGEST_LINE:
            cut = _cut(left)
            yield left[:cut].rstrip()
            left = left[cut:].lstrip()
        yield left


def _cut(text: str) -> int:
    end = 0
    while _width(text[: end + 1]) <= _LONGEST_LINE:
        end += 1
    marks = " " if text.isascii() else _BREAKS
    cut = max(text.rfind(mark, 0, end) for mark in marks)
    return cut + 1 if cut > 0 else end


def _width(text: str) -> int:
    """Return how many columns a text takes: Japanese takes two for a character."""
    return sum(1 if char.isascii() else 2 for char in text)
