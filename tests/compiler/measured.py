"""A real Prometheus that runs compiled rules on the reference application."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import yaml
from reading import configured, declared

from harness.prometheus import PrometheusServer, running_prometheus
from kizashi.compiler._base import CompileOptions, jobs_of
from kizashi.compiler.prometheus import TARGET

ROOT = Path(__file__).parents[2]
CONFIGURATION = """\
ledger: {slice: 1s}
global: {scrape_interval: 1s}
scrape_configs: [{job_name: todo, static_configs: [{targets: ["ADDRESS"]}]}]
"""
DECLARED = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: todo-api, displayName: {en: To-do API, ja: ToDo API}}
spec:
  job: todo
  signals: {preset: prometheus-client}
  objectives:
    - name: availability
      displayName: {en: Requests succeed, ja: リクエストが成功する}
      target: 90%
      window: 10m
      ratio:
        bad: http_requests_total{job="todo",status=~"5.."}
        valid: http_requests_total{job="todo"}
      alerting:
        policies: [{long: 8s, short: 4s, factor: 2, severity: page}]
    - name: latency
      target: 90%
      window: 5m
      latency:
        histogram: http_request_duration_seconds
        match: '{job="todo"}'
        below: 200ms
      alerting:
        policies: [{long: 8s, short: 4s, factor: 2, severity: ticket}]
    - name: reachable
      target: 90%
      window: 10m
      boolean: {gauge: 'up{job="todo"}'}
      alerting:
        policies: [{long: 8s, short: 4s, factor: 2, severity: ticket}]
    - name: unhurried
      target: 90%
      window: 10m
      threshold: {gauge: 'http_requests_in_flight{job="todo"}', below: 1000}
      alerting:
        policies: [{long: 8s, short: 4s, factor: 2, severity: ticket}]
"""


@contextmanager
def todo_api() -> Iterator[str]:
    """Run the reference application with faults and a little traffic."""
    command = [sys.executable, str(ROOT / "reference-app"), "api", "--port", "0"]
    over = threading.Event()
    with subprocess.Popen([*command, "--demo"], stdout=subprocess.PIPE, text=True) as p:
        assert p.stdout
        url = p.stdout.readline().split()[-1]
        faults = {"error_share": 0.5, "latency_ms": 250, "latency_share": 0.5}

        def call() -> None:
            with httpx2.Client(base_url=url) as client:
                client.put("/demo/faults", json=faults).raise_for_status()
                while not over.wait(0.02):
                    client.get("/tasks")

        callers = [threading.Thread(target=call) for _ in range(4)]
        for caller in callers:
            caller.start()
        try:
            yield url.removeprefix("http://")
        finally:
            over.set()
            for caller in callers:
                caller.join()
            p.kill()


@contextmanager
def measured(folder: Path, alertmanager: str = "") -> Iterator[PrometheusServer]:
    """Run a Prometheus that scrapes the application, until both objectives burn.

    Args:
        folder: Where its files go.
        alertmanager: The address of an Alertmanager that is told; empty for none.
    """
    with todo_api() as address:
        configuration = configured(CONFIGURATION.replace("ADDRESS", address))
        options = CompileOptions(
            slice_ms=1_000, jobs=jobs_of(configuration), with_tests=False
        )
        services = declared(DECLARED, configuration)
        for file in TARGET.compile(services, configuration, options).files:
            content = yaml.safe_load(file.text)
            for group in content["groups"]:
                # What an objective is hardly changes; a test does not wait a minute.
                group["interval"] = "1s"
            (folder / file.path).write_text(yaml.safe_dump(content))
        settings: dict[str, object] = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
            "rule_files": ["*.rules.yaml"],
            "scrape_configs": [
                {"job_name": "todo", "static_configs": [{"targets": [address]}]}
            ],
        }
        if alertmanager:
            told = {"static_configs": [{"targets": [alertmanager]}]}
            settings["alerting"] = {"alertmanagers": [told]}
        with running_prometheus(folder, settings) as server:
            server.targets(lambda found: found["activeTargets"])
            held = 'kizashi:pair_held:bool{service="todo-api"} == 1'
            server.targets(lambda _: len(server.query(held)) == 2)
            yield server
