"""Compiled documents to where they are used: a ruler, or a Kubernetes cluster."""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from difflib import unified_diff
from types import MappingProxyType
from urllib.parse import urlsplit

import msgspec
import yaml

from kizashi.compiler._base import GeneratedFile
from kizashi.errors import PushError
from kizashi.ports.clock import Clock
from kizashi.ports.destination import Action, Change, Destination, Document

DEFAULT_SET = "kizashi"
_KUBERNETES = "kubernetes"

#: Scheme of an address to the target whose files are understood there.
FITS = MappingProxyType(
    {
        "http": "prometheus",
        "https": "prometheus",
        _KUBERNETES: "prometheus-operator",
    }
)


@dataclass(frozen=True, slots=True)
class PushSettings:
    """Where to push, and as whom.

    Attributes:
        url: The prefix of a ruler's Prometheus API, all of its rules path, or
            ``kubernetes:`` with a context of the kubeconfig behind it.
        set_name: What is pushed together, and goes when it is no longer generated.
        namespace: Of Kubernetes objects that name none; None for the context's.
        tenant: Of a ruler that has several; None for none.
        user: Of basic authentication; None for a bearer token.
        token: A bearer token, or the user's password; None for none.
        is_forced: Whether fields that someone else manages are taken over.
    """

    url: str
    set_name: str = DEFAULT_SET
    namespace: str | None = None
    tenant: str | None = None
    user: str | None = None
    token: str | None = field(default=None, repr=False)
    is_forced: bool = False

    @property
    def speaks_plainly(self) -> bool:
        """Whether a token would go over a network unencrypted."""
        parts = urlsplit(self.url)
        is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        return parts.scheme == "http" and bool(self.token) and not is_here

    @property
    def target(self) -> str:
        """The target whose files are understood there.

        Raises:
            PushError: If the address is none that can be pushed to.
        """
        try:
            parts = urlsplit(self.url)
            is_good = parts.scheme == _KUBERNETES or bool(parts.hostname)
        except ValueError:
            raise PushError("push.bad-url", known=_known()) from None
        # The address itself is left out of the problem: it may hold a password.
        if parts.scheme not in FITS or not is_good:
            raise PushError("push.bad-url", known=_known())
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise PushError("push.bad-url", known=_known())
        return FITS[parts.scheme]


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push changed, or would change.

    Attributes:
        done: Changes made; where it was only tried, those to be made.
        failed: Those that could not be made, and why.
        skipped: Deletions put off because something else failed: what is there twice
            does less harm than what is gone.
    """

    done: tuple[Change, ...]
    failed: tuple[tuple[Change, PushError], ...] = ()
    skipped: tuple[Change, ...] = ()


def documents_of(target: str, files: Iterable[GeneratedFile]) -> tuple[Document, ...]:
    """Return what is pushed of a target's files: rule groups, or objects."""
    documents: list[Document] = []
    for file in files:
        content = yaml.load(file.text, Loader=yaml.CSafeLoader)
        if target == FITS[_KUBERNETES]:
            documents.append(content)
        elif "groups" in content:
            documents += content["groups"]
    return tuple(documents)


async def push(
    settings: PushSettings,
    documents: Sequence[Document],
    clock: Clock,
    *,
    is_dry: bool,
) -> Pushed:
    """Make a place hold some documents, or find out what that would change.

    Raises:
        PushError: If nothing could be done at all.
    """
    if not documents:
        raise PushError("push.nothing")
    async with _opened(settings, clock) as destination:
        changes = await destination.plan(documents)
        if is_dry:
            return Pushed(changes)
        return await _carry_out(destination, changes)


async def _carry_out(destination: Destination, changes: Sequence[Change]) -> Pushed:
    done: list[Change] = []
    failed: list[tuple[Change, PushError]] = []
    skipped: list[Change] = []
    for change in changes:
        if failed and change.action is Action.DELETE:
            skipped.append(change)
            continue
        try:
            await destination.carry_out(change)
        except PushError as error:
            failed.append((change, error))
        else:
            done.append(change)
    return Pushed(tuple(done), tuple(failed), tuple(skipped))


def difference(changes: Iterable[Change]) -> Iterator[str]:
    """Yield the lines of a unified diff from what is there to what will be."""
    for change in changes:
        yield from unified_diff(
            change.before.splitlines(keepends=True),
            change.after.splitlines(keepends=True),
            f"{change.name} (there)",
            f"{change.name} (generated)",
        )


@asynccontextmanager
async def _opened(settings: PushSettings, clock: Clock) -> AsyncIterator[Destination]:
    is_cluster = settings.target == FITS[_KUBERNETES]
    opener: Callable[[PushSettings, Clock], Destination] = (
        _cluster if is_cluster else _ruler
    )
    destination = opener(settings, clock)
    try:
        yield destination
    finally:
        await destination.close()


def _ruler(settings: PushSettings, clock: Clock) -> Destination:
    from kizashi.push._base import Credentials
    from kizashi.push.ruler import RulerAddress, RulerApi

    credentials = Credentials(
        settings.token or "", settings.user or "", settings.tenant or ""
    )
    return RulerApi(RulerAddress(settings.url, settings.set_name, credentials), clock)


def _cluster(settings: PushSettings, clock: Clock) -> Destination:
    try:
        from lightkube import AsyncClient, KubeConfig
        from lightkube.core.exceptions import ConfigError

        from kizashi.push.kubernetes import KubernetesApi
    except ImportError as error:
        raise PushError("push.no-lightkube") from error
    context = settings.url.partition(":")[2].strip("/")
    try:
        config = KubeConfig.from_env().get(context_name=context or None)
        client = AsyncClient(config=config, namespace=settings.namespace)
    except (ConfigError, OSError) as error:
        raise PushError("push.no-kubeconfig", why=error) from error
    except (
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
        AssertionError,
        msgspec.MsgspecError,
        yaml.YAMLError,
    ) as error:
        # The file is there, and is no kubeconfig or not a whole one.
        why = type(error).__name__
        raise PushError("push.bad-kubeconfig", why=f"{why}: {error}") from error
    return KubernetesApi(
        client, clock, set_name=settings.set_name, is_forced=settings.is_forced
    )


def _known() -> str:
    return "https://HOST/prometheus, kubernetes:, kubernetes:CONTEXT"
