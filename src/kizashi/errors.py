"""The error tree: whatever Kizashi raises on purpose descends from KizashiError.

KizashiError
├── InputError                what someone gave us is wrong
│   ├── DurationError         not a Prometheus duration
│   ├── PromqlError           not PromQL, or more of it than is read
│   │   └── SelectorError     PromQL, and not a plain vector selector
│   ├── RegexError            not a regular expression within our limits
│   ├── ObjectiveError        a number outside what an objective allows
│   ├── ExpositionError       a scrape body that is neither text nor OpenMetrics
│   ├── RelabelError          a relabelling rule that cannot work
│   └── ConfigurationError    a configuration or declaration with problems
├── NotFoundError             the thing asked for does not exist
├── LimitError                a limit that is on by default was reached
│   ├── BusyError             too many wait already; come back later
│   └── TooHeavyError         a text takes too long, or too much memory, to be read
├── PushError                 a place that documents are pushed to said no
├── PeerError                 a program that we call is missing, or does not answer
├── ScrapeError               a target did not answer as it should
├── CredentialsError          a file with a secret or a certificate cannot be used
├── UpstreamError             the server we read from did not answer as it should
│   ├── UpstreamBusyError     it asks us to come back later
│   └── TooMuchError          the answer is too large; ask for less
└── StoreError                the disk or the database said no
    ├── StoreLockedError      another process owns the data folder
    └── SchemaError           the file is from another version
"""

from collections.abc import Mapping


class KizashiError(Exception):
    """The root of every error that Kizashi raises on purpose."""


class InputError(KizashiError):
    """What someone gave us is wrong; the message says what was expected."""


class DurationError(InputError):
    """A text is not a Prometheus duration."""


class PromqlError(InputError):
    """A text is not PromQL, or more of it than is read.

    Attributes:
        code: Message id of what is wrong; empty where only the text says it.
        params: Values of its placeholders.
    """

    def __init__(
        self, said: str, code: str = "", params: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(said)
        self.code = code
        self.params = params or {}


class SelectorError(PromqlError):
    """A text is not a plain PromQL vector selector."""


class RegexError(InputError):
    """A text is not a regular expression within the limits; the argument says why."""


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


class BusyError(LimitError):
    """Too many wait already; who comes back later may be served."""


class TooHeavyError(LimitError):
    """A text takes too long, or too much memory, to be read."""


class PushError(KizashiError):
    """A place that documents are pushed to said no, or nothing.

    Attributes:
        code: Message id of what went wrong.
        params: Values of its placeholders.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        """Return the code and its parameters, for a log."""
        said = " ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} {said}".rstrip()


class PeerError(KizashiError):
    """A program that we call is missing, takes too long, or says something else."""


class ScrapeError(KizashiError):
    """A target did not answer as it should."""


class CredentialsError(KizashiError):
    """A file with a secret or a certificate cannot be used.

    Attributes:
        code: ``secret_file`` or ``tls_file``.
        params: What a message tells of it.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = params


class UpstreamError(KizashiError):
    """The server we read from did not answer as it should.

    Attributes:
        code: The catalogue's id of the reason, such as ``upstream.status``.
        params: Its parameters.
    """

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code, params)
        self.code = code
        self.params = {name: str(value) for name, value in params.items()}


class UpstreamBusyError(UpstreamError):
    """The server we read from asks us to come back later.

    Attributes:
        retry_after_s: After how many seconds.
    """

    def __init__(self, retry_after_s: float, code: str, **params: object) -> None:
        super().__init__(code, **params)
        self.retry_after_s = retry_after_s


class TooMuchError(UpstreamError):
    """The answer would be larger than a limit allows; ask for less at a time."""


class StoreError(KizashiError):
    """The disk or the database said no."""


class StoreLockedError(StoreError):
    """Another process owns the data folder."""


class SchemaError(StoreError):
    """The database file was written by another version."""
