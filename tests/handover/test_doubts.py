"""What the document may not know asks to be acknowledged, and until then nothing changes hands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.handover import hands
from console.handover.doubts import brought
from console.journal import Journal
from console.model import Entry
from console.model.handover import Item
from tests.handover.shift import ENDED, made, write

SHIFT = "a1b2"
LATER = ENDED - timedelta(minutes=40)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """Of a shift that is being handed over."""
    write(tmp_path / "journal.jsonl")
    add(tmp_path / "journal.jsonl", hands.offer(SHIFT, "M.", "N.", None))
    return tmp_path / "journal.jsonl"


def add(path: Path, draft: Any) -> None:
    Journal(path, now=lambda: ENDED).append(draft.kind, by="m", **draft.data)


def bundled(path: Path, shift: str = SHIFT, **told: Any) -> None:
    data = {"by": "t", "made_at": LATER.isoformat(), "entries": 3, "shift": shift} | told
    Journal(path, now=lambda: ENDED).append("note", by="n", text="taken over", bundle=data)


def found(path: Path, id: str, lang: str = "en", **changes: Any) -> Item | None:
    return made(path, lang, **changes).item(id)


def test_a_journal_that_was_not_read_whole_is_acknowledged_or_the_shift_stays(
    journal: Path,
) -> None:
    why = "journal.jsonl:7: the line was changed; the other lines are read"
    item = found(journal, "journal", trouble=why)
    assert item is not None and item.asks and item.lines == (why,) and item.next
    told = made(journal, trouble=why)
    ledger = hands.folded(Journal(journal).entries())
    going_on = hands.under_way(ledger)
    assert going_on is not None and item in going_on.left(told)
    with pytest.raises(ValueError, match="items are not acknowledged"):
        hands.take(going_on, told, "N.")
    other = found(journal, "journal", trouble="journal.jsonl:9: the line was changed")
    assert other is not None and other.mark != item.mark, "what is worse by then is read again"
    assert found(journal, "journal") is None


def test_what_came_with_a_bundle_says_as_of_when_and_asks(journal: Path) -> None:
    assert found(journal, "bundle") is None, "it was offered here"
    bundled(journal, left_out=["the recording of 2026-12-10: it is damaged"])
    item = found(journal, "bundle")
    assert item is not None and item.asks
    assert item.title == "Taken from a bundle: it is known as of 2026-12-12 00:50"
    assert item.lines[0].startswith("that was 40 min ago; what was done on the other computer")
    assert item.lines[1:] == (
        "made by t",
        "not in the bundle: the recording of 2026-12-10: it is damaged",
    )
    others = [found(journal, "bundle", lang) for lang in ("ja", "fr", "ru")]
    assert {one.mark for one in others if one} == {item.mark}


def test_a_newer_bundle_is_read_anew_and_an_older_one_changes_nothing(journal: Path) -> None:
    bundled(journal)
    first = found(journal, "bundle")
    bundled(journal, made_at=(LATER - timedelta(hours=1)).isoformat())
    assert first is not None and found(journal, "bundle") == first
    bundled(journal, made_at=(LATER + timedelta(minutes=10)).isoformat())
    second = found(journal, "bundle")
    assert second is not None and second.mark != first.mark
    assert second.lines[0].startswith("that was 30 min ago")


def test_a_bundle_of_the_future_says_that_a_clock_is_wrong(journal: Path) -> None:
    bundled(journal, made_at=(ENDED + timedelta(minutes=10)).isoformat())
    item = found(journal, "bundle")
    assert item is not None and "one of both clocks is wrong" in item.lines[0]


def test_a_bundle_of_another_change_of_hands_says_nothing_of_this_one(journal: Path) -> None:
    bundled(journal, shift="5f3a")
    assert found(journal, "bundle") is None


@pytest.mark.parametrize(
    "told",
    [{}, {"bundle": 7}, {"bundle": {"shift": SHIFT}}, {"bundle": {"shift": SHIFT, "made_at": 3}}],
)
def test_a_note_that_does_not_say_of_when_it_is_says_nothing(told: dict[str, Any]) -> None:
    assert brought([Entry(ENDED, "note", data=told)], SHIFT) is None
