"""No test leaves anything in a person's state directory; some have a server to act on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.acting.conftest import server as server


@pytest.fixture(autouse=True)
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path / "state"))
