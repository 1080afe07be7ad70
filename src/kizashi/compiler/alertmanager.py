"""Alertmanager's configuration: who is told, and how alerts are put together.

Source: Alertmanager documentation, "Configuration".
"""

from collections.abc import Sequence

from kizashi.compiler._base import Compiled, CompileOptions, GeneratedFile, note
from kizashi.compiler.receivers import (
    CarriedRouting,
    CarriedSettings,
    lists_of,
    routing_of,
)
from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.declarations.configuration import Configuration
from kizashi.messages import render
from kizashi.model.durations import format_duration
from kizashi.slo.objective import ServiceSpec

FILE = "alertmanager.yml"


class AlertmanagerTarget:
    """Writes route and receivers; what is secret is read from files."""

    name = "alertmanager"

    def compile(
        self,
        services: Sequence[ServiceSpec],  # noqa: ARG002 - who is told is said once
        configuration: Configuration,
        options: CompileOptions,
    ) -> Compiled:
        """Return ``alertmanager.yml``; no file where nobody is told."""
        routing = routing_of(configuration)
        if routing is None:
            return Compiled.of((), [note("targets.receivers.none")])
        folder = options.secrets_folder.rstrip("/")
        files = [
            note(
                "targets.receivers.url-file",
                receiver=reference.receiver,
                number=reference.number,
                kind=reference.kind,
                key=reference.secret.key,
                file=f"{folder}/{reference.entry}",
            )
            for reference in routing.references
        ]
        text = write_document(
            _configuration(routing, folder),
            render(options.language, "targets.comment").split("\n"),
        )
        return Compiled.of([GeneratedFile(FILE, text)], [*files, *routing.notes])


TARGET = AlertmanagerTarget()


def _configuration(routing: CarriedRouting, folder: str) -> dict[str, Yaml]:
    route = routing.route
    return {
        "route": {
            "receiver": route.receiver,
            "group_by": list(route.group_by),
            "group_wait": format_duration(route.group_wait_ms),
            "group_interval": format_duration(route.group_interval_ms),
            "repeat_interval": format_duration(route.repeat_interval_ms),
        },
        "receivers": [
            {"name": name, **_lists(carried, folder)}
            for name, carried in routing.receivers
        ],
    }


def _lists(carried: Sequence[CarriedSettings], folder: str) -> dict[str, Yaml]:
    def entry(settings: CarriedSettings) -> Yaml:
        secrets = {
            reference.secret.file_key: f"{folder}/{reference.entry}"
            for reference in settings.references
        }
        return {**secrets, **settings.settings}

    return lists_of(carried, "_configs", entry)
