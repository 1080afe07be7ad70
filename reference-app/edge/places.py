"""What the front door is told: its origin, and where the parts behind it are."""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from api.settings import Settings, load_settings

#: The API's paths under this origin; it knows nothing of the prefix.
API_PREFIX = "/api"
#: The site's name, as the receiver of browsers' measurements knows it.
SITE = "todo"


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything is.

    Attributes:
        origin: What people type, as ``http://localhost:8088``: without a path.
        pages: The server of the pages.
        api: The API.
        sign_in: Cognito, emulated, which then is of this origin; None on AWS, where it
            has an origin of its own, and where nobody signs in.
        pool_id: The user pool behind `sign_in`.
        rum: Takes browsers' measurements; None throws them away.
        foreign: Origins that pages may call beside their own.
        api_timeout_s: How long the API and the login may be silent.
    """

    origin: str
    pages: str
    api: str
    sign_in: str | None = None
    pool_id: str = ""
    rum: str | None = None
    foreign: tuple[str, ...] = ()
    api_timeout_s: int = 10

    @property
    def host(self) -> str:
        """Name and port of the origin, as browsers send them."""
        return urlsplit(self.origin).netloc


def read_settings(path: Path | None) -> Settings | None:
    """Return the services' settings; none without a file, where nobody signs in.

    Raises:
        SettingsError: If the file is not good.
    """
    return None if path is None else load_settings(path)


def sign_in_of(settings: Settings | None) -> tuple[str | None, str, tuple[str, ...]]:
    """Return where an emulated Cognito is, its pool, and the origins of a real one.

    The emulator is whatever is not reached over TLS: services know its address by the
    one of its keys.
    """
    if settings is None:
        return None, "", ()
    sign_in = settings.sign_in
    pool_id = str(sign_in.issuer).rstrip("/").rsplit("/", 1)[-1]
    if sign_in.jwks_url.scheme == "http":
        return _origin(str(sign_in.jwks_url)), pool_id, ()
    urls = (str(sign_in.authority), str(sign_in.domain))
    return None, pool_id, tuple(dict.fromkeys(map(_origin, urls)))


def browser_config(
    settings: Settings | None, origin: str, *, has_rum: bool
) -> dict[str, object]:
    """Return what `/config.json` tells the pages: one build serves here and on AWS.

    `authority`, `client_id` and `domain` are absent where nobody signs in, `rum` where
    nothing is measured. An emulated Cognito is of the pages' own origin.
    """
    document: dict[str, object] = {"api": API_PREFIX}
    if settings is not None:
        document |= settings.public()
        emulator, pool_id, _ = sign_in_of(settings)
        if emulator is not None:
            document |= {"authority": f"{origin}/{pool_id}", "domain": origin}
    if has_rum:
        document["rum"] = {"site": SITE}
    return document


def write_json(path: Path, document: object) -> None:
    """Write a file that a server reads."""
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
