"""Configurations and declarations as a person writes them, for tests of targets."""

from textwrap import dedent

from kizashi.declarations.configuration import Configuration, parse_configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.slo.objective import ServiceSpec


def configured(text: str) -> Configuration:
    """Return what a ``kizashi.yaml`` says; it must be sound."""
    checked = parse_configuration(SourceText("kizashi.yaml", dedent(text)))
    assert checked.is_usable, checked.problems
    return checked.configuration


def declared(
    text: str, configuration: Configuration | None = None
) -> tuple[ServiceSpec, ...]:
    """Return the services of a declaration; it must be sound."""
    measuring = (configuration or Configuration()).measuring
    found = parse_declarations([SourceText("a.yaml", dedent(text))], measuring)
    assert found.services, found.problems
    return found.services
