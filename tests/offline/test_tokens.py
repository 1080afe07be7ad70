"""Tokens of a data folder, from outside the server."""

import stat
from pathlib import Path

import pytest

from kizashi.errors import InputError, NotFoundError, StoreError
from kizashi.offline.tokens import create_token, list_tokens, revoke_token
from kizashi.ports.tokens import Role
from kizashi.statedb.database import open_state
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.testing.clock import ManualClock

NOW = 1_700_000_000_000
CLOCK = ManualClock(NOW)


def test_a_token_made_beside_a_running_server_works_at_once(tmp_path: Path):
    server = open_state(tmp_path, NOW)

    issued = create_token(tmp_path, "ci", Role.EDITOR, clock=CLOCK)

    store = SqlTokenStore(server)
    found = store.authenticate(issued.plaintext, now_ms=NOW)
    assert found is not None
    assert found.role is Role.EDITOR
    revoke_token(tmp_path, issued.record.id, CLOCK)
    assert store.authenticate(issued.plaintext, now_ms=NOW) is None
    server.close()


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path):
    folder = tmp_path / "new" / "data"

    create_token(folder, "ci", Role.VIEWER, clock=CLOCK)

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_lifetime_counts_from_now(tmp_path: Path):
    issued = create_token(
        tmp_path, "ci", Role.VIEWER, lifetime_ms=86_400_000, clock=CLOCK
    )

    assert issued.record.expires_ms == NOW + 86_400_000
    assert list(list_tokens(tmp_path, CLOCK)) == [issued.record]


def test_a_wrong_folder_is_named_and_not_made(tmp_path: Path):
    wrong = tmp_path / "typo"

    with pytest.raises(StoreError, match=r"typo/state\.db does not exist.*--data"):
        list_tokens(wrong, CLOCK)
    with pytest.raises(StoreError, match=r"typo/state\.db does not exist"):
        revoke_token(wrong, "x", CLOCK)
    assert not wrong.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="file/data cannot be made"):
        create_token(tmp_path / "file" / "data", "ci", Role.VIEWER, clock=CLOCK)


def test_what_the_store_refuses_is_passed_on(tmp_path: Path):
    with pytest.raises(InputError, match="printable"):
        create_token(tmp_path, "", Role.VIEWER, clock=CLOCK)
    with pytest.raises(NotFoundError, match="nobody"):
        revoke_token(tmp_path, "nobody", CLOCK)
