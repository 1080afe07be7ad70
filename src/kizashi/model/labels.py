"""Label sets: what names a series or a target."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Self

METRIC_NAME = "__name__"


class Labels:
    """An immutable label set, sorted by name, without empty values.

    Prometheus treats a label with an empty value as absent; so does this class.
    """

    __slots__ = ("_hash", "pairs")

    pairs: tuple[tuple[str, str], ...]

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(sorted((n, v) for n, v in dict(pairs).items() if v))
        self._hash = hash(self.pairs)

    @classmethod
    def of(cls, mapping: Mapping[str, str] | None = None, /, **labels: str) -> Self:
        """Return the label set of a mapping and keyword arguments together."""
        return cls([*(mapping or {}).items(), *labels.items()])

    def get(self, name: str, default: str = "") -> str:
        """Return the value of a label, or the default where it is absent."""
        for key, value in self.pairs:
            if key == name:
                return value
        return default

    @property
    def metric_name(self) -> str:
        """The metric name, or the empty string."""
        return self.get(METRIC_NAME)

    def without(self, *names: str) -> "Labels":
        """Return this set less the labels named."""
        return Labels(p for p in self.pairs if p[0] not in names)

    def merged(self, other: "Labels | Mapping[str, str]") -> "Labels":
        """Return both sets together; where both have a name, `other` wins."""
        more = other.pairs if isinstance(other, Labels) else tuple(other.items())
        return Labels([*self.pairs, *more])

    def as_dict(self) -> dict[str, str]:
        """Return a new dictionary of name to value."""
        return dict(self.pairs)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Labels) and self.pairs == other.pairs

    def __lt__(self, other: "Labels") -> bool:
        return self.pairs < other.pairs

    def __hash__(self) -> int:
        return self._hash

    def __repr__(self) -> str:
        return f"Labels({self})"

    def __str__(self) -> str:
        """Return the set as PromQL writes it: ``name{a="b"}``."""
        inner = ",".join(
            f'{n}="{escape_value(v)}"' for n, v in self.pairs if n != METRIC_NAME
        )
        name = self.metric_name
        return f"{name}{{{inner}}}" if inner or not name else name


def escape_value(value: str) -> str:
    """Return a label value with backslash, quote and newline escaped.

    Source: Prometheus exposition formats, text format 0.0.4, "line format".
    """
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
