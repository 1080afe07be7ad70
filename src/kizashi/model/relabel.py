"""Relabelling: the rules that rewrite, keep or drop a label set.

Source: Prometheus configuration, ``<relabel_config>``. A replacement is expanded as
Go's package regexp does it (``Regexp.Expand``).
"""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kizashi.errors import RegexError, RelabelError
from kizashi.model.labels import Labels
from kizashi.model.regexes import Regex, RegexMatch, compile_regex
from kizashi.model.scraping import RelabelAction, RelabelRule

_DEFAULT = RelabelRule()
_LONGEST_SHOWN = 200
_LABEL_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_REFERENCE = re.compile(r"\$(?:(?P<dollar>\$)|\{(?P<braced>\w+)\}|(?P<bare>\w+))")
#: What may become a label name: letters and references, not starting with a digit.
_NAME_TEMPLATE = compile_regex(r"(?:[a-zA-Z_]|\$\{\w+\}|\$\w+)(?:\w|\$\{\w+\}|\$\w+)*")

_NEEDS_TARGET = frozenset(
    {
        RelabelAction.REPLACE,
        RelabelAction.HASHMOD,
        RelabelAction.LOWERCASE,
        RelabelAction.UPPERCASE,
        RelabelAction.KEEP_EQUAL,
        RelabelAction.DROP_EQUAL,
    }
)
_TAKES_NO_REPLACEMENT = frozenset(
    {
        RelabelAction.LOWERCASE,
        RelabelAction.UPPERCASE,
        RelabelAction.KEEP_EQUAL,
        RelabelAction.DROP_EQUAL,
        RelabelAction.LABELDROP,
        RelabelAction.LABELKEEP,
    }
)


class _Draft:
    """A label set while rules work on it.

    Kept in two parts because ``labelmap`` visits the labels that came in, by name,
    before those that rules set, oldest first; the last writer of a name wins.
    """

    __slots__ = ("_base", "_set")

    def __init__(self, labels: Labels) -> None:
        self._base = dict(labels.pairs)
        self._set: dict[str, str] = {}

    def get(self, name: str) -> str:
        """Return a label's value, empty where it is absent."""
        return self._set.get(name) or self._base.get(name, "")

    def put(self, name: str, value: str) -> None:
        """Set a label; an empty value deletes it."""
        if not value:
            self.delete(name)
        elif name:
            self._base.pop(name, None)
            self._set[name] = value

    def delete(self, name: str) -> None:
        """Delete a label, present or not."""
        self._base.pop(name, None)
        self._set.pop(name, None)

    def pairs(self) -> list[tuple[str, str]]:
        """Return a copy of the labels in the order that rules visit them."""
        return [*self._base.items(), *self._set.items()]


#: One rule, ready to run: changes the draft, returns whether the labels are kept.
_Step = Callable[[_Draft], bool]


@dataclass(frozen=True, slots=True)
class Relabeller:
    """Relabelling rules that have been checked, in order."""

    _steps: tuple[_Step, ...]

    def apply(self, labels: Labels) -> Labels | None:
        """Return the label set after all rules, or None where a rule dropped it."""
        draft = _Draft(labels)
        for step in self._steps:
            if not step(draft):
                return None
        return Labels(draft.pairs())


def compile_rules(rules: Sequence[RelabelRule]) -> Relabeller:
    """Return the rules ready to be applied.

    Regular expressions are RE2's, match the whole text, and their ``.`` matches a
    newline too, as in Prometheus 3. Label names are those of Prometheus' data model
    before UTF-8: letters, digits and underscores.

    Raises:
        RelabelError: If a rule cannot work; the message counts rules from 1.
    """
    steps = []
    for number, rule in enumerate(rules, 1):
        try:
            steps.append(_compile(rule))
        except RelabelError as error:
            raise RelabelError(
                f"relabelling rule {number} ({rule.action.value}): {error}"
            ) from error
    return Relabeller(tuple(steps))


