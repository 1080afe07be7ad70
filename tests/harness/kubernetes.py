"""A stub of a Kubernetes API server that knows server-side apply, on a real socket.

Fields are owned by who applied them; a field of someone else's is a conflict, and one
that is no longer applied goes. Lists are owned whole, which a CRD may say otherwise
of; schemas, admission and access rules are not in it.

Source: Kubernetes documentation, "Server-Side Apply" and "API Concepts".
"""

import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field

import yaml
from aiohttp import web

from harness.serving import served

Object = dict[str, object]
Path = tuple[str, ...]
#: Version, plural, namespace and name.
Place = tuple[str, str, str, str]

#: Fields that name an object rather than describe it.
_NAMING = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")}


@dataclass
class Stored:
    """One object, and who owns which of its fields."""

    content: Object
    owners: dict[Path, str] = field(default_factory=dict)
    version: int = 1


@dataclass
class KubernetesStub:
    """The server's memory, and what a test makes it do.

    Attributes:
        plurals: The kinds that are installed, as paths spell them.
        namespaces: Those that exist.
        objects: Everything stored.
        token: The bearer token that it wants; None for any.
        failures: Status codes of answers that come before all others, each once.
        requests: Method, path and query of every request, oldest first.
        port: Where it listens.
    """

    plurals: set[str] = field(default_factory=set)
    namespaces: set[str] = field(default_factory=lambda: {"default"})
    objects: dict[Place, Stored] = field(default_factory=dict)
    token: str | None = None
    failures: list[int] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    @property
    def kubeconfig(self) -> dict[str, object]:
        """A configuration file's content that leads here."""
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "stub",
            "contexts": [{"name": "stub", "context": {"cluster": "s", "user": "u"}}],
            "clusters": [
                {"name": "s", "cluster": {"server": f"http://127.0.0.1:{self.port}"}}
            ],
            "users": [{"name": "u", "user": {"token": self.token or "any"}}],
        }

    def edit(self, place: Place, path: Path, value: object, manager: str) -> None:
        """Change one field as someone else, who owns it from then on."""
        stored = self.objects[place]
        _put(stored.content, path, value)
        stored.owners[path] = manager

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        self.requests.append((request.method, request.raw_path))
        refused = self._refused(request)
        if refused is not None:
            return refused
        at = request.match_info
        version = f"{at['group']}/{at['version']}"
        place = (version, at["plural"], at["namespace"], at.get("name", ""))
        if not place[-1]:
            return self._list(place, request.query.get("labelSelector", ""))
        if request.method == "PATCH":
            return self._apply(place, request, await request.text())
        if place not in self.objects:
            return _status(404, f'{place[1]}.{at["group"]} "{place[3]}" not found')
        if request.method == "DELETE":
            del self.objects[place]
            return _status(200, "")
        return web.json_response(self.objects[place].content)

    def _refused(self, request: web.Request) -> web.Response | None:
        if self.failures:
            return _status(self.failures.pop(0), "not now")
        given = request.headers.get("Authorization")
        if self.token is not None and given != f"Bearer {self.token}":
            return _status(401, "Unauthorized")
        if request.match_info["plural"] not in self.plurals:
            return _status(404, "the server could not find the requested resource")
        return None

    def _list(self, place: Place, selector: str) -> web.Response:
        items = [
            {k: v for k, v in stored.content.items() if k not in {"kind", "apiVersion"}}
            for found, stored in sorted(self.objects.items())
            if found[:3] == place[:3] and _is_selected(stored.content, selector)
        ]
        return web.json_response({"kind": "List", "metadata": {}, "items": items})

    def _apply(self, place: Place, request: web.Request, body: str) -> web.Response:
        manager = request.query.get("fieldManager")
        if not manager or "apply-patch" not in request.headers["Content-Type"]:
            return _status(400, "fieldManager is required for apply patch")
        if place[2] not in self.namespaces:
            return _status(404, f'namespaces "{place[2]}" not found')
        applied = dict(_leaves(yaml.safe_load(body)))
        stored = deepcopy(self.objects.get(place)) or Stored({})
        is_new = not stored.content
        foreign = {
            path: owner
            for path, owner in stored.owners.items()
            if owner != manager and path in applied
            if _get(stored.content, path) != applied[path]
        }
        if foreign and request.query.get("force") != "true":
            path, owner = min(foreign.items())
            told = f'Apply failed with 1 conflict: conflict with "{owner}"'
            return _status(409, f"{told}: .{'.'.join(path)}")
        before = deepcopy(stored.content)
        for path in [p for p, owner in stored.owners.items() if owner == manager]:
            if path not in applied:
                _take(stored.content, path)
                del stored.owners[path]
        for path, value in applied.items():
            _put(stored.content, path, value)
            if path not in _NAMING:
                stored.owners[path] = manager
        if stored.content != before and not is_new:
            stored.version += 1
        _put(stored.content, ("metadata", "namespace"), place[2])
        _put(stored.content, ("metadata", "uid"), "-".join(place[1:]))
        _put(stored.content, ("metadata", "resourceVersion"), str(stored.version))
        _put(stored.content, ("metadata", "managedFields"), [{"manager": manager}])
        if request.query.get("dryRun") != "All":
            self.objects[place] = stored
        return web.json_response(stored.content, status=201 if is_new else 200)


@asynccontextmanager
async def running_kubernetes(*plurals: str) -> AsyncIterator[KubernetesStub]:
    """Run a stub that knows some kinds, on a free port, until the block ends."""
    stub = KubernetesStub(plurals=set(plurals))
    app = web.Application()
    path = "/apis/{group}/{version}/namespaces/{namespace}/{plural}"
    app.router.add_route("*", path, stub.answer)
    app.router.add_route("*", path + "/{name}", stub.answer)
    async with served(app) as stub.port:
        yield stub


def _status(code: int, message: str) -> web.Response:
    kind = {"apiVersion": "v1", "kind": "Status", "metadata": {}}
    outcome = "Success" if code < 300 else "Failure"
    content = {**kind, "status": outcome, "message": message, "code": code}
    # lightkube reads a failure's Status only where the type is exactly this.
    headers = {"Content-Type": "application/json"}
    return web.Response(body=json.dumps(content).encode(), status=code, headers=headers)


def _is_selected(content: Mapping[str, object], selector: str) -> bool:
    wanted = dict(part.split("=", 1) for part in selector.split(",") if part)
    labels = _get(content, ("metadata", "labels"))
    held = labels if isinstance(labels, Mapping) else {}
    return all(held.get(name) == value for name, value in wanted.items())


def _leaves(content: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    if isinstance(content, Mapping) and content:
        for key, value in content.items():
            yield from _leaves(value, (*path, str(key)))
    else:
        yield path, content


def _get(content: Mapping[str, object], path: Path) -> object:
    found: object = content
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _put(content: Object, path: Path, value: object) -> None:
    for key in path[:-1]:
        below = content.get(key)
        if not isinstance(below, dict):
            below = content[key] = {}
        content = below
    content[path[-1]] = value


def _take(content: Object, path: Path) -> None:
    below = _get(content, path[:-1])
    if isinstance(below, dict):
        below.pop(path[-1], None)
