"""Rule groups in the ruler of Mimir or Cortex, one namespace of which is ours.

Source: Grafana Mimir HTTP API, "Ruler"; Cortex HTTP API, "Ruler".
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import yaml

from kizashi.errors import DurationError, PushError
from kizashi.http.body import read_body
from kizashi.http.client import HttpClient, HttpOptions, HttpResponse
from kizashi.http.failures import FailureKind, HttpError
from kizashi.http.retry_after import retry_after_ms
from kizashi.model.durations import format_duration, parse_duration
from kizashi.ports.clock import Clock
from kizashi.ports.destination import Action, Change, Document
from kizashi.push._base import (
    RETRYABLE,
    UNAUTHORIZED,
    Credentials,
    TryAgainError,
    as_yaml,
    one_line,
    persistently,
    reason,
)

#: Below the prefix of Mimir's Prometheus API.
RULES_PATH = "/config/v1/rules"
TIMEOUT_S = 30.0
_KEEP_ALIVE_S = 15.0
#: What begins otherwise was not generated here, and is left alone.
OUR_PREFIX = "kizashi-"
_MOST_ANSWER_BYTES = 64 * 1024 * 1024
_NOT_FOUND = 404
_DURATIONS = frozenset(
    {"interval", "query_offset", "evaluation_delay", "for", "keep_firing_for"}
)


@dataclass(frozen=True, slots=True)
class RulerAddress:
    """Where rule groups are kept.

    Attributes:
        url: As a person writes it: the prefix of the Prometheus API, such as
            ``https://mimir.example/prometheus``, or all of a rules path, such as
            Cortex' ``https://cortex.example/api/v1/rules``.
        namespace: Its groups are ours alone: what is no longer generated goes.
        credentials: Who pushes.
    """

    url: str
    namespace: str
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def rules_url(self) -> str:
        """The URL below which namespaces lie."""
        base = self.url.rstrip("/")
        return base if base.endswith("/rules") else base + RULES_PATH

    def of(self, *parts: str) -> str:
        """Return the URL of the namespace, or of a group in it."""
        named = (quote(part, safe="") for part in (self.namespace, *parts))
        return "/".join((self.rules_url, *named))


class RulerApi:
    """Puts rule groups into a namespace and takes out what is gone.

    The interface has no transaction: while a push runs, and after one that fails half
    way, some groups are new and some old. Pushing again ends it.
    """

    def __init__(self, address: RulerAddress, clock: Clock) -> None:
        """Prepare to push; nothing is sent yet."""
        self._address = address
        self._clock = clock
        options = HttpOptions(keep_alive_s=_KEEP_ALIVE_S)
        self._client = HttpClient("push", options)

    async def plan(self, documents: Sequence[Document]) -> tuple[Change, ...]:
        """Return what has to change in the namespace.

        Raises:
            PushError: If the ruler cannot be asked, or is none.
        """
        present = await self._present()
        changes = []
        for group in documents:
            name = str(group["name"])
            found = present.pop(name, None)
            if found is None:
                after = as_yaml(normal_group(group))
                changes.append(Change(Action.CREATE, name, "", after, group))
            elif normal_group(found) != normal_group(group):
                before, after = map(as_yaml, map(normal_group, (found, group)))
                changes.append(Change(Action.UPDATE, name, before, after, group))
        gone = (
            Change(Action.DELETE, name, as_yaml(normal_group(group)))
            for name, group in sorted(present.items())
            if name.startswith(OUR_PREFIX)
        )
        return (*changes, *gone)

    async def carry_out(self, change: Change) -> None:
        """Write or delete one group.

        Raises:
            PushError: If the ruler refuses it or cannot be reached.
        """
        if change.action is Action.DELETE:
            await self._request("DELETE", self._address.of(change.name))
        else:
            body = as_yaml(change.document)
            await self._request("POST", self._address.of(), body)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _present(self) -> dict[str, Document]:
        """Return the groups in the namespace by name; none where there is none."""
        url = self._address.of()
        said = await self._request("GET", url)
        groups = _groups(said, self._address.namespace)
        if groups is None:
            raise PushError("push.not-a-ruler", where=url)
        return {str(group["name"]): group for group in groups}

    async def _request(self, method: str, url: str, body: str | None = None) -> str:
        async def attempt() -> str:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    return await self._once(method, url, body)
            except (HttpError, TimeoutError) as error:
                problem = PushError("push.unreachable", where=url, why=reason(error))
                raise TryAgainError(problem) from error

        return await persistently(attempt, self._clock)

    async def _once(self, method: str, url: str, body: str | None) -> str:
        content = None if body is None else body.encode()
        headers = dict(self._address.credentials.headers())
        if content is not None:
            headers["Content-Type"] = "application/yaml"
        headers["Accept-Encoding"] = "gzip"
        async with self._client.request(
            method, url, headers=headers, data=content
        ) as response:
            said = await self._body(url, response)
            self._judge(method, url, response, said)
            return (
                "" if response.status == _NOT_FOUND else said.decode("utf-8", "replace")
            )

    async def _body(self, url: str, response: HttpResponse) -> bytes:
        try:
            return await read_body(response, _MOST_ANSWER_BYTES, self._clock)
        except HttpError as error:
            if error.kind is FailureKind.CUT_OFF:
                raise
            raise PushError("push.not-a-ruler", where=url) from error

    def _judge(
        self, method: str, url: str, response: HttpResponse, said: bytes
    ) -> None:
        """Complain of an answer that is no success.

        Raises:
            PushError: If it is final.
            TryAgainError: If another attempt may go better.
        """
        status, why = response.status, one_line(said.decode("utf-8", "replace"))
        if status // 100 == 2 or (status == _NOT_FOUND and method != "POST"):  # noqa: PLR2004
            return
        if status in UNAUTHORIZED:
            raise PushError("push.unauthorized", where=url, status=status, why=why)
        problem = PushError("push.refused", where=url, status=status, why=why)
        if status not in RETRYABLE:
            raise problem
        header = response.headers.get("Retry-After", "")
        asked_ms = retry_after_ms(header, self._clock.now_ms())
        raise TryAgainError(problem, None if asked_ms is None else asked_ms / 1000)


def normal_group(group: Document) -> Document:
    """Return a rule group as everyone would write it.

    A ruler spells durations its own way and adds empty fields; neither is a change.
    """
    return {key: _normal(key, value) for key, value in group.items() if _says(value)}


def _normal(key: str, value: object) -> object:
    if key == "rules" and isinstance(value, list):
        return [normal_group(rule) for rule in value if isinstance(rule, Mapping)]
    if key in _DURATIONS:
        return _duration(value)
    if isinstance(value, Mapping):
        return {name: str(text) for name, text in sorted(value.items())}
    return value.strip() if isinstance(value, str) else value


def _duration(value: object) -> object:
    try:
        return format_duration(parse_duration(str(value)))
    except DurationError:
        return value


def _says(value: object) -> bool:
    return value not in (None, "", 0, "0s", [], {})


def _groups(said: str, namespace: str) -> list[Document] | None:
    """Return the groups of a ruler's answer; None where it is no ruler's.

    Source: Mimir HTTP API, "List rule groups by namespace": namespace to groups.
    """
    try:
        content = yaml.load(said, Loader=yaml.CSafeLoader) if said else {}
    except yaml.YAMLError:
        return None
    groups = content.get(namespace, []) if isinstance(content, dict) else None
    if not isinstance(groups, list):
        return None
    found: list[Document] = [g for g in groups if isinstance(g, dict) and "name" in g]
    return found if len(found) == len(groups) else None
