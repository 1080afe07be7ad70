"""From labels to targets, as Prometheus' configuration page says."""

import pytest

from kizashi.model.labels import Labels
from kizashi.model.scraping import ScrapeConfig, TargetGroup
from kizashi.scrape.targets import (
    DiscoveredTarget,
    DroppedTarget,
    Relabel,
    group_labels,
    resolve,
    resolve_all,
)


def keep(labels: Labels):
    return labels


def setting(**more: str) -> Relabel:
    """Return a relabelling that sets labels."""
    return lambda labels: labels.merged(more)


def one(
    config: ScrapeConfig,
    address: str = "app:8080",
    relabel: Relabel = keep,
    **labels: str,
):
    group = TargetGroup((address,), Labels.of(labels))
    (found,) = group_labels(group, config)
    return resolve(found, config, relabel)


def test_an_address_has_the_labels_of_its_job_before_relabelling():
    config = ScrapeConfig(
        "api",
        interval_ms=30_000,
        timeout_ms=5_000,
        metrics_path="/m",
        scheme="https",
        params=(("module", ("http_2xx", "other")),),
    )
    group = TargetGroup(("app:8080",), Labels.of(zone="a"))

    (labels,) = group_labels(group, config)

    assert labels.as_dict() == {
        "__address__": "app:8080",
        "__metrics_path__": "/m",
        "__param_module": "http_2xx",
        "__scheme__": "https",
        "__scrape_interval__": "30s",
        "__scrape_timeout__": "5s",
        "job": "api",
        "zone": "a",
    }


def test_a_group_may_name_its_own_path_and_job():
    found = one(ScrapeConfig("api"), __metrics_path__="/own", job="other")

    assert found.url == "http://app:8080/own"
    assert found.labels.as_dict() == {"job": "other", "instance": "app:8080"}
    assert found.key.job == "api"


def test_internal_labels_go_and_instance_is_the_address():
    found = one(ScrapeConfig("api"), __meta_filepath="/f", __tmp="x", zone="a")

    assert found.labels == Labels.of(job="api", instance="app:8080", zone="a")


def test_an_instance_of_its_own_stays():
    found = one(ScrapeConfig("api"), relabel=setting(instance="web"))

    assert found.labels.get("instance") == "web"


@pytest.mark.parametrize(
    ("scheme", "address", "expected"),
    [
        ("http", "app", "app:80"),
        ("https", "app", "app:443"),
        ("http", "app:9100", "app:9100"),
        ("https", "10.0.0.1", "10.0.0.1:443"),
        ("http", "[::1]", "[::1]:80"),
        ("http", "[::1]:9100", "[::1]:9100"),
    ],
)
def test_a_missing_port_is_that_of_the_scheme(scheme: str, address: str, expected: str):
    found = one(ScrapeConfig("api", scheme=scheme), address)

    assert found.url == f"{scheme}://{expected}/metrics"
    assert found.labels.get("instance") == expected


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("app/metrics", "scrape.bad_address"),
        ("user:secret@app:80", "scrape.bad_address"),
        ("::1", "scrape.bad_address"),
        ("app:70000", "scrape.bad_address"),
        ("app:http", "scrape.bad_address"),
        ("a b", "scrape.bad_address"),
        ("http://app", "scrape.bad_address"),
        ("", "scrape.no_address"),
    ],
)
def test_what_is_no_address_is_dropped_with_a_reason(address: str, code: str):
    found = one(ScrapeConfig("api"), address)

    assert isinstance(found, DroppedTarget)
    assert found.why.code == code


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        ({"__scheme__": "ftp"}, "scrape.bad_scheme"),
        ({"__scrape_interval__": "soon"}, "scrape.bad_interval"),
        ({"__scrape_interval__": "0s"}, "scrape.bad_interval"),
        ({"__scrape_timeout__": "0s"}, "scrape.bad_interval"),
        ({"__scrape_timeout__": "1m"}, "scrape.bad_timeout"),
    ],
)
def test_what_relabelling_broke_is_dropped_with_a_reason(
    labels: dict[str, str], code: str
):
    found = one(ScrapeConfig("api"), relabel=setting(**labels))

    assert isinstance(found, DroppedTarget)
    assert found.why.code == code


def test_relabelling_decides_the_times_of_a_target():
    times = setting(__scrape_interval__="1m", __scrape_timeout__="20s")

    found = one(ScrapeConfig("api"), relabel=times)

    assert (found.interval_ms, found.timeout_ms) == (60_000, 20_000)


def test_parameters_are_sorted_and_a_label_replaces_the_first_value():
    config = ScrapeConfig(
        "probe", params=(("match[]", ("up", 'x{a="b"}')), ("a", ("1",)))
    )

    found = one(config, relabel=setting(__param_a="2 3", __param_target="http://x/?y"))

    assert found.url == (
        "http://app:8080/metrics?a=2+3&match%5B%5D=up&match%5B%5D=x%7Ba%3D%22b%22%7D"
        "&target=http%3A%2F%2Fx%2F%3Fy"
    )


def test_a_path_is_escaped_so_that_it_cannot_become_a_query():
    found = one(ScrapeConfig("api", metrics_path="m/a b?c=d%20"))

    assert found.url == "http://app:8080/m/a%20b%3Fc=d%2520"


def test_a_rule_that_drops_leaves_no_reason():
    found = one(ScrapeConfig("api"), relabel=lambda _: None)

    assert isinstance(found, DroppedTarget)
    assert found.why is None
    assert found.labels.get("__address__") == "app:8080"


def test_targets_with_the_same_labels_are_scraped_once():
    config = ScrapeConfig("api")
    groups = [TargetGroup(("a:1", "a:1", "b:1"))]

    targets, dropped = resolve_all(groups, config, setting(instance="same"))

    assert [t.url for t in targets] == ["http://a:1/metrics"]
    assert [(d.labels.get("__address__"), d.why.code) for d in dropped] == [
        ("b:1", "scrape.same_target")
    ]
    assert isinstance(targets[0], DiscoveredTarget)
