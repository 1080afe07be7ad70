"""Every rule of the ledger is held by a test that notices when its code is changed.

`mutants.toml` has the texts that decide each rule, gone wrong, and for each the test that
must fail then: one that is named for the rule.
"""

import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType

import pytest

ROOT = Path(__file__).parents[1]
TESTS = Path(__file__).parent
#: Nothing of them is built yet: calendars and exclusions, and samples that are pushed.
TO_COME = {21, 23}
RULES = set(range(1, 25)) - TO_COME
SOURCES = {
    path: path.read_text("utf-8") for path in (ROOT / "src" / "kizashi").rglob("*.py")
}


@dataclass(frozen=True)
class Mutant:
    """A rule, what decides it, the same gone wrong, and the test that notices."""

    rule: int
    old: str
    new: str
    test: str

    @property
    def name(self) -> str:
        return f"rule {self.rule}: {' '.join(self.new.split())[:60]}"

    @property
    def holders(self) -> list[Path]:
        """The files that hold the old text, one for each time."""
        return [p for p, text in SOURCES.items() for _ in range(text.count(self.old))]


MUTANTS = tuple(
    Mutant(**row)
    for row in tomllib.loads((TESTS / "mutants.toml").read_text("utf-8"))["mutant"]
)


def rules_named(test: str) -> range:
    """Return the rules that a test is named for: `test_rules_7_and_8_…` for both."""
    found = re.match(r"test_rules?_(\d+)(?:_(?:and|to)_(\d+))?_", test)
    assert found, f"{test} is named for no rule"
    return range(int(found[1]), int(found[2] or found[1]) + 1)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_what_decides_a_rule_is_there_once_and_its_test_is_named_for_it(
    mutant: Mutant,
) -> None:
    assert len(mutant.holders) == 1, "write its row in tests/mutants.toml anew"
    file, _, name = mutant.test.partition("::")
    assert f"def {name}(" in (TESTS / file).read_text("utf-8")
    assert mutant.rule in rules_named(name)


def test_every_rule_has_two_texts_at_least() -> None:
    counts = Counter(mutant.rule for mutant in MUTANTS)
    assert {rule for rule in RULES if counts[rule] < 2} == set()


@pytest.mark.nightly
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_rule_that_is_changed_is_noticed(mutant: Mutant) -> None:
    number = str(MUTANTS.index(mutant))
    done = subprocess.run(
        [sys.executable, __file__, number],
        cwd=ROOT,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # noqa: TID251
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr


def run(mutant: Mutant) -> int:
    """Run a mutant's test in this process; nothing of the program is imported yet.

    The one module that holds the text is compiled with it changed.
    """
    [path] = mutant.holders
    genuine = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        if Path(self.path) != path:
            return genuine(self, fullname)
        changed = SOURCES[path].replace(mutant.old, mutant.new)
        return compile(changed, str(path), "exec", dont_inherit=True)

    SourceFileLoader.get_code = get_code
    options = ["-q", "-x", "--no-header", "--tb=line", "-p", "no:cacheprovider"]
    return pytest.main([*options, str(TESTS / mutant.test)])


if __name__ == "__main__":
    sys.exit(run(MUTANTS[int(sys.argv[1])]))
