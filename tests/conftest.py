"""What every test shares: long runs, the peers' programs, and no silent skip."""

import gc
import os
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from harness import forked

# Debian package → the programs that tests call.
PEER_PROGRAMS = {
    "caddy": ("caddy",),
    "chromium": ("chromium",),
    "nginx": ("nginx",),
    "prometheus": ("prometheus", "promtool"),
    "prometheus-alertmanager": ("prometheus-alertmanager", "amtool"),
    "systemd": ("systemd-analyze",),
    "victoria-metrics": ("victoria-metrics", "vmalert"),
}
# What takes long and mostly waits is begun first, by each process of a run its share:
# at the end nothing waits for it.
BEGUN_FIRST = ("tests/end_to_end/", "tests/reference_app/test_demo.py")
# What a second Python is asked: everything but what another program or a page shows,
# whichever Python made it; of whole processes, that they start, serve and import.
BESIDES_THE_CORE = (
    "tests/docs/",
    "tests/end_to_end/",
    "tests/reference_app/",
    "tests/ui/",
)
PROCESSES = (
    "tests/end_to_end/test_late_imports.py",
    "tests/end_to_end/test_reload.py",
    "tests/end_to_end/test_serving.py",
    "tests/ui/test_pages.py",
)
# A developer's machine may lack a peer; CI may not: there a skip is a failure.
SKIPS_FAIL = os.environ.get("KZ_REQUIRE") == "all"  # noqa: TID251 - not the product
EXAMPLES = 50

# The peers live briefly: without this they spend half of their time collecting garbage.
os.environ.setdefault("GOGC", "800")  # noqa: TID251 - not the product

settings.register_profile(
    "default",
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
settings.register_profile(
    "nightly", settings.get_profile("default"), max_examples=10 * EXAMPLES
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--nightly", action="store_true", help="run the tests marked nightly too"
    )
    parser.addoption(
        "--core", action="store_true", help="leave out browsers, peers and long stories"
    )


def pytest_configure(config: pytest.Config) -> None:
    forked.install()
    settings.load_profile("nightly" if config.getoption("--nightly") else "default")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect no garbage meanwhile: a tenth of the time, and hardly any is made."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    kept, left_out = [], []
    for item in items:
        (left_out if _is_left_out(item, config) else kept).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    items[:] = _in_order(kept, getattr(config, "workerinput", {}).get("workercount", 1))


def _in_order(items: list[pytest.Item], processes: int) -> list[pytest.Item]:
    """Return tests in their order: each process of a run gets a piece of equal length."""
    slow = [item for item in items if item.nodeid.startswith(BEGUN_FIRST)]
    others = [item for item in items if not item.nodeid.startswith(BEGUN_FIRST)]
    ordered: list[pytest.Item] = []
    for process in range(processes):
        share = slow[process::processes]
        length = (len(items) - len(ordered)) // (processes - process)
        rest = max(0, length - len(share))
        ordered += share + others[:rest]
        others = others[rest:]
    return ordered + others


def _is_left_out(item: pytest.Item, config: pytest.Config) -> bool:
    if item.get_closest_marker("nightly") and not config.getoption("--nightly"):
        return True
    if not config.getoption("--core"):
        return False
    return item.get_closest_marker("peer") is not None or (
        item.nodeid.startswith(BESIDES_THE_CORE)
        and not item.nodeid.startswith(PROCESSES)
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    forked.Forked.is_wanted = item.get_closest_marker("own_interpreter") is None
    try:
        return (yield)
    finally:
        forked.Forked.is_wanted = True


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker in item.iter_markers("peer"):
        package = marker.args[0]
        programs = PEER_PROGRAMS.get(package, (package,))
        absent = [name for name in programs if shutil.which(name) is None]
        if absent:
            pytest.skip(
                f"{', '.join(absent)} not found:"
                f" sudo apt-get install -y --no-install-recommends {package}"
            )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[
    None, pytest.TestReport, pytest.TestReport
]:
    report = yield
    # An expected failure is reported as skipped too; it is a known gap, not a skip.
    if SKIPS_FAIL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and KZ_REQUIRE=all: {_reason(report.longrepr)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[
    None, pytest.CollectReport, pytest.CollectReport
]:
    report = yield
    if SKIPS_FAIL and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"skipped, and KZ_REQUIRE=all: {_reason(report.longrepr)}"
    return report


def _reason(longrepr: object) -> str:
    """Return why: pytest hands a skip over as (file, line, reason)."""
    return str(longrepr[2]) if isinstance(longrepr, tuple) else str(longrepr)


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the product does."""
    return "asyncio"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, but not for 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"
        " -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    )
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    return cert, key