def _compile(rule: RelabelRule) -> _Step:
    """Return one rule as a step."""
    _check(rule)
    regex = _compile_regex(rule.regex)
    return _BUILDERS[rule.action](rule, regex)


def _compile_regex(text: str) -> Regex:
    """Return a regular expression, to be matched against a whole text."""
    try:
        return compile_regex(text)
    except RegexError as error:
        raise RelabelError(
            f"regex {text[:_LONGEST_SHOWN]!r} is not a regular expression that RE2"
            f" accepts: {error}"
        ) from error


def _check(rule: RelabelRule) -> None:
    """Refuse what Prometheus refuses when it loads a rule."""
    action, target = rule.action, rule.target_label
    if action is RelabelAction.HASHMOD and not 0 < rule.modulus < 2**64:
        raise RelabelError(
            f"modulus is {rule.modulus}; expected a whole number above 0"
        )
    if action in _NEEDS_TARGET and not target:
        raise RelabelError("target_label is missing; say which label to write")
    if action in _NEEDS_TARGET and not _may_be_target(action, target):
        raise RelabelError(
            f"target_label {target!r} is not a label name; expected letters, digits"
            " and underscores, not starting with a digit"
        )
    if action in _TAKES_NO_REPLACEMENT and rule.replacement != _DEFAULT.replacement:
        raise RelabelError(
            f"replacement {rule.replacement!r} has no effect here; remove it"
        )
    if action is RelabelAction.LABELMAP and not _NAME_TEMPLATE.fullmatch(
        rule.replacement
    ):
        raise RelabelError(
            f"replacement {rule.replacement!r} cannot make a label name; expected"
            " letters, digits, underscores and references such as $1"
        )
    _check_unused_fields(rule)


def _may_be_target(action: RelabelAction, target: str) -> bool:
    """Return whether a target label is a name, or for replace can become one."""
    if action is RelabelAction.REPLACE and "$" in target:
        return _NAME_TEMPLATE.fullmatch(target) is not None
    return _LABEL_NAME.fullmatch(target) is not None


def _check_unused_fields(rule: RelabelRule) -> None:
    """Refuse fields that an action would ignore."""
    match rule.action:
        case RelabelAction.KEEP_EQUAL | RelabelAction.DROP_EQUAL:
            unused = ["regex", "modulus", "separator"]
        case RelabelAction.LABELDROP | RelabelAction.LABELKEEP:
            unused = ["source_labels", "target_label", "modulus", "separator"]
        case _:
            return
    for name in unused:
        if getattr(rule, name) != getattr(_DEFAULT, name):
            raise RelabelError(f"{name} has no effect here; remove it")


def _source(rule: RelabelRule) -> Callable[[_Draft], str]:
    """Return how to read the joined source labels."""
    names, separator = rule.source_labels, rule.separator
    return lambda draft: separator.join(map(draft.get, names))


def _build_filter(rule: RelabelRule, regex: Regex) -> _Step:
    source, wanted = _source(rule), rule.action is RelabelAction.KEEP
    return lambda draft: (regex.fullmatch(source(draft)) is not None) is wanted


def _build_equality(rule: RelabelRule, _regex: Regex) -> _Step:
    source, target = _source(rule), rule.target_label
    wanted = rule.action is RelabelAction.KEEP_EQUAL
    return lambda draft: (draft.get(target) == source(draft)) is wanted


def _build_replace(rule: RelabelRule, regex: Regex) -> _Step:
    source = _source(rule)
    target = _compile_template(rule.target_label, regex)
    replacement = _compile_template(rule.replacement, regex)

    def step(draft: _Draft) -> bool:
        match = regex.fullmatch(source(draft))
        if match is None:
            return True
        name = target(match)
        # A name that came out wrong leaves the labels as they were: the rule was
        # written for other targets.
        if _LABEL_NAME.fullmatch(name):
            draft.put(name, replacement(match))
        return True

    return step


