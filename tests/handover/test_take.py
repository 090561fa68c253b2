"""A shift between two computers, as people call it: `oncall handover --bundle`, `oncall take`."""

from __future__ import annotations

import re
import shutil
from argparse import Namespace
from datetime import datetime, timedelta
from errno import EPIPE
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from console.cli import main
from console.clock import real_now
from console.commands.take import run
from console.estates import state_directory
from console.handover import hands
from console.handover.doubts import brought
from console.journal import Journal
from console.realm import VARIABLE
from tests.handover.bundles import changed
from tests.handover.named import CONFIGURATION, ROOT
from tests.handover.shift import write

NAME = CONFIGURATION.estate.estate.name
CALL = ["--config", str(ROOT / "config")]


class Desks:
    """Two computers, one at a time."""

    def __init__(self, place: Path, patch: pytest.MonkeyPatch) -> None:
        self.place, self._patch = place, patch
        patch.delenv(VARIABLE, raising=False)

    def at(self, name: str) -> Journal:
        """Sit down at this one."""
        self._patch.setenv("ONCALL_STATE", str(self.place / name))
        return Journal(state_directory(NAME) / "journal.jsonl")

    @property
    def file(self) -> str:
        return str(self.place / "shift.tar")


@pytest.fixture
def desks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desks:
    """The giver's computer has a shift of eight hours, and offers it."""
    made = Desks(tmp_path, monkeypatch)
    journal = made.at("giver")
    write(journal.path, real_now() - timedelta(hours=8))
    draft = hands.offer("a1b2", "M.", "N.", None)
    journal.append(draft.kind, by="m", **draft.data)
    assert main([*CALL, "handover", "--no-look", "--bundle", made.file]) == 0
    return made


