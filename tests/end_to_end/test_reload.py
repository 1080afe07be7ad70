"""A reload: a bad file changes nothing, a good one is dated and never rewrites."""

import pytest
from serving import CLOCK, WORKS, Kizashi, Shop

from harness.targets import Servers, page
from kizashi.offline.tokens import create_token
from kizashi.ports.tokens import Role

pytestmark = pytest.mark.anyio

SECOND = """\
    - name: exists
      target: 99%
      window: 1d
      ratio: {bad: 'hits_total{code="404"}', valid: hits_total}
"""
OTHER = """\
  - job_name: other
    scrape_interval: 200ms
    static_configs: [{{targets: ["{address}"]}}]
"""


async def reload(kizashi: Kizashi) -> tuple[int, dict[str, object]]:
    """Ask for a reload as an operator."""
    token = create_token(kizashi.data, "test", Role.OPERATOR).plaintext
    headers = {"Authorization": f"Bearer {token}"}
    answer = await kizashi.client.post("/-/reload", headers=headers)
    return answer.status_code, answer.json()


async def seconds(count: float) -> float:
    """Let some time pass, and return the time."""
    await CLOCK.sleep(count)
    return CLOCK.now_ms() / 1000


async def test_a_bad_file_never_replaces_a_good_one(kizashi: Kizashi):
    await kizashi.start()
    await kizashi.until(WORKS, '"live"')
    before = kizashi.config.read_text()
    declared = (kizashi.folder / "shop.yaml").read_text()

    async def refused(where: str, code: str) -> None:
        status, body = await reload(kizashi)
        assert status == 409
        problems = body["error"]["detail"]["problems"]  # type: ignore[index]
        assert (f"{kizashi.folder}/{where}", code) in {
            (p["where"], p["code"]) for p in problems
        }
        assert all(p["text"] for p in problems)

    kizashi.config.write_text(before + "scrape_configs: [\n")
    await refused("kizashi.yaml:9:1", "yaml.syntax")
    kizashi.config.write_text(
        before.replace("scrape_interval: 200ms", "scrape_interval: 5m")
    )
    await refused("kizashi.yaml:5:22", "interval.gap")
    kizashi.config.write_text(before + "scrape_interval: 1s\n")
    await refused("kizashi.yaml:8:1", "field.unknown")
    kizashi.config.write_text(before)
    (kizashi.folder / "shop.yaml").write_text(
        declared + "      alerting: {policies: [{long: 1h, short: 5m, factor: 200,"
        " severity: page}]}\n"
    )
    await refused("shop.yaml:11:59", "alerting.factor-dead")
    kizashi.hang_up()
    await kizashi.until("/metrics", "kizashi_config_last_reload_successful 0.0")
    said = (
        f"so its last good version is in force. {kizashi.folder}/shop.yaml:11:59: The"
        " factor"
    )
    assert said in kizashi.log.read_text()

    assert (await kizashi.get(WORKS))["generation"] == 1
    newest = (await kizashi.points(60))[-1]["at"]
    await CLOCK.sleep(1.5)
    points = await kizashi.points(60)
    assert points[-1]["at"] > newest  # type: ignore[operator]
    assert points[-1]["state"] == "live"
    (kizashi.folder / "shop.yaml").write_text(declared)
    assert (await reload(kizashi))[0] == 200
    assert await kizashi.stop() == 0


