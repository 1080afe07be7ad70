"""The environment that the emulator reads when it is imported.

Without these it listens on every address, keeps its keys in a folder that everybody
may read, loses its state with the process and looks for containers.
"""

import os
from pathlib import Path

#: The root user's credentials under AUTH=true: made for this machine, worth nothing.
ACCESS_KEY = SECRET_KEY = "test"  # noqa: S105 - a constant of the emulator


def prepare(state: Path, port: int, *, keeps_state: bool) -> None:
    """Set the environment for an emulator in this process, before it is imported.

    Args:
        state: A folder of its own; only this user may read what it writes there.
        port: Where it listens.
        keeps_state: Whether what it holds outlives the process.
    """
    # Without it, signatures would be random bytes, which the emulator does not say.
    import cryptography  # noqa: F401

    os.umask(0o077)
    state.mkdir(parents=True, exist_ok=True)
    temporary = state / "tmp"
    temporary.mkdir(exist_ok=True)
    os.environ |= {
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SERVICES": "dynamodb,cognito-idp,sts,iam",
        "DOCKER_HOST": "unix:///nonexistent",
        "MINISTACK_HOST": "localhost",
        "PERSIST_STATE": "1" if keeps_state else "0",
        "S3_DATA_DIR": str(temporary),
        "STATE_DIR": str(state),
        "TMPDIR": str(temporary),
    }
