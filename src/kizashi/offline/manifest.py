"""What lies in a backup beside its databases: which they are, and their checksums."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from kizashi.data_folder import sync
from kizashi.errors import StoreError

DATABASES = ("samples.db", "state.db")
MANIFEST = "backup.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class BackedUp:
    """One database of a backup."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup's manifest.

    Attributes:
        version: The version that made it.
        created_ms: When; Unix milliseconds.
        databases: What is in it.
        damaged: What was damaged when it was made, as `kizashi verify` says it.
    """

    version: str
    created_ms: int
    databases: tuple[BackedUp, ...]
    damaged: tuple[str, ...] = ()


def write_manifest(folder: Path, backup: Backup) -> None:
    """Write the manifest; it comes last, and makes the backup one."""
    path = folder / MANIFEST
    path.write_text(json.dumps(asdict(backup), indent=2) + "\n")
    sync(path)
    sync(folder)


def read_manifest(folder: Path) -> Backup:
    """Return a backup's manifest.

    Raises:
        StoreError: If it is none.
    """
    path = folder / MANIFEST
    try:
        read = json.loads(path.read_text())
        return Backup(
            str(read["version"]),
            int(read["created_ms"]),
            tuple(
                BackedUp(_known(d["name"]), int(d["bytes"]), str(d["sha256"]))
                for d in read["databases"]
            ),
            tuple(str(line) for line in read.get("damaged", ())),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} is no manifest of a backup: {error}; name the folder that"
            " `kizashi backup` made"
        ) from error


def is_as_backed_up(folder: Path, each: BackedUp) -> bool:
    """Return whether a database of a backup is there, and is what was written."""
    path = folder / each.name
    return path.is_file() and sha256(path) == each.sha256


def _known(name: str) -> str:
    if name not in DATABASES:
        raise ValueError(f"{name!r} is no database of ours")
    return name


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
