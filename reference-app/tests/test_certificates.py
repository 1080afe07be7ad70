"""The secure port: who trusts its authority connects, until its certificate expires."""

import ssl
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from service.certificates import Certificate, CertificateError
from service.faults import Faults, FaultSwitch

TOKEN = "a-token-that-is-long-enough"  # noqa: S105 - of this test
BEARER = {"Authorization": f"Bearer {TOKEN}"}


class Secure:
    """An API in demo mode: its plain, admin and secure addresses, and its folder."""

    def __init__(self, part: Any, folder: Path, beside: dict[str, str]) -> None:
        self.url, self.folder = part.url, folder
        self.admin, self.secure = beside["admin"], beside["secure"]

    def trusted(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.folder / "ca.pem")


@pytest.fixture
def api(start_part: Callable[..., Any], tmp_path: Path) -> Secure:
    (tmp_path / "token").write_text(TOKEN)
    part = start_part(
        *("api", "--port", "0", "--admin-token-file", str(tmp_path / "token")),
        *("--tls-folder", str(tmp_path / "tls")),
    )
    part.until_ready()
    return Secure(part, tmp_path / "tls", part.beside)


def not_after(api: Secure) -> float:
    page = httpx2.get(f"{api.url}/metrics").text
    name = "tls_certificate_not_after_timestamp_seconds "
    return next(
        float(line.removeprefix(name))
        for line in page.splitlines()
        if line.startswith(name)
    )


def test_clients_refuse_the_expired_certificate_and_the_metric_says_why(api: Secure):
    now = datetime.now(UTC).timestamp()
    with httpx2.Client(verify=api.trusted()) as client:
        assert client.get(f"{api.secure}/tasks").status_code == 200
        assert not_after(api) > now

        faults = f"{api.admin}/demo/faults"
        httpx2.put(faults, json={"certificate_expired": True}, headers=BEARER)
        # Who is connected stays so; who comes sees the expired one.
        assert client.get(f"{api.secure}/tasks").status_code == 200
    with (
        httpx2.Client(verify=api.trusted()) as client,
        pytest.raises(httpx2.ConnectError, match="certificate has expired"),
    ):
        client.get(f"{api.secure}/tasks")
    assert not_after(api) < now
    # Plainly, the service answers all the while: it sees nothing wrong.
    assert httpx2.get(f"{api.url}/tasks").status_code == 200

    httpx2.put(faults, json={}, headers=BEARER)
    with httpx2.Client(verify=api.trusted()) as client:
        assert client.get(f"{api.secure}/tasks").status_code == 200


def test_who_does_not_know_the_authority_does_not_connect(api: Secure):
    with pytest.raises(httpx2.ConnectError, match="certificate verify failed"):
        httpx2.get(f"{api.secure}/tasks")


def test_certificates_are_kept_and_only_their_owner_reads_them(tmp_path: Path):
    shown = Certificate(tmp_path, lambda: False)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert made.keys() == {"ca.pem", "good.pem", "expired.pem"}
    assert b"PRIVATE KEY" not in made["ca.pem"]
    for path in tmp_path.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    Certificate(tmp_path, lambda: True)
    assert made == {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert shown.context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_the_good_one_lasts_and_the_other_ended_yesterday(tmp_path: Path):
    now = datetime(2026, 11, 27, tzinfo=UTC)
    Certificate(tmp_path, lambda: False, lambda: now)
    ends = {
        name: x509.load_pem_x509_certificate(
            (tmp_path / name).read_bytes()
        ).not_valid_after_utc
        for name in ("good.pem", "expired.pem")
    }
    assert ends["good.pem"] == now + timedelta(days=90)
    assert ends["expired.pem"] == now - timedelta(days=1)


def test_a_file_that_is_no_certificate_is_named(tmp_path: Path):
    Certificate(tmp_path, lambda: False)
    (tmp_path / "good.pem").write_text("nothing")
    with pytest.raises(CertificateError, match=r"good\.pem"):
        Certificate(tmp_path, lambda: False)


def test_a_switch_tells_what_strikes_this_release():
    heard: list[bool] = []
    switch = FaultSwitch(1, lambda _: pytest.fail("slept"), release="v1")
    switch.watch(lambda faults: heard.append(faults.certificate_expired))
    switch.faults = Faults(certificate_expired=True)
    switch.faults = Faults(certificate_expired=True, only_release="v2")
    assert heard == [True, False]


@pytest.mark.parametrize("options", [(), ("--demo",)])
def test_there_is_no_secure_port_without_the_admin_s(
    tmp_path: Path, options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
):
    from api.server import main

    assert main(["--port", "0", "--tls-folder", str(tmp_path / "tls"), *options]) == 2
    assert "--admin-token-file" in capsys.readouterr().err
    assert not (tmp_path / "tls").exists()
