"""The error tree: whatever Kizashi raises on purpose descends from KizashiError.

KizashiError
├── InputError                what someone gave us is wrong
│   ├── DurationError         not a Prometheus duration
│   ├── SelectorError         not a PromQL vector selector
│   ├── ObjectiveError        a number outside what an objective allows
│   ├── ExpositionError       a scrape body that is neither text nor OpenMetrics
│   ├── RelabelError          a relabelling rule that cannot work
│   └── ConfigurationError    a configuration or declaration with problems
├── NotFoundError             the thing asked for does not exist
├── LimitError                a limit that is on by default was reached
├── ScrapeError               a target did not answer as it should
└── StoreError                the disk or the database said no
    ├── StoreLockedError      another process owns the data folder
    └── SchemaError           the file is from another version
"""


class KizashiError(Exception):
    """The root of every error that Kizashi raises on purpose."""


class InputError(KizashiError):
    """What someone gave us is wrong; the message says what was expected."""


class DurationError(InputError):
    """A text is not a Prometheus duration."""


class SelectorError(InputError):
    """A text is not a PromQL vector selector."""


class ObjectiveError(InputError):
    """A number lies outside what an objective or a policy allows."""


class ExpositionError(InputError):
    """A scrape body is neither the text format nor OpenMetrics."""


class RelabelError(InputError):
    """A relabelling rule cannot work."""


class ConfigurationError(InputError):
    """A configuration or declaration file has problems."""


class NotFoundError(KizashiError):
    """The thing asked for does not exist."""


class LimitError(KizashiError):
    """A limit that is on by default was reached."""


class ScrapeError(KizashiError):
    """A target did not answer as it should."""


class StoreError(KizashiError):
    """The disk or the database said no."""


class StoreLockedError(StoreError):
    """Another process owns the data folder."""


class SchemaError(StoreError):
    """The database file was written by another version."""
