"""What is proposed of the pages of well-known exporters: right, or honestly nothing.

Expected values were worked out from the pages by hand; their README says where these are
from.
"""

from pathlib import Path

import pytest

from kizashi.authoring.candidates import Proposal, propose
from kizashi.authoring.drafting import configuration, declaration
from kizashi.authoring.inventory import JobSeries, take_inventory
from kizashi.declarations.measuring import SourceText
from kizashi.declarations.service import parse_declarations
from kizashi.lint.evidence import SeenSeries
from kizashi.model.scraping import ScrapeConfig, TargetGroup
from kizashi.settings.declaration_files import load
from kizashi.wire.exposition import ExpositionParser

PAGES = sorted(Path(__file__).with_name("pages").glob("*.txt"))
DAY_MS = 86_400_000
HEALTH = 'handler!="/healthz"'
VIEWS = 'view!~"healthz|prometheus-django-metrics"'
HANDLERS = 'handler!~"/-/healthy|/-/ready|/metrics"'
URIS = 'uri!~"/actuator/health|/actuator/prometheus"'
GRPC = "Unknown|DeadlineExceeded|Unimplemented|Internal|Unavailable|DataLoss"
BY_STATUS_AND_VIEW = "django_http_responses_total_by_status_view_method_total"
BY_VIEW = "django_http_requests_latency_seconds_by_view_method"
#: Of each page: the objectives, each with target and what it counts.
EXPECTED: dict[str, list[tuple[str, str, str]]] = {
    "fastapi": [
        ("availability", "0.98", f'bad: http_requests_total{{job="x",{HEALTH},status=~"5.."}} / valid: http_requests_total{{job="x",{HEALTH}}}'),
        ("latency", "0.99", f'good: http_request_duration_seconds_bucket{{job="x",{HEALTH},le="0.1"}} / valid: http_request_duration_seconds_bucket{{job="x",{HEALTH},le="+Inf"}}'),
    ],
    "django": [
        ("availability", "0.98", f'bad: {BY_STATUS_AND_VIEW}{{job="x",{VIEWS},status=~"5.."}} / valid: {BY_STATUS_AND_VIEW}{{job="x",{VIEWS}}}'),
        ("latency", "0.99", f'good: {BY_VIEW}_bucket{{job="x",{VIEWS},le="0.1"}} / valid: {BY_VIEW}_bucket{{job="x",{VIEWS},le="+Inf"}}'),
    ],
    "prometheus": [
        ("availability", "0.99", f'bad: prometheus_http_requests_total{{job="x",{HANDLERS},code=~"5.."}} / valid: prometheus_http_requests_total{{job="x",{HANDLERS}}}'),
        ("latency", "0.95", f'good: prometheus_http_request_duration_seconds_bucket{{job="x",{HANDLERS},le="0.1"}} / valid: prometheus_http_request_duration_seconds_bucket{{job="x",{HANDLERS},le="+Inf"}}'),
    ],
    "todo": [
        ("availability", "0.999", 'bad: http_requests_total{job="x",status=~"5.."} / valid: http_requests_total{job="x"}'),
        ("latency", "0.99", 'good: http_request_duration_seconds_bucket{job="x",le="0.2"} / valid: http_request_duration_seconds_bucket{job="x",le="+Inf"}'),
    ],
    "envoy": [
        ("availability", "0.995", 'bad: envoy_http_downstream_rq_xx{job="x",envoy_http_conn_manager_prefix!="admin",envoy_response_code_class="5"} / valid: envoy_http_downstream_rq_xx{job="x",envoy_http_conn_manager_prefix!="admin"}'),
        ("latency", "0.99", 'good: envoy_http_downstream_rq_time_bucket{job="x",le="250"} / valid: envoy_http_downstream_rq_time_bucket{job="x",le="+Inf"}'),
    ],
    "go": [
        ("availability", "0.999", f'bad: grpc_server_handled_total{{job="x",grpc_code=~"{GRPC}"}} / valid: grpc_server_handled_total{{job="x"}}'),
        ("latency", "0.99", 'good: grpc_server_handling_seconds_bucket{job="x",le="0.5"} / valid: grpc_server_handling_seconds_bucket{job="x",le="+Inf"}'),
    ],
    "jvm": [
        ("availability", "0.995", f'bad: http_server_requests_seconds_count{{job="x",{URIS},status=~"5.."}} / valid: http_server_requests_seconds_count{{job="x",{URIS}}}'),
    ],
    "kubernetes": [
        ("availability", "0.999", 'bad: apiserver_request_total{job="x",code=~"5.."} / valid: apiserver_request_total{job="x"}'),
        ("latency", "0.99", 'good: apiserver_request_duration_seconds_bucket{job="x",verb!~"CONNECT|WATCH|WATCHLIST",le="0.4"} / valid: apiserver_request_duration_seconds_bucket{job="x",verb!~"CONNECT|WATCH|WATCHLIST",le="+Inf"}'),
    ],
    "blackbox-probe": [
        ("availability", "0.99", 'good: probe_success{job="x"} != 0 / valid: probe_success{job="x"}'),
    ],
    "nginx": [
        ("availability", "0.99", 'good: nginx_up{job="x"} != 0 / valid: nginx_up{job="x"}'),
    ],
    "blackbox": [],
    "node": [],
    "workers": [],
}  # fmt: skip
#: Why it is not more.
MISSING = {
    "fastapi": [],
    "django": [],
    "prometheus": [],
    "todo": [],
    "envoy": [],
    "go": [],
    "jvm": ["init.missing.histogram"],
    "kubernetes": [],
    "blackbox-probe": ["init.missing.histogram"],
    "nginx": ["init.missing.histogram"],
    "blackbox": ["init.missing.probe", "init.missing.histogram"],
    "node": ["init.missing.outcome", "init.missing.histogram"],
    "workers": ["init.missing.unclear", "init.missing.unit"],
}


