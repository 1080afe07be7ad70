"""Random PromQL: expressions of the grammar, other spellings of them, and damage."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
#: A word, or the ways to write one.
Token = str | tuple[str, ...]

METRICS = ("up", "http_requests_total", "job:x:rate5m", "sum", "by", "start", "offset")
METRICS += ("and", "inf_total", ":a", "_", "Count", "nan2", "step", "fill")
LABELS = ("job", "le", "on", "bool", "sum", "group_left", "end", "atan2", "_x")
DURATIONS = (
    ("5m", "300s", "4m60s", "300000ms"),
    ("1h30m", "90m", "5400s"),
    ("1d12h", "36h", "1d720m"),
    ("30s", "30000ms"),
    ("1y", "365d"),
    ("2w", "14d"),
    ("7ms",),
)
NUMBERS = (
    ("1000", "1e3", "0x3e8", "1.0E+3", "1000.", "01750"),
    ("0.5", ".5", "5e-1", "0.50"),
    ("0", "0.0", "00", "0x0"),
    ("31", "0x1F", "0X1f", "037"),
    ("1e300", "1E300"),
    ("Inf", "inf", "INF"),
    ("NaN", "nan"),
    ("99999999999999999999", "1e20"),
    ("089", "89"),
)
TEXTS = (
    ('"a"', "'a'", "`a`", '"\\x61"', '"\\141"', '"\\u0061"', "'\\U00000061'"),
    ('"a\\"b"', "'a\"b'", '`a"b`'),
    ('""', "''", "``"),
    ('"日本"', "'\\u65e5\\u672c'", '"\\xe6\\x97\\xa5本"'),
    ('"a\\nb"', '"a\\012b"', "`a\nb`"),
    ('"\\\\"', "`\\`", '"\\x5c"'),
    ('"{[(#"', "'{[(#'", "`{[(#`"),
)
REGEXES = (
    ('"a.+"', "'a.+'", "`a.+`"),
    ('"\\\\d+x"', "`\\d+x`"),
    ('"(?i)b|c+"', "`(?i)b|c+`"),
    ('"[[:alpha:]]"', "'[[:alpha:]]'"),
)
SIGNS = ("+", "-", "*", "/", "%", "^", ("atan2", "ATAN2", "Atan2"))
COMPARISONS = ("==", "!=", ">", "<", ">=", "<=")
SETS = (("and", "AND"), ("or", "Or"), ("unless", "UNLESS"))
OF_RANGE = ("rate", "increase", "max_over_time", "last_over_time", "changes")
OF_VECTOR = ("abs", "absent", "sort", "timestamp", "hour", "histogram_avg", "sgn")
AGGREGATIONS = (("sum", "SUM"), "avg", ("count", "Count"), "group", "stdvar", "max")
GAPS = (" ", "  ", "\n", "\t", " # said (\n", "\r\n")
GLUE = tuple("()[]{},")


class Grammar:
    """Makes expressions of a random source."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random

    def expression(self) -> list[Token]:
        """Return an expression that Prometheus 2.53 and 3 read alike."""
        make = self.pick([self.vector] * 8 + [self.scalar, self.ranged])
        return make(4)

    def vector(self, depth: int) -> list[Token]:
        if depth <= 0:
            return self.selector()
        make = self.pick(
            [
                self.selector,
                self.selector,
                self.moved,
                lambda: [self.pick(OF_RANGE), "(", *self.ranged(depth - 1), ")"],
                lambda: [self.pick(OF_VECTOR), "(", *self.vector(depth - 1), ")"],
                lambda: ["(", *self.vector(depth - 1), ")"],
                lambda: [self.pick("-+"), *self.vector(depth - 1)],
                lambda: ["vector", "(", *self.scalar(depth - 1), ")"],
                lambda: self.aggregation(depth - 1),
                lambda: self.aggregation(depth - 1),
                lambda: self.called(depth - 1),
                lambda: self.joined(depth - 1),
                lambda: self.joined(depth - 1),
                lambda: self.joined(depth - 1),
            ]
        )
        return make()

    def scalar(self, depth: int) -> list[Token]:
        if depth <= 0 or self.happens(0.4):
            return [self.pick(NUMBERS)]
        one, other = self.scalar(depth - 1), self.scalar(depth - 1)
        sign = self.pick(SIGNS)
        return self.pick(
            [
                [*one, sign, *other],
                [*one, self.pick(COMPARISONS), "bool", *other],
                ["(", *one, ")"],
                [self.pick("-+"), *one],
                ["scalar", "(", *self.vector(depth - 1), ")"],
                ["time", "(", ")"],
            ]
        )

    def ranged(self, depth: int) -> list[Token]:
        width = [self.pick(DURATIONS)]
        if depth > 0 and self.happens(0.4):
            step = self.pick([[], [self.pick(DURATIONS)]])
            inner = ["(", *self.vector(depth - 1), ")"]
            return [*inner, "[", *width, ":", *step, "]", *self.when()]
        return [*self.selector(), "[", *width, "]", *self.when()]

    def moved(self) -> list[Token]:
        return [*self.selector(), *self.when()]

    def when(self) -> list[Token]:
        found = [[], ["offset", *self.pick([[], ["-"]]), self.pick(DURATIONS)]]
        times = [["start", "(", ")"], ["end", "(", ")"], ["-", "1"], [("3", "3.000")]]
        found.append(["@", *self.pick(times)])
        found = self.shuffled(found)
        return [token for some in found[: self.below(4)] for token in some]

    def selector(self) -> list[Token]:
        matchers = [self.matcher() for _ in range(self.below(4))]
        name = self.pick(METRICS)
        if self.happens(0.6):
            return [name, *self.braces(matchers)] if matchers else [name]
        named = [("__name__", '"__name__"'), "=", (f'"{name}"', f"'{name}'")]
        if self.happens(0.3):
            named = [(f'"{name}"', f"`{name}`")]
        matchers.append(named)
        matchers = self.shuffled(matchers)
        return self.braces(matchers)

    def braces(self, matchers: Sequence[Sequence[Token]]) -> list[Token]:
        return ["{", *_listed(matchers), *self.pick([[], [","]]), "}"]

    def matcher(self) -> list[Token]:
        label = self.pick(LABELS)
        if self.happens(0.4):
            return [label, self.pick(("=~", "!~")), self.pick(REGEXES)]
        return [(str(label), f'"{label}"'), self.pick(("=", "!=")), self.pick(TEXTS)]

    def labels(self) -> list[Token]:
        some = self.shuffled(LABELS)[: self.below(4)]
        last = [","] if some and self.happens(0.2) else []
        return ["(", *_listed([[label] for label in some]), *last, ")"]

    def aggregation(self, depth: int) -> list[Token]:
        op = [self.pick(AGGREGATIONS)]
        args = ["(", *self.vector(depth), ")"]
        match self.below(5):
            case 0:
                op, args = ["topk"], ["(", "3", ",", *self.vector(depth), ")"]
            case 1:
                op = ["count_values"]
                args = ["(", '"v"', ",", *self.vector(depth), ")"]
            case _:
                pass
        said = [self.pick((("by", "BY"), "without")), *self.labels()]
        where = self.below(3)
        return [*op, *said, *args] if where else [*op, *args]

    def called(self, depth: int) -> list[Token]:
        inner = self.vector(depth)
        number = self.scalar(depth - 1)
        text = [self.pick(TEXTS)]
        return self.pick(
            [
                ["round", "(", *inner, ")"],
                ["round", "(", *inner, ",", *number, ")"],
                ["clamp", "(", *inner, ",", *number, ",", *number, ")"],
                ["histogram_quantile", "(", *number, ",", *inner, ")"],
                ["label_replace", "(", *inner, *[",", '"a"', ",", '"b"'] * 2, ")"],
                ["label_join", "(", *inner, ",", '"a"', ",", *text, ")"],
                ["quantile_over_time", "(", *number, ",", *self.ranged(0), ")"],
                ["day_of_week", "(", ")"],
            ]
        )

    def joined(self, depth: int) -> list[Token]:
        left, right = self.vector(depth), self.vector(depth)
        kind = self.below(6)
        if kind == 0:
            return [*left, self.pick(SIGNS), *self.scalar(depth - 1)]
        if kind == 1:
            return [*left, self.pick(SETS), *self.matching(), *right]
        sign = [self.pick(SIGNS)]
        if kind == 2:
            sign = [self.pick(COMPARISONS), *self.pick([[], ["bool"]])]
        said = self.matching()
        if said and self.happens(0.4):
            side = self.pick((("group_left", "GROUP_LEFT"), "group_right"))
            said = ["on", "(", "job", ")", side, *self.pick([[], ["(", ")"]])]
        # What stands behind a group modifier in parentheses would be its labels.
        right = [self.pick(("abs",)), "(", *right, ")"]
        return [*left, *sign, *said, *right]

    def matching(self) -> list[Token]:
        kind = self.below(3)
        word = self.pick((("on", "ON"), "ignoring"))
        return [word, *self.labels()] if kind else []

    def pick(self, among: Sequence[T]) -> T:
        return among[self.below(len(among))]

    def below(self, end: int) -> int:
        return int(self.random.integers(end))

    def happens(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def shuffled(self, items: Sequence[T]) -> list[T]:
        return [items[at] for at in self.random.permutation(len(items))]

    def spelled(self, tokens: Sequence[Token]) -> str:
        """Return an expression as text, in one of its spellings."""
        out = ""
        for token in tokens:
            word = token if isinstance(token, str) else self.pick(token)
            is_parted = out[-1:] in GLUE or word in GLUE or not out
            gap = self.pick(GAPS[:1] * 6 + GAPS)
            out += ("" if is_parted and self.happens(0.7) else gap) + word
        return out

    def damaged(self, tokens: Sequence[Token]) -> str:
        """Return an expression with words left out, doubled, swapped or replaced."""
        words = [t if isinstance(t, str) else self.pick(t) for t in tokens]
        for _ in range(1 + self.below(2)):
            at = self.below(len(words))
            match self.below(4):
                case 0:
                    del words[at]
                case 1:
                    words.insert(at, words[at])
                case 2:
                    words.insert(at, words.pop(self.below(len(words))))
                case _:
                    words[at] = self.pick(SPARE)
            words = words or ["a"]
        return " ".join(words)


SPARE = (
    *(
        "a",
        "5m",
        "3",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "=",
        "=~",
        "==",
        "-",
        "@",
    ),
    *("offset", "by", "on", "bool", "group_left", "sum", "rate", '"x"', "start", "inf"),
    *("1_0", "0x", "1e", "é", "{}", "[5m]", "()", "without", "atan2", "!", ";", "a:b"),
    *("ignoring", "foo", "0s", "end", "!~", "^", "and", '"\\q"', "'\\xff'", "5", "$"),
)


def _listed(items: Sequence[Sequence[Token]]) -> list[Token]:
    found: list[Token] = []
    for item in items:
        found += [",", *item] if found else item
    return found
