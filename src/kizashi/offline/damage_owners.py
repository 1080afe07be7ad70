"""Whose figures damaged samples and blocks are part of, as the file itself says."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from kizashi.errors import KizashiError
from kizashi.ledger.matching import RuleIndex, count_rule
from kizashi.ledger.tracking import spec_from_json
from kizashi.model.damage import Damage
from kizashi.model.labels import Labels
from kizashi.tsdb.inspection import Read
from kizashi.tsdb.targets import labels_from_text


class DamageOwners:
    """Finds objectives by what they declare; what is damaged itself says nothing."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._generations = {
            number: f"{service}/{objective}"
            for number, service, objective in self._rows(
                "SELECT id, service, objective FROM ledger_generation"
            )
        }
        self._names, rules = [], []
        for service, objective, text in self._rows(
            "SELECT service, objective, spec FROM ledger_version WHERE to_ms IS NULL"
            " ORDER BY service, objective"
        ):
            try:
                rule = count_rule(spec_from_json(service, objective, text).indicator)
            except (KizashiError, ValueError, TypeError, KeyError):
                continue
            self._names.append(f"{service}/{objective}")
            rules.append(rule)
        self._index = RuleIndex(rules)

    def objectives_of(self, damage: Damage) -> tuple[str, ...]:
        """Return the objectives that damage touches, by name."""
        if damage.generation is not None:
            name = self._generations.get(damage.generation)
            return tuple(self._names) if name is None else (name,)
        if damage.target is None:
            return tuple(self._names)
        fed = {
            match.objective
            for labels in self._labels_of(damage)
            for match in self._index.matches(labels)[0]
        }
        return tuple(self._names[n] for n in sorted(fed))

    def _labels_of(self, damage: Damage) -> Iterator[Labels]:
        """Yield the labels of damaged series; of a whole scrape where that is lost."""
        texts = self._rows("SELECT labels FROM series WHERE id = ?", damage.series)
        labels = [found for (text,) in texts if (found := _labels(text)) is not None]
        if not any(one.metric_name == "up" for one in labels) and labels:
            yield from labels
            return
        for (text,) in self._rows(
            "SELECT labels FROM series WHERE id IN"
            " (SELECT series FROM stream WHERE target = ?)",
            damage.target,
        ):
            found = _labels(text)
            if found is not None:
                yield found

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query; none where they cannot be read."""
        try:
            with self._read() as reader:
                return reader.execute(query, values).fetchall()
        except (KizashiError, sqlite3.Error):
            return []


def _labels(text: object) -> Labels | None:
    try:
        return labels_from_text(str(text))
    except (ValueError, TypeError):
        return None
