"""What the service is told: one JSON file, the same on AWS and on a laptop.

Nothing in it is secret; browsers read a part of it from ``/config.json``.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, ValidationError


class SettingsError(ValueError):
    """The file is missing or wrong; the message says where."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Sign(_Section):
    """Who signs people in.

    `issuer` is what tokens name, on AWS and on the emulator alike; `authority` is where
    the discovery document is, `jwks_url` where the keys are, as this service reaches
    them; `domain` has the login page.
    """

    issuer: str
    client_id: str
    jwks_url: HttpUrl
    authority: HttpUrl
    domain: HttpUrl


class Settings(_Section):
    """The whole file."""

    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    table: str = Field(pattern=r"^[A-Za-z0-9._-]{3,255}$")
    dynamodb_endpoint: HttpUrl | None = None
    ai_url: HttpUrl
    ai_timeout_s: float = Field(1.5, gt=0, le=10)
    sign_in: Sign

    def public(self) -> dict[str, object]:
        """Return what a browser needs."""
        sign_in = self.sign_in
        return {
            "authority": str(sign_in.authority).rstrip("/"),
            "client_id": sign_in.client_id,
            "domain": str(sign_in.domain).rstrip("/"),
            "guest": True,
        }


def load_settings(path: Path) -> Settings:
    """Return the settings of a file.

    Raises:
        SettingsError: If it cannot be read or a field of it is wrong; all are named.
    """
    try:
        document: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Settings.model_validate(document)
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except ValidationError as error:
        lines = [
            f"{path}: {'.'.join(map(str, found['loc']))}: {found['msg']}"
            for found in error.errors()
        ]
        raise SettingsError("\n".join(lines)) from None
    except ValueError as error:
        raise SettingsError(f"{path}: no JSON: {error}") from None
