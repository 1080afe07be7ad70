"""A data folder to be damaged, written once for each module."""

import shutil
from pathlib import Path

import pytest

from harness.damaging import House, write_history


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as it was written; not to be changed."""
    return write_history(tmp_path_factory.mktemp("history"))


@pytest.fixture
def house(history: Path, tmp_path: Path) -> House:
    """A copy of it."""
    copy = shutil.copytree(history, tmp_path / "data")
    return House(Path(copy) / "samples.db")
