"""The built pages, made ready to be served: compressed beside, told where they are."""

import gzip
import shutil
from pathlib import Path

import cramjam

from edge import rules
from edge.places import write_json

_COMPRESSED = {".css", ".html", ".js", ".json", ".map", ".mjs", ".svg", ".txt"}
_COMPRESSED |= {".webmanifest"}


class SiteError(ValueError):
    """There are no built pages in a folder."""


def prepare(dist: Path, config: dict[str, object], state: Path) -> Path:
    """Copy the pages, write `config.json`, compress both; return where they are.

    Copied, so that a build that is going on is not served half.

    Args:
        dist: What the build made: index.html and assets/.
        config: What the pages are told.
        state: A folder of ours; an older copy in it is replaced.

    Raises:
        SiteError: If there is no index.html.
    """
    if not (dist / "index.html").is_file():
        raise SiteError(f"{dist} has no index.html: ./kz app frontend build makes it")
    site = state / "site"
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(dist, site)
    write_json(site / "config.json", config)
    for file in [path for path in site.rglob("*") if path.suffix in _COMPRESSED]:
        body = file.read_bytes()
        if len(body) >= rules.LEAST_COMPRESSED:
            _beside(file, ".gz", gzip.compress(body, 9, mtime=0))
            _beside(file, ".br", bytes(cramjam.brotli.compress(body, level=11)))
    return site


def _beside(file: Path, suffix: str, body: bytes) -> None:
    file.with_name(file.name + suffix).write_bytes(body)
