"""Pushing to the ruler of Mimir or Cortex, against a stub of it."""

import gzip
from collections.abc import AsyncIterator

import pytest

from harness.ruler import RulerStub, running_ruler
from kizashi.errors import PushError
from kizashi.ports.destination import Action, Change, Document
from kizashi.push._base import Credentials
from kizashi.push.ruler import RulerAddress, RulerApi
from kizashi.testing.clock import ManualClock
from kizashi.testing.receivers import ReceiverServer, status

pytestmark = pytest.mark.anyio

COUNT: Document = {
    "name": "kizashi-shop-quick",
    "interval": "60s",
    "query_offset": "10s",
    "rules": [{"record": "a:b:c", "expr": "sum(up)", "labels": {"service": "shop"}}],
}
ALERT: Document = {
    "name": "kizashi-shop-alerts",
    "interval": "15s",
    "rules": [{"alert": "Burn", "expr": "up == 0", "for": "90m"}],
}
TENANT = Credentials(tenant="team-a")


@pytest.fixture
async def stub() -> AsyncIterator[RulerStub]:
    async with running_ruler() as running:
        yield running


def ruler(
    stub: RulerStub,
    credentials: Credentials = TENANT,
    path: str = "/prometheus",
    clock: ManualClock | None = None,
) -> RulerApi:
    address = RulerAddress(stub.url(path), "kizashi", credentials)
    return RulerApi(address, clock or ManualClock())


async def push(api: RulerApi, *documents: Document) -> list[tuple[Action, str]]:
    try:
        changes = await api.plan(documents)
        for change in changes:
            await api.carry_out(change)
    finally:
        await api.close()
    return [(change.action, change.name) for change in changes]


async def plan_only(api: RulerApi, *documents: Document) -> tuple[Change, ...]:
    try:
        return await api.plan(documents)
    finally:
        await api.close()


async def test_groups_are_created_once_and_are_then_as_they_should_be(stub: RulerStub):
    first = await push(ruler(stub), COUNT, ALERT)
    again = await push(ruler(stub), COUNT, ALERT)

    assert first == [
        (Action.CREATE, "kizashi-shop-quick"),
        (Action.CREATE, "kizashi-shop-alerts"),
    ]
    # The server says 1m for 60s and 1h30m for 90m, and adds an empty field.
    assert again == []
    kept = stub.rules["team-a", "kizashi"]
    assert kept["kizashi-shop-quick"]["interval"] == "1m"


async def test_a_changed_group_is_written_and_one_that_is_gone_deleted(
    stub: RulerStub,
):
    await push(ruler(stub), COUNT, ALERT)
    changed = {**COUNT, "interval": "30s"}

    plan = await plan_only(ruler(stub), changed)
    done = await push(ruler(stub), changed)

    assert done == [
        (Action.UPDATE, "kizashi-shop-quick"),
        (Action.DELETE, "kizashi-shop-alerts"),
    ]
    assert "interval: 1m\n" in plan[0].before
    assert "interval: 30s\n" in plan[0].after
    assert plan[1].after == ""
    assert list(stub.rules["team-a", "kizashi"]) == ["kizashi-shop-quick"]


async def test_a_plan_changes_nothing(stub: RulerStub):
    await plan_only(ruler(stub), COUNT)

    assert stub.rules == {}
    assert [method for method, _ in stub.requests] == ["GET"]


async def test_what_others_have_put_there_is_left_alone(stub: RulerStub):
    """In the namespace by hand; in another one; of another tenant."""
    theirs = {"name": "by-hand", "rules": []}
    stub.rules["team-a", "kizashi"] = {"by-hand": dict(theirs)}
    stub.rules["team-a", "other"] = {"kizashi-x": {"name": "kizashi-x"}}
    stub.rules["team-b", "kizashi"] = {"kizashi-x": {"name": "kizashi-x"}}

    await push(ruler(stub), COUNT)

    assert set(stub.rules["team-a", "kizashi"]) == {"by-hand", "kizashi-shop-quick"}
    assert "kizashi-x" in stub.rules["team-a", "other"]
    assert "kizashi-x" in stub.rules["team-b", "kizashi"]


async def test_cortex_is_named_by_its_whole_rules_path(stub: RulerStub):
    await push(ruler(stub, path="/api/v1/rules"), COUNT)

    assert stub.requests[-1] == ("POST", "/api/v1/rules/kizashi")


@pytest.mark.parametrize(
    ("credentials", "header"),
    [
        (Credentials("s3cret", "", "team-a"), "Bearer s3cret"),
        # base64 of "team:s3cret"
        (Credentials("s3cret", "team", "team-a"), "Basic dGVhbTpzM2NyZXQ="),
    ],
)
async def test_who_pushes_is_said_in_headers(
    stub: RulerStub, credentials: Credentials, header: str
):
    stub.authorization = header

    assert await push(ruler(stub, credentials), COUNT)
    with pytest.raises(PushError) as refused:
        await push(ruler(stub, TENANT), ALERT)

    assert refused.value.code == "push.unauthorized"
    assert "s3cret" not in repr(credentials)