def series_of(text: str, span_ms: int | None = DAY_MS) -> JobSeries:
    parser = ExpositionParser(
        max_samples=10_000,
        max_labels=64,
        max_label_name_bytes=256,
        max_label_value_bytes=4096,
    )
    page = parser.parse(text.encode(), "text/plain")
    pairs = zip(page.layout.labels, page.values.tolist(), strict=True)
    series = [SeenSeries(labels, value, value) for labels, value in pairs]
    return JobSeries("x", series, page.layout.types, span_ms)


def proposal_of(text: str) -> Proposal:
    return propose(take_inventory(series_of(text)))


def test_every_page_is_expected() -> None:
    assert {path.stem for path in PAGES} == EXPECTED.keys() == MISSING.keys()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_page_gives_what_it_supports_and_says_what_is_missing(path: Path) -> None:
    proposal = proposal_of(path.read_text("utf-8"))

    assert [
        (each.name, str(each.choice.target), str(each.indicator.events))
        for each in proposal.candidates
    ] == EXPECTED[path.stem]
    assert [each.code for each in proposal.missing] == MISSING[path.stem]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_what_is_written_passes_check_and_counts_the_same(
    path: Path, language: str, tmp_path: Path
) -> None:
    proposal = proposal_of(path.read_text("utf-8"))
    if not proposal.candidates:
        return
    file = declaration(
        "shop", proposal.inventory, proposal.candidates, "here", language
    )
    target = TargetGroup(("127.0.0.1:8000",))
    scraped = ScrapeConfig("x", static_groups=(target,))
    config = configuration([file.path], scraped, language)
    for each in (file, config):
        (tmp_path / each.path).write_text(each.text, "utf-8")

    loaded = load([], tmp_path / config.path)

    assert loaded.problems == ()
    (service,) = loaded.services
    assert [o.indicator.events for o in service.objectives] == [
        c.indicator.events for c in proposal.candidates
    ]


def test_preset_of_signals_fits_the_labels() -> None:
    by_page = {
        path.stem: take_inventory(series_of(path.read_text("utf-8"))).presets[:1]
        for path in PAGES
    }

    assert {n: p[0] for n, p in by_page.items() if p} == {
        "fastapi": "fastapi",
        "todo": "prometheus-client",
    }


def test_only_scrapes_counted_is_nothing_counted() -> None:
    """A page that has seen nobody but its scraper supports no target of its own."""
    page = '# TYPE http_requests_total counter\nhttp_requests_total{handler="/metrics",status="200"} 90000\n'
    (found,) = proposal_of(page).candidates

    assert found.choice.seen.valid == 0
    assert found.choice.reason.value == "unseen"


@pytest.mark.parametrize(
    "name",
    [
        "rest_client_requests_total",
        "http_client_requests_seconds_count",
        "envoy_cluster_upstream_rq_xx_total",
        "promhttp_metric_handler_requests_total",
    ],
)
def test_calls_to_others_and_scrapes_are_no_objective(name: str) -> None:
    page = f'{name}{{code="200"}} 9000\n{name}{{code="500"}} 1\n'

    assert proposal_of(page).candidates == ()


def test_a_counter_that_fails_too_much_is_named_and_not_proposed() -> None:
    page = 'http_requests_total{code="200"} 800\nhttp_requests_total{code="500"} 200\n'
    proposal = proposal_of(page)

    assert proposal.candidates == ()
    assert next(each.code for each in proposal.missing) == "init.missing.failing"


@pytest.mark.parametrize(
    "origin", ["here\nspec: {}", "here\u2028- name: x", "here\x85kind: Evil", "\x00"]
)
def test_an_address_cannot_write_a_line_of_its_own(origin: str) -> None:
    proposal = proposal_of('jobs_total{result="success"} 900\n')
    file = declaration("shop", proposal.inventory, proposal.candidates, origin, "en")

    declared = parse_declarations([SourceText("shop.yaml", file.text)])

    assert declared.problems == ()
    (service,) = declared.services
    assert [each.name for each in service.objectives] == ["availability"]


def test_a_page_cannot_write_a_line_of_its_own() -> None:
    """Names of UTF-8 stand in quotes, of YAML and of PromQL."""
    page = (
        '{"jobs: {}\\n# x_total",result="success"} 900\n'
        '{"jobs: {}\\n# x_total",result="error"} 1\n'
    )
    proposal = proposal_of(page)
    file = declaration("shop", proposal.inventory, proposal.candidates, "here", "en")

    declared = parse_declarations([SourceText("shop.yaml", file.text)])

    assert declared.problems == ()
    (service,) = declared.services
    (objective,) = service.objectives
    assert objective.indicator.events == proposal.candidates[0].indicator.events
