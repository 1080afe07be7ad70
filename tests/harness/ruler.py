"""A stub of the ruler of Mimir or Cortex, on a real socket.

It keeps groups in memory and checks what it is given as their documentation says. What
only the real one knows (limits of a tenant, evaluation, replication) is not in it.

Source: Grafana Mimir HTTP API, "Ruler".
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import yaml
from aiohttp import web

from harness.serving import served
from kizashi.errors import PromqlError
from kizashi.model.durations import format_duration, parse_duration
from kizashi.promql.reader import parse

_GROUP_KEYS = frozenset(
    [
        "name",
        "interval",
        "query_offset",
        "evaluation_delay",
        "limit",
        "source_tenants",
        "labels",
        "rules",
        "align_evaluation_time_on_interval",
    ]
)
_RULE_KEYS = frozenset(
    ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"]
)
_DURATIONS = ("interval", "query_offset", "for", "keep_firing_for")

Group = dict[str, object]


@dataclass
class RulerStub:
    """The server's memory, and what a test makes it do.

    Attributes:
        rules: Tenant and namespace to groups by name.
        authorization: The header that it wants; None for any.
        failures: Answers that come before all others, each once: status and headers.
        most_groups: A tenant may have so many.
        requests: Method and path of every request, oldest first.
        port: Where it listens.
    """

    rules: dict[tuple[str, str], dict[str, Group]] = field(default_factory=dict)
    authorization: str | None = None
    failures: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    most_groups: int = 70
    requests: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    def url(self, path: str = "/prometheus") -> str:
        """Return a URL on this server; that of its Prometheus API by default."""
        return f"http://127.0.0.1:{self.port}{path}"

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        self.requests.append((request.method, request.raw_path))
        if self.failures:
            status, headers = self.failures.pop(0)
            return web.Response(status=status, headers=headers, text="not now")
        tenant = request.headers.get("X-Scope-OrgID", "")
        given = request.headers.get("Authorization")
        if not tenant or self.authorization not in (None, given):
            return web.Response(status=401, text="no org id")
        method: dict[str, Callable[..., Awaitable[web.Response]]] = {
            "GET": self._get,
            "POST": self._post,
            "DELETE": self._delete,
        }
        return await method[request.method](request, tenant)

    async def _get(self, request: web.Request, tenant: str) -> web.Response:
        name = request.match_info["namespace"]
        groups = self.rules.get((tenant, name))
        if not groups:
            return web.Response(status=404, text="no rule groups found")
        return web.Response(text=yaml.safe_dump({name: list(groups.values())}))

    async def _post(self, request: web.Request, tenant: str) -> web.Response:
        group = yaml.safe_load(await request.text())
        complaint = _complaint(group)
        place = (tenant, request.match_info["namespace"])
        namespace = self.rules.setdefault(place, {})
        owned = sum(len(groups) for (o, _), groups in self.rules.items() if o == tenant)
        is_full = owned >= self.most_groups
        if complaint is None and group["name"] not in namespace and is_full:
            complaint = f"per-user rule groups limit (limit: {self.most_groups})"
        if complaint is not None:
            return web.Response(status=400, text=complaint)
        namespace[group["name"]] = _spelt(group)
        return web.json_response({"status": "success"}, status=202)

    async def _delete(self, request: web.Request, tenant: str) -> web.Response:
        namespace = self.rules.get((tenant, request.match_info["namespace"]), {})
        if namespace.pop(request.match_info["group"], None) is None:
            return web.Response(status=404, text="group does not exist")
        return web.json_response({"status": "success"}, status=202)


@asynccontextmanager
async def running_ruler() -> AsyncIterator[RulerStub]:
    """Run a stub on a free port of 127.0.0.1 until the block ends."""
    stub = RulerStub()
    app = web.Application()
    for prefix in ("/prometheus/config/v1/rules", "/api/v1/rules"):
        app.router.add_route("*", prefix + "/{namespace}", stub.answer)
        app.router.add_route("*", prefix + "/{namespace}/{group}", stub.answer)
    async with served(app) as stub.port:
        yield stub


def _complaint(group: object) -> str | None:
    """Return what is wrong with a rule group, None where nothing is."""
    if not isinstance(group, dict) or not group.get("name"):
        return "rule group name must not be empty"
    if unknown := group.keys() - _GROUP_KEYS:
        return f"field {min(unknown)} not found in type rulefmt.RuleGroup"
    for rule in group.get("rules", []):
        if unknown := rule.keys() - _RULE_KEYS:
            return f"field {min(unknown)} not found in type rulefmt.RuleNode"
        if ("record" in rule) is ("alert" in rule):
            return "one of 'record' or 'alert' must be set"
        try:
            parse(rule.get("expr", ""))
        except PromqlError as error:
            return f"could not parse expression: {error}"
    return None


def _spelt(group: Group) -> Group:
    """Return a group as the server spells it: its own durations, empty fields."""
    rules = [_spelt_durations(rule) for rule in group.get("rules", [])]  # type: ignore[attr-defined]
    return {**_spelt_durations(group), "source_tenants": [], "rules": rules}


def _spelt_durations(fields: Group) -> Group:
    return {
        key: format_duration(parse_duration(str(value))) if key in _DURATIONS else value
        for key, value in fields.items()
    }
