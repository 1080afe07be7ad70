"""What only a restart of the server changes."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Settings:
    """What only a restart changes.

    Attributes:
        data: The data folder.
        host: Address to listen on.
        port: Port to listen on; 0 for any that is free.
        config: The configuration file, or None for the defaults.
        allowed_hosts: Further names that a Host header may hold on loopback.
        retention_ms: Overrides the configuration's, or None.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 9470
    config: Path | None = None
    allowed_hosts: tuple[str, ...] = ()
    retention_ms: int | None = None
