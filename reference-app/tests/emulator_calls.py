"""What needs a key at the emulator, called as an administrator's program does."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore import xform_name
from emulator.setup import client


def administer(endpoint: str, action: str, **body: Any) -> dict[str, Any]:
    """Call an action of Cognito; in a thread, as a browser's driver may hold this one."""

    async def call() -> dict[str, Any]:
        async with client("cognito-idp", endpoint) as cognito:
            return await getattr(cognito, xform_name(action))(**body)

    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, call()).result(timeout=30)
