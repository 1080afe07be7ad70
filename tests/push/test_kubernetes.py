"""Server-side apply, against a stub of a Kubernetes API server."""

from collections.abc import AsyncIterator

import pytest
from lightkube import AsyncClient, KubeConfig

from harness.kubernetes import KubernetesStub, running_kubernetes
from kizashi.errors import PushError
from kizashi.ports.destination import Action, Document
from kizashi.push.kubernetes import KINDS, KubernetesApi
from kizashi.testing.clock import ManualClock
from kizashi.testing.receivers import ReceiverServer, status

pytestmark = pytest.mark.anyio

V1 = "monitoring.coreos.com/v1"


def rule(name: str, expr: str = "up == 0", namespace: str = "") -> Document:
    metadata = {"name": name, "labels": {"app.kubernetes.io/managed-by": "kizashi"}}
    if namespace:
        metadata["namespace"] = namespace
    groups = [{"name": "g", "rules": [{"alert": "Down", "expr": expr}]}]
    return {
        "apiVersion": V1,
        "kind": "PrometheusRule",
        "metadata": metadata,
        "spec": {"groups": groups},
    }


def place(name: str, namespace: str = "default") -> tuple[str, str, str, str]:
    return (V1, "prometheusrules", namespace, name)


@pytest.fixture
async def stub() -> AsyncIterator[KubernetesStub]:
    async with running_kubernetes(*(plural for _, plural in KINDS.values())) as running:
        yield running


class HurriedClock(ManualClock):
    """Does not wait."""

    async def sleep(self, seconds: float) -> None:
        pass


def cluster(
    stub: KubernetesStub, set_name: str = "kizashi", *, is_forced: bool = False
) -> KubernetesApi:
    config = KubeConfig.from_dict(stub.kubeconfig).get()
    client = AsyncClient(config=config, trust_env=False)
    return KubernetesApi(client, HurriedClock(), set_name=set_name, is_forced=is_forced)


async def push(api: KubernetesApi, *documents: Document) -> list[tuple[Action, str]]:
    try:
        changes = await api.plan(documents)
        for change in changes:
            await api.carry_out(change)
    finally:
        await api.close()
    return [(change.action, change.name) for change in changes]


async def test_objects_are_created_once_and_are_then_as_they_should_be(
    stub: KubernetesStub,
):
    first = await push(cluster(stub), rule("a"), rule("b"))
    again = await push(cluster(stub), rule("a"), rule("b"))

    assert first == [
        (Action.CREATE, "PrometheusRule/a"),
        (Action.CREATE, "PrometheusRule/b"),
    ]
    assert again == []
    metadata = stub.objects[place("a")].content["metadata"]
    assert metadata["labels"]["kizashi.dev/set"] == "kizashi"


async def test_a_plan_is_worked_out_by_the_server_and_changes_nothing(
    stub: KubernetesStub,
):
    await push(cluster(stub), rule("a"))
    before = dict(stub.objects)
    api = cluster(stub)

    (change,) = await api.plan([rule("a", "up == 1")])
    await api.close()

    assert change.action is Action.UPDATE
    assert "expr: 'up == 0'" in change.before
    assert "expr: 'up == 1'" in change.after
    # What a server keeps for itself would be noise in a difference.
    assert "resourceVersion" not in change.before + change.after
    assert "managedFields" not in change.before + change.after
    assert stub.objects == before
    patches = [path for method, path in stub.requests if method == "PATCH"]
    assert "dryRun=All" in patches[-1]


async def test_what_is_generated_no_more_is_deleted_with_its_set_alone(
    stub: KubernetesStub,
):
    await push(cluster(stub), rule("a"), rule("b"))
    await push(cluster(stub, "theirs"), rule("c"))
    stub.namespaces.add("other")
    await push(cluster(stub), rule("a"), rule("b"), rule("a", namespace="other"))

    done = await push(cluster(stub), rule("a"), rule("a", namespace="other"))

    assert done == [(Action.DELETE, "PrometheusRule/b")]
    assert set(stub.objects) == {place("a"), place("c"), place("a", "other")}