def _build_case(rule: RelabelRule, _regex: Regex) -> _Step:
    source, target = _source(rule), rule.target_label
    change = _lower if rule.action is RelabelAction.LOWERCASE else _upper

    def step(draft: _Draft) -> bool:
        draft.put(target, "".join(map(change, source(draft))))
        return True

    return step


def _build_hashmod(rule: RelabelRule, _regex: Regex) -> _Step:
    source, target, modulus = _source(rule), rule.target_label, rule.modulus

    def step(draft: _Draft) -> bool:
        digest = hashlib.md5(source(draft).encode(), usedforsecurity=False).digest()
        draft.put(target, str(int.from_bytes(digest[8:], "big") % modulus))
        return True

    return step


def _build_labelmap(rule: RelabelRule, regex: Regex) -> _Step:
    replacement = _compile_template(rule.replacement, regex)

    def step(draft: _Draft) -> bool:
        for name, value in draft.pairs():
            match = regex.fullmatch(name)
            if match is not None:
                draft.put(replacement(match), value)
        return True

    return step


def _build_label_filter(rule: RelabelRule, regex: Regex) -> _Step:
    keeps_matches = rule.action is RelabelAction.LABELKEEP

    def step(draft: _Draft) -> bool:
        for name, _ in draft.pairs():
            if (regex.fullmatch(name) is not None) is not keeps_matches:
                draft.delete(name)
        return True

    return step


_BUILDERS: dict[RelabelAction, Callable[[RelabelRule, Regex], _Step]] = {
    RelabelAction.REPLACE: _build_replace,
    RelabelAction.KEEP: _build_filter,
    RelabelAction.DROP: _build_filter,
    RelabelAction.KEEP_EQUAL: _build_equality,
    RelabelAction.DROP_EQUAL: _build_equality,
    RelabelAction.HASHMOD: _build_hashmod,
    RelabelAction.LABELMAP: _build_labelmap,
    RelabelAction.LABELDROP: _build_label_filter,
    RelabelAction.LABELKEEP: _build_label_filter,
    RelabelAction.LOWERCASE: _build_case,
    RelabelAction.UPPERCASE: _build_case,
}


def _compile_template(template: str, regex: Regex) -> Callable[[RegexMatch], str]:
    """Return how to fill a replacement such as ``${name}-$1`` from a match.

    ``$$`` is a dollar sign, a reference to no group is empty, and a ``$`` that starts
    no reference stands for itself.
    """
    parts: list[str | int] = []
    end = 0
    for found in _REFERENCE.finditer(template):
        parts.append(template[end : found.start()])
        end = found.end()
        if found["dollar"]:
            parts.append("$")
            continue
        group = _group_number(found["braced"] or found["bare"], regex)
        if group is not None:
            parts.append(group)
    parts.append(template[end:])
    return lambda match: "".join(
        part if isinstance(part, str) else match.group(part) or "" for part in parts
    )


def _group_number(name: str, regex: Regex) -> int | None:
    """Return the group that a reference means, or None where there is none."""
    # Go takes only plain ASCII numbers below 1e9 without leading zeros as numbers.
    if re.fullmatch(r"0|[1-9][0-9]{0,8}", name):
        number = int(name)
        return number if number <= regex.groups else None
    return regex.groupindex.get(name)


def _lower(char: str) -> str:
    """Return a character in lower case, one for one, as Go's strings.ToLower does."""
    changed = char.lower()
    return changed if len(changed) == 1 else changed[0]


def _upper(char: str) -> str:
    """Return a character in upper case, one for one, as Go's strings.ToUpper does.

    Where Unicode's full mapping gives several characters, the simple mapping is the
    title-case letter (U+1FB3 becomes U+1FBC) or nothing at all (``ß`` stays).
    """
    for changed in (char.upper(), char.title()):
        if len(changed) == 1:
            return changed
    return char
