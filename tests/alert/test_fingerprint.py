"""Fingerprints are those of the real Alertmanager."""

from kizashi.alert.fingerprint import fingerprint
from kizashi.model.labels import Labels


def test_it_is_what_alertmanager_0_28_1_gave_for_the_same_labels() -> None:
    first = Labels.of(
        alertname="HighErr", cluster="a", instance="i1", severity="critical"
    )
    assert fingerprint(first) == "832b03a383539545"
    second = Labels.of(alertname="HighLat", cluster="b", severity="warning")
    assert fingerprint(second) == "a65c7ec2d4e98f16"
