"""The modules of blackbox_exporter that scrape jobs ask for, and a usual set.

Source: blackbox_exporter's documentation, "Blackbox exporter configuration".
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from kizashi.compiler._base import Compiled, CompileOptions, GeneratedFile, note
from kizashi.compiler.probe_jobs import ProbeJob, probe_job
from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.declarations.configuration import Configuration
from kizashi.messages import render
from kizashi.model.durations import format_duration
from kizashi.slo.objective import ServiceSpec

FILE = "blackbox.yml"
#: Without a limit of its own a module asked by hand would wait for two minutes.
DEFAULT_TIMEOUT_MS = 10_000
#: Many networks have names with IPv6 addresses and no way to them.
_ADDRESSES: Mapping[str, Yaml] = {
    "preferred_ip_protocol": "ip4",
    "ip_protocol_fallback": True,
}


def _module(prober: str, **settings: Yaml) -> Mapping[str, Yaml]:
    return {"prober": prober, prober: {**settings, **_ADDRESSES}}


#: Module name, as people call them, to what it does.
MODULES: Mapping[str, Mapping[str, Yaml]] = MappingProxyType(
    {
        "http_2xx": _module("http"),
        "http_post_2xx": _module("http", method="POST"),
        "tcp_connect": _module("tcp"),
        "tls_connect": _module("tcp", tls=True),
        "icmp": _module("icmp"),
        "grpc": _module("grpc", tls=True),
        "grpc_plain": _module("grpc"),
        "dns_udp": _module("dns", query_name=".", query_type="NS"),
        "dns_tcp": _module(
            "dns", transport_protocol="tcp", query_name=".", query_type="NS"
        ),
        "ssh_banner": _module(
            "tcp",
            query_response=[
                {"expect": "^SSH-2.0-"},
                {"send": "SSH-2.0-blackbox-ssh-check"},
            ],
        ),
    }
)


class BlackboxTarget:
    """Writes ``blackbox.yml``."""

    name = "blackbox"

    def compile(
        self,
        services: Sequence[ServiceSpec],  # noqa: ARG002 - jobs say what is probed
        configuration: Configuration,
        options: CompileOptions,
    ) -> Compiled:
        """Return the modules; a module that nobody knows is named in a note."""
        jobs = [j for job in configuration.scrape if (j := probe_job(job)) is not None]
        notes = [
            note(
                "targets.blackbox.module",
                module=job.module,
                job=job.job.job_name,
                known=", ".join(MODULES),
            )
            for job in jobs
            if job.module not in MODULES
        ]
        modules: dict[str, Yaml] = {
            name: {
                "prober": module["prober"],
                "timeout": format_duration(_timeout_ms(name, jobs)),
                **module,
            }
            for name, module in MODULES.items()
        }
        comment = render(options.language, "targets.comment").split("\n")
        text = write_document({"modules": modules}, comment)
        return Compiled.of([GeneratedFile(FILE, text)], notes)


TARGET = BlackboxTarget()


def _timeout_ms(module: str, jobs: Sequence[ProbeJob]) -> int:
    """Return the longest timeout of the scrapes that ask for a module.

    A shorter scrape ends its probe earlier: the exporter is told how long it has.
    """
    timeouts_ms = [job.job.timeout_ms for job in jobs if job.module == module]
    return max(timeouts_ms, default=DEFAULT_TIMEOUT_MS)
