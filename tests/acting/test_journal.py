"""The journal: on the disk or not at all, whole after a crash, and shared by consoles."""

from __future__ import annotations

import json
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.acting.locks import Lock, TargetLocks, file_name
from console.cli import main
from console.journal import KINDS, Journal, JournalBroken, Unwritten, decode, encode
from console.model import Entry, Ref, Severity
from console.remedy import Refused

HOSTILE = ("\x1b[31m[bold]", "a\nb\r\nc\u2028d\x85e\x00", "\u202eevil", "\ud800", "堺" * 5000, "\\")


def journal(tmp_path: Path, **options: Any) -> Journal:
    return Journal(tmp_path / "estate" / "journal.jsonl", **options)


def filled(tmp_path: Path, count: int = 3) -> Journal:
    made = journal(tmp_path)
    for number in range(count):
        made.append("note", by="somebody", text=f"{number} 堺")
    return made


def in_child(code: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True
    )


def test_what_was_appended_is_read_back_in_order_with_its_facts(tmp_path: Path) -> None:
    made = journal(tmp_path)
    ref = Ref("cache", "sakai/prod", "x")
    made.append("remedy.planned", run="r1", by="me", targets=(ref,), severity=Severity.WARNING)
    made.append("note", text=None)
    first, second = made.entries()
    assert (first.kind, first.run, first.by) == ("remedy.planned", "r1", "me")
    assert first.data == {
        "targets": [{"kind": "cache", "scope": "sakai/prod", "name": "x"}],
        "severity": "warning",
    }
    assert second.data == {"text": None}
    assert made.verify() == 2


def test_only_the_kinds_of_the_contract_are_written(tmp_path: Path) -> None:
    made = journal(tmp_path)
    with pytest.raises(ValueError, match="no such kind"):
        made.append("remedy.done")
    for kind in KINDS:
        made.append(kind)
    assert {entry.kind for entry in made.entries()} == KINDS


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_text_from_outside_stays_one_line_and_comes_back_as_it_was(
    tmp_path: Path, text: str
) -> None:
    made = journal(tmp_path)
    made.append("note", by=text, run=text, text=text, **{"a" + text: 1})
    assert made.path.read_bytes().count(b"\n") == 1
    (entry,) = made.entries()
    assert (entry.by, entry.run, entry.data["text"]) == (text, text, text)
    assert made.verify() == 1


def test_a_crash_at_every_byte_of_the_last_line_loses_only_that_line(tmp_path: Path) -> None:
    whole = filled(tmp_path).path.read_bytes()
    last = whole[:-1].rindex(b"\n") + 1
    for cut in range(last, len(whole)):
        path = tmp_path / f"{cut}.jsonl"
        path.write_bytes(whole[:cut])
        torn = Journal(path)
        assert len(torn.entries()) == 2, cut
        assert torn.verify() == 2, cut
        torn.append("note", text="after")
        told = [entry.data for entry in torn.entries()]
        assert told[-1] == {"text": "after"}
        assert ("mended" in told[2]) == (cut > last), cut
        assert torn.verify() == len(told)
        torn.close()


def test_zeros_left_by_a_power_failure_are_a_torn_tail_too(tmp_path: Path) -> None:
    made = filled(tmp_path)
    with made.path.open("ab") as file:
        file.write(b"\0" * 500)
    made.append("note", text="after")
    assert made.verify() == 5


def test_verify_finds_every_changed_byte(tmp_path: Path) -> None:
    made = filled(tmp_path)
    whole = made.path.read_bytes()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 0x01
        made.path.write_bytes(changed)
        with pytest.raises(JournalBroken, match=r"journal.jsonl:\d+: "):
            made.verify()


def test_verify_finds_a_line_that_was_taken_out_or_put_elsewhere(tmp_path: Path) -> None:
    made = filled(tmp_path)
    one, two, three = made.path.read_bytes().splitlines(keepends=True)
    for lines in (one + three, two + three, one + three + two, one + one + two):
        made.path.write_bytes(lines)
        with pytest.raises(JournalBroken, match="the chain is broken before this line"):
            made.verify()


