"""Jobs of scrape configurations among the files, and rules that ask for others."""

import json
from pathlib import Path

import pytest

from kizashi.cli import run

RULES = """\
groups:
  - name: g
    rules:
      - {alert: Known, expr: 'up{job="shop"} == 0', for: 5m}
      - {alert: Unknown, expr: 'up{job="shopp"} == 0', for: 5m}
      - {alert: Pattern, expr: 'up{job=~"pay.*"} == 0', for: 5m}
      - {alert: Others, expr: 'up{job!="pay"} == 0', for: 5m}
"""
SCRAPED = """\
scrape_configs:
  - job_name: shop
    static_configs: [{targets: ['127.0.0.1:1']}, {targets: ['127.0.0.1:2'], labels: {job: db}}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules.yml").write_text(RULES)
    return tmp_path


def lines(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[int]:
    """Return the lines of rules whose job nobody scrapes."""
    run(["check", "--lint", "--format", "json", str(folder)])
    found = json.loads(capsys.readouterr().out)["findings"]
    assert {each["rule"] for each in found} <= {"job-cannot-match"}
    return [each["line"] for each in found]


def test_a_job_that_no_configuration_has_is_found(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    (folder / "prometheus.yml").write_text(SCRAPED)

    assert lines(folder, capsys) == [5, 6]


def test_without_a_configuration_nothing_is_known_of_jobs(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    assert lines(folder, capsys) == []


@pytest.mark.parametrize(
    "more",
    [
        "    relabel_configs: [{source_labels: [a], target_label: job}]\n",
        "    metric_relabel_configs: [{source_labels: [a], target_label: job}]\n",
        "    honor_labels: true\n",
        "    kubernetes_sd_configs: [{role: pod}]\n",
        "scrape_config_files: [more.yml]\n",
    ],
)
def test_where_jobs_may_have_other_names_none_is_called_missing(
    more: str, folder: Path, capsys: pytest.CaptureFixture[str]
):
    (folder / "prometheus.yml").write_text(SCRAPED + more)

    assert lines(folder, capsys) == []
