"""A bundle that is damaged, foreign or cut off: no damage gets in, and what is sound does."""

from __future__ import annotations

import io
import json
import sqlite3
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from console.handover.bundle import MANIFEST
from console.handover.unpacking import Unfit
from console.journal import JOURNAL, Journal
from console.lines import encode
from console.recording.shelf import recordings
from tests.handover.bundles import Change, bundle, changed, journal, recorded, take


def told(members: list[tuple[str, bytes]], **values: object) -> list[tuple[str, bytes]]:
    """What it says of itself, in other words."""
    (name, content), *rest = members
    return [(name, json.dumps(json.loads(content) | values).encode()), *rest]


def with_part(name: str, old: bytes, new: bytes) -> Change:
    """One part changed, and what is said of it made to fit."""

    def change(members: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        from hashlib import sha256

        assert any(old in content for told, content in members if told == name)
        made = [
            (told, content.replace(old, new) if told == name else content)
            for told, content in members
        ]
        files = {
            told: {"bytes": len(content), "sha256": sha256(content).hexdigest()}
            for told, content in made[1:]
        }
        return told_of(made, files)

    def told_of(made: list[tuple[str, bytes]], files: object) -> list[tuple[str, bytes]]:
        return told(made, files=files)

    return change


RECORDING = "recordings/2026-03-28.sqlite"
STRANGE = {JOURNAL: {"bytes": 1, "sha256": ""}, "../x": {}}
NO_SQLITE = with_part(RECORDING, b"SQLite format 3", b"SQLite format X")
DAMAGES: dict[str, tuple[Change, str]] = {
    "its journal is missing": (lambda m: [m[0], *m[2:]], "journal.jsonl is missing"),
    "a part was added": (lambda m: [*m, ("../../evil", b"x")], "does not tell of"),
    "a part is there twice": (lambda m: [*m, m[-1]], "does not tell of"),
    "its journal is shorter": (lambda m: [m[0], (JOURNAL, m[1][1][:-1]), *m[2:]], "not as long"),
    "a letter is another": (
        lambda m: [m[0], (JOURNAL, b"x" + m[1][1][1:]), *m[2:]],
        "journal.jsonl is not what it was",
    ),
    "another estate": (lambda m: told(m, estate="gate"), "of the estate gate; this one is"),
    "a later program": (lambda m: told(m, format=2), "update this one"),
    "something else": (lambda m: told(m, what="a picture"), "no bundle of a handover"),
    "no list of parts": (lambda m: told(m, files=[1]), "does not say what is in it"),
    "a strange part": (lambda m: told(m, files=STRANGE), "no handover has"),
    "no journal": (lambda m: told(m, files={}), "it has no journal"),
    "a time that is none": (lambda m: told(m, made_at="../../x"), "does not say what is in it"),
    "no beginning": (lambda m: m[1:], "does not begin with"),
    "nonsense at the beginning": (lambda m: [(MANIFEST, b"{"), *m[1:]], "cannot be read"),
    "a word in the journal": (with_part(JOURNAL, b'"three"', b'"threw"'), "was changed, line 3"),
    "no line ends": (with_part(JOURNAL, b"\n", b""), "was changed|lines, and had"),
}
LEFT_OUT: dict[str, tuple[Change, str]] = {
    "it is missing": (lambda m: m[:-1], "recordings/2026-03-28.sqlite is missing"),
    "it is shorter": (
        lambda m: [*m[:-1], (m[-1][0], m[-1][1][:-1])],
        "recordings/2026-03-28.sqlite is not as long as it was",
    ),
    "a letter is another": (
        lambda m: [*m[:-1], (m[-1][0], b"x" + m[-1][1][1:])],
        "recordings/2026-03-28.sqlite is not what it was",
    ),
    "it is no recording": (NO_SQLITE, "the recording of 2026-03-28: file is not a database"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_or_foreign_bundle_is_refused_with_a_sentence(
    tmp_path: Path, given: Path, name: str
) -> None:
    change, why = DAMAGES[name]
    own = journal(tmp_path / "taker", "mine")
    before = own.path.read_bytes()
    with pytest.raises(Unfit, match=why):
        take(changed(given, change), tmp_path / "taker")
    assert own.path.read_bytes() == before
    assert [path.name for path in (tmp_path / "taker").iterdir()] == [JOURNAL], "nothing is left"


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_damaged_recording_is_left_out_and_the_rest_is_taken(
    tmp_path: Path, given: Path, name: str
) -> None:
    change, why = LEFT_OUT[name]
    done = take(changed(given, change), tmp_path / "taker")
    assert (done.entries, done.recordings, done.left_out) == (3, (), (why,))
    assert not (tmp_path / "taker" / "recordings").exists()


def test_a_damaged_document_is_left_out_too(tmp_path: Path, given: Path) -> None:
    def shorter(members: list[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
        return [(name, b"#" if name == "handover.md" else content) for name, content in members]

    done = take(changed(given, shorter), tmp_path / "taker")
    assert done.left_out == ("handover.md is not as long as it was",)
    assert len(done.recordings) == 1 and done.kept.exists()


CUT = "is missing: the file ends too early, or is damaged before it"


@pytest.mark.parametrize("kept", [0, 10, 200])
def test_a_bundle_that_was_cut_off_in_its_journal_is_refused(
    tmp_path: Path, given: Path, kept: int
) -> None:
    given.write_bytes(given.read_bytes()[:kept])
    with pytest.raises(Unfit):
        take(given, tmp_path / "taker")
    assert not (tmp_path / "taker" / JOURNAL).exists()


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.9])
def test_a_bundle_that_was_cut_off_behind_its_journal_is_taken_without_the_rest(
    tmp_path: Path, given: Path, kept: float
) -> None:
    content = given.read_bytes()
    given.write_bytes(content[: int(kept * len(content))])
    done = take(given, tmp_path / "taker")
    assert (done.entries, done.recordings) == (3, ())
    assert done.left_out == (f"{RECORDING} {CUT}",)
    assert sorted(path.name for path in done.kept.parent.iterdir()) == [
        *(done.kept.name.replace(JOURNAL, "handover.md"), done.kept.name)
    ]


def test_half_of_a_document_is_not_kept(tmp_path: Path, given: Path) -> None:
    with tarfile.open(given) as tar:  # what nothing compresses is cut where it stands
        members = [(one.name, tar.extractfile(one).read()) for one in tar]  # type: ignore[union-attr]
    with tarfile.open(given, "w") as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    content = given.read_bytes()
    given.write_bytes(content[: content.index(members[2][1]) + 3])
    done = take(given, tmp_path / "taker")
    assert done.left_out == (f"handover.md {CUT}", f"{RECORDING} {CUT}")
    assert [path.name for path in done.kept.parent.iterdir()] == [done.kept.name]


def test_a_byte_that_was_changed_behind_the_journal_loses_what_it_is_in(
    tmp_path: Path, given: Path
) -> None:
    content = bytearray(given.read_bytes())
    content[int(0.7 * len(content))] ^= 0xFF
    given.write_bytes(content)
    done = take(given, tmp_path / "taker")
    assert (done.entries, done.recordings) == (3, ())
    (why,) = done.left_out
    assert why in (f"{RECORDING} is not what it was", f"{RECORDING} {CUT}")


def test_a_line_cut_out_of_the_middle_of_the_journal_is_found(tmp_path: Path, given: Path) -> None:
    lines = [encode(one) for one in Journal(tmp_path / "giver" / JOURNAL).entries()]
    with pytest.raises(Unfit, match="line 2: the chain is broken"):
        take(changed(given, with_part(JOURNAL, lines[1], b"")), tmp_path / "taker")


def test_a_recording_that_cannot_be_read_is_left_out_and_the_bundle_says_so(tmp_path: Path) -> None:
    journal(tmp_path, "one")
    recorded(tmp_path)
    (path,) = recordings(tmp_path)
    path.write_bytes(b"no recording")
    manifest = bundle(tmp_path, tmp_path / "shift.tar")
    assert RECORDING not in manifest.files
    assert manifest.left_out == ("the recording of 2026-03-28: file is not a database",)


def spoilt_line(file: sqlite3.Connection) -> None:
    file.execute("insert into entry values (null, 1, 0, 0, 'no line of a journal')")


def spoilt_frame(file: sqlite3.Connection) -> None:
    file.execute("update frame set body = x'00'")


def spoilt_time(file: sqlite3.Connection) -> None:
    file.execute("update instant set estate = 9000000000000000000 where id = 5")


def spoilt_gap(file: sqlite3.Connection) -> None:
    file.execute("insert into gap (instant, since, until, why) values (1, 'a', 'b', 'x')")


@pytest.mark.parametrize("spoil", [spoilt_line, spoilt_frame, spoilt_time, spoilt_gap])
def test_what_would_not_be_taken_is_not_put_in(
    tmp_path: Path, spoil: Callable[[sqlite3.Connection], None]
) -> None:
    journal(tmp_path / "giver", "one")
    recorded(tmp_path / "giver")
    (path,) = recordings(tmp_path / "giver")
    with closing(sqlite3.connect(path)) as file, file:
        spoil(file)
    manifest = bundle(tmp_path / "giver", tmp_path / "shift.tar")
    assert RECORDING not in manifest.files
    assert manifest.left_out[0].startswith("the recording of 2026-03-28: it is damaged: ")
    done = take(tmp_path / "shift.tar", tmp_path / "taker")
    assert done.entries == 1
    assert done.left_out == manifest.left_out, "who takes it is told of it"