def test_two_processes_append_two_hundred_lines_each_and_keep_the_chain(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    code = (
        "import sys; from pathlib import Path; from console.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]))\n"
        "for n in range(200): journal.append('note', by=sys.argv[2], n=n)"
    )
    both = [in_child(code, str(path), name) for name in ("a", "b")]
    assert [child.wait() for child in both] == [0, 0]
    made = Journal(path)
    assert made.verify() == 400
    for name in ("a", "b"):
        mine = [entry.data["n"] for entry in made.entries() if entry.by == name]
        assert mine == list(range(200))


FULL = """
import resource, sys
from pathlib import Path
from console.journal import Journal, Unwritten
journal = Journal(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    journal.append("note", text="x" * 100)
except Unwritten as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
journal.append("note", text="there is room again")
"""


@pytest.mark.parametrize("room", [0, 1, 60], ids=lambda room: f"{room} bytes left")
def test_a_full_disk_is_an_error_and_leaves_no_half_line(tmp_path: Path, room: int) -> None:
    made = filled(tmp_path)
    limit = made.path.stat().st_size + room
    child = in_child(FULL, str(made.path), str(limit))
    said, _ = child.communicate()
    assert child.returncode == 0
    assert said.startswith(f"the journal {made.path} cannot be written: ")
    assert [entry.data["text"] for entry in made.entries()][3:] == ["there is room again"]
    assert made.verify() == 4


def test_a_device_that_is_full_or_a_directory_that_is_none_is_said(tmp_path: Path) -> None:
    link = tmp_path / "journal.jsonl"
    link.symlink_to("/dev/full")
    with pytest.raises(Unwritten, match="cannot be written"):
        Journal(link).append("note")
    (tmp_path / "file").write_text("")
    with pytest.raises(Unwritten, match="cannot be written: "):
        Journal(tmp_path / "file" / "journal.jsonl").append("note")


OPEN = [
    ("private", 0o700, 0o600, 0o700),
    ("readable for the group", 0o750, 0o640, 0o700),
    ("a group's own", 0o2770, 0o660, 0o2770),
    ("everybody's, as /tmp", 0o1777, 0o640, 0o700),
]


@pytest.mark.parametrize("mask", [0, 0o022, 0o077])
@pytest.mark.parametrize(("caption", "directory", "file", "below"), OPEN, ids=[o[0] for o in OPEN])
def test_journal_and_locks_are_as_open_as_their_directory(
    tmp_path: Path, caption: str, directory: int, file: int, below: int, mask: int
) -> None:
    here = tmp_path / "state"
    here.mkdir()
    here.chmod(directory)
    mask = os.umask(mask)
    try:
        Journal(here / "journal.jsonl").append("note")
        targets, operator = TargetLocks(here / "locks"), Lock(here / "operator.lock")
        assert targets.take(["sakai/prod"], "a") == operator.take("a") == ""
    finally:
        os.umask(mask)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in here.iterdir()}
    assert modes == {"journal.jsonl": file, "operator.lock": file, "locks": below}
    (lock,) = (here / "locks").iterdir()
    assert stat.S_IMODE(lock.stat().st_mode) == (0o660 if below == 0o2770 else 0o600)


def test_a_directory_that_is_shared_later_opens_what_is_in_it(tmp_path: Path) -> None:
    here = tmp_path / "state"
    here.mkdir(mode=0o700)
    journal, lock = Journal(here / "journal.jsonl"), Lock(here / "operator.lock")
    for mode in (0o700, 0o2770):
        here.chmod(mode)
        journal.append("note")
        journal.close()
        assert lock.take("a") == ""
        lock.release()
    assert {stat.S_IMODE(path.stat().st_mode) for path in here.iterdir()} == {0o660}


