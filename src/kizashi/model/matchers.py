"""Label matchers and the vector selectors made of them."""

from dataclasses import dataclass, field
from enum import StrEnum

import promql_parser
import re2

from kizashi.errors import SelectorError
from kizashi.model.labels import METRIC_NAME, Labels, escape_value


class MatchOp(StrEnum):
    """How a matcher compares."""

    EQUAL = "="
    NOT_EQUAL = "!="
    REGEX = "=~"
    NOT_REGEX = "!~"


@dataclass(frozen=True, slots=True)
class Matcher:
    """One comparison of a label with a value; an absent label counts as empty.

    Regular expressions are RE2's and match the whole value, as in Prometheus.
    """

    name: str
    op: MatchOp
    value: str
    _regex: object = field(init=False, compare=False, repr=False, default=None)

    def __post_init__(self) -> None:
        if self.op in {MatchOp.REGEX, MatchOp.NOT_REGEX}:
            try:
                options = re2.Options()
                options.log_errors = False
                regex = re2.compile(f"^(?s:{self.value})$", options)
            except re2.error as error:
                raise SelectorError(
                    f"{self}: not a regular expression that RE2 accepts:"
                    f" {regex_fault(error)}"
                ) from error
            object.__setattr__(self, "_regex", regex)

    def matches_value(self, value: str) -> bool:
        """Return whether a label value satisfies this matcher."""
        match self.op:
            case MatchOp.EQUAL:
                return value == self.value
            case MatchOp.NOT_EQUAL:
                return value != self.value
            case MatchOp.REGEX:
                return self._regex.fullmatch(value) is not None  # type: ignore[attr-defined]
            case MatchOp.NOT_REGEX:
                return self._regex.fullmatch(value) is None  # type: ignore[attr-defined]

    def matches(self, labels: Labels) -> bool:
        """Return whether a label set satisfies this matcher."""
        return self.matches_value(labels.get(self.name))

    def __str__(self) -> str:
        return f'{self.name}{self.op.value}"{escape_value(self.value)}"'


@dataclass(frozen=True, slots=True)
class Selector:
    """A vector selector: every matcher must hold. The metric name is one of them."""

    matchers: tuple[Matcher, ...]

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

    def with_matchers(self, *more: Matcher) -> "Selector":
        """Return this selector with further matchers."""
        return Selector((*self.matchers, *more))

    def __str__(self) -> str:
        """Return the selector as PromQL, the metric name in front."""
        name = self.metric_name
        rest = [
            str(m)
            for m in self.matchers
            if not (m.name == METRIC_NAME and m.op is MatchOp.EQUAL and m.value == name)
        ]
        inner = ",".join(rest)
        return f"{name or ''}{{{inner}}}" if inner or not name else name


def regex_fault(error: Exception) -> str:
    """Return what RE2 says of an expression; it speaks in bytes."""
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def parse_selector(text: str) -> Selector:
    """Return the selector that a PromQL text names.

    Raises:
        SelectorError: If the text is not PromQL, or is more than a plain vector
            selector: no function, range, offset or ``@``.
    """
    try:
        parsed = promql_parser.parse(text)
    except ValueError as error:
        raise SelectorError(f"{text!r} is not a PromQL selector: {error}") from error
    if not isinstance(parsed, promql_parser.VectorSelector):
        raise SelectorError(
            f"{text!r} is an expression; expected a plain selector such as"
            ' http_requests_total{status=~"5.."}'
        )
    return selector_of(parsed, text)


def selector_of(parsed: promql_parser.VectorSelector, text: str) -> Selector:
    """Return the selector of a part of a PromQL expression.

    Args:
        parsed: The part.
        text: How a message calls it.

    Raises:
        SelectorError: If it has an offset, ``@`` or ``or``.
    """
    if parsed.offset is not None or parsed.at is not None:
        raise SelectorError(f"{text!r}: a selector takes no offset and no @ here")
    if getattr(parsed.matchers, "or_matchers", None):
        raise SelectorError(f"{text!r}: `or` between matchers is not PromQL; use =~")
    found = [
        Matcher(m.name, _OPS[str(m.op).rpartition(".")[2]], m.value)
        for m in parsed.matchers.matchers
    ]
    if parsed.name:
        found.insert(0, Matcher(METRIC_NAME, MatchOp.EQUAL, parsed.name))
    return Selector(tuple(found))


_OPS = {
    "Equal": MatchOp.EQUAL,
    "NotEqual": MatchOp.NOT_EQUAL,
    "Re": MatchOp.REGEX,
    "NotRe": MatchOp.NOT_REGEX,
}
