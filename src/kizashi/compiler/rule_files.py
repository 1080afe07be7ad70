"""The files of rule targets: rules of each service, of jobs, and their unit tests."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kizashi.compiler._base import Compiled, CompileOptions, GeneratedFile
from kizashi.compiler.figure_tests import figure_tests
from kizashi.compiler.limit_tests import limit_tests
from kizashi.compiler.objective_plan import ObjectivePlan
from kizashi.compiler.rule_groups import (
    ServiceRules,
    job_rules,
    service_parts,
    size_notes,
    write_groups,
)
from kizashi.compiler.rule_notes import carried, rule_notes
from kizashi.compiler.rule_tests import story_tests
from kizashi.compiler.yaml_text import Yaml, write_document
from kizashi.declarations.configuration import Configuration
from kizashi.model.durations import format_duration
from kizashi.slo.objective import ServiceSpec

_TESTS: Final = "tests"


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """A target of rules.

    Attributes:
        name: What ``--to`` takes.
        offset_key: What the reader calls how far in the past a group looks.
        has_tests: Whether promtool may test the rules.
    """

    name: str
    offset_key: str
    has_tests: bool = True

    def compile(
        self,
        services: Sequence[ServiceSpec],
        configuration: Configuration,
        options: CompileOptions,
    ) -> Compiled:
        """Return two rule files for each service, one for jobs, and unit tests."""
        counted = carried(services)
        parts = [
            part
            for service in counted
            if service.objectives
            for part in service_parts(service, options)
        ]
        files = [file for part in parts for file in self._part_files(part, options)]
        jobs = job_rules(counted, options)
        if jobs:
            files.append(write_groups("targets.rules.yaml", jobs, self.offset_key))
        notes = [*rule_notes(services, configuration), *size_notes(parts, options)]
        return Compiled.of(files, notes)

    def _part_files(
        self, rules: ServiceRules, options: CompileOptions
    ) -> Iterator[GeneratedFile]:
        quick, slow = f"{rules.name}.rules.yaml", f"{rules.name}.slow.rules.yaml"
        yield write_groups(quick, rules.quick, self.offset_key)
        yield write_groups(slow, rules.slow, self.offset_key)
        if self.has_tests and options.with_tests:
            for plan in rules.plans:
                yield from _test_files(plan, rules, (quick, slow))


def _test_files(
    plan: ObjectivePlan, rules: ServiceRules, paths: tuple[str, str]
) -> Iterator[GeneratedFile]:
    """Yield an objective's unit tests, those alike in their pace in a file."""
    quick, slow = paths
    early_ms, late_ms = rules.quick[0].offset_ms, rules.slow[0].offset_ms
    at_once = limit_tests(plan, early_ms, slow=False)
    at_leisure = limit_tests(plan, late_ms, slow=True)
    odd = figure_tests(plan, late_ms)
    for name, path, groups, every_ms, tests in (
        ("stories", quick, rules.quick, plan.step_ms, story_tests(plan, early_ms)),
        ("limits", quick, rules.quick, at_once.evaluation_ms, at_once.tests),
        ("slow-limits", slow, rules.slow, at_leisure.evaluation_ms, at_leisure.tests),
        ("figures", slow, rules.slow, odd.evaluation_ms, odd.tests),
    ):
        if tests:
            document: dict[str, Yaml] = {
                "rule_files": [f"../{path}"],
                "evaluation_interval": format_duration(every_ms),
                "group_eval_order": [group.name for group in groups],
                "tests": tests,
            }
            own = f"{plan.spec.service}.{plan.spec.name}.{name}.test.yaml"
            yield GeneratedFile(f"{_TESTS}/{own}", write_document(document))
