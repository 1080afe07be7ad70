"""Serve the API until told to stop.

Without --config it stands alone: tasks in memory and no login, on 127.0.0.1 only. With
it, tasks are in DynamoDB, people come with Cognito's tokens, and the AI service reads
sentences. Credentials come from where the AWS SDKs look; TODO_GUEST_KEY_FILE names a
file of 32 bytes or more that signs guests' tokens.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from service.admin import Admin, add_admin_options, admin_of
from service.listening import LOOPBACK
from service.serving import serve

from api.app import OpenBackends, alone, create_app

if TYPE_CHECKING:
    from service.certificates import SecurePort

_SHORTEST_KEY = 32


def main(arguments: Sequence[str]) -> int:
    """Serve until SIGTERM or SIGINT, finish what is in flight, return 0."""
    options = _parse(arguments)
    if options.config is None and options.host != LOOPBACK:
        # The absence of a login belongs to one machine.
        print(f"api: without --config it listens on {LOOPBACK} only", file=sys.stderr)
        return 2
    if options.config is not None and options.demo:
        print("api: with --config, faults need --admin-token-file", file=sys.stderr)
        return 2
    try:
        admin = admin_of(options)
        backends = _backends(options.config, admin) if options.config else alone
        secure = _secure(options, admin)
    except (OSError, ValueError) as error:
        print(f"api: {error}", file=sys.stderr)
        return 2
    app = create_app(
        backends=backends,
        demo=admin.switch if admin else options.demo,
        seed=options.seed,
    )
    if secure is not None:
        secure.certificate.measure(app.state.metrics.registry)
    return serve(
        app,
        service="todo-api",
        host=options.host,
        port=options.port,
        admin=admin,
        secure=secure,
    )


def _secure(options: argparse.Namespace, admin: Admin | None) -> "SecurePort | None":
    """Return the port with TLS that the options ask for.

    Raises:
        ValueError: If there is no admin port, or the folder's certificates are no good.
    """
    if options.tls_folder is None:
        return None
    if admin is None:
        raise ValueError("--tls-folder is for demo mode: it needs --admin-token-file")
    # Imported here: without such a port it runs without the library for certificates.
    from service.certificates import Certificate, SecurePort

    switch = admin.switch
    shown = Certificate(options.tls_folder, lambda: switch.striking.certificate_expired)
    switch.watch(shown.switch)
    return SecurePort(options.tls_port, shown)


def _backends(config: Path, admin: Admin | None) -> OpenBackends:
    # Imported here: alone it runs without the AWS libraries.
    from api.settings import load_settings
    from api.system import neighbours

    key_file = os.environ.get("TODO_GUEST_KEY_FILE")
    key = Path(key_file).read_bytes() if key_file else None
    if key is not None and len(key) < _SHORTEST_KEY:
        raise ValueError(f"{key_file}: at least {_SHORTEST_KEY} bytes are needed")
    settings = load_settings(config)
    if admin is None:
        return neighbours(settings, key)
    switch = admin.switch
    return neighbours(settings, key, lambda: switch.striking.ai_down)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reference-app api", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8080, help="0 takes a free one (default 8080)"
    )
    parser.add_argument(
        "--host", default=LOOPBACK, help=f"where to listen (default {LOOPBACK})"
    )
    parser.add_argument("--config", type=Path, help="the system it belongs to (JSON)")
    parser.add_argument("--demo", action="store_true", help="add the fault switch")
    add_admin_options(parser)
    parser.add_argument(
        "--tls-folder",
        type=Path,
        help="demo mode: serve TLS too; certificates are kept here, made if missing",
    )
    parser.add_argument(
        "--tls-port", type=int, default=0, help="on 127.0.0.1 (default: a free one)"
    )
    return parser.parse_args(arguments)
