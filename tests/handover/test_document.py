"""A shift of eight hours as a document: what is open is in it, and how it is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from console.handover import Given, Words, document, story, words
from console.handover.exports import written
from console.journal import Journal
from console.model import Board, Entry, Severity
from console.model.handover import PARTS, Handover
from tests.handover.named import BEGAN, CONFIGURATION, CROW, DISK, ENDED, LOAD, MEMORY, NOW, PUSH
from tests.handover.shift import given, item, made


def ids(shift: Handover, part: str) -> list[str]:
    return [one.id for section in shift.sections if section.id == part for one in section.items]


def test_everything_that_is_open_is_in_it(journal: Path) -> None:
    shift = made(journal)
    assert ids(shift, "open") == [f"finding:{one}" for one in (LOAD, DISK, PUSH)]
    assert ids(shift, "unfinished") == ["act:20261211T162000Z-cccccc"]
    assert ids(shift, "acts") == ["act:20261211T094400Z-aaaaaa", "act:20261211T115800Z-bbbbbb"]
    assert ids(shift, "deferred") == [f"deferred:{CROW}"]
    assert ids(shift, "quiet") == [f"silenced:{MEMORY}"]
    assert ids(shift, "questions") == ["question:5f3a:1"]
    assert ids(shift, "issues") == ["issue:kawasaki/500-3"]


def test_the_sections_stand_in_their_order_and_acts_without_an_end_first(journal: Path) -> None:
    shift = made(journal)
    assert tuple(one.id for one in shift.sections) == PARTS
    assert next(shift.items).kind == "act"


def test_what_is_open_has_an_owner_what_is_next_and_when_it_is_over(journal: Path) -> None:
    shift = made(journal)
    for id in [*ids(shift, "open"), *ids(shift, "unfinished")]:
        one = item(shift, id)
        assert one.owner and one.next and one.stop and one.at, id
    late = item(shift, f"finding:{LOAD}")
    assert late.next.endswith("until somebody answers (was due 2026-12-11 19:42)")
    assert item(shift, f"finding:{DISK}").next == "open its checklist and begin"


def test_an_act_says_its_verdict_who_began_it_and_what_was_lost(journal: Path) -> None:
    good, bad = (item(made(journal), id) for id in ids(made(journal), "acts"))
    assert good.lines[0] == "verified after 102 s: Cache node 0001 restarted"
    assert good.lines[1] == "begun 2026-12-11 18:44 by M., as step restart of checklist 7f3a"
    assert "lost by it: everything in the cache" in good.lines
    assert (good.severity, bad.severity) == (Severity.OK, Severity.WARNING)
    assert bad.lines[0] == "failed after 102 s: 1 of 2 Pods never became ready"


def test_what_was_looked_at_and_said_no_is_not_looked_at_again(journal: Path) -> None:
    shift = made(journal)
    assert ids(shift, "tried")[:2] == ["tried:7f3a", "tried:81c0"]
    said = "\n".join(line for id in ids(shift, "tried") for line in item(shift, id).lines)
    assert "ours: look whether it holds: it is not so: thingsboard-transport" in said
    assert "équipe distributor: not needed: its condition did not hold" in said
    assert "skipped (M.): nobody was logged in" in said
    assert "it did not help before" in said


def test_a_silence_and_a_deferral_say_until_when_and_why(journal: Path) -> None:
    shift = made(journal)
    quiet, put_off = item(shift, f"silenced:{MEMORY}"), item(shift, f"deferred:{CROW}")
    assert quiet.lines[:2] == ("silenced until 2026-12-12 03:30", "why: redémarré")
    assert put_off.lines[0] == "until 2026-12-14 17:00"
    assert "from Fri 17:00 until Mon 09:00 (Europe/Paris), unless" in put_off.lines[1]


def test_the_worst_of_the_shift_is_not_how_it_stands_now(journal: Path) -> None:
    shift = made(journal)
    cells = {one.cells[0]: one.cells for one in shift.section("state").items}
    assert cells["水島 Mizushima/prod"][1:3] == ("OK", "CRITICAL, first 2026-12-11 18:00")
    assert cells["鹿島 Kashima/prod"][1:3] == ("OK", "OK")
    assert cells["Tenants/prod"][1] == "not known"


def test_what_is_wrong_and_has_no_finding_asks_to_be_acknowledged(journal: Path) -> None:
    asking = [one.id for one in made(journal).section("state").items if one.asks]
    assert asking == ["scope:marifu/prod"]


def test_an_old_answer_is_no_good_one(journal: Path) -> None:
    later = replace(NOW, real=ENDED + timedelta(hours=1))
    shift = made(journal, now=later)
    assert item(shift, "scope:kashima/prod").severity is Severity.UNKNOWN


def test_without_a_look_nothing_is_said_to_be_well(journal: Path) -> None:
    shift = made(journal, board=None, worst=None)
    assert {one.severity for one in shift.section("state").items} == {Severity.UNKNOWN}
    assert sorted(ids(shift, "open")) == sorted(f"finding:{one}" for one in (LOAD, DISK, PUSH))
    told = item(shift, f"finding:{DISK}").lines
    assert "by the journal alone: it was not seen when this was made" in told


def test_an_arming_stands_in_it_until_it_ends_or_is_taken_back(journal: Path) -> None:
    entries = Journal(journal).entries()
    armed = next(number for number, one in enumerate(entries) if one.kind == "armed")
    early = replace(NOW, estate=entries[armed].at, real=entries[armed].at)
    told = story(entries[: armed + 1], BEGAN, CONFIGURATION.cases)
    (one,) = made(journal, now=early, story=told, board=Board()).section("quiet").items
    assert (one.kind, one.title, one.stop) == ("armed", "堺 Sakai/prod", "2026-12-11 19:12")
    assert "why: 堺 Redis 再起動" in one.lines
    gone = made(journal, story=told, board=Board())  # the console was killed meanwhile
    assert gone.section("quiet").items == ()


BEFORE = "The shift began 2026-12-11 17:30: of what was before 2026-12-12 00:30 only what is open"


def test_a_document_of_less_than_the_shift_says_so(journal: Path) -> None:
    later = ENDED - timedelta(hours=1)
    said = made(journal, since=later).doubtful
    assert any(line.startswith(BEFORE) for line in said)
    assert made(journal).doubtful == ()
    assert said[-1] in written(made(journal, since=later), "md")
    assert said[-1] in written(made(journal, since=later), "html")


def test_a_checklist_whose_finding_is_kept_quiet_is_not_of_one_that_is_gone(journal: Path) -> None:
    until = ENDED + timedelta(hours=4)
    for change, said in (
        ({"silenced_until": until}, "its finding is there and silenced until 2026-12-12 05:30"),
        ({"deferred_until": until}, "its finding is there and put off until 2026-12-12 05:30"),
        ({"ignored": True}, "its finding is there and is ignored"),
    ):
        run = item(made(journal, board=with_load(journal, **change)), "run:7f3a")
        assert run.lines[0].startswith(said) and run.severity is Severity.CRITICAL
    before = made(journal, board=with_load(journal, silenced_until=until))
    later = made(journal, board=with_load(journal, silenced_until=until + timedelta(hours=1)))
    assert item(before, "run:7f3a").mark != item(later, "run:7f3a").mark


def test_a_checklist_whose_finding_is_gone_says_so(journal: Path) -> None:
    entries = (*Journal(journal).entries(), Entry(ENDED, "finding.cleared", data={"finding": LOAD}))
    gone = story(entries, BEGAN, CONFIGURATION.cases)
    run = item(made(journal, story=gone, board=Board()), "run:7f3a")
    assert run.lines[0].startswith("its finding is not active any more")
    assert run.severity is Severity.OK


def with_load(journal: Path, **change: Any) -> Board:
    """The board at the end, with the finding of a checklist changed."""
    board = given(journal).board
    assert board is not None
    findings = (replace(one, **change) if one.id == LOAD else one for one in board.findings)
    return replace(board, findings=tuple(findings))


def test_an_empty_shift_says_so_in_every_section() -> None:
    nothing = Given(estate="e", zone="UTC", now=NOW, since=BEGAN, board=Board())
    shift = document(nothing, words("en", "UTC", NOW))
    empty = [one.id for one in shift.sections if not one.items]
    assert empty == [part for part in PARTS if part != "shift"]
    text = written(shift, "md")
    assert all(one.empty and one.empty in text for one in shift.sections if not one.items)
    assert "nobody wrote in the journal" in text and "nothing of it is recorded" in text


def test_an_item_has_the_same_mark_in_every_language_and_as_time_goes_on(journal: Path) -> None:
    marks = [{one.id: one.mark for one in made(journal, lang).items} for lang in ("en", "ru")]
    assert marks[0] == marks[1] and all(marks[0].values())
    soon = replace(NOW, estate=ENDED + timedelta(minutes=1), real=ENDED + timedelta(minutes=1))
    assert {one.id: one.mark for one in made(journal, now=soon).items} == marks[0]


def test_an_item_that_says_something_else_has_another_mark(journal: Path) -> None:
    before = given(journal)
    assert before.board is not None
    ours = [replace(one, acknowledged_by="K.") for one in before.board.findings if one.id == DISK]
    rest = [one for one in before.board.findings if one.id != DISK]
    after = made(journal, board=replace(before.board, findings=(*ours, *rest)))
    id = f"finding:{DISK}"
    assert item(after, id).mark != item(made(journal), id).mark


def test_what_was_said_when_the_shift_changed_hands_stands_at_its_item(
    journal: Path, tmp_path: Path
) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_bytes(journal.read_bytes())
    pen = Journal(path, now=lambda: ENDED)
    pen.append("shift.offered", shift="9b", gives="M.", takes="K.", since=BEGAN.isoformat())
    told = {"shift": "9b", "item": f"finding:{DISK}", "title": "disk full"}
    pen.append("note", **told, deed="added", who="M.", text="/var, since the log was moved")
    pen.append("note", **told, deed="acknowledged", who="K.", mark="m")
    answer = {"shift": "9b", "item": "question:5f3a:1", "title": "", "deed": "added", "who": "M."}
    pen.append("note", **answer, text="field service, on Monday")
    pen.append("note", **told, deed="asked", who="K.", text="since when?")
    shift = made(path)
    assert ids(shift, "questions") == ["question:5f3a:1"], "what is asked now stands at its item"
    at = "2026-12-12 01:30"
    disk, asked = item(shift, f"finding:{DISK}"), item(shift, "question:5f3a:1")
    assert disk.said == (
        f"acknowledged {at} by K.",
        f"added {at} by M.: /var, since the log was moved",
        f"asked {at} by K.: since when?",
    )
    assert asked.said == (f"added {at} by M.: field service, on Monday",)
    assert f"added {at} by M.: field service, on Monday" in written(shift, "md")
    pen.append("shift.taken", shift="9b", gives="M.", takes="K.", since="", items=1, questions=0)
    assert ids(made(path), "questions") == ["question:9b:1"]


def test_a_night_in_which_the_clock_is_set_back_tells_the_two_hours_apart() -> None:
    now = replace(NOW, estate=BEGAN.replace(month=10, day=25, hour=3))
    told: Words = words("en", "Europe/Paris", now)
    before = now.estate - timedelta(hours=3)
    assert told.at(before) == "2026-10-25 02:30 UTC+02:00"
    assert told.at(before + timedelta(hours=1)) == "2026-10-25 02:30"