def test_the_taker_s_console_goes_on_where_the_giver_s_was(
    desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    giver, taker = desks.at("giver").entries(), desks.at("taker")
    taker.append("note", text="a line of the taker's own")
    capsys.readouterr()
    assert main([*CALL, "take", desks.file]) == 0
    said = capsys.readouterr().out
    assert f"{len(giver)} lines of the journal, {len(giver)} of them new here" in said
    assert "M. gives the shift to N.: go on with H" in said
    assert re.search(r"as of \d{4}-\d\d-\d\d \d\d:\d\d \S+, \d+ s ago", said)
    assert "what M. did since is not in it" in said and "ask for a new bundle" in said
    going_on = hands.under_way(hands.folded(taker.entries()))
    assert going_on is not None and (going_on.gives, going_on.takes) == ("M.", "N.")
    assert taker.entries()[0].data["text"] == "a line of the taker's own"
    taker.verify()
    assert main([*CALL, "handover", "--no-look"]) == 0
    said = capsys.readouterr().out
    assert "Reboot peip" in said and "Taken from a bundle: it is known as of" in said


def test_a_later_bundle_that_brings_no_line_is_later_all_the_same(
    desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    def known() -> datetime:
        shown = brought(desks.at("taker").entries())
        assert shown is not None
        return shown[0]

    desks.at("taker")
    assert main([*CALL, "take", desks.file]) == 0
    first, lines = known(), len(desks.at("taker").entries())
    assert main([*CALL, "take", desks.file]) == 0
    assert len(desks.at("taker").entries()) == lines, "the same one says nothing new"
    desks.at("giver")
    assert main([*CALL, "handover", "--no-look", "--bundle", desks.file]) == 0
    desks.at("taker")
    assert main([*CALL, "take", desks.file]) == 0
    assert known() > first
    assert brought(desks.at("giver").entries()) is None, "its own is of no bundle"


def test_a_bundle_that_was_made_before_anybody_was_named_says_of_when_it_is(
    desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    giver = desks.at("early")
    write(giver.path, real_now() - timedelta(hours=8))
    (giver.path.parent / "recordings").mkdir()
    today = real_now().astimezone(ZoneInfo(CONFIGURATION.estate.estate.zone)).date()
    (giver.path.parent / "recordings" / f"{today}.sqlite").write_bytes(b"no recording")
    assert main([*CALL, "handover", "--no-look", "--bundle", desks.file]) == 1
    taker = desks.at("taker")
    assert main([*CALL, "take", desks.file]) == 1
    draft = hands.offer("5a5a", "M.", "N.", None)  # the names are given here only
    taker.append(draft.kind, by="n", **draft.data)
    capsys.readouterr()
    assert main([*CALL, "handover", "--no-look"]) == 0
    said = capsys.readouterr().out
    assert "Taken from a bundle: it is known as of" in said
    assert f"not in the bundle: the recording of {today}: file is not a database" in said
    taker.append("shift.taken", by="n", shift="5a5a", gives="M.", takes="N.")
    assert main([*CALL, "handover", "--no-look"]) == 0
    assert "Taken from a bundle" not in capsys.readouterr().out, "N. has it, and knows it"


def test_what_was_left_out_is_said_to_who_takes_it(
    desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    giver = desks.at("giver")
    today = real_now().astimezone(ZoneInfo(CONFIGURATION.estate.estate.zone)).date()
    (giver.path.parent / "recordings").mkdir()
    (giver.path.parent / "recordings" / f"{today}.sqlite").write_bytes(b"no recording")
    assert main([*CALL, "handover", "--no-look", "--bundle", desks.file]) == 1, "not all is in it"
    why = f"the recording of {today}: file is not a database"
    assert f"oncall handover: left out: {why}" in capsys.readouterr().err
    desks.at("taker")
    assert main([*CALL, "take", desks.file]) == 1, "the journal is here, and not all else"
    assert f"oncall take: left out: {why}" in capsys.readouterr().err
    assert main([*CALL, "handover", "--no-look"]) == 0
    assert f"not in the bundle: {why}" in capsys.readouterr().out


def test_what_was_damaged_on_its_way_is_said_to_who_takes_it(
    desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    changed(Path(desks.file), lambda parts: [p for p in parts if p[0] != "handover.html"])
    taker = desks.at("taker")
    assert main([*CALL, "take", desks.file]) == 1
    assert "oncall take: left out: handover.html is missing" in capsys.readouterr().err
    assert taker.verify() > 0, "the journal is taken all the same"


def test_what_the_taker_wrote_comes_back_with_the_taker_s_bundle(
    desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    taker = desks.at("taker")
    assert main([*CALL, "take", desks.file]) == 0
    taken = {"shift": "a1b2", "gives": "M.", "takes": "N."}
    taker.append("shift.taken", by="n", **taken)
    assert main([*CALL, "handover", "--no-look", "--bundle", desks.file]) == 0
    giver = desks.at("giver")
    assert main([*CALL, "take", desks.file]) == 0
    last = hands.last_taken(hands.folded(giver.entries()))
    assert last is not None and last.takes == "N.", "both computers know that it changed hands"
    giver.verify()


def test_a_damaged_bundle_is_refused_and_nothing_is_taken(
    desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    taker = desks.at("taker")
    content = bytearray(Path(desks.file).read_bytes())
    content[len(content) // 5] ^= 0xFF  # in the journal, which stands first
    Path(desks.file).write_bytes(content)
    assert main([*CALL, "take", desks.file]) == 2
    said = capsys.readouterr().err
    assert said.startswith("oncall take: nothing is taken: ") and "is damaged" in said
    assert taker.entries() == ()


def test_a_bundle_of_another_estate_is_refused(
    desks: Desks, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "other")
    estate = tmp_path / "other" / "estate.yaml"
    text = estate.read_text(encoding="utf-8")
    assert f"name: {NAME}" in text
    estate.write_text(text.replace(f"name: {NAME}", "name: elsewhere", 1), encoding="utf-8")
    assert main(["--config", str(tmp_path / "other"), "take", desks.file]) == 2
    assert f"is of the estate {NAME}; this one is elsewhere" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_said(desks: Desks, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CALL, "take", desks.file + "x"]) == 64
    assert "No such file" in capsys.readouterr().err


def test_a_disk_that_takes_nothing_is_no_slip_of_who_calls_it(
    desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    desks.at("taker").path.mkdir(parents=True)
    assert main([*CALL, "take", desks.file]) == 2
    said = capsys.readouterr().err
    assert "nothing is taken: the journal" in said and "cannot be written" in said


class Shut(StringIO):
    """A pipe whose reader has gone."""

    def write(self, text: str, /) -> int:
        raise BrokenPipeError(EPIPE, "Broken pipe")


def test_what_is_taken_is_not_said_to_be_refused_because_nobody_reads_it(
    desks: Desks, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taker = desks.at("taker")
    called = Namespace(config=ROOT / "config", file=Path(desks.file))
    monkeypatch.setattr("sys.stdout", Shut())
    with pytest.raises(BrokenPipeError):
        run(called)
    assert taker.verify() > 0 and "nothing is taken" not in capsys.readouterr().err


def test_a_journal_that_was_changed_makes_no_bundle(
    desks: Desks, capsys: pytest.CaptureFixture[str]
) -> None:
    giver = desks.at("giver")
    giver.path.write_bytes(giver.path.read_bytes().replace(b"the bridge", b"the BRIDGE"))
    Path(desks.file).unlink()
    assert main([*CALL, "handover", "--no-look", "--bundle", desks.file]) == 2
    assert "no bundle is made" in capsys.readouterr().err
    assert not Path(desks.file).exists()