async def test_what_changes_is_dated_and_the_past_answers_as_it_was(kizashi: Kizashi):
    kizashi.declare(more=SECOND)
    await kizashi.start()
    await kizashi.until(WORKS, '"live"')
    first_s = await seconds(1.2)
    exists = WORKS.replace("works", "exists")
    old = await kizashi.get(WORKS, at=first_s)
    assert (await kizashi.get(exists))["objective"] == "exists"

    # Target and window apply by date; the generation stays.
    kizashi.declare(target="95%", window="1d", more=SECOND)
    assert (await reload(kizashi))[0] == 200
    second_s = await seconds(1.2)
    now = await kizashi.get(WORKS)
    assert (now["target"], now["window"], now["generation"]) == (0.95, "1d", 1)
    then = await kizashi.get(WORKS, at=first_s)
    assert (then["target"], then["window"], then["generation"]) == (0.99, "30d", 1)
    assert (then["good"], then["valid"]) == (old["good"], old["valid"])

    # Another selector is another generation, derived from the beginning.
    kizashi.declare(target="95%", window="1d", bad='hits_total{code!="200"}')
    kizashi.hang_up()
    await kizashi.until(WORKS, '"generation":2')
    now = await kizashi.get(WORKS)
    then = await kizashi.get(WORKS, at=second_s)
    assert then["generation"] == 1
    assert now["valid"] >= then["valid"]  # type: ignore[operator]
    queries = [e["query"] for e in (now["explain"][0], then["explain"][0])]  # type: ignore[index]
    assert ['code!="200"' in q for q in queries] == [True, False]

    # The other objective is gone now, and was there then.
    assert (await kizashi.client.get(exists)).status_code == 404
    assert (await kizashi.get(exists, at=second_s))["objective"] == "exists"
    assert await kizashi.stop() == 0
    await kizashi.start()
    assert (await kizashi.get(WORKS, at=second_s))["generation"] == 1
    assert (await kizashi.get(WORKS))["generation"] == 2
    assert await kizashi.stop() == 0


async def test_the_language_of_those_who_name_none_follows_the_file(kizashi: Kizashi):
    without = kizashi.config.read_text()
    kizashi.config.write_text(without + "language: en\n")
    await kizashi.start()
    assert (
        "There is no" in (await kizashi.client.get("/kizashi/v1/objectives/a/b")).text
    )
    kizashi.config.write_text(without + "language: ja\n")

    kizashi.hang_up()

    await kizashi.until("/kizashi/v1/objectives/a/b", "ありません")
    await kizashi.until("/", '<html lang="ja"')


async def test_a_job_that_is_added_is_scraped_and_one_removed_is_not(
    kizashi: Kizashi, shop: Shop, servers: Servers
):
    await kizashi.start()
    other = f"127.0.0.1:{(await servers.start(page(b'x 1' + bytes([10])))).port}"
    kizashi.configure(shop.address, more=OTHER.format(address=other))
    assert (await reload(kizashi))[0] == 200
    await kizashi.until("/metrics", 'kizashi_targets{health="up"} 2.0')

    kizashi.configure(shop.address)
    assert (await reload(kizashi))[0] == 200
    told = await kizashi.get("/kizashi/v1/targets")
    assert [t["job"] for t in told["targets"]] == ["shop"]  # type: ignore[attr-defined]
    assert await kizashi.stop() == 0


async def test_reloads_asked_for_while_it_starts_are_one_reload_afterwards(
    kizashi: Kizashi,
):
    await kizashi.launch()
    began = CLOCK.monotonic()
    while "reading needs no token" not in kizashi.log.read_text():
        assert CLOCK.monotonic() - began < 60
        await CLOCK.sleep(0.01)
    kizashi.declare(target="95%")
    for _ in range(100):
        kizashi.hang_up()
    await kizashi.ready()
    await kizashi.until(WORKS, '"target":0.95')

    kizashi.declare(target="98%")
    for _ in range(100):
        kizashi.hang_up()
    await kizashi.until(WORKS, '"target":0.98')

    assert (await kizashi.get("/-/ready"))["ready"]
    # A signal during a reload asks for one more, however many there are.
    assert kizashi.log.read_text().count("the configuration was taken") <= 20
    assert await kizashi.stop() == 0


@pytest.mark.own_interpreter
async def test_a_reload_asked_for_while_modules_load_does_not_end_the_start(
    kizashi: Kizashi, monkeypatch: pytest.MonkeyPatch
):
    # It says which modules it has loaded, on standard error.
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")
    await kizashi.launch()
    began = CLOCK.monotonic()
    while " cyclopts\n" not in kizashi.log.read_text():
        assert CLOCK.monotonic() - began < 60
        await CLOCK.sleep(0.001)

    kizashi.hang_up()

    assert "kizashi.server.composition" not in kizashi.log.read_text()
    await kizashi.ready()
    assert await kizashi.stop() == 0
