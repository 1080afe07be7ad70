"""`kizashi compile --push`, as a person and a CI job meet it."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from harness.kubernetes import running_kubernetes
from harness.ruler import RulerStub, running_ruler
from kizashi.cli import run

pytestmark = pytest.mark.anyio

DECLARED = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: todo}
spec:
  job: todo
  objectives:
    - name: availability
      target: 99.9%
      window: 30d
      ratio: {bad: 'bad_total', valid: 'all_total'}
"""


@pytest.fixture
async def stub(tmp_path: Path) -> AsyncIterator[RulerStub]:
    (tmp_path / "a.yaml").write_text(DECLARED)
    async with running_ruler() as running:
        yield running


class Shell:
    """Runs the command in a thread: it has an event loop of its own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys

    async def __call__(self, *tokens: str) -> tuple[int, str, str]:
        line = ["compile", str(self._folder / "a.yaml"), *tokens, "--language", "en"]
        code = await asyncio.to_thread(run, line)
        told = self._capsys.readouterr()
        return code, told.out, told.err


@pytest.fixture
def compile_(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path, capsys)


def rules(stub: RulerStub) -> tuple[str, ...]:
    return ("--to", "prometheus", "--push", stub.url(), "--tenant", "team-a")


async def test_rules_reach_the_ruler_once(stub: RulerStub, compile_: Shell):
    code, out, err = await compile_(*rules(stub))

    assert (code, err) == (0, "")
    groups = stub.rules["team-a", "kizashi"]
    assert groups
    for name in groups:
        assert f"created: {name}\n" in out
    assert f"Changes on the server: {len(groups)}. Failed: 0." in out

    code, out, _ = await compile_(*rules(stub))
    assert code == 0
    assert out.endswith("Changes on the server: 0. Failed: 0.\n")


async def test_a_dry_run_changes_nothing_and_tells_by_its_exit_code(
    stub: RulerStub, compile_: Shell
):
    code, out, _ = await compile_(*rules(stub), "--diff")

    assert code == 1
    assert "(generated)\n" in out
    assert "\n+name: kizashi-" in out
    assert stub.rules == {}

    code, out, _ = await compile_(*rules(stub), "--check")
    assert code == 1
    assert "would be created: kizashi-" in out

    await compile_(*rules(stub))
    assert (await compile_(*rules(stub), "--diff"))[:2] == (0, "")


async def test_a_program_reads_what_was_done(stub: RulerStub, compile_: Shell):
    _, out, _ = await compile_(*rules(stub), "--format", "json")

    done = json.loads(out)["pushed"]["done"]
    assert {change["action"] for change in done} == {"create"}
    assert {change["name"] for change in done} == set(stub.rules["team-a", "kizashi"])


async def test_nothing_is_deleted_where_something_else_failed(
    stub: RulerStub, compile_: Shell
):
    old = {"name": "kizashi-old"}
    stub.rules["team-a", "kizashi"] = {"kizashi-old": dict(old)}
    stub.most_groups = 1

    code, out, err = await compile_(*rules(stub))

    assert code == 1
    assert "not deleted, because something else failed: kizashi-old" in out
    assert "limit: 1" in err
    assert stub.rules["team-a", "kizashi"] == {"kizashi-old": old}


async def test_files_and_server_may_be_named_together(
    stub: RulerStub, compile_: Shell, tmp_path: Path
):
    code, out, _ = await compile_(*rules(stub), "--out", str(tmp_path / "out"))

    assert code == 0
    assert "written: " in out
    assert "created: " in out
    assert list((tmp_path / "out").glob("*.yaml"))


async def test_a_token_comes_from_the_environment_and_is_never_told(
    stub: RulerStub, compile_: Shell, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("KIZASHI_PUSH_TOKEN", "s3cret")
    stub.authorization = "Bearer another"

    code, out, err = await compile_(*rules(stub))

    assert code == 1
    assert "answered 401" in err
    assert "s3cret" not in out + err

    stub.authorization = "Bearer s3cret"
    assert (await compile_(*rules(stub)))[0] == 0


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (["--to", "prometheus"], "Say where to"),
        (["--to", "prometheus", "--push", "ftp://a"], "no address to push to"),
        (["--to", "prometheus", "--push", "http://u:p@a/"], "no address to push to"),
        (["--to", "prometheus", "--push", "http://a/?b"], "no address to push to"),
        (["--to", "prometheus", "--push", "http://[a"], "no address to push to"),
        (
            ["--to", "alertmanager", "--push", "http://a/prometheus"],
            "takes what --to prometheus makes",
        ),
        (
            ["--to", "prometheus", "--push", "kubernetes:"],
            "takes what --to prometheus-operator makes",
        ),
    ],
)
@pytest.mark.usefixtures("stub")
async def test_a_place_that_makes_no_sense_is_told(
    compile_: Shell, tokens: list[str], told: str
):
    code, _, err = await compile_(*tokens)

    assert code == 2
    assert told in err
    assert "u:p" not in err


async def test_a_token_over_plain_http_is_warned_of(stub: RulerStub, compile_: Shell):
    """This machine by a name that is not known to be it."""
    url = f"http://0.0.0.0:{stub.port}/prometheus"
    place = ("--push", url, "--tenant", "team-a", "--push-token", "s3cret")

    code, _, err = await compile_("--to", "prometheus", *place)

    assert code == 0
    assert "The token goes to 0.0.0.0 unencrypted." in err
    assert "s3cret" not in err


@pytest.mark.usefixtures("stub")
@pytest.mark.parametrize(
    "kubeconfig",
    ["[", "7", "{}", '{"clusters": [], "contexts": [], "current-context": "a"}'],
)
async def test_a_kubeconfig_that_is_none_is_told(
    compile_: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kubeconfig: str
):
    (tmp_path / "config").write_text(kubeconfig)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "config"))

    code, _, err = await compile_(
        "--to", "prometheus-operator", "--push", "kubernetes:"
    )

    assert code == 1
    assert re.search("No cluster is configured|The kubeconfig cannot be used", err)


@pytest.mark.usefixtures("stub")
async def test_objects_reach_a_cluster(
    compile_: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    config = tmp_path / "kubeconfig"
    monkeypatch.setenv("KUBECONFIG", str(config))
    line = ("--to", "prometheus-operator", "--push", "kubernetes:")

    code, _, err = await compile_(*line)
    assert code == 1
    assert "No cluster is configured" in err

    async with running_kubernetes("prometheusrules") as cluster:
        cluster.namespaces.add("monitoring")
        config.write_text(json.dumps(cluster.kubeconfig))
        code, out, _ = await compile_(*line, "--namespace", "monitoring")

        assert code == 0
        assert "created: PrometheusRule/kizashi-todo" in out
        assert {place[1:] for place in cluster.objects} == {
            ("prometheusrules", "monitoring", "kizashi-todo"),
            ("prometheusrules", "monitoring", "kizashi-targets"),
        }

        code, _, err = await compile_(*line[:-1], "kubernetes:elsewhere")
        assert code == 1
        assert "elsewhere" in err


@pytest.mark.usefixtures("stub")
async def test_labels_and_a_namespace_are_given_by_name(
    compile_: Shell, tmp_path: Path
):
    out = tmp_path / "objects"
    line = ("--to", "prometheus-operator", "--out", str(out))

    given = ("--label", "release=stack", "--label", "team=shop")
    code, _, _ = await compile_(*line, *given, "--namespace", "monitoring")

    text = (out / "prometheusrule-kizashi-todo.yaml").read_text()
    assert code == 0
    assert "  namespace: monitoring\n" in text
    assert "    release: stack\n    team: shop\n" in text

    code, _, err = await compile_(*line, "--label", "release")
    assert code == 2
    assert "'release' is no label" in err
