"""What is configured is held against what the server itself has stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from kizashi.checking.own import from_own
from kizashi.checking.seen import GatheredEvidence
from kizashi.checking.service import ConfiguredLintService
from kizashi.declarations.configuration import Configuration
from kizashi.lint._base import Expression
from kizashi.model.labels import Labels
from kizashi.model.targets import TargetRecord
from kizashi.scrape.results import ScrapeHealth
from kizashi.settings.declaration_files import Loaded
from kizashi.testing.clock import ManualClock

DECLARED = """\
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: shop}
spec:
  objectives:
    - name: orders
      target: 99.9%
      window: 30d
      ratio: {bad: 'orders_total{job="shop",result="failed"}', valid: 'orders_totl{job="shop"}'}
"""


@dataclass
class Config:
    job_name: str = "shop"


@dataclass
class Target:
    config: Config = field(default_factory=Config)


@dataclass
class Status:
    health: ScrapeHealth
    target: Target = field(default_factory=Target)


class Samples:
    def targets(self) -> list[TargetRecord]:
        return [TargetRecord(1, "shop", Labels.of(job="shop", instance="a:1"))]

    def series_of_target(self, target: int) -> list[tuple[int, Labels]]:
        assert target == 1
        return [
            (1, Labels.of(__name__="orders_total", result="failed")),
            (2, Labels.of(__name__="orders_total", result="taken")),
        ]


def rules_found(*health: ScrapeHealth) -> list[str]:
    loaded = Loaded(Configuration(), (), (), {"shop.yaml": DECLARED})
    gather = from_own(Samples(), lambda: map(Status, health), "here:9470")
    lint_service = ConfiguredLintService(lambda: loaded, ManualClock(), gather)
    found = lint_service.configured("en").findings
    assert all("here:9470" in f.seen for f in found if f.rule == "metric-not-exported")
    return [f.rule for f in found]


def test_a_metric_that_no_target_ever_had_is_found():
    assert "metric-not-exported" in rules_found(ScrapeHealth.UP)


def test_nothing_is_missing_while_a_target_has_not_answered_or_none_is_known():
    assert "metric-not-exported" not in rules_found(
        ScrapeHealth.UP, ScrapeHealth.UNKNOWN
    )
    assert "metric-not-exported" not in rules_found(ScrapeHealth.UP, ScrapeHealth.DOWN)
    assert "metric-not-exported" not in rules_found()


def test_what_is_looked_at_again_within_a_minute_is_not_asked_again():
    asked = []
    clock = ManualClock()
    loaded = Loaded(Configuration(), (), (), {"shop.yaml": DECLARED})
    own = from_own(Samples(), lambda: [Status(ScrapeHealth.UP)], "here:9470")

    def gather(expressions: Sequence[Expression]) -> GatheredEvidence:
        asked.append(len(expressions))
        return own(expressions)

    lint_service = ConfiguredLintService(lambda: loaded, clock, gather)
    lint_service.configured("en")
    lint_service.configured("ja")
    assert len(asked) == 1
    clock.jump(61_000)
    lint_service.configured("en")
    assert len(asked) == 2
