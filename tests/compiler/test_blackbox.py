"""Modules for blackbox_exporter, judged by blackbox_exporter."""

import subprocess
from pathlib import Path

import pytest
import yaml
from reading import configured

from kizashi.compiler._base import Compiled, CompileOptions
from kizashi.compiler.blackbox import MODULES, TARGET
from kizashi.compiler.probe_jobs import probe_job
from kizashi.model.scraping import RelabelRule

CONFIGURATION = """\
scrape_configs:
  - job_name: plain
    static_configs: [{targets: ["127.0.0.1:1"]}]
  - job_name: web
    scrape_interval: 1m
    scrape_timeout: 25s
    metrics_path: /probe
    params: {module: [http_2xx]}
    static_configs: [{targets: ["https://shop.example/"]}]
    relabel_configs:
      - {source_labels: [__address__], target_label: __param_target}
      - {source_labels: [__param_target], target_label: instance}
      - {source_labels: [__param_target], regex: "https://(.*)/", target_label: site}
      - {target_label: __address__, replacement: "blackbox:9115"}
  - job_name: odd
    metrics_path: /probe
    params: {module: [our_own]}
    static_configs: [{targets: ["127.0.0.1:9115"]}]
"""


def compiled(text: str = CONFIGURATION) -> Compiled:
    return TARGET.compile((), configured(text), CompileOptions())


def test_a_module_waits_as_long_as_the_scrape_that_asks_for_it():
    modules = yaml.safe_load(compiled().files[0].text)["modules"]

    assert modules["http_2xx"]["timeout"] == "25s"
    assert modules["tcp_connect"]["timeout"] == "10s"
    assert set(modules) == set(MODULES)


def test_a_module_that_nobody_knows_is_named():
    (note,) = compiled().notes

    assert note.code == "targets.blackbox.module"
    assert (note.params["job"], note.params["module"]) == ("odd", "our_own")


def test_how_a_job_probes_is_read_from_the_usual_relabelling():
    plain, web, odd = map(probe_job, configured(CONFIGURATION).scrape)

    assert plain is None
    assert web is not None
    assert (web.module, web.prober) == ("http_2xx", "blackbox:9115")
    assert web.rules == (
        RelabelRule(
            source_labels=("__param_target",),
            regex="https://(.*)/",
            target_label="site",
        ),
    )
    assert odd is not None
    assert odd.prober is None, "the targets are the probers"


@pytest.mark.peer("prometheus-blackbox-exporter")
def test_the_exporter_accepts_it(tmp_path: Path):
    path = tmp_path / "blackbox.yml"
    path.write_text(compiled().files[0].text)

    told = subprocess.run(
        [  # noqa: S607 - whatever PATH offers
            "prometheus-blackbox-exporter",
            "--config.check",
            f"--config.file={path}",
        ],
        capture_output=True,
        check=False,
        text=True,
    )

    assert told.returncode == 0, told.stderr
