"""`oncall handover` as a person calls it: what it writes, where, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from console.cli import main
from console.clock import real_now
from console.estates import state_directory
from console.journal import Journal
from console.realm import VARIABLE
from tests.driving import Story
from tests.handover.named import CONFIGURATION, ROOT
from tests.handover.shift import write

NAME = CONFIGURATION.estate.estate.name
CALL = ["--config", str(ROOT / "config"), "handover"]


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That of a shift which ends about now."""
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    path = state_directory(NAME) / "journal.jsonl"
    write(path, real_now() - timedelta(hours=8))
    return path


def titles(text: str) -> list[str]:
    return [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]


def test_it_prints_the_shift_since_it_was_taken(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*CALL, "--no-look"]) == 0
    out = capsys.readouterr()
    assert titles(out.out)[0] == "Acts that were begun and have no end"
    assert "Reboot peip" in out.out and "who changes the battery, and when?" in out.out
    assert "6 findings came, 1 went, 3 acts were begun" in out.out
    assert out.err == ""


def test_since_leaves_out_what_was_done_before_and_nothing_that_is_open(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*CALL, "--no-look", "--since", "30m"]) == 0
    text = capsys.readouterr().out
    assert "Nothing was done." in text
    assert "ロードアベレージ上昇 · load average · 堺 Sakai/prod" in text


def test_it_writes_a_file_that_nobody_else_reads(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "all" / "handover.html"
    file.parent.mkdir()
    file.parent.chmod(0o755)  # not as the directory: it is handed to one person
    options = ["--no-look", "--lang", "ja", "--format", "html", "--out", str(file)]
    assert main([*CALL, *options]) == 0
    assert file.read_text(encoding="utf-8").startswith('<!DOCTYPE html>\n<html lang="ja">')
    assert file.stat().st_mode & 0o077 == 0
    assert capsys.readouterr().out == f"the handover is in {file}\n"


@pytest.mark.parametrize("form", ["md", "html", "json"])
def test_an_earlier_one_of_it_gives_way_and_nothing_else(
    journal: Path, tmp_path: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine"
    options = [*CALL, "--no-look", "--format", form, "--out", str(file)]
    assert main(options) == 0
    before = file.read_bytes()
    assert main([*options, "--since", "1h"]) == 0
    assert file.read_bytes() != before
    capsys.readouterr()
    for content in (b"", b"# What I must not lose\n", before[:1], journal.read_bytes()):
        file.write_bytes(content)
        assert main(options) == 2
        assert file.read_bytes() == content
        assert "another file of this name is there already" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--out", "--bundle"])
def test_what_the_console_knows_is_never_written_over(
    journal: Path, tmp_path: Path, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    link, day = tmp_path / "link", journal.parent / "recordings" / "2026-12-11.sqlite"
    link.symlink_to(journal)
    before = journal.read_bytes()
    for path in (journal, journal.parent / ".." / NAME / journal.name, link, day):
        assert main([*CALL, "--no-look", option, str(path)]) == 2
        assert "name another file" in capsys.readouterr().err
    assert journal.read_bytes() == before and link.is_symlink() and not day.exists()


def test_a_file_that_cannot_be_written_is_said(
    journal: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main([*CALL, "--no-look", "--out", str(tmp_path / "file" / "handover.md")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_damaged_line_costs_that_line_and_is_said_in_the_document_too(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:5], b"{broken\n", *lines[5:]]))
    assert main([*CALL, "--no-look"]) == 2
    out = capsys.readouterr()
    assert "journal.jsonl:6:" in out.err and "The journal could not be read whole" in out.out
    assert "Reboot peip" in out.out


def test_without_a_journal_it_says_that_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path))
    assert main([*CALL, "--no-look"]) == 0
    out = capsys.readouterr().out
    assert "nobody wrote in the journal" in out
    assert "| not known | not recorded" in out


@pytest.mark.parametrize("wrong", [["--lang", "de"], ["--format", "pdf"], ["--since", "then"]])
def test_what_it_cannot_do_is_a_misuse(wrong: list[str], journal: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*CALL, *wrong])
    assert ended.value.code == os.EX_USAGE


def test_the_change_of_hands_under_way_says_when_the_shift_began(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    began = (real_now() - timedelta(hours=3)).isoformat()
    pen = Journal(journal)
    pen.append("shift.offered", by="M.", shift="9b", gives="M.", takes="K.", since=began)
    pen.close()
    assert main([*CALL, "--no-look", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["since"]["real"] == began[:19] + "Z"


def test_in_a_lab_it_looks_at_everything_once(tmp_path: Path) -> None:
    story = Story("quiet", 1)
    try:
        said = subprocess.run(
            [sys.executable, "-m", "console", *CALL, "--format", "json"],
            env={**os.environ, "ONCALL_STATE": str(tmp_path), VARIABLE: story.url},
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        story.close()
    assert (said.returncode, said.stderr) == (0, "")
    told = {one["id"]: one for one in json.loads(said.stdout)["sections"]}
    stand = {one["id"]: one for one in told["state"]["items"]}
    assert not any("nobody looked" in one["cells"][3] for one in stand.values())
    # a busy machine may be too slow for one part or another, and then says so
    assert {one["severity"] for one in stand.values()} - {"unknown"}
    assert told["unfinished"]["items"] == []
