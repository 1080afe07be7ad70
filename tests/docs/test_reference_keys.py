"""The reference lists every key of both kinds of file, with its default."""

import re
from pathlib import Path

import pytest

from kizashi.declarations import configuration, measuring, notification
from kizashi.declarations.configuration import parse_configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.problems import Problem
from kizashi.declarations.receivers import RECEIVER_KINDS
from kizashi.declarations.scrape_configuration import SCRAPE_KEYS
from kizashi.declarations.service import parse_declarations
from kizashi.model.durations import format_duration
from kizashi.model.scraping import (
    DnsDiscovery,
    FileDiscovery,
    HttpDiscovery,
    ScrapeLimits,
)
from kizashi.sli._kinds import KINDS

DOCS = Path(__file__).parents[2] / "docs"

#: The heading of a table, and a file with an unknown key in that mapping.
CONFIGURATION_PLACES = {
    "ledger": "ledger: {zz: 1}",
    "openslo": "openslo: {zz: 1}",
    "global": "global: {zz: 1}",
    "scrape_configs": "scrape_configs: [{zz: 1}]",
    "static_configs": "scrape_configs: [{static_configs: [{zz: 1}]}]",
    "file_sd_configs": "scrape_configs: [{file_sd_configs: [{zz: 1}]}]",
    "http_sd_configs": "scrape_configs: [{http_sd_configs: [{zz: 1}]}]",
    "dns_sd_configs": "scrape_configs: [{dns_sd_configs: [{zz: 1}]}]",
    "relabel_configs": "scrape_configs: [{relabel_configs: [{zz: 1}]}]",
    "basic_auth": "scrape_configs: [{basic_auth: {zz: 1}}]",
    "authorization": "scrape_configs: [{authorization: {zz: 1}}]",
    "tls_config": "scrape_configs: [{tls_config: {zz: 1}}]",
    "upstream": "upstream: {zz: 1}",
    "storage": "storage: {zz: 1}",
    "route": "route: {zz: 1}",
    "receivers": "receivers: [{zz: 1}]",
    "heartbeat": "heartbeat: {zz: 1}",
    **{
        kind.list_key: f"receivers: [{{{kind.list_key}: [{{zz: 1}}]}}]"
        for kind in RECEIVER_KINDS.values()
    },
}
SPEC = "apiVersion: kizashi.dev/v1\nkind: Service\nmetadata: {name: a}\nspec: "
DECLARATION_PLACES = {
    "metadata": "apiVersion: kizashi.dev/v1\nkind: Service\nmetadata: {zz: 1}\nspec: {}",
    "spec": SPEC + "{zz: 1}",
    "objectives": SPEC + "{objectives: [{zz: 1}]}",
    "alerting": SPEC + "{objectives: [{alerting: {zz: 1}}]}",
    "policies": SPEC + "{objectives: [{alerting: {policies: [{zz: 1}]}}]}",
    "dependsOn": SPEC + "{dependsOn: [{zz: 1}]}",
    "signals": SPEC + "{signals: {zz: 1}}",
    "runbooks": SPEC + "{runbooks: [{zz: 1}]}",
}


def known_keys(problems: tuple[Problem, ...]) -> set[str]:
    """Return the keys that a complaint about an unknown one lists."""
    (found,) = [p for p in problems if p.code == "field.unknown"]
    if found.params["where"] == "scrape_configs[0]":
        return set(SCRAPE_KEYS)  # too many for the text of a problem
    return set(found.params["known"].split(", "))


def listed_keys(page: Path, heading: str) -> set[str]:
    """Return the first column of the first table below a heading."""
    text = page.read_text(encoding="utf-8")
    part = re.split(rf"^## {heading}$", text, flags=re.MULTILINE)[1]
    rows = part.split("|---|", 1)[1].partition("\n\n")[0].splitlines()[1:]
    return {row.split("`")[1] for row in rows}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("place", ["", *CONFIGURATION_PLACES])
def test_every_key_of_the_configuration_is_listed(place: str, language: str):
    text = CONFIGURATION_PLACES.get(place, "zz: 1")
    page = DOCS / language / "reference" / "kizashi-yaml.md"
    heading = place or {"en": "Top", "ja": "最上位"}[language]

    known = known_keys(parse_configuration(SourceText("kizashi.yaml", text)).problems)

    assert listed_keys(page, heading) == known


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("place", DECLARATION_PLACES)
def test_every_field_of_a_declaration_is_listed(place: str, language: str):
    page = DOCS / language / "reference" / "declarations.md"
    source = SourceText("a.yaml", DECLARATION_PLACES[place])

    known = known_keys(parse_declarations([source]).problems)

    # Kinds of indicator have a page of their own.
    assert listed_keys(page, place) == known - KINDS.keys()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_key_of_an_indicator_is_listed(kind: str, language: str):
    page = DOCS / language / "reference" / "sli.md"
    source = SourceText("a.yaml", f"{SPEC}{{objectives: [{{{kind}: {{zz: 1}}}}]}}")

    known = known_keys(parse_declarations([source]).problems)

    assert listed_keys(page, kind) == known == set(KINDS[kind].keys)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_refresh_intervals_listed_are_those_of_the_code(language: str):
    page = DOCS / language / "reference" / "kizashi-yaml.md"
    text = page.read_text(encoding="utf-8")

    listed = re.findall(r"^\| `refresh_interval` \| `(\w+)` \|", text, re.MULTILINE)

    kinds = FileDiscovery(()), HttpDiscovery(""), DnsDiscovery(())
    assert listed == [format_duration(k.refresh_interval_ms) for k in kinds]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_defaults_listed_are_those_of_the_code(language: str):
    page = DOCS / language / "reference" / "kizashi-yaml.md"
    text = page.read_text(encoding="utf-8")
    listed = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", text, re.MULTILINE))
    limits = ScrapeLimits()

    assert listed == listed | {
        "retention": format_duration(configuration.DEFAULT_RETENTION_MS),
        "slice": format_duration(measuring.DEFAULT_SLICE_MS),
        "group_wait": format_duration(notification.DEFAULT_GROUP_WAIT_MS),
        "group_interval": format_duration(notification.DEFAULT_GROUP_INTERVAL_MS),
        "repeat_interval": format_duration(notification.DEFAULT_REPEAT_INTERVAL_MS),
        "sample_limit": str(limits.samples),
        "label_limit": str(limits.labels),
        "label_name_length_limit": str(limits.label_name_bytes),
        "label_value_length_limit": str(limits.label_value_bytes),
        "body_size_limit": f"{limits.body_bytes >> 20}MB",
    }
