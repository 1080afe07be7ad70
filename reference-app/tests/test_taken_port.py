"""A port that somebody else has is named, with what to do."""

import runpy
import socket
import sys
from pathlib import Path

import pytest

APP = Path(__file__).parents[1]


@pytest.mark.parametrize("part", ["api", "ai", "aws", "pages", "edge", "edge-exporter"])
def test_a_port_that_is_taken_is_named(
    part: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
):
    dist = tmp_path / "dist"
    dist.mkdir()
    (dist / "index.html").write_text("<!doctype html><head></head>")
    files = {
        "aws": ["--state", "state", "--config", "config.json"],
        "pages": ["--state", "state", "--dist", str(dist)],
        "edge": ["--state", "state"],
        "edge-exporter": ["--log", "access.log", "--state", "kept.json"],
    }
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        given = [str(APP), part, "--port", port, *files.get(part, [])]
        monkeypatch.setattr(sys, "argv", given)
        with pytest.raises(SystemExit) as caught:
            runpy.run_path(str(APP / "__main__.py"), run_name="__main__")
    assert caught.value.code == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith(
        f"{part}: cannot listen on 127.0.0.1:{port}: Address already"
    )
    assert "--port" in told
