"""Silences: which alerts they mute, and which nobody may make."""

from kizashi.errors import InputError, SelectorError
from kizashi.model.matchers import LabelMatcher, MatchOp
from kizashi.ports.alerts import Alert, Silence, SilenceMatcher


def matcher_of(matcher: SilenceMatcher) -> LabelMatcher:
    """Return a silence's matcher, ready to match.

    Raises:
        InputError: If its operator or regular expression is none.
    """
    try:
        return LabelMatcher(matcher.name, MatchOp(matcher.op), matcher.value)
    except ValueError as error:
        raise InputError(
            f"matcher {matcher.name}: {matcher.op!r} is no operator; expected = != =~ !~"
        ) from error
    except SelectorError as error:
        raise InputError(str(error)) from error


def mutes(silence: Silence, alert: Alert, now_ms: int) -> bool:
    """Return whether a silence mutes an alert at a time."""
    if not silence.starts_ms <= now_ms < silence.ends_ms:
        return False
    return all(matcher_of(m).matches(alert.labels) for m in silence.matchers)


def check_silence(silence: Silence, now_ms: int) -> None:
    """Refuse a silence that nobody should make.

    Raises:
        InputError: If it has no matcher, could match every alert, ends before it
            begins or in the past, or has no owner or reason.
    """
    if not silence.matchers:
        raise InputError("a silence needs at least one matcher")
    if all(matcher_of(m).matches_value("") for m in silence.matchers):
        raise InputError(
            "every matcher also matches an absent label, so the silence would mute"
            " everything; give one that names a value"
        )
    if silence.ends_ms <= max(silence.starts_ms, now_ms):
        raise InputError("the silence ends before it begins, or in the past")
    if not silence.owner:
        raise InputError("a silence needs an owner: who answers for it")
    if not silence.reason:
        raise InputError("a silence needs a reason")
