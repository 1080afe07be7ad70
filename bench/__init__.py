"""Measurements: `python -m bench.NAME`; each prints what it measured."""

import sys
from pathlib import Path

# The oracles that tests and benches share.
sys.path.append(str(Path(__file__).parents[1] / "tests"))
