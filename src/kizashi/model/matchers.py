"""Label matchers and the vector selectors made of them."""

from dataclasses import dataclass, field
from enum import StrEnum

from kizashi.errors import RegexError, SelectorError
from kizashi.model.labels import METRIC_NAME, Labels, escape_value
from kizashi.model.names import is_plain_label, is_plain_metric
from kizashi.model.regexes import Regex, compile_regex

_LONGEST_SHOWN = 200


class MatchOp(StrEnum):
    """How a matcher compares."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True)
class LabelMatcher:
    """One comparison of a label with a value; an absent label counts as empty.

    Regular expressions are RE2's and match the whole value, as in Prometheus.
    """

    name: str
    op: MatchOp
    value: str
    _regex: Regex | None = field(init=False, compare=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if self.op in {MatchOp.REGEX, MatchOp.NOT_REGEX}:
            try:
                regex = compile_regex(self.value)
            except RegexError as error:
                raise SelectorError(
                    f"{_short(str(self))}: not a regular expression that RE2 accepts:"
                    f" {error}"
                ) from error
            object.__setattr__(self, "_regex", regex)

    @property
    def names_metric(self) -> bool:
        """Whether it fixes the metric's name."""
        is_equal = self.op is MatchOp.EQUAL and bool(self.value)
        return is_equal and self.name == METRIC_NAME

    def matches_value(self, value: str) -> bool:
        """Return whether a label value satisfies this matcher."""
        match self.op:
            case MatchOp.EQUAL:
                return value == self.value
            case MatchOp.NOT_EQUAL:
                return value != self.value
            case MatchOp.REGEX:
                return self._fits(value)
            case MatchOp.NOT_REGEX:
                return not self._fits(value)

    def _fits(self, value: str) -> bool:
        return self._regex is not None and self._regex.fullmatch(value) is not None

    def matches(self, labels: Labels) -> bool:
        """Return whether a label set satisfies this matcher."""
        return self.matches_value(labels.get(self.name))

    def __str__(self) -> str:
        name = self.name if is_plain_label(self.name) else _quoted(self.name)
        return f"{name}{self.op.value}{_quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Selector:
    """A vector selector: every matcher must hold. The metric name is one of them."""

    matchers: tuple[LabelMatcher, ...]

    def matches(self, labels: Labels) -> bool:
        """Return whether a label set satisfies every matcher."""
        return all(m.matches(labels) for m in self.matchers)

    @property
    def metric_name(self) -> str | None:
        """The metric name where an equality fixes it, else None."""
        return self.equalities().get(METRIC_NAME)

    def equalities(self) -> dict[str, str]:
        """Return the labels that an equality fixes to a value that is not empty."""
        return {
            m.name: m.value for m in self.matchers if m.op is MatchOp.EQUAL and m.value
        }

    def with_matchers(self, *more: LabelMatcher) -> "Selector":
        """Return this selector with further matchers."""
        return Selector((*self.matchers, *more))

    def __str__(self) -> str:
        """Return the selector as PromQL, the metric name in front."""
        named = [m for m in self.matchers if m.names_metric]
        name = named[0].value if len(named) == 1 else None
        rest = [str(m) for m in self.matchers if name is None or m is not named[0]]
        if name and not is_plain_metric(name):
            rest.insert(0, _quoted(name))
            name = None
        inner = ",".join(rest)
        return f"{name or ''}{{{inner}}}" if inner or not name else name


def _quoted(text: str) -> str:
    return f'"{escape_value(text)}"'


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
