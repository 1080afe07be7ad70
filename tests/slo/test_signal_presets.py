"""Presets of golden signals: one row is what declarations, pages and dashboards read."""

import pytest

from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.messages import CATALOGUE
from kizashi.promql.reader import parse
from kizashi.slo.signal_presets import PRESETS, Saturation, Unit


@pytest.mark.parametrize("name", PRESETS)
def test_a_declaration_may_name_every_preset(name: str) -> None:
    text = f"""
apiVersion: kizashi.dev/v1
kind: Service
metadata: {{name: a}}
spec: {{signals: {{preset: {name}}}}}
"""
    found = parse_declarations([SourceText("a.yaml", text)])

    assert [s.signals_preset for s in found.services] == [name]
    assert found.problems == ()


@pytest.mark.parametrize("name", PRESETS)
def test_every_saturation_is_promql_with_a_title_and_a_meaning(name: str) -> None:
    for saturation in PRESETS[name].saturation:
        parse(saturation.expr('job="a"', "5m"))
        assert all("\n" in text for text in CATALOGUE[saturation.message_id])


def test_the_job_and_the_range_stand_where_the_template_says() -> None:
    used = Saturation(
        "any", Unit.SHARE, "rate(used{%(job)s}[%(range)s]) / all{%(job)s}"
    )

    assert used.expr('job="a"', "5m") == 'rate(used{job="a"}[5m]) / all{job="a"}'
