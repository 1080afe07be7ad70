"""Whose token is good, and whose is not."""

import base64
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from api.callers import IssuerError, NotAllowedError
from api.identity import Keys, Tokens
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
ISSUER = "https://cognito-idp.ap-northeast-1.amazonaws.com/ap-northeast-1_Abc"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})
GUEST_KEY = b"k" * 32


def claims(**changes: object) -> dict[str, Any]:
    good = {
        "iss": ISSUER,
        "sub": "person",
        "client_id": "web",
        "token_use": "access",
        "iat": int(NOW.timestamp()) - 60,
        "exp": int(NOW.timestamp()) + 3600,
    }
    return {name: v for name, v in {**good, **changes}.items() if v is not None}


def sign(changed: dict[str, Any], key: RSAKey = KEY, **header: str) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one", **header}, changed, key)


class Issuer:
    """Publishes keys, counts how often it is asked, and may be down."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False
        self.keys = [KEY.as_dict(private=False)]

    async def fetch(self) -> bytes:
        self.asked += 1
        if self.is_down:
            raise OSError("down")
        return json.dumps({"keys": self.keys}).encode()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def clock() -> dict[str, float]:
    return {"now": 0.0}


@pytest.fixture
def tokens(issuer: Issuer, clock: dict[str, float]) -> Tokens:
    return Tokens(ISSUER, "web", Keys(issuer.fetch, lambda: clock["now"]), GUEST_KEY)


async def test_a_good_token_is_its_subject(tokens: Tokens):
    caller = await tokens(sign(claims()), NOW)
    assert caller.owner.id == "person"
    assert caller.owner.keeps_until is None


def altered(token: str) -> str:
    head, _, signature = token.split(".")
    changed = json.dumps(claims(sub="another")).encode()
    part = base64.urlsafe_b64encode(changed).rstrip(b"=").decode()
    return f"{head}.{part}.{signature}"


def unsigned() -> str:
    parts = ({"alg": "none", "kid": "one"}, claims())
    encoded = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in parts
    ]
    return ".".join([*encoded, ""])


def symmetric() -> str:
    """The public key, abused as a secret."""
    head, body, _ = unsigned().split(".")
    head = (
        base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').rstrip(b"=").decode()
    )
    public = KEY.as_pem(private=False)
    mac = hmac.digest(public, f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


ID_TOKEN = {"token_use": "id", "aud": "web", "client_id": None}
REFRESH_TOKEN = {"token_use": "refresh"}
SECONDS = int(NOW.timestamp())
FORGED: dict[str, Callable[[], str]] = {
    "nothing": str,
    "garbage": lambda: "garbage",
    "three empty parts": lambda: "..",
    "parts that are no JSON": lambda: "YQ.YQ.YQ",
    "parts that are lists": lambda: "W10.W10.W10",
    "deep nesting": lambda: base64.b64encode(b"[" * 3000).decode() + ".e30.x",
    "very long": lambda: "a" * 10_000,
    "not ASCII": lambda: "é.é.é",
    "altered claims": lambda: altered(sign(claims())),
    "another key under the same id": lambda: sign(claims(), OTHER_KEY),
    "an unknown key id": lambda: sign(claims(), kid="two"),
    "no algorithm": unsigned,
    "the public key as a secret": symmetric,
    "another client": lambda: sign(claims(client_id="other")),
    "no client": lambda: sign(claims(client_id=None)),
    "an ID token": lambda: sign(claims(**ID_TOKEN)),
    "a refresh token": lambda: sign(claims(**REFRESH_TOKEN)),
    "another issuer": lambda: sign(claims(iss=ISSUER + "x")),
    "no issuer": lambda: sign(claims(iss=None)),
    "no subject": lambda: sign(claims(sub=None)),
    "an empty subject": lambda: sign(claims(sub="")),
    "a subject that is no text": lambda: sign(claims(sub=["person"])),
    "no end": lambda: sign(claims(exp=None)),
    "an end that is text": lambda: sign(claims(exp="tomorrow")),
    "expired": lambda: sign(claims(exp=SECONDS - 31)),
    "issued in the future": lambda: sign(claims(iat=SECONDS + 31)),
    "a guest's claims, signed by the pool": lambda: sign(
        claims(iss="todo-api", scope="guest")
    ),
    "a guest's, of another key": lambda: jwt.encode(
        {"alg": "HS256"},
        claims(iss="todo-api", scope="guest"),
        OctKey.import_key(b"x" * 32),
    ),
    "a guest's, without the scope": lambda: jwt.encode(
        {"alg": "HS256"}, claims(iss="todo-api"), OctKey.import_key(GUEST_KEY)
    ),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
async def test_a_token_that_is_not_good_is_refused(
    tokens: Tokens, forge: Callable[[], str]
):
    with pytest.raises(NotAllowedError):
        await tokens(forge(), NOW)


@pytest.mark.parametrize(
    "changes", [{"exp": SECONDS - 29}, {"iat": SECONDS + 29}], ids=["end", "issue"]
)
async def test_clocks_may_differ_by_half_a_minute(tokens: Tokens, changes: dict):
    assert await tokens(sign(claims(**changes)), NOW)


async def test_keys_are_fetched_once_and_again_when_they_are_old(
    tokens: Tokens, issuer: Issuer, clock: dict[str, float]
):
    for _ in range(100):
        await tokens(sign(claims()), NOW)
    assert issuer.asked == 1
    clock["now"] = 3601.0
    await tokens(sign(claims()), NOW)
    assert issuer.asked == 2


async def test_unknown_keys_make_it_ask_at_most_every_two_seconds(
    tokens: Tokens, issuer: Issuer, clock: dict[str, float]
):
    for _ in range(100):
        with pytest.raises(NotAllowedError):
            await tokens(sign(claims(), kid="two"), NOW)
    assert issuer.asked == 1
    # The pool has a new key by now.
    new = RSAKey.generate_key(2048, {"kid": "two"})
    issuer.keys.append(new.as_dict(private=False))
    clock["now"] = 2.0
    assert await tokens(sign(claims(), new, kid="two"), NOW)


async def test_while_the_issuer_is_down_known_keys_go_on(
    tokens: Tokens, issuer: Issuer, clock: dict[str, float]
):
    await tokens(sign(claims()), NOW)
    issuer.is_down = True
    clock["now"] = 7200.0
    assert await tokens(sign(claims()), NOW)


async def test_without_any_key_nobody_is_refused_nor_let_in(
    tokens: Tokens, issuer: Issuer
):
    issuer.is_down = True
    with pytest.raises(IssuerError):
        await tokens(sign(claims()), NOW)


async def test_a_guest_has_a_small_list_that_ends(tokens: Tokens):
    token, ends = tokens.new_guest(NOW)
    assert ends == NOW + timedelta(hours=24)
    caller = await tokens(token, NOW)
    assert caller.owner.id.startswith("guest-")
    assert caller.owner.max_tasks == 20
    assert caller.owner.keeps_until == ends
    other, _ = tokens.new_guest(NOW)
    assert (await tokens(other, NOW)).owner.id != caller.owner.id
    with pytest.raises(NotAllowedError):
        await tokens(token, ends + timedelta(seconds=31))


async def test_a_token_is_good_for_as_long_as_its_key_is_published_and_no_longer(
    tokens: Tokens, issuer: Issuer, clock: dict[str, float]
):
    """Its signature is not checked anew each time; that its key is still there, is."""
    token = sign(claims())
    assert (await tokens(token, NOW)).owner.id == "person"
    # Another key under the same name: what it did not sign is refused.
    issuer.keys = [OTHER_KEY.as_dict(private=False)]
    clock["now"] = 3601.0
    with pytest.raises(NotAllowedError):
        await tokens(token, NOW)
    issuer.keys = [KEY.as_dict(private=False)]
    clock["now"] = 7203.0
    assert (await tokens(token, NOW)).owner.id == "person"
    clock["now"] = 10805.0
    issuer.keys = [RSAKey.generate_key(2048, {"kid": "two"}).as_dict(private=False)]
    with pytest.raises(NotAllowedError, match="not known"):
        await tokens(token, NOW)


async def test_a_token_that_was_good_expires_all_the_same(tokens: Tokens):
    token = sign(claims())
    await tokens(token, NOW)
    with pytest.raises(NotAllowedError):
        await tokens(token, NOW + timedelta(hours=2))


async def test_a_signature_is_checked_once(
    tokens: Tokens, monkeypatch: pytest.MonkeyPatch
):
    checked: list[str] = []
    decode = jwt.decode

    def counting(token: str, *rest: Any, **options: Any) -> Any:
        checked.append(token)
        return decode(token, *rest, **options)

    monkeypatch.setattr(jwt, "decode", counting)
    token, other = sign(claims()), sign(claims(sub="other"))
    for one in (token, other, token, other):
        await tokens(one, NOW)
    assert checked == [token, other]
    # One that was altered is another one.
    with pytest.raises(NotAllowedError):
        await tokens(altered(token), NOW)
