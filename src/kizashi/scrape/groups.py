"""Target groups as files and discovery services write them.

Source: Prometheus configuration, ``<file_sd_config>`` and ``<http_sd_config>``.
"""

import re
from collections.abc import Iterable, Iterator

from kizashi.model.labels import Labels
from kizashi.model.scraping import TargetGroup

#: A list larger than this is refused: its writer is not trusted with our
#: memory.
MAX_BYTES = 8 * 1024 * 1024
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def parse_groups(content: object) -> tuple[TargetGroup, ...]:
    """Return the target groups of a parsed document.

    Raises:
        ValueError: If it is not a list of objects with ``targets`` and, if wanted,
            ``labels``.
    """
    return tuple(_groups(content))


def _groups(content: object) -> Iterator[TargetGroup]:
    if content in (None, ""):
        return
    if not isinstance(content, list):
        raise ValueError("expected a list of {targets, labels}")  # noqa: TRY004
    for number, entry in enumerate(content, start=1):
        try:
            yield _group(entry)
        except ValueError as error:
            raise ValueError(f"entry {number}: {error}") from error


def _group(entry: object) -> TargetGroup:
    if not isinstance(entry, dict) or set(entry) - {"targets", "labels"}:
        raise ValueError("expected an object with targets and labels, nothing else")
    addresses = entry.get("targets") or []
    labels = entry.get("labels") or {}
    if not isinstance(addresses, list) or not _all_text(addresses):
        raise ValueError("targets: expected a list of host:port")
    if not isinstance(labels, dict) or not _all_text([*labels, *labels.values()]):
        raise ValueError("labels: expected names with text values")
    for name in labels:
        if not _LABEL_NAME.fullmatch(name):
            raise ValueError(f"labels: {name!r} is not a label name")
    return TargetGroup(tuple(addresses), Labels.of(labels))


def _all_text(values: Iterable[object]) -> bool:
    """Return whether all are text that can be written down as UTF-8."""
    return all(
        isinstance(v, str) and not any("\ud800" <= c <= "\udfff" for c in v)
        for v in values
    )
