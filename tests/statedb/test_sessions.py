"""The contract of a session store, run on every store there is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from kizashi.errors import NotFoundError
from kizashi.ports.sessions import SessionStore
from kizashi.ports.tokens import IssuedToken, Role, TokenStore, token_digest
from kizashi.statedb.database import open_state
from kizashi.statedb.sessions import SqlSessionStore
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.testing.memory_sessions import MemorySessionStore
from kizashi.testing.memory_tokens import MemoryTokenStore

NOW = 1_800_000_000_000
HOUR = 3_600_000
DAY = 24 * HOUR


@dataclass
class Stores:
    tokens: TokenStore
    sessions: SessionStore

    def token(self, *, expires_ms: int | None = None) -> IssuedToken:
        return self.tokens.create(
            "aya", Role.OPERATOR, now_ms=NOW, expires_ms=expires_ms
        )

    def begin(self, issued: IssuedToken, now_ms: int = NOW) -> str:
        return self.sessions.begin(issued.record.id, now_ms=now_ms)


@pytest.fixture(params=["memory", "sqlite"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    if request.param == "memory":
        tokens = MemoryTokenStore()
        yield Stores(tokens, MemorySessionStore(tokens))
        return
    database = open_state(tmp_path, NOW)
    yield Stores(SqlTokenStore(database), SqlSessionStore(database))
    database.close()


def test_a_session_names_the_token_that_was_signed_in_with(stores: Stores):
    issued = stores.token()

    found = stores.sessions.authenticate(stores.begin(issued), now_ms=NOW + 1)

    assert found is not None
    assert (found.token.id, found.token.name, found.token.role) == (
        issued.record.id,
        "aya",
        Role.OPERATOR,
    )


def test_a_session_is_256_bits_of_its_own_and_tells_nothing_of_the_token(
    stores: Stores,
):
    issued = stores.token()

    secrets = {stores.begin(issued) for _ in range(20)}

    assert len(secrets) == 20
    # 32 bytes in URL-safe base64 without padding are 43 characters.
    assert {len(s) for s in secrets} == {len("kz_s_") + 43}
    assert all(s.startswith("kz_s_") for s in secrets)
    assert all(issued.plaintext[3:] not in s for s in secrets)
    # And neither is taken for the other.
    assert stores.tokens.authenticate(secrets.pop(), now_ms=NOW) is None
    assert stores.sessions.authenticate(issued.plaintext, now_ms=NOW) is None


def test_no_file_holds_the_secret_of_a_session(tmp_path: Path):
    database = open_state(tmp_path, NOW)
    issued = SqlTokenStore(database).create("aya", Role.VIEWER, now_ms=NOW)
    secret = SqlSessionStore(database).begin(issued.record.id, now_ms=NOW)

    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    database.close()

    assert token_digest(secret).encode() in held
    assert secret.removeprefix("kz_s_").encode() not in held


@pytest.mark.parametrize("wrong", ["", "kz_s_", "kz_s_" + "a" * 43, "\ud800", "兆し"])
def test_what_is_no_session_is_refused(stores: Stores, wrong: str):
    stores.begin(stores.token())

    assert stores.sessions.authenticate(wrong, now_ms=NOW) is None


def test_a_session_that_was_ended_is_refused_and_the_others_stay(stores: Stores):
    issued = stores.token()
    gone, stays = stores.begin(issued), stores.begin(issued)

    stores.sessions.end(gone)
    stores.sessions.end(gone)

    assert stores.sessions.authenticate(gone, now_ms=NOW) is None
    assert stores.sessions.authenticate(stays, now_ms=NOW) is not None


def test_a_session_ends_when_its_token_is_revoked(stores: Stores):
    gone, stays = stores.token(), stores.token()
    of_gone, of_stays = stores.begin(gone), stores.begin(stays)

    stores.tokens.revoke(gone.record.id)

    assert stores.sessions.authenticate(of_gone, now_ms=NOW) is None
    assert stores.sessions.authenticate(of_stays, now_ms=NOW) is not None
    with pytest.raises(NotFoundError):
        stores.begin(gone)


def test_a_session_ends_when_its_token_expires(stores: Stores):
    session = stores.begin(stores.token(expires_ms=NOW + HOUR))

    assert stores.sessions.authenticate(session, now_ms=NOW + HOUR - 1) is not None
    assert stores.sessions.authenticate(session, now_ms=NOW + HOUR) is None


def test_a_session_ends_twelve_hours_after_its_last_use(stores: Stores):
    issued = stores.token()
    left, used = stores.begin(issued), stores.begin(issued)
    assert stores.sessions.authenticate(used, now_ms=NOW + 11 * HOUR) is not None

    assert stores.sessions.authenticate(left, now_ms=NOW + 12 * HOUR) is None
    assert stores.sessions.authenticate(used, now_ms=NOW + 23 * HOUR - 1) is not None


def test_a_session_ends_after_seven_days_however_much_it_is_used(stores: Stores):
    session = stores.begin(stores.token())

    for hour in range(0, 7 * 24, 6):
        assert stores.sessions.authenticate(session, now_ms=NOW + hour * HOUR)
    assert stores.sessions.authenticate(session, now_ms=NOW + 7 * DAY - 1)
    assert stores.sessions.authenticate(session, now_ms=NOW + 7 * DAY) is None


def test_a_session_of_a_clock_that_was_ahead_does_not_last_until_then(stores: Stores):
    issued = stores.token()
    ahead, slightly = stores.begin(issued, NOW + 365 * DAY), stores.begin(issued, NOW)

    # Set back by a year, and by an hour, as leaps of a clock are.
    assert stores.sessions.authenticate(ahead, now_ms=NOW) is None
    assert stores.sessions.standing([token_digest(ahead)], now_ms=NOW) == set()
    assert stores.sessions.authenticate(slightly, now_ms=NOW - HOUR) is not None
    assert stores.sessions.authenticate(slightly, now_ms=NOW - HOUR - 1) is None


def test_to_look_whether_sessions_stand_is_no_use_of_them(stores: Stores):
    issued = stores.token()
    sessions = [stores.begin(issued) for _ in range(3)]
    digests = [token_digest(s) for s in sessions]
    stores.sessions.end(sessions[1])

    for hour in range(12):
        found = stores.sessions.standing(digests, now_ms=NOW + hour * HOUR)
        assert found == {digests[0], digests[2]}

    assert stores.sessions.standing(digests, now_ms=NOW + 12 * HOUR) == set()
    assert stores.sessions.standing([], now_ms=NOW) == set()


def test_of_too_many_sessions_of_a_token_the_oldest_ends(stores: Stores):
    issued, other = stores.token(), stores.token()
    kept = stores.begin(other)
    sessions = [stores.begin(issued, NOW + n) for n in range(102)]

    alive = [stores.sessions.authenticate(s, now_ms=NOW + 200) for s in sessions]

    assert [found is not None for found in alive] == [False] * 2 + [True] * 100
    assert stores.sessions.authenticate(kept, now_ms=NOW + 200) is not None
