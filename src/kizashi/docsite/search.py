"""Search in the handbook: words of languages with spaces, pairs of signs of Japanese.

Japanese has no spaces, so every two signs that stand beside each other are a term, and
every sign by itself, for those who look for one. A section is found where it has all
that was asked for; what nothing has at once is found where it has the most.
"""

import bisect
import itertools
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LONGEST_QUERY = 100
_WORD = re.compile(r"[a-z0-9_]+|[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff々ー]+")
#: From here on the beginning of a word is enough.
_PREFIX = 3
_MOST_PREFIXED = 50
_HEADING_WEIGHT, _TITLE_WEIGHT = 4, 8
#: How fast a word that comes again counts for less (BM25's k1).
_SATURATION = 1.2
_BEFORE, _SHOWN = 40, 180


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """A section that can be found.

    Attributes:
        path: The path of its page.
        title: The title of its page.
        heading: Empty for what stands above the first heading.
        anchor: Empty for the same.
        text: What it says, without markup.
    """

    path: str
    title: str
    heading: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that was found, and a piece of it: text, and whether it was asked for."""

    entry: SearchEntry
    piece: tuple[tuple[str, bool], ...]


def terms(text: str) -> list[str]:
    """Return what a text can be found by: words in lower case, signs and their pairs."""
    found: list[str] = []
    for word in _words(text):
        if word[0].isascii():
            found.append(word)
        else:
            found += [*word, *map("".join, itertools.pairwise(word))]
    return found


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _asked(query: str) -> list[str]:
    """Return the terms of a query: a sign by itself counts only where it stands alone."""
    asked: list[str] = []
    for word in _words(query[:LONGEST_QUERY]):
        if word[0].isascii() or len(word) == 1:
            asked.append(word)
        else:
            asked += map("".join, itertools.pairwise(word))
    return list(dict.fromkeys(asked))


class Index:
    """An index of sections, made once.

    Source of the weights: Robertson and Zaragoza, "The Probabilistic Relevance
    Framework: BM25 and Beyond", without its length normalisation: sections are short.
    """

    def __init__(self, entries: Iterable[SearchEntry]) -> None:
        self._entries = tuple(entries)
        self._weights: dict[str, dict[int, float]] = defaultdict(dict)
        for number, entry in enumerate(self._entries):
            counts: Counter[str] = Counter(terms(entry.text))
            for term in terms(entry.heading):
                counts[term] += _HEADING_WEIGHT
            for term in terms(entry.title):
                counts[term] += _TITLE_WEIGHT if not entry.heading else 1
            for term, count in counts.items():
                self._weights[term][number] = count / (count + _SATURATION)
        self._vocabulary = sorted(self._weights)

    def search(self, query: str, limit: int = 20) -> tuple[Hit, ...]:
        """Return the sections that fit best, the best first.

        Args:
            query: What a reader typed; what follows `LONGEST_QUERY` signs is ignored.
            limit: At most so many.
        """
        asked = _asked(query)
        scores: dict[int, float] = defaultdict(float)
        matched: Counter[int] = Counter()
        for term in asked:
            for number, weight in self._found(term).items():
                scores[number] += weight
                matched[number] += 1
        most = max(matched.values(), default=0)
        best = sorted(
            (n for n in scores if matched[n] == most), key=lambda n: (-scores[n], n)
        )
        words = _words(query[:LONGEST_QUERY])
        return tuple(
            Hit(self._entries[n], piece_of(self._entries[n].text, words))
            for n in best[:limit]
        )

    def _found(self, term: str) -> dict[int, float]:
        """Return how well each section fits one term; a word's beginning fits less."""
        found = self._scored(term, 1.0)
        if not term[0].isascii() or len(term) < _PREFIX:
            return found
        first = bisect.bisect_left(self._vocabulary, term)
        for other in self._vocabulary[first : first + _MOST_PREFIXED]:
            if not other.startswith(term):
                break
            for number, weight in self._scored(other, 0.5).items():
                found[number] = max(found.get(number, 0.0), weight)
        return found

    def _scored(self, term: str, share: float) -> dict[int, float]:
        weights = self._weights.get(term, {})
        rarity = math.log(1 + len(self._entries) / (1 + len(weights)))
        return {n: weight * rarity * share for n, weight in weights.items()}


def piece_of(text: str, words: Sequence[str]) -> tuple[tuple[str, bool], ...]:
    """Return the piece of a text around the first word, split where words stand."""
    pattern = "|".join(re.escape(w) for w in sorted(words, key=len, reverse=True))
    found = re.search(pattern, text, re.IGNORECASE) if pattern else None
    first = max(found.start() - _BEFORE, 0) if found else 0
    piece = text[first : first + _SHOWN]
    parts: list[tuple[str, bool]] = [("…", False)] if first else []
    end = 0
    for match in re.finditer(pattern, piece, re.IGNORECASE) if pattern else ():
        parts += [(piece[end : match.start()], False), (match[0], True)]
        end = match.end()
    parts.append((piece[end:], False))
    if first + _SHOWN < len(text):
        parts.append(("…", False))
    return tuple(part for part in parts if part[0])
