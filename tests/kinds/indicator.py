"""Kinds of indicator: counters of tasks that name how each of them ended."""

from decimal import Decimal

from kinds.sort import Sort
from kizashi.compiler import load_target
from kizashi.compiler._base import CompileOptions
from kizashi.declarations.configuration import Configuration
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.importers.service_text import service_text
from kizashi.ledger.matching import count_rule
from kizashi.ledger.tracking import spec_from_json, spec_to_json
from kizashi.messages import render
from kizashi.sli._kinds import KINDS
from kizashi.slo.objective import ObjectiveSpec, ServiceSpec

CODE = '''
"""Counters that say in a label how each event ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Self

from kizashi.model.matchers import LabelMatcher, MatchOp, Selector
from kizashi.promql.selectors import parse_selector
from kizashi.sli._base import (
    CounterGrowth,
    Declaration,
    DeclaredFields,
    EventSelector,
    IndicatorEvents,
    Side,
    canonical_json,
)


@dataclass(frozen=True, slots=True)
class OutcomeIndicator:
    """Events of a counter, bad where its label ``outcome`` is one value."""

    kind: ClassVar[str] = "NAME"
    keys: ClassVar[tuple[str, ...]] = ("counter", "bad")

    counter: Selector
    bad: str

    @property
    def events(self) -> CounterGrowth:
        at_end = LabelMatcher("outcome", MatchOp.EQUAL, self.bad)
        part = self.counter.with_matchers(at_end)
        return CounterGrowth(Side.BAD, EventSelector(part), EventSelector(self.counter))

    @property
    def fingerprint(self) -> str:
        return canonical_json({"kind": self.kind, **self.kept()})

    @classmethod
    def read(cls, fields: DeclaredFields) -> Self | None:
        fields.require("counter")
        counter, bad = fields.selector("counter"), fields.text("bad")
        if bad == "":
            fields.problems.report(fields.place("bad"), "NAME.empty")
        return cls(counter, bad) if counter and bad else None

    def declared(self) -> Declaration:
        return self.kind, self.kept()

    @classmethod
    def from_kept(cls, kept: Mapping[str, str]) -> Self:
        return cls(parse_selector(kept["counter"]), kept["bad"])

    def kept(self) -> Mapping[str, str]:
        return {"counter": str(self.counter), "bad": self.bad}

    @classmethod
    def recognise(cls, events: IndicatorEvents, *, is_named: bool) -> Self | None:
        if not (is_named and isinstance(events, CounterGrowth)):
            return None
        bad = events.part.selector.equalities().get("outcome")
        return None if bad is None else cls(events.valid.selector, bad)

    @property
    def plain(self) -> CounterGrowth:
        return self.events
'''
TESTS = '''
"""What an outcome counts."""

from hypothesis import strategies as st
from sli.making import WORDS, selectors

from kizashi.sli.NAME import OutcomeIndicator

INDICATORS = st.builds(OutcomeIndicator, selectors("_total"), WORDS)
KEPT = [
    (
        {"counter": "t_total", "bad": "lost"},
        'bad: t_total{outcome="lost"} / valid: t_total',
    ),
]
'''
DECLARED = """
apiVersion: kizashi.dev/v1
kind: Service
metadata: {name: a}
spec:
  objectives:
    - name: b
      target: 99%
      window: 1d
      NAME: {counter: 'tasks_total{job="a"}', bad: lost}
"""


def declared(text: str) -> ServiceSpec:
    found = parse_declarations([SourceText("a.yaml", text)])
    assert found.problems == ()
    return found.services[0]


def compiled(target: str, service: ServiceSpec) -> str:
    made = load_target(target).compile([service], Configuration(), CompileOptions())
    return "\n---\n".join(file.text for file in made.files)


def proof() -> None:
    """It is declared, counted, kept, compiled, and carried to OpenSLO and back."""
    service = declared(DECLARED.replace("NAME", SORT.made_up))
    (objective,) = service.objectives
    assert objective.indicator.kind == SORT.made_up
    bad, valid = count_rule(objective.indicator).terms
    assert str(bad.events) == 'tasks_total{job="a",outcome="lost"}'
    assert (bad.to_bad, bad.to_valid, valid.to_bad, valid.to_valid) == (1, 0, 0, 1)
    assert kept_and_read(objective).indicator == objective.indicator
    assert declared(service_text(service)).objectives == (objective,)
    assert 'tasks_total{job="a",outcome="lost"}' in compiled("prometheus", service)
    openslo = parse_declarations([SourceText("b.yaml", compiled("openslo", service))])
    assert [o.indicator for o in openslo.objectives] == [objective.indicator]
    assert objective.target == Decimal("0.99")
    wrong = DECLARED.replace("NAME", SORT.made_up).replace("bad: lost", "bad: ''")
    (problem,) = parse_declarations([SourceText("a.yaml", wrong)]).problems
    assert str(problem.position) == "a.yaml:10:55"
    assert render("ja", problem.code) == "空です\n値を書いてください。"


def kept_and_read(objective: ObjectiveSpec) -> ObjectiveSpec:
    return spec_from_json("a", "b", spec_to_json(objective))


SORT = Sort(
    kinds=KINDS,
    made_up="outcome",
    new={
        "src/kizashi/sli/NAME.py": CODE,
        "tests/sli/test_NAME.py": TESTS,
        "examples/sli/NAME.yaml": DECLARED,
    },
    edits={
        "src/kizashi/sli/_kinds.py": (
            (
                "from kizashi.sli.ratio import",
                "from kizashi.sli.NAME import OutcomeIndicator\n",
            ),
            ("            BooleanIndicator,", "            OutcomeIndicator,\n"),
        ),
        "src/kizashi/messages/indicators.py": (
            (
                '    "ratio.no-side":',
                '    "NAME.empty": ("empty\\nGive one.", "空です\\n値を書いてください。"),\n',
            ),
        ),
        **{
            f"docs/{language}/reference/sli.md": (("\n## latency\n", "\n## NAME\n"),)
            for language in ("en", "ja")
        },
    },
    proof=proof,
    wanted={
        "tests/sli/test_NAME.py": "\nKEPT = ",
        "examples/sli/NAME.yaml": "",
        "docs/LANGUAGE/reference/sli.md": "\n## NAME\n",
    },
    modules="sli/NAME.py",
    asked=(
        "RatioIndicator",
        "LatencyIndicator",
        "BooleanIndicator",
        "ThresholdIndicator",
    ),
    home=("sli/",),
)
