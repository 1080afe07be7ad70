"""The emulator, mended: renewals, origins, and a kill that loses nothing."""

import base64
import json
import threading
from pathlib import Path
from typing import Any

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


def test_a_kill_loses_nothing_that_is_older_than_a_save(aws: Any, tmp_path: Path):
    first = type(aws)(tmp_path)
    client_id = first.settings["sign_in"]["client_id"]
    keys = first.settings["sign_in"]["jwks_url"]
    published = httpx2.get(keys).json()
    until_saved(first, client_id)
    first.part.kill()
    second = type(aws)(tmp_path)
    try:
        assert second.settings["sign_in"]["client_id"] == client_id
        again = httpx2.get(second.settings["sign_in"]["jwks_url"]).json()
        assert again == published
        assert sign_in(second)["AccessToken"]
    finally:
        second.part.kill()
