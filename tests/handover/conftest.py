"""What several of these tests begin with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.handover.bundles import bundle, journal, recorded


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """A bundle of a giver with a journal of three lines, and a recording."""
    journal(tmp_path / "giver", "one 堺", "two", "three")
    recorded(tmp_path / "giver")
    bundle(tmp_path / "giver", tmp_path / "shift.tar")
    return tmp_path / "shift.tar"
