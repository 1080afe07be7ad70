"""Sign people in at the emulator, for the traffic."""

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any

_TARGET = "AWSCognitoIdentityProviderService.InitiateAuth"


async def sign_in(folder: Path, settings: dict[str, Any], people: int) -> list[str]:
    """Return an access token for each person.

    Args:
        folder: Where the emulator keeps the password.
        settings: The services' settings.
        people: How many there are.
    """
    password = (folder / "password").read_text(encoding="ascii")
    names = ["demo", *(f"demo{n}" for n in range(2, people + 1))]
    return [await asyncio.to_thread(_token, settings, n, password) for n in names]


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
