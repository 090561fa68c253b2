"""A shift goes from one computer to another and back, and nothing is lost."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.commands.bundle import days
from console.handover.bundle import pack
from console.handover.evidence import as_it_was
from console.handover.taking import adopt
from console.handover.unpacking import unpacked
from console.journal import JOURNAL, Journal
from console.model import Now
from console.model.handover import Handover, Item, Section
from console.recording.recording import Recording
from console.recording.shelf import Keep, recordings, tidy
from tests.handover.bundles import (
    DAY,
    DOCUMENTS,
    ESTATE,
    MADE,
    bundle,
    journal,
    recorded,
    take,
    texts,
)
from tests.recording.shift import START, Ticking, recorder, shift

RECORDING = "recordings/2026-03-28.sqlite"


def test_an_empty_computer_has_the_giver_s_own_chain_and_a_note_behind_it(
    tmp_path: Path, given: Path
) -> None:
    done = take(given, tmp_path / "taker")
    assert done.entries == 3
    theirs = (tmp_path / "giver" / JOURNAL).read_bytes()
    ours = (tmp_path / "taker" / JOURNAL).read_bytes()
    assert ours.startswith(theirs)
    assert done.kept.read_bytes() == theirs
    last = Journal(tmp_path / "taker" / JOURNAL).entries()[-1]
    assert last.data["lines"] == 3 and last.data["bundle"]["by"] == "t"
    assert Journal(tmp_path / "taker" / JOURNAL).verify() == 4


def test_two_journals_become_one_and_no_line_of_either_is_lost(tmp_path: Path, given: Path) -> None:
    own = journal(tmp_path / "taker", "mine", "two")  # another line that says the same
    before = own.path.read_bytes()
    take(given, tmp_path / "taker")
    assert own.path.read_bytes().startswith(before), "what stood here stands here"
    assert texts(tmp_path / "taker")[:5] == ["mine", "two", "one 堺", "two", "three"]
    theirs = Journal(tmp_path / "giver" / JOURNAL).entries()
    assert [one.at for one in own.entries()[2:5]] == [one.at for one in theirs]
    assert own.verify() == 6


def test_a_bundle_that_is_taken_twice_adds_nothing(tmp_path: Path, given: Path) -> None:
    take(given, tmp_path / "taker")
    before = (tmp_path / "taker" / JOURNAL).read_bytes()
    done = take(given, tmp_path / "taker")
    assert done.entries == 0
    assert (tmp_path / "taker" / JOURNAL).read_bytes() == before
    assert len(list((tmp_path / "taker" / "recordings" / "taken").glob("*.sqlite"))) == 1


def test_there_and_back_both_have_the_same_journal(tmp_path: Path, given: Path) -> None:
    take(given, tmp_path / "taker")
    journal(tmp_path / "taker", "seen by the taker")
    bundle(tmp_path / "taker", tmp_path / "back.tar")
    done = take(tmp_path / "back.tar", tmp_path / "giver")
    assert done.entries == 2  # the note of the taking, and the taker's line
    assert texts(tmp_path / "giver")[:5] == texts(tmp_path / "taker")
    Journal(tmp_path / "giver" / JOURNAL).verify()


def test_half_of_a_taking_is_finished_by_the_next_one(tmp_path: Path, given: Path) -> None:
    theirs = (tmp_path / "giver" / JOURNAL).read_bytes().splitlines(keepends=True)
    (tmp_path / "taker").mkdir()
    (tmp_path / "taker" / JOURNAL).write_bytes(theirs[0] + theirs[1][:20])  # killed there
    take(given, tmp_path / "taker")
    found = texts(tmp_path / "taker")
    assert [found.count(text) for text in ("one 堺", "two", "three")] == [1, 1, 1]
    Journal(tmp_path / "taker" / JOURNAL).verify()


def test_the_recordings_stand_beside_our_own_and_show_what_the_giver_saw(
    tmp_path: Path, given: Path
) -> None:
    taker = tmp_path / "taker"
    done = take(given, taker)
    (path,) = done.recordings
    assert path.parent == taker / "recordings" / "taken"
    assert recordings(taker) == [], "today's own recording is another file"
    tidy(taker, DAY, Keep(days=1))
    assert path.exists()
    item = Item(id="x", kind="finding", title="x", at=Now(START, START.replace(minute=1)))
    shown = as_it_was(taker, item, "Europe/Paris")
    assert shown.board is not None and shown.board.snapshots
    assert as_it_was(tmp_path / "giver", item, "Europe/Paris").board == shown.board
    tidy(taker, DAY.replace(month=5), Keep(days=1))
    assert not path.exists(), "they are kept for as long as our own"


def test_a_moment_that_nobody_recorded_is_said_and_not_made_up(tmp_path: Path) -> None:
    recorded(tmp_path)
    early = Item(id="x", kind="finding", title="x", at=Now(START, START.replace(hour=3)))
    assert "before that moment" in as_it_was(tmp_path, early, "Europe/Paris").why
    late = Item(id="x", kind="finding", title="x", at=Now(START, START.replace(hour=21)))
    shown = as_it_was(tmp_path, late, "Europe/Paris")
    assert shown.board is not None and "the last before it" in shown.why
    other = Item(id="x", kind="finding", title="x", at=Now(START, START.replace(month=5)))
    assert "nothing is recorded of that day" in as_it_was(tmp_path, other, "Europe/Paris").why
    none = Item(id="x", kind="finding", title="x")
    assert as_it_was(tmp_path, none, "Europe/Paris").board is None


def test_a_shift_is_bundled_while_it_is_recorded(tmp_path: Path) -> None:
    now = Ticking()

    async def work() -> None:
        recording = recorder(tmp_path, now)
        for board in shift(1, 30, now):
            recording.see(board)
        await recording.flush()
        assert RECORDING in bundle(tmp_path, tmp_path / "shift.tar").files
        await recording.close()

    asyncio.run(work())
    with unpacked(tmp_path / "shift.tar", tmp_path / "taker", ESTATE) as opened:
        (path,) = opened.recordings
        assert len(Recording(path)) == 30


def test_recordings_go_on_to_a_third_computer_and_come_back_to_none(
    tmp_path: Path, given: Path
) -> None:
    (first,) = take(given, tmp_path / "taker").recordings
    manifest = bundle(tmp_path / "taker", tmp_path / "on.tar")
    assert f"recordings/taken/{first.name}" in manifest.files
    (second,) = take(tmp_path / "on.tar", tmp_path / "third").recordings
    assert second.name == first.name and second.read_bytes() == first.read_bytes()
    item = Item(id="x", kind="finding", title="x", at=Now(START, START.replace(minute=1)))
    seen = [as_it_was(tmp_path / name, item, "Europe/Paris").board for name in ("giver", "third")]
    assert seen[0] is not None and seen[0] == seen[1]
    assert take(tmp_path / "on.tar", tmp_path / "giver").recordings == (), "its own is there"
    assert take(tmp_path / "on.tar", tmp_path / "taker").recordings == ()
    (own,) = recordings(tmp_path / "giver")
    own.rename(own.with_stem(f"{own.stem}-2"))
    assert take(tmp_path / "on.tar", tmp_path / "giver").recordings == (), "the day's second file"


def test_another_recording_of_the_same_day_stands_beside_it(tmp_path: Path, given: Path) -> None:
    recorded(tmp_path / "taker", seed=2, moments=40)
    (path,) = take(given, tmp_path / "taker").recordings
    assert path.name.startswith("2026-03-28-")
    recorded(tmp_path / "giver", seed=1, moments=60)  # the giver's recorder went on
    bundle(tmp_path / "giver", given)
    assert len(take(given, tmp_path / "taker").recordings) == 1, "it has more by now"


def test_a_bundle_has_the_days_of_the_shift_and_those_of_its_evidence(tmp_path: Path) -> None:
    moments = ["2026-11-20T23:30:00+09:00", "2026-11-22T00:01:00+09:00", "2026-11-24T12:00:00Z"]
    items = [
        Item(id=at, kind="finding", title="x", at=Now(START, datetime.fromisoformat(at)))
        for at in moments
    ]
    begin, end = (
        Now(START, datetime.fromisoformat(at))
        for at in ("2026-11-23T16:30:00+00:00", "2026-11-24T14:00:00+00:00")
    )
    made = Handover(
        title="Handover",
        estate=ESTATE,
        lang="en",
        zone="Asia/Tokyo",
        since=begin,
        until=end,
        sections=(Section(id="open", title="open", items=tuple(items)),),
    )
    told = sorted(day.isoformat() for day in days(made))
    assert told == ["2026-11-20", "2026-11-21", "2026-11-22", "2026-11-24"]
    (tmp_path / "recordings").mkdir()
    for day in (*told, "2026-11-23"):
        (tmp_path / "recordings" / f"{day}.sqlite").write_bytes(b"none")
    manifest = pack(tmp_path / "shift.tar", tmp_path, DOCUMENTS, days(made), MADE)
    assert [one[17:27] for one in manifest.left_out] == told


def test_what_a_killed_process_left_is_cleared_away_and_what_another_does_is_not(
    tmp_path: Path, given: Path
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    taker = tmp_path / "taker"
    taken = taker / "recordings" / "taken"
    taken.mkdir(parents=True)
    left, other = (taker / f".taking-{pid}-x" for pid in (gone.pid, os.getpid()))
    for one in (left, other):
        (one / "recordings").mkdir(parents=True)
    (taken / f".2026-03-28-aaaaaaaa.sqlite.{gone.pid}.part").write_bytes(b"half")
    take(given, taker)
    assert not left.exists() and other.exists()
    assert [path.suffix for path in taken.iterdir()] == [".sqlite"]


NOW, LATER = "2026-03-29-" + "0" * 8, "2031-01-01-" + "0" * 8
OLD, OLDER, NEW = (f"{day}-{'a' * 8}" for day in ("2026-02-26", "2025-03-29", "2026-02-27"))
AHEAD = datetime(2027, 3, 29, tzinfo=UTC)
EARLIER: dict[str, tuple[set[str], set[str]]] = {
    "nothing is older than is kept": ({NOW, NEW}, set()),
    "what is older than is kept, though this clock is ahead": ({OLD, OLDER, NEW}, {OLD, OLDER}),
    "by this clock where a giver's is ahead": ({LATER, NOW}, {NOW}),
}


@pytest.mark.parametrize("caption", EARLIER)
def test_what_older_bundles_left_is_deleted_and_what_is_taken_now_stays(
    tmp_path: Path, given: Path, caption: str
) -> None:
    before, gone = EARLIER[caption]
    folder = tmp_path / "taker" / "taken"
    folder.mkdir(parents=True)
    mine = folder / "2020-01-01-my-notes.md"
    names = {mine.name, *(f"{one}-{part}" for one in before for part in (JOURNAL, "handover.html"))}
    for name in names:
        (folder / name).touch()
    with unpacked(given, tmp_path / "taker", ESTATE) as opened:
        ours = Journal(tmp_path / "taker" / JOURNAL)
        done = adopt(opened, tmp_path / "taker", ours, "M.", 30, lambda: AHEAD)
    left = {path.name for path in folder.iterdir()}
    assert done.kept.exists() and mine.exists()
    assert names - left == {f"{one}-{part}" for one in gone for part in (JOURNAL, "handover.html")}
    assert done.deleted == 2 * len(gone)


def test_only_an_earlier_bundle_gives_way(tmp_path: Path, given: Path) -> None:
    bundle(tmp_path / "giver", given)
    for content in (b"", b"my notes", given.read_bytes()[:40]):
        given.write_bytes(content)
        with pytest.raises(FileExistsError, match="another file"):
            bundle(tmp_path / "giver", given)
        assert given.read_bytes() == content
    with tarfile.open(given, "w:gz") as tar:
        tar.add(tmp_path / "giver" / JOURNAL, "mine")
    with pytest.raises(FileExistsError):
        bundle(tmp_path / "giver", given)


def test_a_bundle_is_nobody_else_s_to_read_where_everybody_reads(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    (tmp_path / "all").chmod(0o755)
    journal(tmp_path / "giver", "one")
    bundle(tmp_path / "giver", tmp_path / "all" / "shift.tar")
    assert (tmp_path / "all" / "shift.tar").stat().st_mode & 0o077 == 0


def test_a_bundle_is_nobody_else_s_to_read_and_half_of_one_is_never_there(tmp_path: Path) -> None:
    journal(tmp_path / "giver", "one")
    bundle(tmp_path / "giver", tmp_path / "giver" / "shift.tar")
    assert (tmp_path / "giver" / "shift.tar").stat().st_mode & 0o077 == 0
    broken = (tmp_path / "giver" / JOURNAL).read_bytes().replace(b"one", b"two")
    (tmp_path / "giver" / JOURNAL).write_bytes(broken)
    with pytest.raises(Exception, match="the line was changed"):
        bundle(tmp_path / "giver", tmp_path / "giver" / "again.tar")
    names = sorted(path.name for path in (tmp_path / "giver").iterdir())
    assert names == [JOURNAL, "shift.tar"]
