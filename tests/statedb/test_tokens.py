"""The contract of a token store, run on every store there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from kizashi.errors import InputError, NotFoundError
from kizashi.ports.tokens import Role, TokenStore
from kizashi.statedb.database import open_state
from kizashi.statedb.tokens import SqlTokenStore
from kizashi.testing.memory_tokens import MemoryTokenStore

NOW = 1_800_000_000_000
MINUTE = 60_000


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TokenStore]:
    if request.param == "memory":
        yield MemoryTokenStore()
        return
    database = open_state(tmp_path, NOW)
    yield SqlTokenStore(database)
    database.close()


def test_a_new_token_is_recognised_and_names_its_role(store: TokenStore):
    issued = store.create("ci", Role.EDITOR, now_ms=NOW)

    found = store.authenticate(issued.plaintext, now_ms=NOW + 1)

    assert found is not None
    assert (found.id, found.name, found.role) == (issued.record.id, "ci", Role.EDITOR)


def test_a_token_carries_its_prefix_and_256_bits(store: TokenStore):
    issued = [store.create("x", Role.VIEWER, now_ms=NOW) for _ in range(20)]

    # 32 bytes in URL-safe base64 without padding are 43 characters.
    assert {len(i.plaintext) for i in issued} == {3 + 43}
    assert all(i.plaintext.startswith("kz_") for i in issued)
    assert len({i.plaintext for i in issued}) == 20
    assert len({i.record.id for i in issued}) == 20


def test_the_plaintext_is_not_in_its_printed_form(store: TokenStore):
    issued = store.create("ci", Role.ADMIN, now_ms=NOW)

    assert issued.plaintext not in repr(issued)
    assert issued.plaintext[3:] not in repr(store.list())


@pytest.mark.parametrize(
    "wrong", ["", "kz_", "kz_" + "a" * 43, "\ud800", "Bearer", "kz_\x00", "兆し"]
)
def test_what_is_no_token_is_refused(store: TokenStore, wrong: str):
    store.create("ci", Role.ADMIN, now_ms=NOW)

    assert store.authenticate(wrong, now_ms=NOW) is None


def test_a_token_changed_in_one_character_is_refused(store: TokenStore):
    plaintext = store.create("ci", Role.ADMIN, now_ms=NOW).plaintext

    for index in range(len(plaintext)):
        changed = "A" if plaintext[index] != "A" else "B"
        wrong = plaintext[:index] + changed + plaintext[index + 1 :]
        assert store.authenticate(wrong, now_ms=NOW) is None
    assert store.authenticate(plaintext.upper(), now_ms=NOW) is None
    assert store.authenticate(plaintext + " ", now_ms=NOW) is None


def test_a_token_is_refused_from_its_expiry_on(store: TokenStore):
    plaintext = store.create(
        "ci", Role.VIEWER, now_ms=NOW, expires_ms=NOW + 1000
    ).plaintext

    assert store.authenticate(plaintext, now_ms=NOW + 999) is not None
    assert store.authenticate(plaintext, now_ms=NOW + 1000) is None
    assert store.authenticate(plaintext, now_ms=NOW + 10**12) is None


def test_a_revoked_token_is_refused_and_the_others_stay(store: TokenStore):
    gone = store.create("gone", Role.VIEWER, now_ms=NOW)
    stays = store.create("stays", Role.VIEWER, now_ms=NOW)

    assert store.revoke(gone.record.id) == gone.record

    assert store.authenticate(gone.plaintext, now_ms=NOW) is None
    assert store.authenticate(stays.plaintext, now_ms=NOW) is not None
    with pytest.raises(NotFoundError, match=gone.record.id):
        store.revoke(gone.record.id)


def test_the_list_is_oldest_first_and_keeps_the_expired(store: TokenStore):
    newer = store.create("newer", Role.VIEWER, now_ms=NOW + 5)
    older = store.create("older", Role.ADMIN, now_ms=NOW, expires_ms=NOW + 1)

    assert list(store.list()) == [older.record, newer.record]


def test_last_use_is_written_at_most_once_a_minute(store: TokenStore):
    plaintext = store.create("ci", Role.VIEWER, now_ms=NOW).plaintext
    assert store.list()[0].last_used_ms is None

    seen = []
    for after in (0, 1, MINUTE - 1, MINUTE, MINUTE + 1, 2 * MINUTE):
        store.authenticate(plaintext, now_ms=NOW + after)
        last = store.list()[0].last_used_ms
        assert last is not None
        seen.append(last - NOW)

    assert seen == [0, 0, 0, MINUTE, MINUTE, 2 * MINUTE]


def test_last_use_does_not_go_back_with_the_clock(store: TokenStore):
    plaintext = store.create("ci", Role.VIEWER, now_ms=NOW).plaintext
    store.authenticate(plaintext, now_ms=NOW + 10 * MINUTE)

    assert store.authenticate(plaintext, now_ms=NOW) is not None

    assert store.list()[0].last_used_ms == NOW + 10 * MINUTE


def test_a_refused_token_leaves_no_trace_of_use(store: TokenStore):
    plaintext = store.create(
        "ci", Role.VIEWER, now_ms=NOW, expires_ms=NOW + 1
    ).plaintext

    store.authenticate(plaintext, now_ms=NOW + 5)

    assert store.list()[0].last_used_ms is None


@pytest.mark.parametrize("name", ["", " ", "a" * 101, "two\nlines", "\u202eevil"])
def test_a_name_that_would_mislead_is_refused(store: TokenStore, name: str):
    with pytest.raises(InputError, match="1 to 100 printable characters"):
        store.create(name, Role.VIEWER, now_ms=NOW)
    assert list(store.list()) == []


@pytest.mark.parametrize("expires_ms", [NOW, NOW - 1, 0])
def test_an_expiry_in_the_past_is_refused(store: TokenStore, expires_ms: int):
    with pytest.raises(InputError, match="expected an expiry in the future"):
        store.create("ci", Role.VIEWER, now_ms=NOW, expires_ms=expires_ms)


@pytest.mark.parametrize("name", ["CI deploys", "日本語の名前", "a" * 100])
def test_names_may_be_in_any_language(store: TokenStore, name: str):
    store.create(name, Role.VIEWER, now_ms=NOW)

    assert store.list()[0].name == name


def test_roles_are_ordered_viewer_editor_operator_admin():
    order = [Role.VIEWER, Role.EDITOR, Role.OPERATOR, Role.ADMIN]
    for held, has in enumerate(order):
        for needed, wants in enumerate(order):
            assert has.covers(wants) is (held >= needed)
