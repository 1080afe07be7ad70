"""The emulator, mended: where it is not as AWS, and what of it is closed to others."""

import base64
import importlib.metadata
import json
import socket
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import emulator_calls
import httpx2
import pytest


def cognito(url: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
    headers = {
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{action}",
        "Content-Type": "application/x-amz-json-1.1",
    }
    return httpx2.post(url, content=json.dumps(body), headers=headers).json()


def sign_in(aws: Any) -> dict[str, str]:
    body = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": aws.settings["sign_in"]["client_id"],
        "AuthParameters": {"USERNAME": "demo", "PASSWORD": aws.password},
    }
    return cognito(aws.part.url, "InitiateAuth", body)["AuthenticationResult"]


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def renew(aws: Any, refresh: str, client_id: str) -> httpx2.Response:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": client_id,
    }
    return httpx2.post(f"{aws.part.url}/oauth2/token", data=form)


def test_a_renewed_token_keeps_sign_in_time_and_groups(aws: Any):
    signed_in = sign_in(aws)
    client_id = aws.settings["sign_in"]["client_id"]
    renewed = renew(aws, signed_in["RefreshToken"], client_id).json()
    refresh = claims_of(signed_in["RefreshToken"])
    for name in ("access_token", "id_token"):
        claims = claims_of(renewed[name])
        assert claims["auth_time"] == refresh["iat"]
        assert claims["cognito:groups"] == ["admins"]


def test_a_sign_in_across_a_second_has_the_time_that_its_renewals_have():
    """A browser ends a session whose time of sign-in changes at a renewal."""
    from emulator.renewal import mend_renewal

    def encoded(claims: dict[str, Any], *_: str) -> str:
        text = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"head.{text.rstrip('=')}.signature"

    issued = {"iss": "https://cognito.example/pool"}
    tokens = {
        "access_token": encoded({**issued, "iat": 1_000, "auth_time": 1_000}),
        "id_token": encoded({**issued, "iat": 1_000, "auth_time": 1_000, "nonce": "n"}),
        "refresh_token": encoded({**issued, "iat": 1_001}),
    }
    module = types.ModuleType("cognito")
    module._oauth2_token = lambda *_: (200, {}, json.dumps(tokens).encode())
    module._signed_jwt = encoded
    module._signature_valid = lambda _: True
    module._get_pool_unscoped = lambda _: None
    module._oauth2_error = None
    mend_renewal(module)
    form = b"grant_type=authorization_code&code=c"
    _, _, body = module._oauth2_token(None, None, form)
    document = json.loads(body)
    for name in ("access_token", "id_token"):
        assert claims_of(document[name])["auth_time"] == 1_001
    assert claims_of(document["id_token"])["nonce"] == "n"
    assert document["refresh_token"] == tokens["refresh_token"]


def test_another_client_and_a_forged_token_are_not_renewed(aws: Any):
    refresh = sign_in(aws)["RefreshToken"]
    client_id = aws.settings["sign_in"]["client_id"]
    assert renew(aws, refresh, "another").status_code == 400
    head, body, signature = refresh.split(".")
    forged = f"{head}.{body}.{signature[:-4]}AAAA"
    assert renew(aws, forged, client_id).status_code == 400
    assert renew(aws, "garbage", client_id).status_code == 400


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Host": "evil.example"}, {"Origin": "null"}],
)
def test_a_foreign_page_may_not_even_wipe_it(aws: Any, headers: dict[str, str]):
    answer = httpx2.post(f"{aws.part.url}/_ministack/reset", headers=headers)
    assert answer.status_code == 403


def test_its_own_routes_are_closed_to_everybody_but_for_its_health(aws: Any):
    for path in ("reset", "config", "state", "cfn-signal/x"):
        assert httpx2.post(f"{aws.part.url}/_ministack/{path}").status_code == 403
    assert httpx2.get(f"{aws.part.url}/_ministack/health").status_code == 200


