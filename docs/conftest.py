"""Run every Python block in the documentation."""

from sybil import Document, Example, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.typing import Evaluator


class PageInOrder(Document):
    """A page whose blocks use the names of those above, whichever process has run them.

    Tests are spread over processes, the blocks of one page too.
    """

    def __init__(self, text: str, path: str) -> None:
        super().__init__(text, path)
        self._run: set[int] = set()

    def evaluate(self, example: Example, evaluator: Evaluator) -> None:
        """Run a block after all that stand above it."""
        for earlier in self.examples():
            if earlier.line >= example.line:
                break
            if earlier.line not in self._run:
                earlier.evaluate()
        super().evaluate(example, evaluator)
        self._run.add(example.line)


pytest_collect_file = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["*.md"],
    document_types={".md": PageInOrder},
).pytest()
