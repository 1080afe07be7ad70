"""A configuration that is proposed is read back as what was meant."""

from pathlib import Path

import pytest

from kizashi.authoring.drafting import configuration, service_name
from kizashi.authoring.inventory import JobSeries, take_inventory
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.lint.evidence import SeenSeries
from kizashi.model.labels import METRIC_NAME, Labels
from kizashi.model.scraping import (
    Authorization,
    ScrapeConfig,
    TargetGroup,
    TlsConfig,
)
from kizashi.settings.declaration_files import load

DECLARATION = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: shop}
spec:
  objectives:
    - {name: a, target: 99%, window: 30d, boolean: {gauge: 'up{job="shop"}'}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shop.yaml").write_text(DECLARATION)
    for name in ("token", "ca.pem"):
        (tmp_path / name).write_text("x")
    return tmp_path


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("has_login", [True, False])
def test_a_scrape_is_read_back(folder: Path, language: str, *, has_login: bool) -> None:
    login = {
        "authorization": Authorization(credentials_file=str(folder / "token")),
        "tls": TlsConfig(ca_file=str(folder / "ca.pem")),
    }
    job = ScrapeConfig(
        "shop",
        scheme="https",
        metrics_path="/probe",
        params=(("module", ("http_2xx",)), ("target", ("https://a.example/?b=1",))),
        static_groups=(TargetGroup(("shop.example.com:8443",)),),
        **(login if has_login else {}),  # type: ignore[arg-type]
    )
    file = configuration(["shop.yaml"], job, language)
    (folder / file.path).write_text(file.text, "utf-8")

    loaded = load([], folder / file.path)

    assert loaded.problems == ()
    (read,) = loaded.configuration.scrape
    assert read == job


def test_a_server_is_read_back(folder: Path) -> None:
    server = UpstreamConfig(
        "https://prometheus.example.com/prometheus",
        "https://prometheus.example.com/prometheus",
        authorization=Authorization(credentials_file=str(folder / "token")),
    )
    file = configuration(["shop.yaml"], server, "en")
    (folder / file.path).write_text(file.text, "utf-8")

    loaded = load([], folder / file.path)

    assert loaded.problems == ()
    assert loaded.configuration.upstream == server


@pytest.mark.parametrize(
    ("job", "host", "metric", "name"),
    [
        ("Kube/API", "", "up", "kube-api"),
        ("", "shop.example.com", "up", "shop"),
        ("", "127.0.0.1", "node_exporter_build_info", "node"),
        ("", "localhost", "prometheus_build_info", "prometheus"),
        ("", "::1", "up", "my-service"),
        ("", "10.1.2.3", "up", "my-service"),
    ],
)
def test_a_service_has_a_name_that_people_know(
    job: str, host: str, metric: str, name: str
) -> None:
    series = [SeenSeries(Labels.of({METRIC_NAME: metric}), 1, 1)]

    assert service_name(take_inventory(JobSeries(job, series)), host) == name
