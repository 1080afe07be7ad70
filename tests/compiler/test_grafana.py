"""Dashboards: what Grafana's own model says of them, and what a real Prometheus answers.

Grafana itself is no Debian package, so nobody has looked at them here: how they look is
the SDK's word, that every query has an answer is Prometheus'.
"""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard
from measured import CONFIGURATION, DECLARED, measured
from reading import configured, declared

from harness.prometheus import PrometheusServer
from kizashi.compiler._base import Compiled, CompileOptions, jobs_of
from kizashi.compiler.dashboard_board import LEFT_STEPS
from kizashi.compiler.dashboard_golden import uid_of
from kizashi.compiler.grafana import TARGET
from kizashi.slo.budget import budget_level
from kizashi.slo.signal_presets import PRESETS


def compiled(language: str = "en", text: str = DECLARED) -> Compiled:
    configuration = configured(CONFIGURATION)
    options = CompileOptions(
        language=language, slice_ms=1_000, jobs=jobs_of(configuration)
    )
    return TARGET.compile(declared(text, configuration), configuration, options)


def boards(found: Compiled) -> dict[str, dict[str, Any]]:
    return {file.path: json.loads(file.text) for file in found.files}


def panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(board: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Return panel, expression and whether it is instant, of every query."""
    return [
        (panel["title"], target["expr"], target["instant"])
        for panel in panels(board)
        for target in panel.get("targets", ())
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
def test_grafanas_model_reads_a_dashboard_and_loses_nothing(language: str):
    register_default_plugins()

    for path, board in boards(compiled(language)).items():
        read = Dashboard.from_json(board)
        assert json.loads(json.dumps(read, cls=JSONEncoder)) == board, path


def test_the_model_notices_a_field_that_it_does_not_know():
    register_default_plugins()
    board = boards(compiled())["objective.json"]
    panels(board)[1]["fieldConfig"]["defaults"]["units"] = "s"

    read = Dashboard.from_json(board)

    assert json.loads(json.dumps(read, cls=JSONEncoder)) != board


def test_every_panel_has_a_title_a_meaning_a_unit_and_a_place_of_its_own():
    for path, board in boards(compiled()).items():
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids), path
        places = set()
        for panel in panels(board):
            grid = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(grid["x"], grid["x"] + grid["w"])
                for y in range(grid["y"], grid["y"] + grid["h"])
            }
            assert not places & cells, (path, panel.get("title"))
            assert grid["x"] + grid["w"] <= 24
            places |= cells
            if panel["type"] == "text":
                continue
            assert panel["title"]
            assert panel["description"]
            config = json.dumps(panel["fieldConfig"])
            assert '"unit"' in config or panel["type"] == "state-timeline"


def test_coverage_stands_beside_every_number():
    """In the panel itself: its queries ask for what was seen, or say how often."""
    seen = re.compile(r"coverage|slice_seen|\bup\{")
    for path, board in boards(compiled()).items():
        for panel in panels(board):
            asked = " ".join(t["expr"] for t in panel.get("targets", ()))
            if panel["type"] in {"timeseries", "table"} or (
                panel["type"] == "stat" and path == "objective.json"
            ):
                assert seen.search(asked), (path, panel["title"])


def test_good_events_are_shown_finely_enough_to_be_compared_with_a_target():
    """99.96 % against 99.95 % must not read 100 %."""
    decimals = {
        panel["title"]: [
            value["value"]
            for override in panel["fieldConfig"]["overrides"]
            for value in override["properties"]
            if value["id"] == "decimals"
        ]
        for board in boards(compiled()).values()
        for panel in panels(board)
        if panel.get("title") in {"Good events and target", "Objectives"}
        and panel["fieldConfig"].get("overrides")
    }

    assert decimals["Good events and target"][:2] == [3, 3]
    assert decimals["Objectives"][:2] == [3, 3]


def test_a_count_is_not_painted_red_for_being_large():
    for board in boards(compiled()).values():
        for panel in panels(board):
            if panel["type"] in {"stat", "table"}:
                steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
                assert 80 not in [step["value"] for step in steps]


def test_every_panel_says_its_window():
    """As a legend, a column, or in the title."""
    for path, board in boards(compiled()).items():
        for panel in panels(board):
            if panel["type"] != "timeseries":
                continue
            text = json.dumps(panel)
            named = re.search(r"\{\{window\}\}|\$__rate_interval|slice|now", text)
            assert named, (path, panel["title"])


def test_both_languages_ask_the_same_and_speak_their_own():
    english, japanese = boards(compiled("en")), boards(compiled("ja"))

    for path, board in english.items():
        other = japanese[path]
        assert [q[1:] for q in queries(board)] == [q[1:] for q in queries(other)]
        assert board["uid"] == other["uid"]
        titles = [panel["title"] for panel in panels(other) if "title" in panel]
        assert all(re.search(r"[\u3040-\u9fff]", title) for title in titles), titles
    golden = japanese["golden-signals-todo-api.json"]
    assert golden["title"] == "ゴールデンシグナル: ToDo API"
    assert any("リクエスト" not in p.get("title", "") for p in panels(golden))


@pytest.mark.parametrize("name", PRESETS)
def test_saturation_is_drawn_from_what_the_preset_names(name: str):
    text = DECLARED.replace("preset: prometheus-client", f"preset: {name}")

    board = boards(compiled(text=text))["golden-signals-todo-api.json"]

    drawn = {expr for _, expr, _ in queries(board)}
    job, window = 'job=~"todo"', "$__rate_interval"
    assert drawn >= {s.expr(job, window) for s in PRESETS[name].saturation}


def test_the_same_declaration_gives_the_same_bytes():
    assert compiled() == compiled()


def test_a_long_name_still_has_a_uid_that_grafana_takes_and_no_other_has():
    long = "a" * 60
    one, other = (
        declared(DECLARED.replace("name: todo-api", f"name: {long}{end}"))[0]
        for end in ("b", "c")
    )

    assert len(uid_of(one)) <= 40
    assert uid_of(one) != uid_of(other)


def test_what_a_service_lacks_is_said():
    text = DECLARED.replace("  signals: {preset: prometheus-client}\n", "")
    start, end = text.index("    - name: latency"), text.index("    - name: reachable")
    text = text[:start] + text[end:]

    notes = compiled(text=text).notes

    assert [note.code for note in notes] == [
        "targets.grafana.no-latency",
        "targets.grafana.no-saturation",
    ]


def filled(expression: str) -> str:
    """Return an expression as Grafana sends it, its variables replaced."""
    for name, value in (
        ("$__rate_interval", "10s"),
        ("$service", "todo-api"),
        ("$objective", "availability"),
        ("$window", ".+"),
    ):
        expression = expression.replace(name, value)
    assert "$" not in expression
    return expression


def answers(server: PrometheusServer, expression: str, *, instant: bool) -> list[str]:
    """Return all values of an answer that are numbers."""
    now = float(server.get("query?query=time()")["result"][1])
    asked = f"query={quote(filled(expression))}"
    if instant:
        found = server.get(f"query?{asked}")["result"]
        values = [sample["value"][1] for sample in found]
    else:
        span = f"start={now - 5}&end={now}&step=1"
        found = server.get(f"query_range?{asked}&{span}")["result"]
        values = [value for series in found for _, value in series["values"]]
    return [value for value in values if value != "NaN"]


@pytest.mark.peer("prometheus")
def test_every_query_of_every_panel_is_answered(tmp_path: Path):
    with measured(tmp_path) as server:
        silent = [
            (path, title, expression)
            for path, board in boards(compiled()).items()
            for title, expression, instant in queries(board)
            if not answers(server, expression, instant=instant)
        ]
        lists = {
            (path, variable["name"]): choices(server, variable["query"])
            for path, board in boards(compiled()).items()
            for variable in board["templating"]["list"]
            if variable["type"] == "query"
        }
        own = server.query(
            filled(
                next(
                    expression
                    for title, expression, _ in queries(
                        boards(compiled())["objective.json"]
                    )
                    if title == "Good events and target"
                )
            )
        )

    assert silent == []
    assert lists == {
        ("slo-overview.json", "service"): ["todo-api"],
        ("objective.json", "service"): ["todo-api"],
        ("objective.json", "objective"): [
            "availability",
            "latency",
            "reachable",
            "unhurried",
        ],
        ("objective.json", "window"): ["10m", "4s", "8s"],
    }
    ((labels, value),) = own
    assert labels == {
        "service": "todo-api",
        "objective": "availability",
        "window": "10m",
    }
    # Half of the requests fail, by a seeded generator.
    assert 0.3 < float(value) < 0.7


def choices(server: PrometheusServer, query: str) -> list[str]:
    """Return what a variable of a dashboard offers."""
    found = re.fullmatch(r"label_values\((.+), (\w+)\)", query)
    assert found is not None
    matcher = quote(filled(found[1]))
    values: list[str] = server.get(f"label/{found[2]}/values?match[]={matcher}")
    return values


@pytest.mark.parametrize("left", [-2.0, 0.0, 0.001, 0.2499, 0.25, 1.0])
def test_a_budget_has_the_colour_of_its_level_on_all_faces(left: float):
    colours = [c for since, c in LEFT_STEPS if since is None or left >= since]

    level = budget_level(left)
    assert level is not None
    assert colours[-1] == {"ample": "green", "low": "orange", "spent": "red"}[level]