class HurriedClock(ManualClock):
    """Does not wait; remembers how long it would have."""

    def __init__(self) -> None:
        super().__init__()
        self.waits_s: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.waits_s.append(seconds)


async def test_a_busy_server_is_asked_again_after_the_time_it_asks_for(
    stub: RulerStub,
):
    clock = HurriedClock()
    in_the_past = {"Retry-After": "Tue, 14 Nov 2023 22:00:00 GMT"}
    stub.failures = [(503, {}), (429, {"Retry-After": "7"}), (502, in_the_past)]

    changes = await plan_only(ruler(stub, clock=clock), COUNT)

    assert [change.name for change in changes] == ["kizashi-shop-quick"]
    assert clock.waits_s == [0.5, 7.0, 2.0]


async def test_a_server_that_stays_busy_is_given_up(stub: RulerStub):
    clock = HurriedClock()
    stub.failures = [(503, {})] * 9

    with pytest.raises(PushError) as given_up:
        await plan_only(ruler(stub, clock=clock), COUNT)

    assert (given_up.value.code, len(stub.requests)) == ("push.refused", 5)
    assert given_up.value.params["status"] == 503
    assert clock.waits_s == [0.5, 1.0, 2.0, 4.0]


async def test_a_server_that_is_not_there_is_given_up_as_well():
    clock = HurriedClock()
    api = RulerApi(RulerAddress("http://127.0.0.1:1", "kizashi"), clock)

    with pytest.raises(PushError) as given_up:
        await plan_only(api, COUNT)

    assert given_up.value.code == "push.unreachable"
    assert given_up.value.params["why"] == "Connection refused"
    assert len(clock.waits_s) == 4


async def test_a_server_that_asks_for_hours_is_not_waited_for(stub: RulerStub):
    stub.failures = [(429, {"Retry-After": "3600"})]

    with pytest.raises(PushError):
        await push(ruler(stub), COUNT)

    assert len(stub.requests) == 1


async def test_what_the_server_says_of_a_refusal_is_told(stub: RulerStub):
    stub.most_groups = 1
    await push(ruler(stub), COUNT)

    with pytest.raises(PushError) as refused:
        await push(ruler(stub), COUNT, ALERT)

    assert refused.value.params["status"] == 400
    assert "limit: 1" in str(refused.value.params["why"])


async def test_a_group_that_is_gone_already_is_no_failure(stub: RulerStub):
    await push(ruler(stub), COUNT, ALERT)
    api = ruler(stub)
    (deletion,) = await api.plan([COUNT])
    stub.rules.clear()

    await api.carry_out(deletion)
    await api.close()


@pytest.mark.parametrize(
    "said", [b"<html>hello</html>", b"kizashi: 7", b"- a", b"a: [", b"kizashi: [{}]"]
)
async def test_something_else_than_a_ruler_is_told_apart(said: bytes):
    server = await ReceiverServer(answer=status(200, said)).start()
    api = RulerApi(RulerAddress(server.url("/prometheus"), "kizashi"), ManualClock())

    try:
        # A page in HTML is YAML of a text, and so no namespace.
        with pytest.raises(PushError) as told:
            await api.plan([COUNT])
    finally:
        await api.close()
        await server.close()

    assert told.value.code == "push.not-a-ruler"


async def test_a_redirect_is_not_followed_with_credentials(stub: RulerStub):
    stub.failures = [(302, {"Location": "http://127.0.0.1:1/"})]

    with pytest.raises(PushError) as told:
        await push(ruler(stub), COUNT)

    assert told.value.params["status"] == 302


async def test_a_name_with_a_slash_stays_one_part_of_the_path(stub: RulerStub):
    address = RulerAddress(stub.url(), "a/b c", TENANT)
    api = RulerApi(address, ManualClock())

    await push(api, COUNT)

    assert stub.requests[-1][1] == "/prometheus/config/v1/rules/a%2Fb%20c"


async def test_a_packed_answer_that_ends_early_is_told_in_words():
    packed = gzip.compress(b"kizashi: []")[:-4]
    server = await ReceiverServer(
        answer=status(200, packed, {"Content-Encoding": "gzip"})
    ).start()
    address = RulerAddress(server.url("/rules"), "kizashi", TENANT)
    api = RulerApi(address, HurriedClock())

    with pytest.raises(PushError) as raised:
        await plan_only(api, COUNT)
    await server.close()

    assert raised.value.code == "push.unreachable"
    assert raised.value.params["why"] == "cut off"
