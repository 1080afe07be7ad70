"""Expressions, documents and forms as a stranger would spoil them; each run the same."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import yaml

TESTS = Path(__file__).parents[1]
EXAMPLES = TESTS.parent / "examples"
#: What means something to a parser of PromQL, of YAML, or of forms.
PIECES = (
    *"()[]{}\"'`\\#,:=~!<>+-*/%^@&|?\n\t\r ",
    "[5m:1m]", " offset 5m", " @ start()", " by (a)", " group_left ", "=~", "!~", "^-",
    "sum(", "rate(", "histogram_quantile(", "(-", "(((", ")))", "1e308", "0x", "NaN",
    "\x00", "\ud7ff", "日本", "\u2028", "\ufeff", "&a ", "*a", "<<: ", "!!python/object ",
    "- ", "? ", "|\n", ">-\n", "{a: ", "[[", "---\n", "...\n", "%YAML 9.9\n", "${a", "$__b",
    "(a{1,1000}){1,1000}", "\\pL{900}", "(?i)", "[[:alpha:]]",
    "\r\n--b\r\n", "Content-Type: message/rfc822\r\n\r\n", 'filename="x"',
)  # fmt: skip


def expressions() -> list[str]:
    """Return every expression of the lint's examples."""
    found = []
    for path in sorted((TESTS / "lint" / "examples").glob("*.yaml")):
        for side in yaml.safe_load(path.read_text()).values():
            try:
                held = yaml.safe_load(side) if isinstance(side, str) else None
            except yaml.YAMLError:
                continue
            groups = held.get("groups") if isinstance(held, dict) else None
            for group in groups or ():
                found += [str(rule.get("expr", "")) for rule in group["rules"]]
    return found


def documents() -> list[str]:
    """Return declarations of ours and of other tools, rules and dashboards."""
    lint = (TESTS / "lint" / "examples").glob("*.yaml")
    texts = [
        side
        for path in sorted(lint)
        for side in yaml.safe_load(path.read_text()).values()
        if isinstance(side, str)
    ]
    for folder in (EXAMPLES, TESTS / "importers", TESTS / "lint" / "sound"):
        texts += [path.read_text() for path in sorted(folder.rglob("*.y*ml"))]
    return [text for text in texts if len(text) < 100_000]


def mutated(
    texts: Sequence[str], count: int, seed: int, most: int = 120_000
) -> Iterator[str]:
    """Yield texts that were good, with a few changes; one in ten is made huge."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        text = str(texts[int(rng.integers(len(texts)))])
        for _ in range(int(rng.integers(1, 6))):
            text = _changed(text, rng)
        if rng.random() < 0.1:
            text = _repeated(text, rng, most)
        yield text[:most]


def _changed(text: str, rng: np.random.Generator) -> str:
    at, to = sorted(int(n) for n in rng.integers(0, len(text) + 1, 2))
    piece = PIECES[int(rng.integers(len(PIECES)))]
    match int(rng.integers(5)):
        case 0:
            return text[:at] + piece + text[at:]
        case 1:
            return text[:at] + text[min(to, at + 20) :]
        case 2:
            return text[:at] + text[at:to] + text[at:to][:2000] + text[to:]
        case 3:
            return text[:at] + piece * int(rng.integers(2, 200)) + text[at:]
        case _:
            return text[:to] + text[at:]


def _repeated(text: str, rng: np.random.Generator, most: int) -> str:
    """Return a text with a small part of it, or a piece, repeated to a great length."""
    at = int(rng.integers(len(text) + 1))
    part = text[at : at + int(rng.integers(1, 12))] or "("
    if rng.random() < 0.5:
        part = PIECES[int(rng.integers(len(PIECES)))]
    return text[:at] + part * (most // len(part)) + text[at:]
