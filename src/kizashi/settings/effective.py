"""The settings in force as a person may see them: defaults filled in, secrets masked.

A field that its dataclass keeps out of ``repr`` is a secret here too, so that a new
one is masked without a list to forget. Beside that, every value that is known to be
secret is masked wherever it stands.
"""

import dataclasses
from collections.abc import Mapping
from enum import Enum
from urllib.parse import urlsplit

import yaml

from kizashi.logs.masking import MASK, Masker
from kizashi.logs.secret_names import is_secret_parameter
from kizashi.model.durations import format_duration
from kizashi.model.labels import Labels
from kizashi.model.scraping import RelabelRule, ScrapeConfig
from kizashi.ports.effective import EffectiveView
from kizashi.settings.declaration_files import Loaded
from kizashi.settings.secrets import (
    notification_secrets,
    secrets_of,
    upstream_secrets,
)

_MS = "_ms"


def effective(loaded: Loaded, flags: Mapping[str, object]) -> EffectiveView:
    """Return what a server runs with.

    Args:
        loaded: What was read and is in force.
        flags: What it was started with, by option; None for what was not given.
    """
    configuration = loaded.configuration
    masker = Masker()
    masker.add(secrets_of(configuration.scrape))
    masker.add(upstream_secrets(configuration))
    masker.add(notification_secrets(configuration))
    # Each text by itself: in a whole document a name may look like a credential.
    text = yaml.safe_dump(
        _shown(configuration, masker),
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    return EffectiveView(
        flags=tuple((name, str(v)) for name, v in flags.items() if v is not None),
        configuration=text,
        files=tuple(loaded.texts),
        warnings=tuple(
            (str(p.position), p.code, {k: str(v) for k, v in p.params.items()})
            for p in loaded.problems
        ),
    )


def _shown(value: object, masker: Masker) -> object:
    """Return a value as plain YAML: names as they are, durations as they are written."""
    if isinstance(value, Labels):
        return masker.labels(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown: dict[str, object] = {}
        for one in dataclasses.fields(value):
            held = getattr(value, one.name)
            if one.name.endswith(_MS) and isinstance(held, int):
                shown[one.name.removesuffix(_MS)] = format_duration(held)
            elif not one.repr or _is_secret(value, one.name):
                shown[one.name] = _masked(held)
            elif isinstance(value, ScrapeConfig) and one.name == "params":
                shown[one.name] = [
                    [name, MASK if is_secret_parameter(name) else _shown(texts, masker)]
                    for name, texts in value.params
                ]
            else:
                shown[one.name] = _shown(held, masker)
        return shown
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, tuple | list):
        return [_shown(one, masker) for one in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return masker.mask(str(value))


def _is_secret(value: object, field: str) -> bool:
    """Return whether a rule writes a secret, by the name of the label it writes."""
    is_written = isinstance(value, RelabelRule) and field == "replacement"
    return is_written and is_secret_parameter(value.target_label)  # type: ignore[attr-defined]


def _masked(secret: object) -> object:
    """Return what may be known of a secret: whether there is one, and of a URL where."""
    if not secret:
        return secret if isinstance(secret, str) else None
    if isinstance(secret, str):
        parts = urlsplit(secret)
        if parts.scheme and parts.hostname:
            port = f":{parts.port}" if parts.port else ""
            return f"{parts.scheme}://{parts.hostname}{port}/{MASK}"
        return MASK
    if isinstance(secret, tuple) and all(isinstance(p, tuple) for p in secret):
        return [[name, MASK] for name, *_ in secret]
    return MASK
