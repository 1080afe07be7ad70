"""Old rules and new ones on the same data, by Prometheus' own evaluator."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kizashi.errors import PeerError
from kizashi.importers._base import Carried
from kizashi.offline.promtool import ask
from kizashi.proof.asking import (
    ComparedObjective,
    StoryComparison,
    former_question,
    judge,
    own_question,
)
from kizashi.proof.stories import Story

#: How many questions are asked at once.
_AT_ONCE = 2
#: The last evaluation of either side is no further from a story's end.
_LAST_S = 60


@dataclass(frozen=True, slots=True)
class Proof:
    """One objective in one case.

    Attributes:
        carried: The objective.
        case: The case.
        verdict: What both sides said; None where they could not be asked.
        trouble: Why not; empty where no series can be thought of.
        at_end_s: The last time at which the slower side was asked, in seconds.
    """

    carried: Carried
    case: str
    verdict: StoryComparison | None
    trouble: str = ""
    at_end_s: float = 0

    @property
    def is_true(self) -> bool:
        """Whether every number of the compiled rules is the truth."""
        return self.verdict is not None and self.verdict.is_true


def prove(
    carried: Iterable[Carried], cases: Sequence[tuple[str, Story]]
) -> Iterator[Proof]:
    """Yield a proof for each objective and case, in this order.

    Each takes some seconds; each question is given up after five minutes.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = [
            pool.submit(_prove, each, case, story)
            for each in carried
            for case, story in cases
        ]
        try:
            for future in answers:
                yield future.result()
        finally:
            for future in answers:
                future.cancel()


def _prove(carried: Carried, case: str, story: Story) -> Proof:
    matter = ComparedObjective(carried.spec, carried.former)
    played = matter.play(story)
    if played is None:
        return Proof(carried, case, None)
    try:
        own = ask(own_question(matter, played))
        former = None
        if matter.former is not None:
            former = ask(former_question(matter.former, played))
    except PeerError as error:
        return Proof(carried, case, None, str(error))
    verdict = judge(matter, played, own, former)
    return Proof(carried, case, verdict, at_end_s=story.end_s - _LAST_S)
