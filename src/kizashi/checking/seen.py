"""What the lint was told of where rules run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kizashi.lint._base import Expression
from kizashi.lint.evidence import Evidence
from kizashi.messages import render


@dataclass(frozen=True, slots=True)
class Unseen:
    """Something that could not be looked at.

    Attributes:
        code: Message id.
        params: Its parameters; `why` is a message id of its own where `why_params`
            are its parameters.
    """

    code: str
    params: Mapping[str, str]
    why: str = ""
    why_params: Mapping[str, str] = field(default_factory=dict)

    def told(self, language: str) -> str:
        """Return it in a reader's language."""
        params = dict(self.params)
        if self.why:
            params["why"] = render(language, self.why, **self.why_params)
        return render(language, self.code, **params)


@dataclass(frozen=True, slots=True)
class GatheredEvidence:
    """What was seen, and what was not.

    Attributes:
        evidence: What was seen; None where nothing answered.
        unseen: What could not be looked at.
        retention_ms: How long the server keeps samples; None where nobody said.
        scrape_interval_ms: How often it scrapes; None where nobody said.
    """

    evidence: Evidence | None = None
    unseen: tuple[Unseen, ...] = ()
    retention_ms: int | None = None
    scrape_interval_ms: int | None = None


@dataclass(frozen=True, slots=True)
class TriedLinks:
    """Links that were asked for.

    Attributes:
        dead: Those that lead nowhere, with what was answered.
        unseen: Those of which nothing can be said.
    """

    dead: Mapping[str, str] = field(default_factory=dict)
    unseen: tuple[Unseen, ...] = ()


Gather = Callable[[Sequence[Expression]], GatheredEvidence]
"""Returns what expressions can be held against."""
