"""A declaration that is bad, or meant to do harm, at a start and in a reload."""

import pytest
from serving import WORKS, Kizashi

from kizashi.offline.tokens import create_token
from kizashi.ports.tokens import Role

pytestmark = pytest.mark.anyio

#: A hundred thousand parentheses, which no recursion survives.
DEEP = """\
apiVersion: openslo/v1
kind: SLO
metadata: {{name: deep}}
spec:
  service: deep
  budgetingMethod: Occurrences
  objectives: [{{target: 0.99}}]
  timeWindow: [{{duration: 30d, isRolling: true}}]
  indicator:
    metadata: {{name: deep}}
    spec:
      ratioMetric:
        counter: true
        good: {{metricSource: {{type: Prometheus, spec: {{query: '{query}'}}}}}}
        total: {{metricSource: {{type: Prometheus, spec: {{query: b}}}}}}
"""


async def test_a_harmful_file_ends_neither_a_server_nor_its_starts(kizashi: Kizashi):
    kizashi.config.write_text(
        kizashi.config.read_text().replace("[shop.yaml]", "['*-slo.yaml', shop.yaml]")
    )
    harmful = kizashi.folder / "deep-slo.yaml"
    harmful.write_text(DEEP.format(query="a"))
    await kizashi.start()
    token = create_token(kizashi.data, "test", Role.OPERATOR).plaintext
    headers = {"Authorization": f"Bearer {token}"}
    assert (await kizashi.client.post("/-/reload", headers=headers)).status_code == 200

    harmful.write_text(DEEP.format(query="(" * 100_000 + "a" + ")" * 100_000))
    refused = await kizashi.client.post("/-/reload", headers=headers)

    assert refused.status_code == 409
    problems = refused.json()["error"]["detail"]["problems"]
    assert "promql.too-long" in [p["code"] for p in problems]
    assert (await kizashi.get("/-/healthy")) == {"healthy": True}

    # A second bad file, so that both kinds of mending are seen at one start.
    declared = (kizashi.folder / "shop.yaml").read_text()
    (kizashi.folder / "shop.yaml").write_text("spec: [\n")
    await kizashi.kill()
    await kizashi.start()

    await kizashi.until(WORKS, '"live"')
    ready = await kizashi.get("/-/ready")
    assert [note["code"] for note in ready["notes"]] == ["ready.refused"]
    html = {"accept": "text/html"}
    for path in ("/", "/settings"):
        shown = (await kizashi.client.get(path, headers=html)).text
        assert f"{kizashi.folder}/shop.yaml has an error" in shown
        assert "deep-slo.yaml has an error" in shown
    log = kizashi.log.read_text()
    said = f"{kizashi.folder}/shop.yaml has an error, so its last good version is in"
    assert said in log
    assert [said in text for text in ready["files"]] == [False, True]
    # A reload says of the same files what the start said.
    assert (await kizashi.client.post("/-/reload", headers=headers)).status_code == 409
    assert (await kizashi.get("/-/ready"))["files"] == ready["files"]
    assert all(kizashi.log.read_text().count(text) > 1 for text in ready["files"])

    harmful.unlink()
    (kizashi.folder / "shop.yaml").write_text(declared)
    kizashi.config.write_text(kizashi.config.read_text().replace("'*-slo.yaml', ", ""))
    mended = await kizashi.client.post("/-/reload", headers=headers)
    assert mended.status_code == 200
    assert (await kizashi.get("/-/ready"))["notes"] == []


async def test_an_emptied_file_is_told_until_it_declares_again(kizashi: Kizashi):
    await kizashi.start()
    token = create_token(kizashi.data, "test", Role.OPERATOR).plaintext
    headers = {"Authorization": f"Bearer {token}"}
    declared = (kizashi.folder / "shop.yaml").read_text()

    (kizashi.folder / "shop.yaml").write_text("# gone for today\n")
    emptied = await kizashi.client.post("/-/reload", headers=headers)
    assert [p["code"] for p in emptied.json()["problems"]] == ["file.empty"]

    gone = (
        "shop.yaml no longer declares anything, so these are no longer measured: shop."
    )
    assert gone in kizashi.log.read_text()
    page = await kizashi.client.get("/settings", headers={"accept": "text/html"})
    assert gone in page.text

    (kizashi.folder / "shop.yaml").write_text(declared)
    await kizashi.client.post("/-/reload", headers=headers)
    mended_ready = await kizashi.get("/-/ready")
    assert mended_ready == {"ready": True, "reasons": [], "notes": []}
