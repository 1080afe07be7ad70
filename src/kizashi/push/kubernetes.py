"""Kubernetes objects by server-side apply, with a dry run that the server works out.

Source: Kubernetes documentation, "Server-Side Apply".
"""

from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Mapping,
    Sequence,
    Set as AbstractSet,
)
from typing import TypeVar

import httpx2
import msgspec
from lightkube import AsyncClient
from lightkube.core.client import LabelSelector
from lightkube.generic_resource import (
    GenericNamespacedResource,
    create_namespaced_resource,
)
from lightkube.types import PatchType

from kizashi.errors import PushError
from kizashi.http.retry_after import retry_after_ms
from kizashi.ports.clock import Clock
from kizashi.ports.destination import Action, Change, Document
from kizashi.push._base import (
    RETRYABLE,
    TryAgainError,
    as_yaml,
    one_line,
    persistently,
    reason,
)

FIELD_MANAGER = "kizashi"
#: On every object of ours; its value names the set that is pushed together.
SET_LABEL = "kizashi.dev/set"

#: Kind to API version and the plural of its path.
KINDS = {
    "AlertmanagerConfig": ("monitoring.coreos.com/v1alpha1", "alertmanagerconfigs"),
    "PodMonitor": ("monitoring.coreos.com/v1", "podmonitors"),
    "Probe": ("monitoring.coreos.com/v1", "probes"),
    "PrometheusRule": ("monitoring.coreos.com/v1", "prometheusrules"),
    "ScrapeConfig": ("monitoring.coreos.com/v1alpha1", "scrapeconfigs"),
    "ServiceMonitor": ("monitoring.coreos.com/v1", "servicemonitors"),
}
#: What a server keeps beside what someone wanted.
_OF_THE_SERVER = (
    "creationTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
_NOT_FOUND = 404
_COMPLAINTS = {
    401: "push.unauthorized",
    403: "push.unauthorized",
    _NOT_FOUND: "push.missing",
    409: "push.conflict",
}

T = TypeVar("T")


class KubernetesApi:
    """Applies objects and deletes those of the same set that are gone."""

    def __init__(
        self,
        client: AsyncClient,
        clock: Clock,
        *,
        set_name: str,
        is_forced: bool = False,
    ) -> None:
        """Prepare to push; nothing is sent yet.

        Args:
            client: Speaks to the cluster; its namespace is that of objects which
                name none.
            clock: What waits between attempts.
            set_name: What is pushed together; others' objects are left alone.
            is_forced: Whether fields that someone else manages are taken over.
        """
        self._client = client
        self._clock = clock
        self._set = set_name
        self._is_forced = is_forced

    async def plan(self, documents: Sequence[Document]) -> tuple[Change, ...]:
        """Return what has to change, as the server works it out.

        Raises:
            PushError: If the cluster cannot be asked or refuses an object.
        """
        wanted = [self._labelled(document) for document in documents]
        changes = []
        for document in wanted:
            before = await self._read(document)
            after = await self._apply(document, is_dry=True)
            texts = _text(before), _text(after)
            if texts[0] != texts[1]:
                action = Action.CREATE if before is None else Action.UPDATE
                changes.append(Change(action, _name(document), *texts, document))
        names = {self._full_name(document) for document in wanted}
        namespaces = {namespace for _, namespace in names} | {self._client.namespace}
        gone = [
            Change(Action.DELETE, _name(found), _text(found), "", found)
            async for found in self._of_the_set(namespaces)
            if self._full_name(found) not in names
        ]
        return (*changes, *gone)

    async def carry_out(self, change: Change) -> None:
        """Apply or delete one object.

        Raises:
            PushError: If the cluster refuses or cannot be reached.
        """
        if change.action is not Action.DELETE:
            await self._apply(change.document, is_dry=False)
            return
        kind, name = _place(change.document)
        namespace = self._namespace(change.document)
        await self._asked(
            change.name, lambda: self._client.delete(kind, name, namespace=namespace)
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    def _labelled(self, document: Document) -> Document:
        metadata = _mapping(document["metadata"])
        labels = {**_mapping(metadata.get("labels", {})), SET_LABEL: self._set}
        return {**document, "metadata": {**metadata, "labels": labels}}

    async def _read(self, document: Document) -> Document | None:
        kind, name = _place(document)
        namespace = self._namespace(document)
        found = await self._asked(
            _name(document), lambda: self._client.get(kind, name, namespace=namespace)
        )
        return None if found is None else dict(found)

    async def _apply(self, document: Document, *, is_dry: bool) -> Document:
        kind, name = _place(document)
        namespace = self._namespace(document)

        async def apply() -> GenericNamespacedResource:
            return await self._client.patch(
                kind,
                name,
                kind.from_dict(dict(document)),
                namespace=namespace,
                patch_type=PatchType.APPLY,
                field_manager=FIELD_MANAGER,
                force=self._is_forced,
                dry_run=is_dry,
            )

        found = await self._asked(_name(document), apply, may_lack=False)
        return {} if found is None else dict(found)

    async def _of_the_set(
        self, namespaces: AbstractSet[str]
    ) -> AsyncIterator[Document]:
        for kind in KINDS:
            for namespace in sorted(namespaces):
                for found in await self._list(kind, namespace):
                    # A list leaves out what is the same for all that are in it.
                    yield {**found, "kind": kind, "apiVersion": KINDS[kind][0]}

    async def _list(self, kind: str, namespace: str) -> list[Document]:
        labels: LabelSelector = {SET_LABEL: self._set}

        async def listed() -> list[Document]:
            chosen = self._client.list(
                _resource(kind), namespace=namespace, labels=labels
            )
            return [dict(found) async for found in chosen]

        return await self._asked(kind, listed) or []

    def _namespace(self, document: Document) -> str:
        given = _mapping(document["metadata"]).get("namespace")
        return str(given or self._client.namespace)

    def _full_name(self, document: Document) -> tuple[str, str]:
        return _name(document), self._namespace(document)

    async def _asked(
        self, name: str, ask: Callable[[], Awaitable[T]], *, may_lack: bool = True
    ) -> T | None:
        """Return an answer; None where there is no such thing, if there may not be.

        Raises:
            PushError: If the cluster refuses, or cannot be reached in the end.
        """

        async def attempt() -> T | None:
            try:
                return await ask()
            except httpx2.HTTPStatusError as error:
                if may_lack and error.response.status_code == _NOT_FOUND:
                    return None
                raise self._complaint(name, error) from error
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
                problem = PushError("push.unreachable", where=name, why=reason(error))
                raise TryAgainError(problem) from error
            except (KeyError, ValueError, msgspec.MsgspecError) as error:
                # A proxy or a login page answered, in a language of its own.
                raise PushError("push.not-a-cluster", where=name) from error

        return await persistently(attempt, self._clock)

    def _complaint(self, name: str, error: httpx2.HTTPStatusError) -> Exception:
        """Return what to raise for an answer that is no success."""
        status, why = error.response.status_code, one_line(str(error))
        code = _COMPLAINTS.get(status, "push.refused")
        problem = PushError(code, where=name, status=status, why=why)
        if status not in RETRYABLE:
            return problem
        header = error.response.headers.get("Retry-After", "")
        asked_ms = retry_after_ms(header, self._clock.now_ms())
        return TryAgainError(problem, None if asked_ms is None else asked_ms / 1000)


def _resource(kind: str) -> type[GenericNamespacedResource]:
    version, plural = KINDS[kind]
    group, _, number = version.partition("/")
    return create_namespaced_resource(group, number, kind, plural)


def _place(document: Document) -> tuple[type[GenericNamespacedResource], str]:
    name = _mapping(document["metadata"])["name"]
    return _resource(str(document["kind"])), str(name)


def _name(document: Document) -> str:
    return f"{document['kind']}/{_mapping(document['metadata'])['name']}"


def _text(document: Document | None) -> str:
    """Return an object as YAML, without what a server keeps for itself."""
    if document is None:
        return ""
    metadata = _mapping(document["metadata"])
    kept = {k: v for k, v in sorted(metadata.items()) if k not in _OF_THE_SERVER}
    rest = {k: document[k] for k in ("apiVersion", "kind") if k in document}
    return as_yaml({**rest, "metadata": kept, "spec": document.get("spec", {})})


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
