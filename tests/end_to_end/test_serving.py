"""How the server starts, refuses to start, takes up history and ends."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from serving import CLOCK, WORKS, Kizashi, Opened, Shop, as_scraped

from kizashi.tsdb.folder import DataFolder

pytestmark = pytest.mark.anyio
DAY_S = 86_400


async def run(*command: str, folder: Path) -> tuple[int, str, str]:
    """Run a command to its end; return its exit code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, out.decode(), err.decode()


@pytest.mark.own_interpreter
async def test_sigterm_ends_in_order_and_loses_nothing(kizashi: Kizashi, shop: Shop):
    await kizashi.start()
    await kizashi.until(WORKS, '"live"')
    await CLOCK.sleep(0.5)

    began = CLOCK.monotonic()
    assert await kizashi.stop() == 0
    assert CLOCK.monotonic() - began <= 10

    opened = Opened(kizashi.data)
    (story,) = opened.stories()
    opened.close()
    stored = [scrape.values for scrape in story.scrapes]
    served = [as_scraped(counts, shop.address) for _, counts in shop.served]
    # A scrape that was under way when the signal came may be cut off.
    assert stored in (served, served[:-1])
    with DataFolder(kizashi.data):
        pass  # the lock is free again


async def test_a_second_server_on_the_folder_and_a_taken_port_are_refused(
    kizashi: Kizashi, tmp_path: Path
):
    await kizashi.start()
    command = kizashi.command()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        elsewhere = f"127.0.0.1:{port}"
        at = command.index("--listen") + 1
        free = [*command[:at], "127.0.0.1:0", *command[at + 1 :]]
        code, out, err = await run(*free, folder=tmp_path)
        assert (code, out) == (1, "")
        assert "in use by process" in err
        assert "--data" in err
        assert "Traceback" not in err

        code, out, err = await run(
            *command[:at], elsewhere, *command[at + 1 :], folder=tmp_path
        )
        assert (code, out) == (1, "")
        assert f"cannot listen on {elsewhere}: Address already in use" in err
        assert "--listen" in err
    assert (await kizashi.client.get("/-/ready")).is_success
    assert await kizashi.stop() == 0


async def test_imported_history_is_in_the_window_that_the_server_answers(
    kizashi: Kizashi, shop: Shop
):
    """Two days, 10 events a minute and one of them bad: 2,879 steps, 28,790 events."""
    # Of another name than the one that is looked for where none is given.
    kizashi.config = kizashi.folder / "shops.yaml"
    kizashi.configure(shop.address, interval="1s")
    before_s = CLOCK.now_ms() // 60_000 * 60 - 5 * DAY_S
    lines = [
        f'hits_total{{code="{code}",job="shop",instance="{shop.address}"}} {n * more}'
        f" {before_s + 60 * n}\n"
        for code, more in (("200", 9), ("500", 1))
        for n in range(2 * 1_440)
    ]
    (kizashi.folder / "in.om").write_text("".join(lines) + "# EOF\n")
    command = [sys.executable, "-m", "kizashi", "import-samples", "in.om"]
    options = ["--interval", "1m", "--data", str(kizashi.data), "--format", "json"]
    options += ["--config", str(kizashi.config)]

    code, out, err = await run(*command, *options, folder=kizashi.folder)
    assert (code, err) == (0, "")
    assert json.loads(out)["objectives"] == 1
    await kizashi.start()
    at_s = before_s + 3 * DAY_S
    view = await kizashi.get(WORKS, at=at_s)
    assert (view["valid"], view["good"]) == (28_790, 25_911)
    # Each minute's scrape counts for 150 seconds: seen without a gap until the span's
    # end, a minute after the last; the rest of the 30 days is before or after it.
    assert view["coverage"] == pytest.approx(2 * DAY_S / (30 * DAY_S), abs=1e-9)

    # Days later the shop has restarted: all it did since is real, and late.
    shop.counts.update({"200": 500, "500": 7})
    await kizashi.until(WORKS, '"live"')
    code, _, err = await run(*command, *options, folder=kizashi.folder)
    assert code == 1
    assert "stop that process" in err
    assert await kizashi.stop() == 0
    # A slow machine scrapes an empty page before the shop has said anything; a code that
    # was never seen is then born at the next scrape, and on time.
    pages = [counts for _, counts in shop.served]
    page = next(counts for counts in pages if counts)
    if not pages[0]:
        page = {code: count for code, count in page.items() if code in {"200", "500"}}
    first = as_scraped(page, shop.address)

    # And once more, now that live scrapes lie after it.
    code, out, _ = await run(*command, *options, folder=kizashi.folder)
    assert (code, json.loads(out)["new"]) == (0, 0)
    await kizashi.start()
    view = await kizashi.get(WORKS, at=at_s)
    assert (view["valid"], view["good"]) == (28_790, 25_911)
    live = await kizashi.points(60)
    assert sum(int(str(p["late"])) for p in live) == sum(first.values())
    assert await kizashi.stop() == 0


LOST = [
    (lambda path: path.symlink_to("nowhere"), "There is no such file or folder"),
    (os.mkfifo, "is a folder, a pipe or a device"),
    (lambda path: path.write_text("a: ["), "kizashi.yaml:1:5: not YAML"),
    # The same two ways, of a file that is no file and of one that cannot be read.
    *(
        pytest.param(*case, marks=pytest.mark.nightly)
        for case in (
            (lambda path: path.mkdir(), "is a folder, a pipe or a device"),
            (lambda path: path.write_bytes(b"a: \xff"), "yaml:1:4: the file is not"),
            (lambda path: path.write_text("b: 1"), "kizashi.yaml:1:1: "),
        )
    ),
]


@pytest.mark.parametrize(("make", "said"), LOST)
async def test_a_configuration_that_cannot_be_used_is_never_taken_for_none(
    tmp_path: Path, make: Callable[[Path], object], said: str
):
    make(tmp_path / "kizashi.yaml")

    serve = "-m", "kizashi", "serve", "--listen", "127.0.0.1:0", "--language", "en"
    code, out, err = await run(sys.executable, *serve, folder=tmp_path)

    assert code in {1, 2}
    assert said in err
    assert out == ""
    assert "Traceback" not in err
    assert not (tmp_path / "data").exists()
