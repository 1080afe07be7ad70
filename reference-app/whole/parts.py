"""The parts of the whole, one row each: adding one adds a row and edits nothing else.

A part is started once those it needs are ready, all others beside it. One that cannot
run on this machine is named in the output, and the rest runs.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from kizashi.cli.client import ServerError, fetch
from whole.configuration import write_configuration
from whole.plan import HERE, HOST, PEOPLE, Plan
from whole.words import word

Words = Mapping[str, str]


def _nothing(_plan: Plan) -> Words | None:
    return None


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the whole.

    Attributes:
        name: Also its log's.
        title: What readers call it, by language.
        ports: The ports that it wants, by name; another is taken if one is not free.
        command: Its program and arguments. Called in a thread just before it starts,
            so that it may write files.
        is_ready: Whether it does its work; called in a thread, again and again.
        needs: Parts that must be ready before it starts; those that do not run here
            are not waited for.
        missing: What this machine lacks to run it, by language; None if nothing.
        place: Its address for people, and what they should know of it.
    """

    name: str
    title: Words
    ports: Mapping[str, int]
    command: Callable[[Plan], Sequence[str]]
    is_ready: Callable[[Plan], bool]
    needs: Sequence[str] = field(default=())
    missing: Callable[[Plan], Words | None] = _nothing
    place: Callable[[Plan], tuple[str, str]] | None = None


def service(plan: Plan, part: str, *options: str) -> list[str]:
    """Return the command of a service of the application."""
    port = ("--port", str(plan.ports[part]))
    return [plan.python, str(HERE), part, *port, *options]


def answers(port: str, path: str) -> Callable[[Plan], bool]:
    """Return a check: whether what listens on a port answers well."""

    def holds(plan: Plan) -> bool:
        try:
            fetch(plan.url(port), path, token=None, language="en")
        except ServerError:
            return False
        return True

    return holds


def _faults(plan: Plan, part: str) -> tuple[str, ...]:
    port = ("--admin-port", str(plan.ports[f"{part}-admin"]), "--release", "v1")
    return ("--admin-token-file", str(plan.admin_token), *port)


def _kizashi(plan: Plan) -> list[str]:
    config = str(write_configuration(plan))
    port, data = plan.ports["kizashi"], str(plan.folder / "data")
    if plan.is_exercise:
        command = [sys.executable, "-m", "kizashi", "serve", "--config", config]
        return [*command, "--listen", f"{HOST}:{port}", "--data", data]
    command = [sys.executable, str(HERE), "kizashi", "--config", config]
    command += ["--port", str(port), "--data", data, "--language", plan.language]
    command += ["--admin", plan.url("api-admin"), "--token", str(plan.admin_token)]
    return [*command, "--days", str(plan.history_days)]


def _aws(plan: Plan) -> list[str]:
    state = ("--state", str(plan.folder / "aws"), "--config", str(plan.config))
    told = ("--ai-url", plan.url("ai"), "--origin", origin(plan))
    return service(plan, "aws", *state, "--people", str(PEOPLE), *told)


def _shows_keys(plan: Plan) -> bool:
    """Return whether people can sign in; the file is written once they are made."""
    if not plan.config.is_file():
        return False
    settings = json.loads(plan.config.read_text(encoding="utf-8"))
    path = urlsplit(settings["sign_in"]["jwks_url"]).path
    return answers("aws", path)(plan)


def _ai(plan: Plan) -> list[str]:
    return service(plan, "ai", *_faults(plan, "ai"))


def _api(plan: Plan) -> list[str]:
    secure = ("--tls-folder", str(plan.certificates))
    secure += ("--tls-port", str(plan.ports["api-tls"]))
    config = ("--config", str(plan.config))
    return service(plan, "api", *config, *secure, *_faults(plan, "api"))


def origin(plan: Plan) -> str:
    """Return what people type: one name, as the login knows one."""
    return f"http://localhost:{plan.ports['edge']}"


def _no_build(_plan: Plan) -> Words | None:
    if (HERE / "frontend" / "dist" / "index.html").is_file():
        return None
    return {
        "en": "its pages are not built (./kz app frontend build).",
        "ja": "ページがビルドされていません (./kz app frontend build)。",
    }


def _pages(plan: Plan) -> list[str]:
    state = ("--state", str(plan.folder / "pages"), "--config", str(plan.config))
    return service(plan, "pages", *state, "--origin", origin(plan))


def _edge(plan: Plan) -> list[str]:
    state = ("--state", str(plan.folder / "edge"), "--config", str(plan.config))
    behind = ("--pages", plan.url("pages"), "--api", plan.url("api"))
    return service(plan, "edge", *state, *behind)


def _edge_exporter(plan: Plan) -> list[str]:
    folder = plan.folder / "edge"
    log = ("--log", str(folder / "logs" / "access.log"))
    state = ("--state", str(folder / "exporter.json"))
    return service(plan, "edge-exporter", *log, *state, "--door", plan.url("edge"))


def _api_place(plan: Plan) -> tuple[str, str]:
    secure = f"https://localhost:{plan.ports['api-tls']}"
    return plan.url("api"), word(plan.language, "place.api", secure=secure)


PARTS: tuple[Part, ...] = (
    Part(
        "kizashi",
        {"en": "Kizashi", "ja": "Kizashi"},
        {"kizashi": 9470},
        _kizashi,
        answers("kizashi", "/-/ready"),
        place=lambda plan: (plan.url("kizashi"), word(plan.language, "place.kizashi")),
    ),
    Part(
        "aws",
        {"en": "AWS, emulated", "ja": "AWS (エミュレーター)"},
        {"aws": 4566},
        _aws,
        _shows_keys,
        place=lambda plan: (plan.url("aws"), "DynamoDB, Cognito"),
    ),
    Part(
        "ai",
        {"en": "AI service", "ja": "AI サービス"},
        {"ai": 8081, "ai-admin": 0},
        _ai,
        answers("ai", "/health/ready"),
        # Its models would keep both cores busy while the first page is waited for.
        needs=("kizashi",),
        place=lambda plan: (f"{plan.url('ai')}/analyze", ""),
    ),
    Part(
        "api",
        {"en": "To-do API", "ja": "ToDo API"},
        {"api": 8080, "api-admin": 0, "api-tls": 8443},
        _api,
        answers("api", "/health/ready"),
        needs=("aws",),
        place=_api_place,
    ),
    Part(
        "pages",
        {"en": "Frontend", "ja": "フロントエンド"},
        {"pages": 8087},
        _pages,
        answers("pages", "/health/live"),
        needs=("aws",),
        missing=_no_build,
    ),
    Part(
        "edge",
        {"en": "To-do application", "ja": "ToDo アプリケーション"},
        {"edge": 8088},
        _edge,
        answers("edge", "/health/live"),
        needs=("aws",),
        missing=_no_build,
        place=lambda plan: (origin(plan), word(plan.language, "place.edge")),
    ),
    Part(
        "edge-exporter",
        {"en": "What its front door counts", "ja": "入口の計数"},
        {"edge-exporter": 9113},
        _edge_exporter,
        answers("edge-exporter", "/metrics"),
        needs=("edge",),
        missing=_no_build,
    ),
)
#: Ports of what is no part of the application: the traffic's counts.
MORE_PORTS = {"clients": 0}