async def test_a_field_that_someone_else_manages_is_left_unless_forced(
    stub: KubernetesStub,
):
    await push(cluster(stub), rule("a"))
    theirs = [{"name": "g", "rules": []}]
    stub.edit(place("a"), ("spec", "groups"), theirs, "kubectl")

    with pytest.raises(PushError) as told:
        await push(cluster(stub), rule("a"))

    assert told.value.code == "push.conflict"
    assert "kubectl" in str(told.value.params["why"])
    assert stub.objects[place("a")].content["spec"] == {"groups": theirs}
    assert await push(cluster(stub, is_forced=True), rule("a")) == [
        (Action.UPDATE, "PrometheusRule/a")
    ]


async def test_a_field_that_we_leave_out_goes_and_theirs_stays(stub: KubernetesStub):
    await push(cluster(stub), rule("a"))
    stub.edit(place("a"), ("metadata", "annotations", "note"), "theirs", "kubectl")
    bare = rule("a")
    bare = {**bare, "metadata": {"name": "a"}}

    await push(cluster(stub), bare)

    metadata = stub.objects[place("a")].content["metadata"]
    assert metadata["labels"] == {"kizashi.dev/set": "kizashi"}
    assert metadata["annotations"] == {"note": "theirs"}


async def test_a_cluster_without_the_operator_is_named(stub: KubernetesStub):
    stub.plurals.clear()

    with pytest.raises(PushError) as told:
        await push(cluster(stub), rule("a"))

    assert told.value.code == "push.missing"


async def test_a_namespace_that_is_not_there_is_named(stub: KubernetesStub):
    with pytest.raises(PushError) as told:
        await push(cluster(stub), rule("a", namespace="nowhere"))

    assert told.value.code == "push.missing"
    assert 'namespaces "nowhere" not found' in str(told.value.params["why"])


async def test_kinds_that_are_not_installed_hold_nothing_to_delete(
    stub: KubernetesStub,
):
    """A cluster with an old operator has no ScrapeConfig; rules go in all the same."""
    stub.plurals = {"prometheusrules"}

    assert await push(cluster(stub), rule("a")) == [(Action.CREATE, "PrometheusRule/a")]


async def test_a_token_that_is_refused_is_told_apart(stub: KubernetesStub):
    api = cluster(stub)
    stub.token = "another"  # noqa: S105 - a stub's

    with pytest.raises(PushError) as told:
        await push(api, rule("a"))

    assert told.value.code == "push.unauthorized"


async def test_a_deletion_made_twice_is_as_made_once(stub: KubernetesStub):
    await push(cluster(stub), rule("a"), rule("b"))
    api = cluster(stub)
    (deletion,) = await api.plan([rule("a")])

    await api.carry_out(deletion)
    await api.carry_out(deletion)
    await api.close()

    assert set(stub.objects) == {place("a")}


@pytest.mark.parametrize(
    ("code", "headers", "told"),
    [
        (200, {"Content-Type": "text/html"}, "push.not-a-cluster"),
        (403, {"Content-Type": "text/html"}, "push.unauthorized"),
        (403, {}, "push.not-a-cluster"),
        (403, {"Content-Type": "application/json"}, "push.not-a-cluster"),
    ],
)
async def test_a_login_page_in_front_of_the_cluster_is_told_apart(
    code: int, headers: dict[str, str], told: str
):
    server = await ReceiverServer(
        answer=status(code, b"<html>log in</html>", headers)
    ).start()
    api = cluster(KubernetesStub(port=server.port))

    try:
        with pytest.raises(PushError) as refused:
            await push(api, rule("a"))
    finally:
        await server.close()

    assert refused.value.code == told


async def test_a_busy_cluster_is_asked_again(stub: KubernetesStub):
    stub.failures = [503, 429]

    assert await push(cluster(stub), rule("a")) == [(Action.CREATE, "PrometheusRule/a")]
