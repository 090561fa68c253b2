"""The journal as another console's screen sees it: grown, damaged, cut, replaced, mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.clerk.clerk import still_said
from console.following import Following
from console.journal import Journal
from console.model import Entry


def grow(path: Path, *texts: str) -> None:
    journal = Journal(path)
    for text in texts:
        journal.append("note", text=text)
    journal.close()


def damage(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"two"', b'"TWO"'))


def mend(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"TWO"', b'"two"'))


def strike(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[::2]))


def later(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"v":2,"at":"later"}\n')


def tear(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b'{"v":1,"at":"20')


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])


def replaced(path: Path) -> None:
    path.rename(path.with_suffix(".old"))
    grow(path, "four")


def restored(path: Path) -> None:
    """The damaged line is put back, and the file goes on."""
    mend(path)
    grow(path, "four")


def grown(path: Path) -> None:
    grow(path, "four")


def removed(path: Path) -> None:
    path.unlink()


def nothing(path: Path) -> None:
    """It stays as it is."""


Change = Callable[[Path], None]
READ = [
    ("all of it at first", nothing, nothing, "one two three", "", False, ""),
    ("then only what is new", nothing, grown, "one two three", "four", False, ""),
    ("a torn tail is not there yet", tear, nothing, "one two three", "", False, ""),
    ("what is behind the mended tear is", tear, grown, "one two three", "four", False, ""),
    ("a cut file is read anew", nothing, cut, "one two three", "one", True, ""),
    ("a replaced one too", nothing, replaced, "one two three", "four", True, ""),
    ("one that is gone has nothing", nothing, removed, "one two three", "", True, ""),
    (
        "around a damaged line all is read",
        damage,
        nothing,
        "one three",
        "",
        False,
        ":2: the line was ch",
    ),
    ("growth does not heal it", damage, grown, "one three", "four", False, ":2: the line was ch"),
    ("putting it right does", damage, restored, "one three", "one two three four", True, ""),
    (
        "a line taken out is noticed",
        strike,
        nothing,
        "one three",
        "",
        False,
        ":2: the chain is broken",
    ),
    ("also afterwards", strike, grown, "one three", "four", False, ":2: the chain is broken"),
    (
        "a later program's line is named",
        later,
        nothing,
        "one two three",
        "",
        False,
        ":4: written by a l",
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "first", "then", "anew", "trouble"),
    [pytest.param(*row[1:], id=row[0]) for row in READ],
)
def test_what_is_read_of_a_journal(
    tmp_path: Path, before: Change, after: Change, first: str, then: str, anew: bool, trouble: str
) -> None:
    path = tmp_path / "journal.jsonl"
    grow(path, "one", "two", "three")
    before(path)
    following = Following(path)
    assert following.grown() and read(following) == (first, True)
    after(path)
    assert after is nothing or following.grown()
    assert read(following) == (then, anew)
    if trouble:
        assert f"{path}{trouble}" in following.trouble
    else:
        assert following.trouble == ""


def read(following: Following) -> tuple[str, bool]:
    """The notes that were read, and whether they replace what was known."""
    entries, anew = following.read()
    return " ".join(text for entry in entries if (text := entry.data.get("text"))), anew


def test_a_journal_that_is_not_there_yet_is_no_trouble(tmp_path: Path) -> None:
    following = Following(tmp_path / "journal.jsonl")
    assert not following.grown()
    assert following.read() == ((), True) and not following.trouble


def said(kind: str, finding: str = "load@sakai/prod", by: str = "") -> Entry:
    return Entry(datetime(2026, 11, 22, tzinfo=UTC), kind, "", by, {"finding": finding})


TAKEN, SILENCED, CLEARED = (f"finding.{word}" for word in ("acknowledged", "silenced", "cleared"))
STANDING = [
    ("what was taken is", [said(TAKEN)], [TAKEN]),
    ("until it clears: the next one is nobody's", [said(TAKEN), said(CLEARED)], []),
    ("another's clearing is none", [said(TAKEN), said(CLEARED, "load@sakai/stg")], [TAKEN]),
    ("taken anew it is taken", [said(TAKEN), said(CLEARED), said(TAKEN)], [TAKEN]),
    ("a silence outlives it", [said(SILENCED), said(CLEARED)], [SILENCED]),
]


@pytest.mark.parametrize(
    ("entries", "kinds"), [pytest.param(*row[1:], id=row[0]) for row in STANDING]
)
def test_what_people_said_of_findings_that_still_counts(
    entries: list[Entry], kinds: list[str]
) -> None:
    assert [entry.kind for entry in still_said(entries)] == kinds
