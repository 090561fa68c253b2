"""A shift of eight hours goes to another computer, and is the same there by its recording."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from console.handover.bundle import Manifest, pack
from console.handover.evidence import as_it_was
from console.handover.recorded import Recorded
from console.handover.taking import adopt
from console.handover.unpacking import unpacked
from console.journal import JOURNAL, Journal
from tests.handover.named import BEGAN, DISK, ENDED, LOAD, PUSH
from tests.handover.recorded_shift import ZONE, document, record, told
from tests.handover.shift import write

OPEN = (LOAD, DISK, PUSH)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The giver's state directory."""
    write(tmp_path / "giver" / JOURNAL)
    record(tmp_path / "giver")
    return tmp_path / "giver"


def test_another_computer_has_the_same_shift_by_a_bundle(state: Path, tmp_path: Path) -> None:
    made = Manifest(estate="e", made_at=ENDED.isoformat(), by="m", gives="M.", takes="N.")
    days = {BEGAN.date(), BEGAN.date() + timedelta(days=1)}
    pack(tmp_path / "shift.tar", state, {}, days, made)
    other = tmp_path / "other"
    with unpacked(tmp_path / "shift.tar", other, "e") as bundle:
        adopt(bundle, other, Journal(other / JOURNAL), "n")
    theirs = {"worst": told(state)["worst"], "gaps": told(state)["gaps"]}
    worst, gaps = Recorded(other, ZONE).told(BEGAN, ENDED)
    assert {"worst": worst, "gaps": gaps} == theirs
    for id in (f"finding:{one}" for one in OPEN):
        one = document(state).item(id)
        assert one is not None
        assert as_it_was(other, one, ZONE) == as_it_was(state, one, ZONE)
