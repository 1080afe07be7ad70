"""Run the front door, or the server of the pages behind it, until told to stop.

nginx where Debian's is installed; otherwise a server of our own with the same answers.
Everything it writes is in --state: configuration, pid, logs.
"""

import argparse
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from api.settings import SettingsError
from service.listening import listen

from edge import nginx, own
from edge.places import Places, browser_config, read_settings, sign_in_of
from edge.site import SiteError, prepare

_DIST = Path(__file__).parents[1] / "frontend" / "dist"
_BACKLOG = 511  # as nginx asks for


def main(arguments: Sequence[str]) -> int:
    """Be the front door; return 2 where what it is told is wrong."""
    options = _door_options(arguments)
    try:
        settings = read_settings(options.config)
        listener = listen(options.port, backlog=_BACKLOG)
    except SettingsError as error:
        return _refuse("edge", error)
    port = listener.getsockname()[1]
    sign_in, pool_id, foreign = sign_in_of(settings)
    places = Places(
        origin=options.origin or f"http://localhost:{port}",
        pages=options.pages,
        api=options.api,
        sign_in=sign_in,
        pool_id=pool_id,
        rum=options.rum,
        foreign=foreign,
        api_timeout_s=options.api_timeout,
    )
    (options.state / "logs").mkdir(parents=True, exist_ok=True)
    return _serve(
        "edge",
        options,
        listener,
        lambda found: nginx.door(found, places, options.state, port),
        lambda: own.serve(
            own.door(places, options.state / "logs" / "access.log"), listener
        ),
    )


def pages(arguments: Sequence[str]) -> int:
    """Serve the pages; return 2 where there are none."""
    options = _pages_options(arguments)
    options.state.mkdir(parents=True, exist_ok=True)
    try:
        settings = read_settings(options.config)
        told = browser_config(settings, options.origin, has_rum=options.rum)
        site = prepare(options.dist, told, options.state)
    except (SettingsError, SiteError) as error:
        return _refuse("pages", error)
    listener = listen(options.port, backlog=_BACKLOG)
    port = listener.getsockname()[1]
    return _serve(
        "pages",
        options,
        listener,
        lambda found: nginx.pages(found, site, options.state, port),
        lambda: own.serve(own.pages(site), listener),
    )


def _serve(
    part: str,
    options: argparse.Namespace,
    listener: socket.socket,
    write: Callable[[nginx.Nginx], str],
    serve_own: Callable[[], None],
) -> int:
    """Serve by nginx, or by the server that needs none; say by which."""
    found = None if options.server == "own" else nginx.find_nginx()
    if found is None and options.server == "nginx":
        return _refuse(part, f"nginx is not here: {nginx.INSTALL}")
    host, port = listener.getsockname()[:2]
    where = f"{part}: listening on http://{host}:{port}"
    if found is None:
        why = "" if options.server == "own" else f"; nginx is not here: {nginx.INSTALL}"
        print(f"{part}: by a server of our own{why}", flush=True)
        print(where, flush=True)
        serve_own()
        return 0
    try:
        path = nginx.check(found, write(found), options.state)
    except nginx.NginxError as error:
        return _refuse(part, error)
    brotli = "with brotli" if found.brotli else "without brotli"
    print(f"{part}: by nginx, {brotli}", flush=True)
    print(where, flush=True)
    return nginx.become(found, path, options.state, listener)


def _refuse(part: str, why: object) -> int:
    print(f"{part}: {why}", file=sys.stderr)
    return 2


def _door_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reference-app edge", description=__doc__)
    _common(parser, 8088, Path(".kizashi/edge"))
    parser.add_argument(
        "--origin",
        type=_origin,
        help="what people type (default: http://localhost:PORT)",
    )
    for part, port, what in (
        ("pages", 8087, "the pages' server"),
        ("api", 8080, "the to-do API"),
    ):
        parser.add_argument(
            f"--{part}", type=_url, default=f"http://127.0.0.1:{port}", help=what
        )
    parser.add_argument(
        "--rum",
        type=_url,
        help="takes browsers' measurements (default: they are thrown away)",
    )
    parser.add_argument(
        "--api-timeout",
        type=int,
        default=10,
        help="seconds that the API may be silent (default 10)",
    )
    return parser.parse_args(arguments)


def _pages_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="reference-app pages", description=__doc__)
    _common(parser, 8087, Path(".kizashi/pages"))
    parser.add_argument(
        "--origin",
        type=_origin,
        default="http://localhost:8088",
        help="the front door's",
    )
    parser.add_argument("--dist", type=Path, default=_DIST, help="the built pages")
    parser.add_argument(
        "--rum", action="store_true", help="let the pages send measurements"
    )
    return parser.parse_args(arguments)


def _origin(text: str) -> str:
    return _url(text, ("http", "https"))


def _url(text: str, schemes: Sequence[str] = ("http",)) -> str:
    """Return an address of a server, without a path; those behind speak plain HTTP."""
    expected = f"{text}: http://HOST:PORT is expected"
    try:
        found = urlsplit(text)
        port = found.port
    except ValueError:
        raise argparse.ArgumentTypeError(expected) from None
    if found.scheme not in schemes or not found.hostname or port == 0:
        raise argparse.ArgumentTypeError(expected)
    return f"{found.scheme}://{found.netloc}"


def _common(parser: argparse.ArgumentParser, port: int, state: Path) -> None:
    parser.add_argument(
        "--port", type=int, default=port, help=f"0 takes a free one (default {port})"
    )
    parser.add_argument(
        "--config",
        type=Path,
        help="the services' settings (JSON); without it, no login",
    )
    parser.add_argument("--state", type=Path, default=state, help="what it writes")
    parser.add_argument(
        "--server",
        choices=("auto", "nginx", "own"),
        default="auto",
        help="which one serves (default: nginx where it is installed)",
    )