def test_the_locks_of_a_directory_that_is_shared_later_are_its_groups(tmp_path: Path) -> None:
    here, group = tmp_path / "state", os.getgid() + (os.geteuid() == 0)
    here.mkdir(mode=0o700)
    locks = TargetLocks(here / "locks")
    for mode, name in ((0o700, "sakai/prod"), (0o2770, "kawasaki/prod"), (0o2770, "sakai/stg")):
        os.chown(here, -1, group)
        here.chmod(mode)
        assert locks.take([name], "a") == ""
        locks.release()
    found = [here / "locks", *(here / "locks").iterdir()]
    assert [stat.S_IMODE(path.stat().st_mode) for path in found] == [0o2770, *[0o660] * 3]
    assert {path.stat().st_gid for path in found} == {group}


def test_a_later_programs_line_is_neither_read_nor_written_behind(tmp_path: Path) -> None:
    made = filled(tmp_path)
    with made.path.open("ab") as file:
        file.write(b'{"v":2,"at":"later"}\n')
    before = made.path.read_bytes()
    for look in (made.entries, made.verify, lambda: made.append("note")):
        with pytest.raises(JournalBroken, match=r"written by a later program \(format 2\)"):
            look()
    assert made.path.read_bytes() == before


@pytest.mark.parametrize(
    "line",
    [b"{}", b"[]", b"null", b"hello", b"\xff\xfe", b'{"v":1}', b'{"v":"1"}', b'{"v":true}', b""],
    ids=ascii,
)
def test_a_line_that_is_none_is_named_with_its_number(tmp_path: Path, line: bytes) -> None:
    made = filled(tmp_path)
    with made.path.open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(JournalBroken, match=r"journal.jsonl:4: "):
        made.entries()
    made.append("note", text="what is written now still counts")
    assert b"still counts" in made.path.read_bytes()


def test_a_clock_that_was_set_back_is_noted_once(tmp_path: Path) -> None:
    times = [datetime(2026, 11, 22, 12, tzinfo=UTC)]
    made = journal(tmp_path, now=lambda: times[0])
    made.append("note", text="noon")
    times[0] -= timedelta(hours=1)
    made.append("note", text="eleven")
    made.append("note", text="still eleven")
    told = [entry.data for entry in made.entries()]
    assert told[1] == {"clock": "set back by 3600 s"} and len(told) == 4
    assert made.verify() == 4


def test_since_leaves_out_what_is_older(tmp_path: Path) -> None:
    start = datetime(2026, 11, 22, 12, tzinfo=UTC)
    times = [start]
    made = journal(tmp_path, now=lambda: times[0])
    for hour in range(3):
        times[0] = start + timedelta(hours=hour)
        made.append("note", n=hour)
    assert [entry.data["n"] for entry in made.entries(times[0])] == [2]


def test_a_journal_that_was_moved_away_goes_on_under_its_name(tmp_path: Path) -> None:
    made = filled(tmp_path)
    made.path.rename(tmp_path / "old.jsonl")
    made.append("note", text="new")
    assert [entry.data["text"] for entry in made.entries()] == ["new"]
    assert Journal(tmp_path / "old.jsonl").verify() == 3
    made.path.unlink()
    made.append("note", text="newer")
    assert [entry.data["text"] for entry in made.entries()] == ["newer"]


def test_what_is_no_json_fails_before_anything_is_written(tmp_path: Path) -> None:
    made = journal(tmp_path)
    with pytest.raises(TypeError):
        made.append("note", what=object())
    assert made.entries() == ()


def test_an_entry_survives_its_own_line() -> None:
    entry = Entry(datetime(2026, 1, 1, tzinfo=UTC), "note", "r", "b", {"a": [1, None]}, "p")
    assert decode(encode(entry)) == entry


