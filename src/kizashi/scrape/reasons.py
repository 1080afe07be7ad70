"""Why a target could not be scraped: a message id with its parameters."""

from dataclasses import dataclass

from kizashi.errors import KizashiError, LimitError, ScrapeError
from kizashi.messages import render

#: Hostile targets choose parts of these texts; a page of them must stay readable.
_LONGEST_PARAM = 300


@dataclass(frozen=True, slots=True)
class FailureReason:
    """A message id of the catalogue and its parameters.

    Attributes:
        code: Such as ``scrape.status``.
        params: Pairs of name and value, each value at most 300 characters.
    """

    code: str
    params: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """Return the English text, for logs."""
        return render("en", self.code, **dict(self.params))


def reason(code: str, **params: object) -> FailureReason:
    """Return a reason, its parameters as short printable text."""
    return FailureReason(
        code, tuple((name, _short(value)) for name, value in params.items())
    )


def failed(code: str, **params: object) -> ScrapeError:
    """Return an error to raise that says why a target gave no samples."""
    return ScrapeError(reason(code, **params))


def over_limit(code: str, **params: object) -> LimitError:
    """Return an error to raise that says which limit a target went over."""
    return LimitError(reason(code, **params))


def reason_of(error: KizashiError, otherwise: str) -> FailureReason:
    """Return the reason that an error carries, or its text under another id."""
    first: object = error.args[0] if error.args else None
    return first if isinstance(first, FailureReason) else reason(otherwise, why=error)


def _short(value: object) -> str:
    """Return a value as one printable line of bounded length."""
    text = " ".join(str(value).split())
    if len(text) > _LONGEST_PARAM:
        text = text[:_LONGEST_PARAM] + "…"
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
