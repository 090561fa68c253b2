"""What several of these tests begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.handover import bundles
from tests.handover.shift import write


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A bundle of a giver with a journal of three lines, and a recording."""
    bundles.journal(tmp_path / "giver", "one 堺", "two", "three")
    bundles.recorded(tmp_path / "giver")
    bundles.bundle(tmp_path / "giver", tmp_path / "shift.tar")
    return tmp_path / "shift.tar"


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That of the made-up shift."""
    path = tmp_path_factory.mktemp("shift") / "journal.jsonl"
    write(path)
    return path
