"""What a page says, searched for the words of another language."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from kizashi.messages import CATALOGUE

#: For a browser's ``evaluate``: the text that a person reads on a page, one line for
#: each block. What is marked as no translation's business is left out: code, and
#: whatever carries ``translate="no"`` or another ``lang`` than the page.
VISIBLE_TEXT_JS = """() => {
  const page = document.documentElement.lang;
  const skipped = "code, pre, kbd, samp, script, style, template, [translate=no]";
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll(skipped).forEach(e => e.replaceWith("\\u2060"));
  copy.querySelectorAll("[lang]").forEach(e => {
    if (e.lang.split("-")[0] !== page.split("-")[0]) e.replaceWith("\\u2060");
  });
  const names = [...copy.querySelectorAll("[aria-label], [title], [placeholder]")]
    .flatMap(e => ["aria-label", "title", "placeholder"].map(n => e.getAttribute(n)))
    .filter(Boolean);
  const blocks = "address, article, button, caption, dd, div, dt, fieldset, figcaption,"
    + " footer, form, h1, h2, h3, h4, h5, h6, header, label, legend, li, main, nav, ol,"
    + " option, p, section, summary, table, tbody, td, th, thead, tr, ul";
  copy.querySelectorAll(blocks).forEach(e => { e.prepend("\\n"); e.append("\\n"); });
  return [document.title, copy.textContent, ...names].join("\\n");
}"""

#: Fewer literal characters than this are found only where they are a whole line.
_TELLING = 12
_HOLE = re.compile(r"\{[^{}]*\}")


def english_in(text: str, allowed: Iterable[str] = ()) -> list[str]:
    """Return the English texts of the catalogue that a Japanese page shows.

    A longer text is found wherever it stands, with whatever fills its placeholders; a
    short one, such as a heading, only where it is a whole line. Texts that are the
    same in both languages are no finding.

    Args:
        text: What a person reads on the page; `VISIBLE_TEXT_JS` gets it.
        allowed: Lines that may be English, such as names of services.

    Returns:
        The ids of the messages with their English, sorted.
    """
    spared = set(allowed)
    lines = [
        line
        for raw in text.splitlines()
        if (line := " ".join(raw.split())) and line not in spared
    ]
    whole, page = set(lines), "\n".join(lines)
    return sorted(
        f"{message_id}: {english}"
        for message_id, english, pattern in _english()
        if english in whole or (pattern is not None and pattern.is_in(page))
    )


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What finds a text within a line: first its longest part, which is quick."""

    longest: str
    whole: re.Pattern[str]

    def is_in(self, page: str) -> bool:
        return self.longest in page and self.whole.search(page) is not None


@cache
def _english() -> tuple[tuple[str, str, _Pattern | None], ...]:
    found = []
    for message_id, (english, japanese) in CATALOGUE.items():
        if (
            english == japanese
            or "\n" in english
            or not re.search("[A-Za-z]{2}", english)
        ):
            continue
        found.append((message_id, english, _pattern(english)))
    return tuple(found)


def _pattern(english: str) -> _Pattern | None:
    """Return what finds a text within a line; None where it is too short to tell."""
    literals = _HOLE.split(english.replace("{{", "\0").replace("}}", "\1"))
    words = re.findall(r"[A-Za-z]{2,}", " ".join(literals))
    if sum(map(len, literals)) < _TELLING or len(words) < 2:
        return None
    parts = [part.replace("\0", "{").replace("\1", "}") for part in literals]
    whole = re.compile("[^\n]{0,300}?".join(map(re.escape, parts)))
    return _Pattern(max(parts, key=len), whole)
