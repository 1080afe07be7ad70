"""How soon the to-do page is there, on a phone with a core four times slower.

Chromium loads it anew, without a cache, through the front door (nginx where it is
installed), compressed as the browser takes it; the API has twenty tasks in memory. The
page itself is timed: its first paint, the end of its load event, and the moment at
which the tasks are on it. It has to be built: ./kz app frontend build.
"""

import argparse
import json
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from bench.common import machine

ROOT = Path(__file__).parents[1]
TASKS = 20
SLOWER = 4
_TIMES = """() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  const files = performance.getEntriesByType("resource");
  return {
    paint: paint.startTime,
    load: navigation.loadEventEnd,
    shown: performance.now(),
    bytes: [navigation, ...files].reduce((sum, file) => sum + file.transferSize, 0),
  };
}"""


@contextmanager
def _part(python: str, *options: str) -> Iterator[str]:
    command = [python, str(ROOT / "reference-app"), *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            lines = process.stdout or ()
            yield next(line.split()[-1] for line in lines if ": listening on " in line)
        finally:
            process.terminate()


def _add_tasks(api: str) -> None:
    for number in range(TASKS):
        body = {"title": f"task {number}", "due": f"2026-12-{number + 1:02d}"}
        headers = {"Content-Type": "application/json"}
        data = json.dumps(body).encode()
        asked = urllib.request.Request(f"{api}/tasks", data, headers)  # noqa: S310
        urllib.request.urlopen(asked).close()  # noqa: S310 - the API of this bench


def _load(browser: Browser, origin: str) -> dict[str, float]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(origin, wait_until="load")
    page.get_by_role("row").nth(TASKS).wait_for()
    times: dict[str, float] = page.evaluate(_TIMES)
    context.close()
    return times


def main(arguments: list[str] | None = None) -> None:
    """Print the page's times, the median and the worst, as JSON."""
    parser = argparse.ArgumentParser(prog="bench frontend", description=__doc__)
    parser.add_argument("--loads", type=int, default=15)
    beside = Path(sys.prefix).parent / "local" / "bin" / "python"
    parser.add_argument(
        "--python", default=str(beside), help="with requirements/local.txt"
    )
    options = parser.parse_args(arguments)
    python = options.python
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    origin = f"http://localhost:{port}"
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        here = ("--origin", origin)
        api = stack.enter_context(_part(python, "api", "--port", "0"))
        pages = stack.enter_context(
            _part(
                python, "pages", "--port", "0", *here, "--state", str(folder / "pages")
            )
        )
        behind = ("--pages", pages, "--api", api, "--state", str(folder / "edge"))
        stack.enter_context(_part(python, "edge", "--port", port, *here, *behind))
        _add_tasks(api)
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu"],
        )
        taken = [_load(browser, origin) for _ in range(options.loads)]
        browser.close()
    told = {
        name: {
            "median": round(statistics.median(times[name] for times in taken)),
            "worst": round(max(times[name] for times in taken)),
        }
        for name in ("paint", "load", "shown", "bytes")
    }
    print(json.dumps({"machine": machine(), "loads": options.loads, "ms": told}))


if __name__ == "__main__":
    main()
