"""The shift at a console: made while somebody looks, refused while somebody does not agree."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.handover import hands
from console.model.shift import (
    AddTo,
    AgreeTo,
    AskAbout,
    ExportShift,
    LookOver,
    OfferShift,
    ShowAsItWas,
    TakeShift,
    TellSince,
)
from tests.clerk.shift_desk import ITEMS, Desk
from tests.handover.test_hands import AT, DISK, LOAD, READ, document


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Somebody looks at it."""
    made = Desk(tmp_path)
    asyncio.run(made.shifts.look(LookOver()))
    yield made
    made.pen.close()


OFFER = OfferShift("T.", "M.")
YES, YES_TOO = AgreeTo(LOAD.id, "a1"), AgreeTo(DISK.id, "b1")


async def test_it_is_made_again_only_when_there_is_something_new(desk: Desk) -> None:
    await desk.shifts.look(LookOver())
    assert len(desk.made) == 1
    desk.pen.journal.append("finding.seen", finding="x")
    desk.hear()
    await desk.shifts.look(LookOver())
    assert len(desk.made) == 2
    desk.at += timedelta(seconds=11)
    await desk.shifts.look(LookOver())
    assert len(desk.made) == 3
    await desk.shifts.look(LookOver(anew=True))
    assert len(desk.made) == 4


async def test_when_the_shift_began_stays_where_it_is_though_nobody_knows(desk: Desk) -> None:
    first = AT - timedelta(hours=12)
    for seconds in (10, 11, 3000):
        desk.at += timedelta(seconds=seconds)
        await desk.shifts.look(LookOver(anew=True))
    assert set(desk.made) == {first}, "what is recorded since then is not read again"
    desk.at += timedelta(hours=1)
    await desk.shifts.look(LookOver(anew=True))
    assert desk.made[-1] == desk.at - timedelta(hours=12)
    begun = desk.made[-1]
    desk.at += timedelta(minutes=1)
    await desk.write(OFFER)
    await desk.shifts.look(LookOver(anew=True))
    assert desk.made[-1] == begun, "and the names change nothing"


async def test_acknowledging_does_not_make_it_again(desk: Desk) -> None:
    await desk.write(OFFER)
    await desk.shifts.look(LookOver())
    made = len(desk.made)
    await desk.write(YES, AskAbout(DISK.id, "why?"), AddTo(DISK.id, "it is full"))
    await desk.shifts.look(LookOver())
    assert len(desk.made) == made


async def test_it_changes_hands_when_all_is_acknowledged_as_it_is_now(desk: Desk) -> None:
    await desk.write(OFFER, YES, YES_TOO)
    desk.items = (replace(LOAD, mark="a2"), READ, DISK)  # not on any screen yet
    with pytest.raises(ValueError, match="1 of 2 items are not acknowledged: Load average"):
        await desk.write(TakeShift("M."))
    await desk.write(AgreeTo(LOAD.id, "a2"), TakeShift("M."))
    walk = desk.shifts.walk
    assert walk.hands is None
    assert walk.before is not None and walk.before.takes == "M."
    desk.at += timedelta(minutes=1)
    await desk.shifts.look(LookOver())
    assert desk.made[-1] == desk.at - timedelta(minutes=1), "the next shift begins there"


async def test_the_last_item_acknowledged_just_now_hands_nothing_over(desk: Desk) -> None:
    await desk.write(OFFER, YES, YES_TOO)  # `space`, and `T` before the screen has heard of it
    with pytest.raises(ValueError, match=r"M\. takes it with T, and types the name"):
        await desk.write(TakeShift(""))
    desk.items = (READ,)  # nor does an item that went away meanwhile
    with pytest.raises(ValueError, match="types the name"):
        await desk.write(TakeShift(""))
    assert desk.shifts.walk.hands is not None


async def test_another_console_goes_on_where_this_one_was(desk: Desk, tmp_path: Path) -> None:
    await desk.write(OFFER, YES)
    other = Desk(tmp_path)
    await other.shifts.look(LookOver())
    going_on = other.shifts.walk.hands
    assert going_on is not None
    assert [one.id for one in going_on.left(document(*ITEMS))] == [DISK.id]
    await other.write(YES_TOO, TakeShift("M."))
    with pytest.raises(ValueError, match="say first who gives"):
        desk.hear()
        await desk.write(TakeShift("M."))
    other.pen.close()


async def test_it_is_told_since_when_a_person_says_until_the_shift_is_taken(desk: Desk) -> None:
    earlier = AT - timedelta(hours=20)
    await desk.shifts.look(TellSince(earlier))
    assert desk.shifts.walk.document is not None
    assert desk.shifts.walk.document.since.real == earlier
    await desk.write(OFFER)
    going_on = desk.shifts.walk.hands
    assert going_on is not None and going_on.since == earlier, "it is handed over from there on"
    await desk.write(YES, YES_TOO)
    await desk.shifts.look(TellSince(AT - timedelta(hours=1)))
    assert desk.made[-1] == AT - timedelta(hours=1), "what is told is another thing"
    await desk.shifts.look(TellSince(None))
    assert desk.made[-1] == earlier
    await desk.shifts.look(TellSince(AT - timedelta(hours=1)))
    desk.at += timedelta(minutes=1)
    await desk.write(TakeShift("M."))
    await desk.shifts.look(LookOver(anew=True))
    assert desk.made[-1] == desk.at, "the next shift begins where it was taken"