def test_a_picture_of_a_foreign_page_may_not_ask_it_anything(aws: Any):
    """Of a picture a browser sends no origin, but whence the page is."""
    url, own = f"{aws.part.url}/logout?client_id=x", {"Sec-Fetch-Site": "same-origin"}
    foreign = httpx2.get(url, headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert httpx2.get(url, headers=own).status_code == 400


def test_it_listens_on_this_machine_only(aws: Any):
    port = int(aws.part.url.rpartition(":")[2])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # nothing is sent: it tells our own address
        outside = probe.getsockname()[0]
    with pytest.raises(OSError, match=r"refused|unreachable"):
        socket.create_connection((outside, port), timeout=5).close()


def test_it_looks_for_no_containers_and_writes_where_it_is_told(tmp_path: Path):
    program = (
        "import sys; from pathlib import Path; from emulator.settings import prepare;"
        "prepare(Path(sys.argv[1]), 4566, keeps_state=True); import os;"
        "print(os.environ['DOCKER_HOST'], os.environ['TMPDIR'], os.umask(0))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "state")],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    where = tmp_path / "state" / "tmp"
    assert ran.stdout.split() == ["unix:///nonexistent", str(where), str(0o077)]


def test_only_this_user_reads_what_it_keeps(aws: Any):
    files = [path for path in aws.folder.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if path.stat().st_mode & 0o077] == []


def until_saved(aws: Any, client_id: str) -> None:
    """Return when two saves since now are on disk: the first may be half an old one."""
    path = aws.folder / "cognito.json"
    seen = set()
    for _ in range(600):
        if path.exists() and client_id in path.read_text(encoding="utf-8"):
            seen.add(path.stat().st_mtime_ns)
        if len(seen) > 2:
            return
        threading.Event().wait(0.05)
    pytest.fail("nothing was saved within 30 s")


@pytest.fixture(scope="module")
def again(
    aws: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[dict[str, Any], dict[str, Any], Any]]:
    """An emulator that was killed and started again with another origin.

    First what its settings and published keys were, then the one that runs.
    """
    folder = tmp_path_factory.mktemp("again")
    first = type(aws)(folder)
    settings = first.settings
    published = httpx2.get(settings["sign_in"]["jwks_url"]).json()
    until_saved(first, settings["sign_in"]["client_id"])
    first.part.kill()
    second = type(aws)(folder, "--origin", "http://localhost:9999")
    yield settings, published, second
    second.part.kill()


def test_a_kill_loses_nothing_that_is_older_than_a_save(again: Any):
    before, published, second = again
    for name in ("client_id", "issuer"):
        assert second.settings["sign_in"][name] == before["sign_in"][name]
    keys = httpx2.get(second.settings["sign_in"]["jwks_url"]).json()
    assert keys == published
    assert sign_in(second)["AccessToken"]


def test_a_pool_of_an_earlier_run_learns_a_new_origin(again: Any):
    """One origin counts: localhost and 127.0.0.1 are two."""
    *_, second = again
    new = asked(second, redirect_uri="http://localhost:9999/callback")
    assert ask(second, "/login", **new).status_code == 200
    for other in ("http://localhost:8088", "http://127.0.0.1:9999"):
        old = asked(second, redirect_uri=f"{other}/callback")
        assert ask(second, "/login", **old).status_code == 400


def ask(aws: Any, path: str, **query: str) -> httpx2.Response:
    return httpx2.get(f"{aws.part.url}{path}", params=query, follow_redirects=False)


def asked(aws: Any, **more: str) -> dict[str, str]:
    return {
        "client_id": aws.settings["sign_in"]["client_id"],
        "redirect_uri": "http://localhost:8088/callback",
        "response_type": "code",
        "scope": "openid",
        "state": "s1",
        **more,
    }


def revoke(aws: Any, token: str, client_id: str | None = None) -> httpx2.Response:
    form = {"client_id": client_id or aws.settings["sign_in"]["client_id"]}
    form |= {"token": token} if token else {}
    return httpx2.post(f"{aws.part.url}/oauth2/revoke", data=form)


def test_a_revoked_refresh_token_renews_nothing(aws: Any):
    refresh = sign_in(aws)["RefreshToken"]
    other = sign_in(aws)["RefreshToken"]
    client_id = aws.settings["sign_in"]["client_id"]
    assert renew(aws, refresh, client_id).status_code == 200
    answer = revoke(aws, refresh)
    assert (answer.status_code, answer.content) == (200, b"")
    refused = renew(aws, refresh, client_id)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    # Twice is no error, and other sessions go on.
    assert revoke(aws, refresh).status_code == 200
    assert renew(aws, other, client_id).status_code == 200


def test_what_is_no_refresh_token_of_the_client_is_not_revoked(aws: Any):
    signed_in = sign_in(aws)
    for token, error in (
        (signed_in["AccessToken"], "unsupported_token_type"),
        (signed_in["IdToken"], "unsupported_token_type"),
        ("", "invalid_request"),
    ):
        answer = revoke(aws, token)
        assert (answer.status_code, answer.json()["error"]) == (400, error)
    unknown = revoke(aws, signed_in["RefreshToken"], "another")
    assert unknown.json()["error"] == "invalid_client"
    assert revoke(aws, "garbage").status_code == 200
    client_id = aws.settings["sign_in"]["client_id"]
    assert renew(aws, signed_in["RefreshToken"], client_id).status_code == 200


def test_everybodys_sessions_end_when_an_administrator_says_so(aws: Any):
    refresh = sign_in(aws)["RefreshToken"]
    administer(
        aws, "AdminUserGlobalSignOut", {"UserPoolId": pool(aws), "Username": "demo"}
    )
    refused = renew(aws, refresh, aws.settings["sign_in"]["client_id"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


def pool(aws: Any) -> str:
    return aws.settings["sign_in"]["issuer"].rpartition("/")[2]


def administer(aws: Any, action: str, body: dict[str, Any]) -> dict[str, Any]:
    return emulator_calls.administer(aws.part.url, action, **body)


def test_the_login_page_can_be_asked_for_by_its_own_name(aws: Any):
    page = ask(aws, "/login", **asked(aws))
    assert page.status_code == 200
    assert 'id="username"' in page.text
    assert page.text == ask(aws, "/oauth2/authorize", **asked(aws)).text
    foreign = asked(aws, redirect_uri="https://evil.example/callback")
    assert ask(aws, "/login", **foreign).status_code == 400


def test_who_must_not_see_a_login_page_is_told_that_nobody_is_signed_in(aws: Any):
    answer = ask(aws, "/oauth2/authorize", **asked(aws, prompt="none"))
    assert answer.status_code == 302
    there = urlsplit(answer.headers["location"])
    assert there.path == "/callback"
    assert parse_qs(there.query) == {"error": ["login_required"], "state": ["s1"]}
    foreign = asked(aws, prompt="none", redirect_uri="https://evil.example/")
    assert ask(aws, "/oauth2/authorize", **foreign).status_code == 400


def test_signing_out_leads_only_to_where_the_client_says(aws: Any):
    client_id = aws.settings["sign_in"]["client_id"]
    there = "http://localhost:8088/signed-out"
    answer = ask(aws, "/logout", client_id=client_id, logout_uri=there)
    assert (answer.status_code, answer.headers["location"]) == (302, there)
    foreign = ask(
        aws, "/logout", client_id=client_id, logout_uri="https://evil.example/"
    )
    assert foreign.status_code == 400
    # The other form of it: on to the login page.
    again = ask(aws, "/logout", **asked(aws))
    assert again.status_code == 302
    assert urlsplit(again.headers["location"]).path == "/login"


def test_the_discovery_document_names_where_to_revoke(aws: Any):
    url = f"{aws.part.url}/{pool(aws)}/.well-known/openid-configuration"
    host = {"Host": "localhost:8088"}
    document = httpx2.get(url, headers=host).json()
    assert document["issuer"] == aws.settings["sign_in"]["issuer"]
    assert document["revocation_endpoint"] == "http://localhost:8088/oauth2/revoke"
    assert document["end_session_endpoint"] == "http://localhost:8088/logout"


def test_tokens_are_signed_with_the_keys_that_are_published(aws: Any):
    """Without cryptography the emulator would sign with random bytes, and not say so."""
    from joserfc import jwt
    from joserfc.jwk import KeySet

    keys = KeySet.import_key_set(httpx2.get(aws.settings["sign_in"]["jwks_url"]).json())
    for name in ("AccessToken", "IdToken"):
        token = jwt.decode(sign_in(aws)[name], keys, algorithms=["RS256"])
        assert token.claims["iss"] == aws.settings["sign_in"]["issuer"]


def test_a_refresh_token_that_has_ended_renews_nothing(aws: Any):
    """The client's settings are put back: other tests sign in with it."""
    client_id = aws.settings["sign_in"]["client_id"]
    names = {"UserPoolId": pool(aws), "ClientId": client_id}
    found = administer(aws, "DescribeUserPoolClient", names)["UserPoolClient"]
    kept = {k: found[k] for k in KEPT if k in found}
    short = {
        "RefreshTokenValidity": 2,
        "TokenValidityUnits": {"RefreshToken": "seconds"},
    }
    administer(aws, "UpdateUserPoolClient", {**names, **kept, **short})
    try:
        refresh = sign_in(aws)["RefreshToken"]
        until(lambda: renew(aws, refresh, client_id).status_code == 400)
    finally:
        administer(aws, "UpdateUserPoolClient", {**names, **kept})


KEPT = (
    "ClientName", "AllowedOAuthFlowsUserPoolClient", "AllowedOAuthFlows",
    "AllowedOAuthScopes", "SupportedIdentityProviders", "CallbackURLs", "LogoutURLs",
    "ExplicitAuthFlows", "EnableTokenRevocation", "PreventUserExistenceErrors",
)  # fmt: skip


def until(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        threading.Event().wait(0.1)
    pytest.fail("not within 30 s")


def test_settings_among_its_own_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """It keeps a config.json of its own there, and would read ours as that."""
    from emulator.command import main

    state = ("--state", str(tmp_path))
    assert main([*state, "--config", str(tmp_path / "config.json")]) == 2
    assert "--config may not be" in capsys.readouterr().err


def test_the_versions_that_were_mended_are_the_ones_that_run():
    """Both pin botocore; aioboto3 beside them would bring versions that do not work."""
    assert importlib.metadata.version("ministack") == "1.5.33"
    assert importlib.metadata.version("aiobotocore").startswith("3.9.")
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("aioboto3")


@pytest.mark.parametrize("mend", ["renewal.mend_renewal", "hosted.mend_discovery"])
def test_an_emulator_that_lacks_what_is_mended_is_refused(mend: str):
    import importlib

    module, name = mend.split(".")
    function = getattr(importlib.import_module(f"emulator.{module}"), name)
    with pytest.raises(RuntimeError, match="mend anew"):
        function(types.ModuleType("cognito"))


def test_installing_nginx_for_a_test_starts_no_service():
    """Debian's would listen on port 80; packages may start none while we install."""
    script = (Path(__file__).parents[2] / "scripts" / "peers").read_text("utf-8")
    assert "policy-rc.d" in script
    assert "exit 101" in script
