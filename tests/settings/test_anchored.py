"""File names in a configuration are relative to its folder, as in Prometheus."""

from pathlib import Path

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
