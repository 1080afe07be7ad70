"""Generated rules, and whether a server runs them."""

import asyncio
from collections.abc import Sequence

import httpx2
import pytest
from ui_house import House

from kizashi.compiler import TARGETS
from kizashi.compiler._base import Compiled, GeneratedFile
from kizashi.model.labels import Labels
from kizashi.model.upstream import RunningGroup, RunningRule
from kizashi.promql.canonical import canonical
from kizashi.ui.parts import rule_comparisons
from kizashi.ui.parts.rule_comparisons import RuleComparisons, differences

RULES = """
groups:
  - name: g
    rules:
      - {record: 'a:b', expr: 'sum by (job) (rate(x{job="j"}[5m]))'}
      - {record: 'a:c', expr: 'x > 1'}
      - {alert: Burns, expr: 'x > 2'}
"""


def running(*rules: tuple[str, str]) -> list[RunningGroup]:
    made = [RunningRule(n, n == "Burns", e, Labels()) for n, e in rules]
    return [RunningGroup("g", "f.yaml", 15_000, tuple(made))]


def test_a_rule_that_is_spaced_otherwise_is_no_difference():
    compiled = Compiled((GeneratedFile("r.yaml", RULES),))

    found = differences(
        compiled,
        running(
            ("a:b", 'sum by(job)(rate(x{job="j"}[5m]))'),
            ("a:c", "x>1"),
            ("Burns", "x > 2"),
        ),
    )

    assert found == []


def test_a_rule_that_is_missing_or_other_is_named():
    compiled = Compiled((GeneratedFile("r.yaml", RULES),))

    found = differences(compiled, running(("a:c", "x > 3"), ("Burns", "x > 2")))

    assert [(d.name, d.state) for d in found] == [
        ("a:b", "ui.rules.missing"),
        ("a:c", "ui.rules.differs"),
    ]
    assert found[1].theirs == "x > 3"


@pytest.mark.anyio
async def test_rules_are_compared_once_a_reading_however_many_ask_at_once(
    monkeypatch: pytest.MonkeyPatch,
):
    services = [Compiled((GeneratedFile(f"{n}.yaml", RULES),), ()) for n in range(3)]
    under_way, most, compared = 0, 0, []

    def watched(
        compiled: Compiled, said: Sequence[RunningGroup]
    ) -> list[rule_comparisons.Difference]:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        compared.append(compiled.files[0].path)
        result = differences(compiled, said)
        under_way -= 1
        return result

    monkeypatch.setattr(rule_comparisons, "differences", watched)
    comparisons = RuleComparisons()
    first = running(("a:c", "x > 3"))

    answers = await asyncio.gather(
        *(comparisons.of(one, first) for one in services for _ in range(8))
    )
    again = await comparisons.of(services[0], running(("a:c", "x > 1")))

    assert most == 1
    assert sorted(compared[:3]) == ["0.yaml", "1.yaml", "2.yaml"]
    assert compared[3:] == ["0.yaml"]
    assert {len(a) for a in answers} == {3}
    assert [d.name for d in again] == ["a:b", "Burns"]


def test_what_does_not_parse_is_compared_as_it_stands():
    assert canonical("not  promql (") == "not promql ("


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_shows_what_it_makes(house: House, target: str):
    answer = httpx2.get(
        f"{house.url}/rules",
        params={"service": "checkout", "target": target},
        headers={"accept": "text/html"},
    )

    assert answer.status_code == 200
    assert '<pre class="code"' in answer.text or 'class="empty"' in answer.text


def test_a_generated_file_is_kept_whole(house: House):
    page = httpx2.get(f"{house.url}/rules", params={"service": "checkout"}).text
    assert "/rules/checkout/prometheus?path=checkout.rules.yaml" in page

    answer = httpx2.get(
        f"{house.url}/rules/checkout/prometheus", params={"path": "checkout.rules.yaml"}
    )

    assert answer.status_code == 200
    assert answer.text.startswith("# ") or answer.text.startswith("groups:")
    assert "attachment" in answer.headers["content-disposition"]
    missing = httpx2.get(
        f"{house.url}/rules/checkout/prometheus", params={"path": "../../etc/passwd"}
    )
    assert missing.status_code == 404