HOLD = """
import sys
from pathlib import Path
from console.acting.locks import Lock
lock = Lock(Path(sys.argv[1]))
print("took", lock.take("colleague"), flush=True)
sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "took \n"
    return child


@pytest.mark.parametrize("end", [subprocess.Popen.terminate, subprocess.Popen.kill])
def test_the_operators_place_is_said_and_free_when_its_holder_ends(
    tmp_path: Path, end: Callable[[subprocess.Popen[str]], None]
) -> None:
    lock = Lock(tmp_path / "operator.lock")
    child = holder(lock.path)
    assert lock.take("me") == f"pid {child.pid} (colleague)"
    assert not lock.held
    end(child)
    child.communicate()
    assert lock.take("me") == "" and lock.held
    assert lock.take("me") == "", "taking what is ours changes nothing"
    lock.release()
    assert not lock.held


def test_a_lock_whose_file_was_removed_is_not_held_any_more(tmp_path: Path) -> None:
    first, second = Lock(tmp_path / "lock"), Lock(tmp_path / "lock")
    assert first.take("one") == ""
    first.path.unlink()
    assert second.take("two") == ""
    assert not first.held and second.held
    assert "(two)" in first.take("one")


def test_a_lock_that_cannot_be_written_is_given_back_and_said(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "operator.lock")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        assert lock.take("me") == lock.trouble == f"{lock.path} cannot be locked: File too large"
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not lock.held
    assert lock.take("me") == "" and lock.held, "it does not lock itself out"
    assert lock.trouble == ""


def test_targets_that_cannot_be_locked_are_refused(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("")
    with pytest.raises(Refused, match=r"cannot be locked: .*; nothing can be done"):
        TargetLocks(tmp_path / "locks").take(["sakai/prod"], "me")


def test_targets_are_locked_all_or_none(tmp_path: Path) -> None:
    first, second, third = (TargetLocks(tmp_path) for _ in range(3))
    assert first.take(["sakai/prod", "kawasaki/prod"], "one") == ""
    assert second.take(["a", "kawasaki/prod"], "two").startswith("kawasaki/prod: pid ")
    assert third.take(["a"], "three") == "", "what could be had of the second was given back"
    first.release()
    assert second.take(["sakai/prod", "kawasaki/prod"], "two") == ""


@pytest.mark.parametrize(
    "name", [*HOSTILE, "../../etc/passwd", "", "a" * 5000], ids=lambda n: ascii(n)[:20]
)
def test_anything_that_can_be_named_can_be_locked(tmp_path: Path, name: str) -> None:
    assert TargetLocks(tmp_path).take([name], name) == ""
    assert (tmp_path / file_name(name)).parent == tmp_path
    assert file_name(name) != file_name(name + "x")


def told(capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    out, err = capsys.readouterr()
    return out.splitlines(), err


def test_the_command_prints_lines_and_json_and_verifies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path))
    made = filled(tmp_path)
    assert main(["journal", "--estate", "estate"]) == 0
    lines, _ = told(capsys)
    assert len(lines) == 3 and lines[0].endswith("by somebody  text=0 堺")
    assert main(["journal", "--estate", "estate", "--json"]) == 0
    lines, _ = told(capsys)
    assert lines == made.path.read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["note"] * 3
    assert main(["journal", "--estate", "estate", "--since", "2000-01-01"]) == 0
    assert len(told(capsys)[0]) == 3
    assert main(["journal", "verify", "--estate", "estate"]) == 0
    assert "3 entries, every one as it was written" in told(capsys)[0][0]
    made.path.write_bytes(made.path.read_bytes().replace(b"somebody", b"nobody", 1))
    for command in (["journal", "verify"], ["journal"]):
        assert main([*command, "--estate", "estate"]) == 2
        assert "journal.jsonl:1: the line was changed" in told(capsys)[1]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_the_command_prints_foreign_text_harmlessly(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
) -> None:
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path))
    journal(tmp_path).append("note", by=text, run=text, text=text, more=[text])
    assert main(["journal", "--estate", "estate"]) == 0
    (line,) = told(capsys)[0]
    assert line.isprintable()


@pytest.mark.parametrize("since", ["yesterday", "8", "8w", "-1h"])
def test_the_command_refuses_a_time_that_is_none(since: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["journal", "--estate", "x", f"--since={since}"])
    assert ended.value.code == 64
