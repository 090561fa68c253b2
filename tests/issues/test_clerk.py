"""The register at two consoles of one journal: both show what either writes, nothing is lost."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from console.acting.pen import Pen
from console.clerk.issues import Issues
from console.following import Following
from console.journal import Journal, Unwritten
from console.model.issues import Issue, Place

SITES = {"sakai": Place("堺 Sakai", ("prod",)), "kawasaki": Place("川崎", ("prod",))}
KNOWN = Issue(number="500-3", site="kawasaki", title="帳票が開けない")


class Seat:
    """One console's register, with the journal it follows."""

    def __init__(self, directory: Path) -> None:
        journal = Journal(directory / "journal.jsonl")
        self._following = Following(journal.path)
        self.pen = Pen(journal, "taro")
        self.issues = Issues(SITES, self.pen, directory)

    def look(self) -> tuple[Issue, ...]:
        self.issues.hear(*self._following.read())
        return self.issues.all


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[tuple[Seat, Seat]]:
    both = Seat(tmp_path), Seat(tmp_path)
    yield both
    for seat in both:
        seat.pen.close()


async def test_what_one_console_writes_the_other_shows(seats: tuple[Seat, Seat]) -> None:
    one, other = seats
    await one.issues.change(KNOWN, None)
    assert other.look() == (KNOWN,)


async def test_what_was_changed_meanwhile_is_not_overwritten(seats: tuple[Seat, Seat]) -> None:
    one, other = seats
    await one.issues.change(KNOWN, None)
    one.look(), other.look()
    fixed = replace(KNOWN, state="fixed")
    await one.issues.change(fixed, KNOWN)
    other.look()
    with pytest.raises(ValueError, match="changed meanwhile; nothing is written"):
        await other.issues.change(replace(KNOWN, note="mine"), KNOWN)
    with pytest.raises(ValueError, match="500-3 of kawasaki is registered already"):
        await other.issues.change(KNOWN, None)
    assert other.look() == (fixed,)


async def test_a_file_is_taken_in_whole_or_not_at_all_and_twice_writes_nothing(
    seats: tuple[Seat, Seat], tmp_path: Path
) -> None:
    one, other = seats
    head = "number,site,title\n500-3,kawasaki,帳票が開けない\n"
    (tmp_path / "bad.csv").write_text(f"{head}1,nowhere,x\n", "utf-8")
    (tmp_path / "good.csv").write_text(head, "utf-8")
    await one.issues.take_in("bad.csv")
    assert one.issues.said.splitlines()[0] == "nothing is imported:"
    assert "bad.csv:3: site: nowhere is no site" in one.issues.said and one.look() == ()
    for count in (1, 0):
        await one.issues.take_in(str(tmp_path / "good.csv"))
        assert one.issues.said.endswith(f"1 issues read, {count} of them new or changed")
        assert one.look() == other.look() == (KNOWN,)


async def test_a_file_that_cannot_be_read_or_written_is_said(
    seats: tuple[Seat, Seat], tmp_path: Path
) -> None:
    issues = seats[0].issues
    await issues.take_in("absent.csv")
    assert issues.said == f"{tmp_path}/absent.csv cannot be read: No such file or directory"
    await issues.take_out("csv", "absent/x.csv")
    assert issues.said == f"{tmp_path}/absent/x.csv cannot be written: No such file or directory"


async def test_a_journal_that_was_replaced_brings_its_own_register(
    seats: tuple[Seat, Seat], tmp_path: Path
) -> None:
    one, other = seats
    await one.issues.change(KNOWN, None)
    assert other.look() == (KNOWN,)
    one.pen.close()
    (tmp_path / "journal.jsonl").unlink()
    assert other.look() == ()


async def test_an_export_takes_the_place_of_an_earlier_one_and_of_no_other_file(
    seats: tuple[Seat, Seat], tmp_path: Path
) -> None:
    (seat, _), journal = seats, tmp_path / "journal.jsonl"
    await seat.issues.change(KNOWN, None)
    seat.look()
    before = journal.read_bytes()
    await seat.issues.take_out("csv", journal.name)
    assert seat.issues.said.endswith("another file of this name is there already")
    assert journal.read_bytes() == before
    for form in ("csv", "markdown"):
        for _ in range(2):
            await seat.issues.take_out(form, f"out.{form}")
            assert seat.issues.said == f"1 issues are in {tmp_path}/out.{form}"


@contextmanager
def room(path: Path, more: int) -> Iterator[None]:
    """No file may grow beyond what this one has and so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = path.stat().st_size if path.exists() else 0
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + more, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_disk_that_fills_while_a_file_is_brought_in_tells_how_far_it_came(
    seats: tuple[Seat, Seat], tmp_path: Path
) -> None:
    one, _ = seats
    rows = (f"500-{n},sakai,x" for n in range(9))
    (tmp_path / "known.csv").write_text("\n".join(("number,site,title", *rows)), "utf-8")
    await one.issues.change(KNOWN, None)
    with (
        room(tmp_path / "journal.jsonl", 1100),
        pytest.raises(Unwritten, match="cannot be written"),
    ):
        await one.issues.take_in("known.csv")
    written = len(one.look()) - 1
    assert 0 < written < 9
    assert f"known.csv: {written} of 9 new or changed issues are written" in one.issues.said
    await one.issues.take_in("known.csv")
    assert f"9 issues read, {9 - written} of them new" in one.issues.said
    assert len(one.look()) == 10
