"""Which label of a counter tells whether an event failed, and which values say so."""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from kizashi.model.matchers import LabelMatcher, MatchOp
from kizashi.model.regexes import any_of

#: Labels that may tell an outcome; the first that a counter has, and that is understood,
#: counts. A code says more than a word.
OUTCOME_LABELS = (
    "status",
    "code",
    "status_code",
    "http_status",
    "http_status_code",
    "http_response_status_code",
    "response_code",
    "envoy_response_code",
    "envoy_response_code_class",
    "grpc_code",
    "grpc_status",
    "rpc_grpc_status_code",
    "result",
    "outcome",
    "success",
)
_HTTP = re.compile(r"[1-5](?:\d\d|xx|XX)?|0|")
#: The codes by which a server says that it failed, and not its caller. Source:
#: OpenTelemetry semantic conventions for gRPC, "gRPC status", of server spans.
_GRPC_FAILED = {
    "Unknown": "2",
    "DeadlineExceeded": "4",
    "Unimplemented": "12",
    "Internal": "13",
    "Unavailable": "14",
    "DataLoss": "15",
}
#: Source: gRPC, "Status codes and their use in gRPC".
_GRPC_OTHERS = (
    *("OK", "Canceled", "InvalidArgument", "NotFound", "AlreadyExists"),
    *("PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted"),
    *("OutOfRange", "Unauthenticated"),
)
_GRPC_NUMBER = re.compile(r"\d|1[0-6]")
_FAILED = frozenset(
    (
        *("error", "errors", "fail", "failed", "failure", "server_error", "exception"),
        *("timeout", "timed_out", "unavailable", "internal_error", "crashed", "5xx"),
        "false",
    )
)
_SUCCEEDED = frozenset(
    (
        *("success", "successful", "succeeded", "ok", "completed", "complete", "done"),
        "true",
    )
)
#: Neither: the caller's fault or wish.
_NEUTRAL = frozenset(
    (
        *("client_error", "canceled", "cancelled", "redirection", "informational"),
        *("invalid", "not_found", "denied", "unauthorized", "forbidden", "unknown", ""),
    )
)


@dataclass(frozen=True, slots=True)
class FailureLabel:
    """How a label tells failures.

    Attributes:
        label: The label.
        failed: What a failure's series match.
        is_sure: Whether failures have a name; else what is no success counts as one.
    """

    label: str
    failed: LabelMatcher
    is_sure: bool = True


def read_failures(values: Mapping[str, Collection[str]]) -> FailureLabel | None:
    """Return how a counter's labels tell failures; None where none of them does.

    Args:
        values: Its labels, each with the values that were seen.
    """
    for label in OUTCOME_LABELS:
        seen = values.get(label)
        if seen and seen != {""}:
            for read in _READERS:
                found = read(label, frozenset(seen))
                if found is not None:
                    return found
    return None


def _http(label: str, seen: frozenset[str]) -> FailureLabel | None:
    if "grpc" in label or not all(map(_HTTP.fullmatch, seen)):
        return None
    if any(len(value) == 1 for value in seen - {"0"}):
        return FailureLabel(label, LabelMatcher(label, MatchOp.EQUAL, "5"))
    return FailureLabel(label, LabelMatcher(label, MatchOp.REGEX, "5.."))


def _grpc(label: str, seen: frozenset[str]) -> FailureLabel | None:
    if "grpc" in label and all(map(_GRPC_NUMBER.fullmatch, seen)):
        return FailureLabel(label, one_of(label, tuple(_GRPC_FAILED.values())))
    if len(seen) < 2 and "grpc" not in label:  # noqa: PLR2004 - OK alone is a word
        return None
    # Some write them as libraries do, some as the specification: DEADLINE_EXCEEDED.
    for spelled in (str, _shouted):
        known = {spelled(name) for name in (*_GRPC_FAILED, *_GRPC_OTHERS)}
        if not seen.difference(known):
            return FailureLabel(label, one_of(label, tuple(map(spelled, _GRPC_FAILED))))
    return None


def _shouted(name: str) -> str:
    return name if name == "OK" else re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()


def _words(label: str, seen: frozenset[str]) -> FailureLabel | None:
    by_meaning = {
        value: next((m for m in _MEANINGS if value.lower() in m), None)
        for value in sorted(seen)
    }
    if None in by_meaning.values():
        return None
    failed = tuple(v for v, meaning in by_meaning.items() if meaning is _FAILED)
    if failed:
        return FailureLabel(label, one_of(label, failed))
    if not any(meaning is _SUCCEEDED for meaning in by_meaning.values()):
        return None
    others = tuple(value for value in by_meaning if value)
    return FailureLabel(label, none_of(label, others), is_sure=False)


_MEANINGS = (_FAILED, _SUCCEEDED, _NEUTRAL)
_READERS: tuple[Callable[[str, frozenset[str]], FailureLabel | None], ...] = (
    _http,
    _grpc,
    _words,
)


def one_of(label: str, values: Collection[str]) -> LabelMatcher:
    """Return what matches any of some values."""
    return _any(label, values, MatchOp.EQUAL, MatchOp.REGEX)


def none_of(label: str, values: Collection[str]) -> LabelMatcher:
    """Return what matches none of some values."""
    return _any(label, values, MatchOp.NOT_EQUAL, MatchOp.NOT_REGEX)


def _any(
    label: str, values: Collection[str], plain: MatchOp, regex: MatchOp
) -> LabelMatcher:
    if len(values) == 1:
        return LabelMatcher(label, plain, next(iter(values)))
    return LabelMatcher(label, regex, any_of(values))
