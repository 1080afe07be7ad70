"""File names of a configuration, relative to the folder that it is in."""

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from kizashi.declarations.notification import Receiver
from kizashi.declarations.upstream import UpstreamConfig
from kizashi.model.scraping import HttpDiscovery, ScrapeConfig


def anchored(config: ScrapeConfig, folder: Path) -> ScrapeConfig:
    """Return a scrape configuration whose file names no longer depend on where we run.

    Source: Prometheus configuration: relative paths are relative to the file that
    they are written in.
    """
    files = tuple(
        replace(found, paths=tuple(str(folder / p) for p in found.paths))
        for found in config.file_discoveries
    )
    asked = tuple(_credentials(found, folder) for found in config.http_discoveries)
    return _credentials(
        replace(config, file_discoveries=files, http_discoveries=asked), folder
    )


def anchored_receiver(receiver: Receiver, folder: Path) -> Receiver:
    """Return a receiver whose file names no longer depend on where we run."""
    webhooks = tuple(
        replace(hook, secret_file=str(folder / hook.secret_file))
        if hook.secret_file
        else hook
        for hook in receiver.webhooks
    )
    return replace(receiver, webhooks=webhooks)


def anchored_upstream(config: UpstreamConfig, folder: Path) -> UpstreamConfig:
    """Return an upstream whose file names no longer depend on where we run."""
    return _credentials(config, folder)


_Spoken = TypeVar("_Spoken", ScrapeConfig, HttpDiscovery, UpstreamConfig)


def _credentials(config: _Spoken, folder: Path) -> _Spoken:
    def at(name: str) -> str:
        return str(folder / name) if name else name

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
    return replace(config, basic_auth=basic, authorization=bearer, tls=tls)
