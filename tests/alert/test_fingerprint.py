"""Fingerprints, as the real Alertmanager 0.28.1 gave them."""

import pytest

from kizashi.alert.fingerprint import fingerprint
from kizashi.model.labels import Labels


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (
            {
                "alertname": "HighErr",
                "cluster": "a",
                "instance": "i1",
                "severity": "critical",
            },
            "832b03a383539545",
        ),
        (
            {"alertname": "HighLat", "cluster": "b", "severity": "warning"},
            "a65c7ec2d4e98f16",
        ),
        # The offset basis of FNV-1a: nothing was hashed.
        ({}, "cbf29ce484222325"),
    ],
)
def test_a_fingerprint_is_alertmanagers(labels: dict[str, str], expected: str):
    assert fingerprint(Labels.of(labels)) == expected


def test_the_order_in_which_labels_are_given_does_not_matter():
    one = Labels([("a", "1"), ("b", "2")])
    other = Labels([("b", "2"), ("a", "1")])

    assert fingerprint(one) == fingerprint(other)


def test_a_border_between_name_and_value_counts():
    assert fingerprint(Labels.of(ab="c")) != fingerprint(Labels.of(a="bc"))
