"""Final names of series: target labels, honor_labels, metric relabelling."""

from dataclasses import dataclass

import numpy as np
import pytest

from kizashi.errors import LimitError, ScrapeError
from kizashi.model.labels import Labels
from kizashi.model.scraping import (
    RelabelAction,
    RelabelRule,
    ScrapeConfig,
    ScrapeLimits,
)
from kizashi.scrape.labelling import Labeller

TARGET = Labels.of(job="api", instance="app:80")


@dataclass(frozen=True, eq=False)
class Series:
    """What a parser says of a page."""

    labels: tuple[Labels, ...]


def series(*sets: dict[str, str]) -> Series:
    return Series(tuple(Labels.of(each) for each in sets))


def final(exposed: dict[str, str], **settings: object) -> dict[str, str]:
    labeller = Labeller(TARGET, ScrapeConfig("api", **settings))
    (labels,) = labeller.label(series(exposed)).labels
    return labels.as_dict()


def test_a_series_gets_the_labels_of_its_target():
    assert final({"__name__": "up", "a": "b"}) == {
        "__name__": "up",
        "a": "b",
        "instance": "app:80",
        "job": "api",
    }


@pytest.mark.parametrize(
    ("exposed", "expected"),
    [
        ({"job": "x"}, {"job": "api", "exported_job": "x"}),
        (
            {"job": "x", "exported_job": "y"},
            {"job": "api", "exported_job": "y", "exported_exported_job": "x"},
        ),
        (
            {"job": "x", "instance": "z"},
            {"job": "api", "exported_job": "x", "exported_instance": "z"},
        ),
    ],
)
def test_a_conflicting_label_is_exported_under_another_name(
    exposed: dict[str, str], expected: dict[str, str]
):
    found = final({"__name__": "m", **exposed})

    assert found == {"__name__": "m", "instance": "app:80", **expected}


def test_a_target_label_that_is_called_exported_is_never_overwritten():
    # Prometheus' own case: the target has both foo and exported_foo, the page too.
    target = Labels.of(foo="target", exported_foo="target2")
    page = series({"__name__": "m", "foo": "page", "exported_foo": "page2"})

    (labels,) = Labeller(target, ScrapeConfig("api")).label(page).labels

    assert labels.as_dict() == {
        "__name__": "m",
        "foo": "target",
        "exported_foo": "target2",
        "exported_exported_foo": "page",
        "exported_exported_exported_foo": "page2",
    }


def test_honoured_labels_win_over_the_targets():
    found = final({"__name__": "m", "job": "x"}, honor_labels=True)

    assert found == {"__name__": "m", "job": "x", "instance": "app:80"}


def test_rules_see_the_merged_set_and_drop_or_rename_series():
    rules = (
        RelabelRule(RelabelAction.DROP, ("__name__",), regex="go_.*"),
        RelabelRule(source_labels=("job", "path"), target_label="where", separator=" "),
        RelabelRule(RelabelAction.LABELDROP, regex="path"),
    )
    page = series(
        {"__name__": "go_threads"},
        {"__name__": "hits", "path": "/a"},
        {"__name__": "x"},
    )

    found = Labeller(TARGET, ScrapeConfig("api", metric_relabel=rules)).label(page)

    assert found.columns.tolist() == [1, 2]
    assert found.scraped == 3
    assert [labels.get("where") for labels in found.labels] == ["api /a", "api "]
    assert found.labels[0].get("path") == ""


def test_of_columns_with_the_same_final_labels_the_first_is_kept():
    drop_id = (RelabelRule(RelabelAction.LABELDROP, regex="id"),)
    page = series(
        {"__name__": "m", "id": "1"}, {"__name__": "n"}, {"__name__": "m", "id": "2"}
    )

    found = Labeller(TARGET, ScrapeConfig("api", metric_relabel=drop_id)).label(page)

    assert found.columns.tolist() == [0, 1]
    assert found.duplicates == 1


def test_the_same_page_costs_nothing_the_second_time():
    labeller = Labeller(TARGET, ScrapeConfig("api"))
    page = series({"__name__": "a"}, {"__name__": "b"})

    first = labeller.label(page)

    assert labeller.label(page) is first
    assert first.columns is None


def test_labels_are_the_same_object_while_the_kept_series_are_the_same():
    rules = (RelabelRule(RelabelAction.KEEP, ("__name__",), regex="a|b"),)
    labeller = Labeller(TARGET, ScrapeConfig("api", metric_relabel=rules))
    before = labeller.label(series({"__name__": "a"}, {"__name__": "b"}))

    after = labeller.label(
        series({"__name__": "a"}, {"__name__": "new"}, {"__name__": "b"})
    )
    changed = labeller.label(series({"__name__": "b"}))

    assert after.labels is before.labels
    assert np.array_equal(after.columns, [0, 2])
    assert changed.labels is not before.labels


def test_a_rule_that_takes_the_name_away_fails_the_scrape():
    rules = (RelabelRule(RelabelAction.LABELDROP, regex="__name__"),)

    with pytest.raises(ScrapeError, match=r"left m.* without a metric name"):
        final({"__name__": "m", "a": "b"}, metric_relabel=rules)


def test_too_many_labels_after_relabelling_fail_the_scrape():
    limits = ScrapeLimits(labels=3)

    assert len(final({"__name__": "m"}, limits=limits)) == 3
    with pytest.raises(LimitError, match=r"m: 4 labels after relabelling, over 3"):
        final({"__name__": "m", "a": "b"}, limits=limits)
