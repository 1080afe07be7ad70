"""File names in a configuration are relative to its folder, as in Prometheus."""

from pathlib import Path

from kizashi.declarations.notification import Receiver
from kizashi.declarations.receivers.webhook import Webhook
from kizashi.model.scraping import Authorization, BasicAuth, TlsConfig
from kizashi.settings.declaration_files import load

TEXT = """\
scrape_configs:
  - job_name: j
    scheme: https
    file_sd_configs: [{files: [targets/*.json, /etc/all.yml]}]
    basic_auth: {username: u, password_file: secret}
    tls_config: {ca_file: tls/ca.pem}
"""


def test_relative_names_follow_the_configuration_and_absolute_ones_stay(
    tmp_path: Path,
) -> None:
    path = tmp_path / "kizashi.yaml"
    path.write_text(TEXT)
    [job] = load([path]).configuration.scrape
    [found] = job.file_discoveries
    assert found.paths == (str(tmp_path / "targets/*.json"), "/etc/all.yml")
    assert job.basic_auth is not None
    assert job.basic_auth.password_file == str(tmp_path / "secret")
    assert job.tls is not None
    assert (job.tls.ca_file, job.tls.key_file) == (str(tmp_path / "tls/ca.pem"), "")


def test_every_field_that_names_a_file_follows_wherever_it_stands(tmp_path: Path):
    path = tmp_path / "kizashi.yaml"
    path.write_text(
        "route: {receiver: a}\n"
        "receivers: [{name: a, webhook_configs: [{url: 'http://x/', secret_file: k}]}]\n"
        "scrape_configs:\n"
        "  - job_name: j\n"
        "    http_sd_configs:\n"
        "      - {url: 'http://sd/', authorization: {credentials_file: /etc/token}}\n"
        "      - {url: 'http://sd/', tls_config: {ca_file: ca.pem}}\n"
        "upstream: {url: 'http://p/', basic_auth: {username: u, password_file: p}}\n"
    )

    found = load([path]).configuration

    assert found.receivers == (
        Receiver("a", (Webhook("http://x/", secret_file=str(tmp_path / "k")),)),
    )
    first, second = found.scrape[0].http_discoveries
    assert first.authorization == Authorization(credentials_file="/etc/token")
    assert second.tls == TlsConfig(ca_file=str(tmp_path / "ca.pem"))
    assert found.upstream is not None
    assert found.upstream.basic_auth == BasicAuth("u", "", str(tmp_path / "p"))
