"""An objective as another tool has it: its names, its pairs and its title in our words."""

from dataclasses import dataclass
from decimal import Decimal

from kizashi.declarations.measuring import Measuring
from kizashi.declarations.problems import ProblemList
from kizashi.importers.former import Former
from kizashi.model.durations import format_duration
from kizashi.model.positions import Position
from kizashi.model.windows import Window
from kizashi.sli._base import Indicator
from kizashi.slo.objective import LocalText
from kizashi.slo.policy import (
    DEFAULT_PRESET,
    PRESETS,
    CustomPair,
    CustomPolicy,
    Policy,
    PresetPolicy,
    is_dead,
    plan_pairs,
)

_LONGEST_TITLE = 80


@dataclass(frozen=True, slots=True)
class Draft:
    """An objective as a dialect has it, names not settled yet.

    Attributes:
        service: The service's name as written.
        name: The objective's name as written.
        place: Where it is declared.
        target: Share of good events.
        target_place: Where the target stands.
        window: Its window.
        indicator: What is counted.
        pairs: When it alerts; None for the default preset.
        title: A text for people; None where there is none.
        runbook: Where its alerts send people; None for nowhere.
        for_ms: How long its alerts wait.
        former: How the other tool watched it; None where it did not.
    """

    service: str
    name: str
    place: Position
    target: Decimal
    target_place: Position
    window: Window
    indicator: Indicator
    pairs: tuple[CustomPair, ...] | None = None
    title: str | None = None
    runbook: str | None = None
    for_ms: int = 0
    former: Former | None = None

    @property
    def has_short_title(self) -> bool:
        """Whether its title fits on a line of a page."""
        return len(_one_line(self.title)) <= _LONGEST_TITLE


def policy_of(draft: Draft, problems: ProblemList) -> Policy:
    """Return the policy, a preset where it says the same; drop what never fires."""
    if draft.pairs is None:
        return PresetPolicy(DEFAULT_PRESET)
    kept = tuple(pair for pair in draft.pairs if _is_kept(draft, pair, problems))
    if not kept:
        problems.advise(draft.place, "import.no-pairs", preset=DEFAULT_PRESET)
        return PresetPolicy(DEFAULT_PRESET)
    custom = CustomPolicy(kept)
    timing = Measuring().timing(None)
    planned = plan_pairs(custom, draft.target, draft.window, timing).pairs
    for name in PRESETS:
        preset = PresetPolicy(name)
        plan = plan_pairs(preset, draft.target, draft.window, timing)
        if plan.pairs == planned:
            return preset
    return custom


def _is_kept(draft: Draft, pair: CustomPair, problems: ProblemList) -> bool:
    shown = {
        "long": format_duration(pair.long_ms),
        "short": format_duration(pair.short_ms),
        "factor": f"{pair.factor.normalize():f}",
    }
    if is_dead(pair.factor, draft.target):
        target = f"{100 * draft.target.normalize():f}%"
        problems.advise(draft.place, "import.pair-dead", target=target, **shown)
        return False
    if pair.long_ms > draft.window.length_ms:
        problems.advise(
            draft.place, "import.pair-long", window=str(draft.window), **shown
        )
        return False
    if not 0 < pair.short_ms < pair.long_ms:
        problems.advise(draft.place, "import.pair-short", **shown)
        return False
    return True


def title_of(draft: Draft, name: str) -> LocalText:
    """Return what people read of it: its title where that is short, or its name."""
    title = _one_line(draft.title)
    if not title or not draft.has_short_title:
        title = draft.name if draft.name != name else name
    return LocalText(title, title)


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split())
