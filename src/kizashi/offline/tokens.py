"""Access tokens of a data folder, for people who sit at the machine.

It works beside a running server: the state database takes several processes, and
the server asks it at every request.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from kizashi.clock import SystemClock
from kizashi.errors import StoreError
from kizashi.ports.clock import Clock
from kizashi.ports.tokens import IssuedToken, Role, TokenRecord, TokenStore

#: Where the server keeps its data unless it is told otherwise.
DEFAULT_FOLDER = Path("data")
_FILE_NAME = "state.db"


def create_token(
    folder: Path,
    name: str,
    role: Role,
    *,
    lifetime_ms: int | None = None,
    clock: Clock | None = None,
) -> IssuedToken:
    """Return a new token of a data folder, which is made if there is none.

    Args:
        folder: The data folder.
        name: What to call the token.
        role: What it may do.
        lifetime_ms: How long it is accepted; None for ever.
        clock: The clock; the machine's when None.

    Raises:
        InputError: If the name is not allowed.
        StoreError: If it could not be stored.
    """
    now_ms = (clock or SystemClock()).now_ms()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"{folder} cannot be made: {error.strerror}; expected a folder that this"
            " user may write"
        ) from error
    expires_ms = None if lifetime_ms is None else now_ms + lifetime_ms
    with _opened(folder, now_ms) as store:
        return store.create(name, role, now_ms=now_ms, expires_ms=expires_ms)


def list_tokens(folder: Path, clock: Clock | None = None) -> Sequence[TokenRecord]:
    """Return every token of a data folder, oldest first.

    Raises:
        StoreError: If there is no state database, or it cannot be read.
    """
    _check_exists(folder)
    with _opened(folder, (clock or SystemClock()).now_ms()) as store:
        return store.list()


def revoke_token(
    folder: Path, token_id: str, clock: Clock | None = None
) -> TokenRecord:
    """Delete a token of a data folder and return what it was.

    Raises:
        NotFoundError: If there is no token of this id.
        StoreError: If there is no state database, or it cannot be written.
    """
    _check_exists(folder)
    with _opened(folder, (clock or SystemClock()).now_ms()) as store:
        return store.revoke(token_id)


def _check_exists(folder: Path) -> None:
    if not (folder / _FILE_NAME).is_file():
        raise StoreError(
            f"{folder / _FILE_NAME} does not exist; name the server's data folder with"
            " --data"
        )


@contextmanager
def _opened(folder: Path, now_ms: int) -> Iterator[TokenStore]:
    # The database library takes half a second to load, and help needs none of it.
    from kizashi.offline.upgrading import copy_outdated, upgrading
    from kizashi.statedb.database import is_outdated, open_state
    from kizashi.statedb.tokens import SqlTokenStore
    from kizashi.tsdb.folder import DataFolder

    with ExitStack() as stack:
        outdated = []
        if is_outdated(folder / _FILE_NAME):
            # A server of the older version could write no more.
            stack.enter_context(DataFolder(folder))
            outdated = copy_outdated(folder)
        with upgrading(outdated):
            database = open_state(folder, now_ms)
    try:
        yield SqlTokenStore(database)
    finally:
        database.close()