async def test_an_older_document_takes_no_newer_one_s_place(desk: Desk) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slowly() -> None:
        desk.meanwhile = lambda: None
        begun.set()
        go_on.wait()

    desk.meanwhile = slowly
    older = asyncio.create_task(desk.shifts.look(LookOver(anew=True)))
    await asyncio.to_thread(begun.wait)
    wanted = AT - timedelta(hours=1)
    newer = asyncio.create_task(desk.shifts.look(TellSince(wanted)))
    await asyncio.wait({newer}, timeout=0.1)  # it would be there before the older one
    go_on.set()
    await asyncio.gather(older, newer)
    assert desk.shifts.walk.document is not None
    assert desk.shifts.walk.document.since.real == wanted


async def ready(desk: Desk) -> None:
    """All but the name is there."""
    await desk.write(OFFER, YES, YES_TOO)


@pytest.fixture
def other(desk: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A second console of the same journal."""
    made = Desk(tmp_path)
    asyncio.run(made.shifts.look(LookOver()))
    yield made
    made.pen.close()


def taken(desk: Desk) -> int:
    return sum(one.kind == "shift.taken" for one in desk.pen.journal.entries())


async def test_a_line_that_another_console_wrote_just_now_is_read_first(
    desk: Desk, other: Desk
) -> None:
    await ready(desk)
    await other.catch_up()
    await other.write(AddTo(LOAD.id, "do not restart it"))
    with pytest.raises(ValueError, match="1 of 2 items are not acknowledged: Load average"):
        await desk.write(TakeShift("M."))
    assert not taken(desk)


async def test_names_that_change_while_the_document_is_made_are_the_names_that_count(
    desk: Desk, other: Desk
) -> None:
    await ready(desk)
    await other.catch_up()
    draft = hands.offer(shift_of(other), "T.", "K.", None)

    def renamed() -> None:
        other.pen.journal.append(draft.kind, **draft.data)
        desk.hear()  # as the console does every second

    desk.meanwhile = renamed
    with pytest.raises(ValueError, match="2 of 2 items are not acknowledged"):
        await desk.write(TakeShift("M."))
    assert not taken(desk)


@pytest.mark.parametrize("deed", ["added", "asked", "taken", "offered"])
async def test_no_shift_is_taken_behind_a_line_that_nobody_here_has_read(
    desk: Desk, other: Desk, deed: str
) -> None:
    await ready(desk)
    await other.catch_up()
    going_on = other.shifts.walk.hands
    assert going_on is not None
    draft = {
        "added": lambda: hands.add(going_on, DISK, "it is full"),
        "asked": lambda: hands.ask(going_on, DISK, "why?"),
        "taken": lambda: hands.take(going_on, document(*ITEMS), "M."),
        "offered": lambda: hands.offer("another", "T.", "K.", None),
    }[deed]()
    desk.meanwhile = lambda: other.pen.journal.append(draft.kind, **draft.data)
    with pytest.raises(ValueError, match=r"stays with T\.: something was said of it meanwhile"):
        await desk.write(TakeShift("M."))
    assert taken(desk) == (deed == "taken")


async def test_who_takes_it_at_two_consoles_takes_it_once(desk: Desk, other: Desk) -> None:
    await ready(desk)
    await other.catch_up()
    await other.write(TakeShift("M."))
    with pytest.raises(ValueError, match=r"M\. has taken this shift already"):
        await desk.write(TakeShift("M."))
    assert taken(desk) == 1


def shift_of(desk: Desk) -> str:
    assert desk.shifts.walk.hands is not None
    return desk.shifts.walk.hands.shift


async def test_other_names_are_of_the_same_shift_until_it_is_an_old_story(desk: Desk) -> None:
    await desk.write(OFFER, OfferShift("T.", "N."))
    first = desk.shifts.walk.hands
    assert first is not None and first.takes == "N."
    desk.at += timedelta(hours=25)
    await desk.write(OfferShift("N.", "T."))
    second = desk.shifts.walk.hands
    assert second is not None and second.shift != first.shift


async def test_what_is_gone_is_said(desk: Desk) -> None:
    await desk.write(OFFER)
    with pytest.raises(ValueError, match="no longer in the handover"):
        await desk.write(AgreeTo("finding:gone", "x"))
    with pytest.raises(ValueError, match="no longer in the handover"):
        await desk.shifts.look(ShowAsItWas("finding:gone"))


async def test_it_is_exported_as_nobody_else_may_read_it(desk: Desk, tmp_path: Path) -> None:
    await desk.shifts.look(ExportShift("json", "ja"))
    path = tmp_path / "handover.ja.json"
    assert desk.shifts.walk.said == f"the handover is in {path}"
    assert '"lang": "ja"' in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0
    await desk.shifts.look(ExportShift("json", "ja"))
    assert desk.shifts.walk.said == f"the handover is in {path}", "an earlier one gives way"


@pytest.mark.parametrize(
    ("name", "why"), [("journal.jsonl", "name another file"), ("none/x.md", "No such file")]
)
async def test_an_export_takes_no_other_file_s_place(
    desk: Desk, tmp_path: Path, name: str, why: str
) -> None:
    await desk.write(OFFER)
    before = (tmp_path / "journal.jsonl").read_bytes()
    await desk.shifts.look(ExportShift("md", "en", name))
    assert "cannot be written" in desk.shifts.walk.said and why in desk.shifts.walk.said
    assert (tmp_path / "journal.jsonl").read_bytes() == before
