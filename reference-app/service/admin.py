"""The admin port: the fault switch on a port of its own, for holders of the token."""

import argparse
import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException

from service.faults import FaultSwitch, fault_routes
from service.problems import answer_problems

_SHORTEST = 16


class AdminError(ValueError):
    """The token's file is missing or its token too short."""


@dataclass(frozen=True, slots=True)
class Admin:
    """Where the switch is turned.

    Attributes:
        port: On 127.0.0.1; 0 takes a free one.
        token: Who has it may.
        switch: The switch.
    """

    port: int
    token: str
    switch: FaultSwitch

    def app(self) -> FastAPI:
        """Return the application of the port."""

        async def has_token(authorization: Annotated[str, Header()] = "") -> None:
            expected = f"Bearer {self.token}".encode()
            if not secrets.compare_digest(authorization.encode(), expected):
                raise HTTPException(
                    401, "the admin token is needed", {"WWW-Authenticate": "Bearer"}
                )

        app = FastAPI(
            title="Fault switch",
            version="1",
            docs_url=None,
            redoc_url=None,
            dependencies=[Depends(has_token)],
            openapi_url=None,
        )
        app.include_router(fault_routes(self.switch))
        answer_problems(app)
        return app


def add_admin_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of demo mode to a service's command line."""
    parser.add_argument(
        "--admin-token-file", type=Path, help="demo mode: the admin port's token"
    )
    parser.add_argument(
        "--admin-port", type=int, default=0, help="on 127.0.0.1 (default: a free one)"
    )
    parser.add_argument("--release", default="", help="which release this is")
    parser.add_argument("--seed", type=int, default=0, help="which requests suffer")


def admin_of(options: argparse.Namespace) -> Admin | None:
    """Return the admin port that the options ask for; none without a token.

    Raises:
        AdminError: If the token's file is not good.
    """
    if options.admin_token_file is None:
        return None
    switch = FaultSwitch(options.seed, asyncio.sleep, options.release)
    return Admin(options.admin_port, read_token(options.admin_token_file), switch)


def read_token(path: Path) -> str:
    """Return the token of a file.

    Raises:
        AdminError: If it cannot be read or is too short to be safe.
    """
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AdminError(f"{path}: {error}") from None
    if len(token) < _SHORTEST:
        raise AdminError(f"{path}: a token has at least {_SHORTEST} characters")
    return token
