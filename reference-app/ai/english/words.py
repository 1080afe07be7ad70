"""English words that say how much a task matters."""

import re

from ai.priorities import Level, PriorityRow


def _row(pattern: str, level: Level) -> PriorityRow:
    full = rf"(?<![\w-])(?:{pattern})(?!\w)"
    return PriorityRow(re.compile(full, re.IGNORECASE), level)


#: The first row that matches decides: what says "not urgent" stands before "urgent".
PRIORITY_ROWS: tuple[PriorityRow, ...] = (
    _row(
        r"(?:importance|critical\s+(?:path|mass|thinking|care)|emergency\s+\w+"
        r"|urgent\s+care|important\s+(?:documents|papers|dates|people|files))",
        Level.NONE,
    ),
    _row(
        r"(?:it[’']?s\s+)?not\s+(?:so\s+|very\s+|that\s+)?(?:urgent|important)",
        Level.LOW,
    ),
    _row(r"(?:there[’']?s\s+|in\s+)?no\s+(?:rush|hurry|pressure)", Level.LOW),
    _row(r"(?:with\s+)?(?:a\s+)?low[- ]?(?:est)?\s*-?prio(?:rity)?", Level.LOW),
    _row(
        r"(?:when|whenever|if)\s+(?:you|i|we)\s+(?:have|get|find)\s+(?:the\s+|some\s+|a\s+)?"
        r"(?:spare\s+)?(?:time|chance|moment|minute)",
        Level.LOW,
    ),
    _row(r"when(?:ever)?\s+(?:possible|convenient)", Level.LOW),
    _row(
        r"someday|some\s+day|eventually|whenever|at\s+some\s+point|nice\s+to\s+have",
        Level.LOW,
    ),
    _row(r"(?:with\s+)?(?:a\s+)?(?:high(?:est)?|top)[- ]prio(?:rity)?", Level.HIGH),
    _row(
        r"(?:very\s+|super\s+|most\s+)?(?:urgent(?:ly)?|important|critical)", Level.HIGH
    ),
    _row(
        r"asap|a\.s\.a\.p\.?|as\s+soon\s+as\s+possible|immediately|right\s+away",
        Level.HIGH,
    ),
    _row(r"p[01]|must[- ]do|emergency", Level.HIGH),
    PriorityRow(re.compile(r"!{2,}"), Level.HIGH),
)
