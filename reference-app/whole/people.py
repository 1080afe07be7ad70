"""Sign people in at the emulator, for the traffic."""

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

from whole.plan import PEOPLE, Plan

_TARGET = "AWSCognitoIdentityProviderService.InitiateAuth"


async def sign_in(plan: Plan) -> None:
    """Write an access token for each person, one a line."""
    settings = json.loads(await asyncio.to_thread(_read, plan.config))
    password = await asyncio.to_thread(_read, plan.password)
    names = ["demo", *(f"demo{n}" for n in range(2, PEOPLE + 1))]
    tokens = [await asyncio.to_thread(_token, settings, n, password) for n in names]
    await asyncio.to_thread(write_private, plan.tokens, "\n".join(tokens) + "\n")


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="ascii")


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _token(settings: dict[str, Any], name: str, password: str) -> str:
    body = {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": settings["sign_in"]["client_id"],
        "AuthParameters": {"USERNAME": name, "PASSWORD": password},
    }
    request = urllib.request.Request(  # noqa: S310 - the emulator's, on loopback
        settings["dynamodb_endpoint"],
        json.dumps(body).encode(),
        {"X-Amz-Target": _TARGET, "Content-Type": "application/x-amz-json-1.1"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        token: str = json.loads(answer.read())["AuthenticationResult"]["AccessToken"]
    return token
