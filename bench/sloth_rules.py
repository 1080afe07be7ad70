"""Availability objectives of the bench's services, with rules shaped as Sloth's."""

import json
from decimal import Decimal

from bench.exporters import service_name
from kizashi.compiler.yaml_text import Yaml
from kizashi.importers.sloth_rules import ALERTS, RATIO, Alerts, SlothObjective

TARGET = Decimal("0.999")
RULES_AN_OBJECTIVE = 17
RATIO_5M = f"{RATIO}5m"


def objective(
    number: int, period: str = "30d", alerts: Alerts = ALERTS
) -> SlothObjective:
    """The objective of one service over a period."""
    name = service_name(number)
    base = f'http_requests_total{{job="bench",service="{name}"'

    def ratio(window: str) -> str:
        bad = f'(sum(rate({base},code=~"(5..|429)"}}[{window}])))'
        return f"{bad} / (sum(rate({base}}}[{window}])))"

    return SlothObjective(name, "availability", TARGET, period, ratio, alerts)


def rule_file(objectives: int) -> str:
    """All groups as JSON, which is YAML."""
    made: list[Yaml] = [
        group for number in range(objectives) for group in objective(number).groups()
    ]
    return json.dumps({"groups": made})
