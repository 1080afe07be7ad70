"""Which values of labels only scrapes and health checks have."""

import pytest

from kizashi.lint.evidence import SeenSeries
from kizashi.lint.traffic import machine_values
from kizashi.model.labels import Labels


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("handler", "/metrics"),
        ("path", "/-/ready"),
        ("uri", "/actuator/prometheus"),
        # Source: django-prometheus, urls.py, the name of its own view.
        ("view", "prometheus-django-metrics"),
        ("view", "healthz"),
        ("user_agent", "kube-probe/1.31"),
    ],
)
def test_what_machines_ask_for_is_told_from_what_people_do(label: str, value: str):
    seen = [SeenSeries(Labels.of({label: each}), 1, 1) for each in (value, "/orders")]

    assert machine_values(seen, set()) == {label: frozenset({value})}


def test_labels_that_are_told_apart_are_left_alone():
    seen = [SeenSeries(Labels.of({"handler": "/metrics"}), 1, 1)]

    assert machine_values(seen, {"handler"}) == {}
