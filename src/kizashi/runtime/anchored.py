"""File names of a configuration, relative to the folder that it is in."""

from dataclasses import replace
from pathlib import Path

from kizashi.model.scraping import ScrapeConfig


def anchored(config: ScrapeConfig, folder: Path) -> ScrapeConfig:
    """Return a scrape configuration whose file names no longer depend on where we run.

    Source: Prometheus configuration: relative paths are relative to the file that
    they are written in.
    """

    def at(name: str) -> str:
        return str(folder / name) if name else name

    files = tuple(
        replace(found, paths=tuple(at(p) for p in found.paths))
        for found in config.file_discoveries
    )
    basic, bearer, tls = config.basic_auth, config.authorization, config.tls
    if basic is not None:
        basic = replace(basic, password_file=at(basic.password_file))
    if bearer is not None:
        bearer = replace(bearer, credentials_file=at(bearer.credentials_file))
    if tls is not None:
        tls = replace(
            tls,
            ca_file=at(tls.ca_file),
            cert_file=at(tls.cert_file),
            key_file=at(tls.key_file),
        )
    return replace(
        config,
        file_discoveries=files,
        basic_auth=basic,
        authorization=bearer,
        tls=tls,
    )
