"""From the series of a page to the series that are stored.

Source: Prometheus configuration, ``honor_labels`` and ``metric_relabel_configs``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from kizashi.model.arrays import Int64Array
from kizashi.model.labels import Labels
from kizashi.model.relabel import compile_rules
from kizashi.model.scraping import ScrapeConfig
from kizashi.scrape.reasons import failed, over_limit
from kizashi.wire.grammar import ExposedLabels

_EXPORTED = "exported_"


class PageSeries(Protocol):
    """The series of a page; one object as long as they do not change."""

    @property
    def labels(self) -> Sequence[Labels]:
        """The label sets in the order of the page."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class LabelledPage:
    """Which columns of a page are kept, and what their series are called.

    Attributes:
        columns: Kept columns, ascending, shape (n,); None when all are.
        labels: Final label sets, n of them. While the series of a target do not
            change this is the very same object.
        scraped: Series on the page.
        duplicates: Columns left out because an earlier one has the same final labels.
    """

    columns: Int64Array | None
    labels: tuple[Labels, ...]
    scraped: int
    duplicates: int


class Labeller:
    """Names the series of one target. The last page's answer is kept."""

    def __init__(self, target: Labels, config: ScrapeConfig) -> None:
        self._name = series_namer(target, config)
        self._limit = config.limits.labels
        self._page: PageSeries | None = None
        self._answer: LabelledPage | None = None

    def label(self, page: PageSeries) -> LabelledPage:
        """Return what to keep of a page; instant while the page is the same object.

        Raises:
            ScrapeError: If a rule takes a series' name away.
            LimitError: If a series ends up with too many labels.
        """
        if self._answer is None or page is not self._page:
            self._answer = self._reusing(self._label(page.labels))
            self._page = page
        return self._answer

    def _label(self, exposed: Sequence[Labels]) -> LabelledPage:
        kept: dict[Labels, int] = {}
        duplicates = 0
        for column, labels in enumerate(exposed):
            final = self._name(labels)
            if final is None:
                continue
            self._check(labels, final)
            duplicates += kept.setdefault(final, column) != column
        columns = np.fromiter(kept.values(), np.int64, len(kept))
        everything = len(kept) == len(exposed)
        return LabelledPage(
            columns=None if everything else columns,
            labels=tuple(kept),
            scraped=len(exposed),
            duplicates=duplicates,
        )

    def _check(self, exposed: Labels, final: Labels) -> None:
        if not final.metric_name:
            raise failed("scrape.no_name", series=exposed)
        if len(final) > self._limit:
            raise over_limit(
                "scrape.label_limit",
                series=exposed.metric_name,
                count=len(final),
                limit=self._limit,
            )

    def _reusing(self, new: LabelledPage) -> LabelledPage:
        """Return an answer that has the old labels object where they are equal."""
        old = self._answer
        if old is None or old.labels != new.labels:
            return new
        return LabelledPage(new.columns, old.labels, new.scraped, new.duplicates)


def series_namer(
    target: Labels, config: ScrapeConfig
) -> Callable[[Labels], Labels | None]:
    """Return the function from exposed to final labels; None drops the series."""
    merge = honoring if config.honor_labels else renaming
    own = target.as_dict()
    if not config.metric_relabel:
        return lambda exposed: merge(exposed, own)
    relabel = compile_rules(config.metric_relabel).apply
    return lambda exposed: relabel(merge(exposed, own)) or None


def honoring(exposed: Labels, target: Mapping[str, str]) -> Labels:
    """Return both sets together; where both have a name, the exposed value wins.

    So does an exposed empty value: the label is absent then.
    """
    merged = {**target, **dict(exposed.pairs)}
    if isinstance(exposed, ExposedLabels):
        merged |= dict.fromkeys(exposed.emptied, "")
    return Labels.of(merged)


def renaming(exposed: Labels, target: Mapping[str, str]) -> Labels:
    """Return both sets together, conflicting exposed labels under another name.

    ``job`` becomes ``exported_job``; if that is taken as well, another ``exported_`` is
    put in front until the name is free. Shorter names choose first.
    """
    merged = {**dict(exposed.pairs), **target}
    clashes = [(name, value) for name, value in exposed if name in target]
    for name, value in sorted(clashes, key=lambda clash: len(clash[0])):
        free = _EXPORTED + name
        while free in merged:
            free = _EXPORTED + free
        merged[free] = value
    return Labels.of(merged)
