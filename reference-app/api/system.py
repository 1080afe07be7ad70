"""The service on its real neighbours: DynamoDB, Cognito and the AI service."""

import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from opentelemetry.propagate import inject
from prometheus_client import CollectorRegistry

from api.app import Backends, OpenBackends
from api.dynamo import Table, open_tasks
from api.identity import Keys, Tokens
from api.reading import Ask, AskError, Reader
from api.settings import Settings

_JWKS_TIMEOUT_S = 2
_SERVER_ERROR = 500


def neighbours(
    settings: Settings,
    guest_key: bytes | None,
    is_ai_down: Callable[[], bool] = lambda: False,
) -> OpenBackends:
    """Return what opens the backends that the settings name.

    Args:
        settings: Where they are.
        guest_key: Signs guests' tokens. None makes one up: guests then last as long
            as this process, and several replicas would not know each other's.
        is_ai_down: Whether a fault makes calls to the AI service fail.
    """
    key = guest_key or secrets.token_bytes(32)
    endpoint = settings.dynamodb_endpoint
    table = Table(settings.table, settings.region, str(endpoint) if endpoint else None)

    @asynccontextmanager
    async def backends(registry: CollectorRegistry) -> AsyncIterator[Backends]:
        async with aiohttp.ClientSession() as session, open_tasks(table) as tasks:
            sign_in = settings.sign_in
            keys = Keys(lambda: _fetch(session, str(sign_in.jwks_url)), time.monotonic)
            tokens = Tokens(sign_in.issuer, sign_in.client_id, keys, key)
            ask = _asking(session, str(settings.ai_url), settings.ai_timeout_s)
            failing = _failing(ask, is_ai_down)
            reader = Reader(failing, time.monotonic, registry)
            yield Backends(
                tasks, tokens, reader.read, tokens.new_guest, settings.public()
            )

    return backends


def _failing(ask: Ask, is_down: Callable[[], bool]) -> Ask:
    async def ask_or_fail(body: dict[str, Any]) -> tuple[int, Any]:
        if is_down():
            raise AskError("down: switched on", is_worth_repeating=True)
        return await ask(body)

    return ask_or_fail


async def _fetch(session: aiohttp.ClientSession, url: str) -> bytes:
    """Return a document; OSError comes out where it cannot be had."""
    timeout = aiohttp.ClientTimeout(total=_JWKS_TIMEOUT_S)
    try:
        async with session.get(url, timeout=timeout, allow_redirects=False) as answer:
            answer.raise_for_status()
            return await answer.read()
    except (aiohttp.ClientError, TimeoutError) as error:
        raise OSError(str(error)) from error


def _asking(session: aiohttp.ClientSession, url: str, timeout_s: float) -> Ask:
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    address = url.rstrip("/") + "/analyze"

    async def ask(body: dict[str, Any]) -> tuple[int, Any]:
        headers: dict[str, str] = {}
        inject(headers)
        try:
            async with session.post(
                address,
                json=body,
                headers=headers,
                timeout=timeout,
                allow_redirects=False,
            ) as answer:
                if answer.status >= _SERVER_ERROR:
                    reason = f"status {answer.status}"
                    raise AskError(reason, is_worth_repeating=True)
                return answer.status, await answer.json()
        except TimeoutError:
            raise AskError("too late", is_worth_repeating=False) from None
        except (aiohttp.ClientError, ValueError) as error:
            raise AskError(str(error), is_worth_repeating=True) from None

    return ask
