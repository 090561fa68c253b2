"""The walkthrough: what it shows of each item, what its keys want, and that then is never now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.message import Message
from textual.pilot import Pilot

from console.model import Finding, Now, Ref
from console.model.affairs import Card, Offer
from console.model.handover import Handover, Item, Section
from console.model.shift import (
    AddTo,
    AgreeTo,
    AsItWas,
    AskAbout,
    ExportShift,
    Hands,
    LookOver,
    OfferShift,
    Said,
    ShowAsItWas,
    TakeShift,
    TellSince,
    Walk,
)
from console.model.wishes import PlanIt, Wish
from tests.widgets import affairs, boards
from tests.widgets.hostile import STEERS, TEXT, hostile
from tests.widgets.stage import LARGE, SMALL, Stage, golden, picture, stage
from widgets.handover import HandoverScreen
from widgets.handover_words import to_send
from widgets.wishes import Wanted

BEGAN, THEN = boards.ago(8 * 3600), boards.ago(7_200)
REBOOT = Item(
    id="act:1",
    kind="act",
    title="Reboot peip",
    severity=boards.CRIT,
    lines=("begun 20:20 by M.; its end is not known",),
    next="look whether it came back",
    at=Now(boards.ago(600), boards.ago(600)),
    scopes=("sitv1/prod",),
    mark="a1",
)
LOAD = Item(
    id="finding:load",
    kind="finding",
    title="Load average · 堺",
    severity=boards.WARN,
    lines=("since 18:30", "checklist 7f3a: opened 18:33 by M.", "load 5.8 since 21:40"),
    owner="当番 · on duty",
    next="consistency check by 10:00",
    stop="no hits in 2 h",
    at=Now(THEN, THEN),
    scopes=("sakai/prod",),
    mark="b1",
)
CROW = Item(
    id="deferred:crow",
    kind="deferred",
    title="mediator-crow disk 86 %",
    lines=("until Mon 09:00, unless > 95 %",),
    owner="ours",
    scopes=("eks-v2-prod",),
    mark="c1",
)
PLACES = tuple(
    Item(
        id=f"scope:{name}",
        kind="scope",
        title=name,
        lines=("now: OK", f"worst in the shift: {worst}"),
        asks=False,
        cells=(name, "OK", worst, ""),
    )
    for name, worst in (
        ("水島/prod", "OK"),
        ("鹿島/prod", "OK"),
        ("根岸/prod", "OK"),
        ("堺/prod", "CRIT"),
    )
)
DOCUMENT = Handover(
    title="Handover: réseau+製油所",
    estate="réseau+製油所",
    lang="en",
    zone="Europe/Paris",
    since=Now(BEGAN, BEGAN),
    until=boards.NOW,
    sections=(
        Section(id="unfinished", title="Acts that have no end", items=(REBOOT,)),
        Section(id="state", title="How everything stands", items=PLACES, columns=("where", "now")),
        Section(id="open", title="What is open", items=(LOAD,)),
        Section(id="acts", title="What was done", empty="None: nothing was done."),
        Section(id="deferred", title="Put off", items=(CROW,)),
    ),
)


def said(item: Item, text: str = "", who: str = "N.", minutes: float = 5, mark: str = "") -> Said:
    at = boards.ago(60 * minutes)
    return Said(item=item.id, title=item.title, who=who, at=at, text=text, mark=mark)


HANDS = Hands(
    shift="s",
    gives="M.",
    takes="N.",
    since=BEGAN,
    offered_at=boards.ago(900),
    acknowledged={REBOOT.id: said(REBOOT, mark="a1+1", minutes=2), LOAD.id: said(LOAD, mark="b0")},
    asked=(said(CROW, "who cleans it?", minutes=4),),
    added=(said(REBOOT, "the site's desk looks", "M.", 3),),
)
FOUND = Finding(
    "load",
    "Load average",
    "sakai/prod",
    boards.CRIT,
    boards.ago(7_800),
    evidence=(Ref("site", "sakai/prod", "sakai"),),
    why=("sites sakai: load1 13.2 (rule: > 10)",),
    scopes=("sakai/prod",),
)
BOARD = replace(boards.night(), findings=(FOUND,))
SEEN = AsItWas(LOAD.id, LOAD.at, Now(THEN, THEN), BOARD)
CONTACTS = {"desk": Card("the desk", webhook=True), "team": Card("a team")}
OFFERS = {"notify": Offer("send the message", kind="notify")}
GOING_ON = Walk(document=DOCUMENT, hands=HANDS, evidence=SEEN)


@asynccontextmanager
async def shown(
    walk: Walk = GOING_ON, size: tuple[int, int] = LARGE
) -> AsyncIterator[tuple[Stage, Pilot[int], list[Wish]]]:
    """The screen, and what it wants from the moment on at which it stands."""
    wished: list[Wish] = []
    heard: list[Wanted] = []

    def hear(message: Message) -> None:
        if isinstance(message, Wanted) and not any(one is message for one in heard):
            heard.append(message)  # each widget on its way up hears it
            wished.append(message.wish)

    async with stage(size=size, hook=hear) as (app, pilot):
        app.affairs = replace(affairs.AFFAIRS, walk=walk, contacts=CONTACTS, offers=OFFERS)
        await pilot.press("H")
        await pilot.pause()
        assert isinstance(app.screen, HandoverScreen)
        yield app, pilot, wished


def deeds(wished: list[Wish]) -> list[Wish]:
    """Without what is only looked at."""
    return [one for one in wished if not isinstance(one, LookOver | ShowAsItWas)]


async def test_each_item_says_how_far_it_is_and_the_board_of_its_moment_stands_beside_it() -> None:
    async with shown() as (app, pilot, wished):
        await pilot.press("j", "j")
        assert ShowAsItWas(LOAD.id) in wished
        await golden(app, "handover-160x45")
        seen = picture(app)
        assert "1 of 3 acknowledged" in seen
        assert "CHANGED since N. 21:27: acknowledge it again" in seen
        assert "AS IT WAS 2026-11-24 19:32:00 Paris (18:32:00 UTC), 2 h 00 m ago" in seen


async def test_a_small_screen_shows_the_evidence_on_its_own() -> None:
    async with shown(size=SMALL) as (app, pilot, _):
        await pilot.press("j", "j")
        await golden(app, "handover-80x24")
        assert "AS IT WAS" not in picture(app)
        await pilot.press("enter")
        await pilot.pause()
        await golden(app, "handover-then-80x24")


async def test_the_evidence_of_another_item_is_never_shown_for_this_one() -> None:
    async with shown() as (app, _, __):
        assert "looking into the recording" in picture(app), "it was read for the item below"


async def test_what_is_not_recorded_is_said() -> None:
    none = AsItWas(REBOOT.id, REBOOT.at, why="nothing is recorded of that day on this computer")
    async with shown(replace(GOING_ON, evidence=none)) as (app, _, __):
        assert "no evidence: nothing is recorded of that day on this computer" in picture(app)


async def test_space_acknowledges_what_is_seen_and_goes_to_what_waits() -> None:
    async with shown() as (_, pilot, wished):
        await pilot.press("space", "space", "space")
        marks = [
            AgreeTo("act:1", "a1+1"),
            AgreeTo("finding:load", "b1"),
            AgreeTo("deferred:crow", "c1"),
        ]
        assert deeds(wished) == marks


@pytest.mark.parametrize("key", ["space", "a", "n", "T"])
async def test_nothing_is_said_of_an_item_before_both_names_are(key: str) -> None:
    async with shown(Walk(document=DOCUMENT)) as (app, pilot, wished):
        await pilot.press(key)
        await pilot.pause()
        assert isinstance(app.screen, HandoverScreen)
        assert "say first who gives the shift and who takes it: o" in picture(app)
        assert not deeds(wished)


async def test_both_names_are_asked_for_and_whoever_has_the_shift_is_offered() -> None:
    before = replace(HANDS, gives="T.", takes="M.", taken_at=BEGAN)
    async with shown(Walk(document=DOCUMENT, before=before)) as (app, pilot, wished):
        assert "M. has had the shift since 13:32, from T." in picture(app)
        await pilot.press("o", "M", ".", "ctrl+s")
        assert "two people are needed" in picture(app)
        await pilot.press("backspace", "backspace", "N", ".", "ctrl+s")
        assert deeds(wished) == [OfferShift("M.", "N.")]


async def test_questions_and_lines_are_of_the_item_under_the_cursor() -> None:
    async with shown() as (_, pilot, wished):
        await pilot.press("a", "w", "h", "y", "enter")
        await pilot.press("n", "s", "o", "enter")
        assert deeds(wished) == [AskAbout("act:1", "why"), AddTo("act:1", "so")]


async def test_handing_over_too_early_goes_to_what_is_not_acknowledged() -> None:
    async with shown() as (app, pilot, wished):
        await pilot.press("T")
        await pilot.pause()
        assert deeds(wished) == [TakeShift("")], "who refuses it says why"
        assert isinstance(app.screen, HandoverScreen)
        await pilot.press("a", "x", "enter")
        assert deeds(wished)[-1] == AskAbout("finding:load", "x")


def agreed(*items: Item) -> dict[str, Said]:
    return {item.id: said(item, mark=HANDS.mark(item)) for item in items}


async def test_the_last_acknowledgement_and_the_taking_in_one_go_name_nobody() -> None:
    almost = replace(GOING_ON, hands=replace(HANDS, acknowledged=agreed(REBOOT, LOAD)))
    async with shown(almost) as (_, pilot, wished):
        await pilot.press("j", "j", "j", "space", "T")
        assert deeds(wished) == [AgreeTo("deferred:crow", "c1"), TakeShift("")]


async def test_a_line_more_is_shown_as_a_change() -> None:
    more = (*HANDS.added, said(CROW, "cleaned at 02:10", "M.", 1))
    hands = replace(HANDS, acknowledged=agreed(REBOOT, LOAD, CROW), added=more)
    async with shown(replace(GOING_ON, hands=hands)) as (app, pilot, wished):
        assert "2 of 3 acknowledged" in picture(app)
        assert "CHANGED since N." in picture(app)
        await pilot.press("j", "j", "j", "space")
        assert deeds(wished) == [AgreeTo("deferred:crow", "c1+1")]


async def test_who_takes_the_shift_types_the_name() -> None:
    every = agreed(REBOOT, LOAD, CROW)
    ready = replace(GOING_ON, hands=replace(HANDS, acknowledged=every))
    async with shown(ready) as (app, pilot, wished):
        assert "every item is acknowledged: T hands the shift over to N." in picture(app)
        await pilot.press("T", "N", ".", "enter")
        assert deeds(wished) == [TakeShift("N.")]


async def test_since_when_it_is_told_is_asked_for_and_a_slip_is_said() -> None:
    async with shown() as (app, pilot, wished):
        await pilot.press("S", *"2x:00", "enter")
        assert "2x:00: neither a time (22:00) nor 30m, 8h, 2d" in picture(app)
        assert not deeds(wished)
        await pilot.press(*["backspace"] * 5, *"20:00", "enter")
        (wish,) = deeds(wished)
        assert isinstance(wish, TellSince) and wish.since is not None
        assert wish.since == boards.NOW.real.replace(hour=19, minute=0, second=0, microsecond=0)
        await pilot.press("S", "enter")
        assert deeds(wished)[-1] == TellSince(None)


async def test_it_is_exported_in_the_form_and_language_that_was_chosen() -> None:
    async with shown() as (_, pilot, wished):
        await pilot.press("E", "down", "down", "down", "down", "enter", "enter")
        assert deeds(wished) == [ExportShift("html", "ja")]


async def test_it_is_sent_only_through_the_dialog_of_an_act() -> None:
    async with shown() as (app, pilot, wished):
        await pilot.press("m", "enter")
        await pilot.pause()
        (plan,) = deeds(wished)
        assert isinstance(plan, PlanIt)
        assert plan.order.targets[0].kind == "contact"
        text = plan.order.words["text"]
        assert "next: 当番 · on duty: consistency check by 10:00" in text and len(text) <= 2000
        assert type(app.screen).__name__ == "ActDialog"


async def sent(walk: Walk, longest: int = 2000) -> str:
    async with shown(walk) as (app, _, __):
        return to_send(walk, app.look, longest)


async def test_a_message_has_what_asks_with_its_verdict_under_its_heading() -> None:
    text = await sent(GOING_ON)
    assert text.splitlines()[1:] == [
        "ACTS THAT HAVE NO END",
        "- CRITICAL Reboot peip: begun 20:20 by M.; its end is not known;"
        " next: look whether it came back",
        "WHAT IS OPEN",
        "- WARNING Load average · 堺: since 18:30;"
        " next: 当番 · on duty: consistency check by 10:00",
        "PUT OFF",
        "- mediator-crow disk 86 %: until Mon 09:00, unless > 95 %",
    ], "what is only to be read is not sent"


async def test_a_message_says_how_many_have_no_room_in_it() -> None:
    text = await sent(GOING_ON, 360)
    assert text.splitlines()[-1] == "… and 1 more that are not in this message"
    assert "Load average" in text and "PUT OFF" not in text and len(text) <= 360
    assert (await sent(GOING_ON, 200)).endswith("… and 3 more that are not in this message")
    assert len(await sent(GOING_ON, 20)) == 20


ZONE, UNREAD = "All times are of Europe/Paris.", "The journal could not be read whole: line 7"


async def test_a_message_says_what_is_not_known_and_steers_nothing() -> None:
    document = replace(DOCUMENT, lines=(ZONE, "And so on."), doubtful=(UNREAD,))
    item = hostile(Item, id="x", at=boards.NOW, asks=True, severity=boards.CRIT)
    sections = (Section(id="open", title=TEXT, items=(item,)),)
    text = await sent(replace(GOING_ON, document=replace(document, sections=sections)))
    assert UNREAD in text and ZONE not in text and "And so on." not in text
    assert not (STEERS - {"\n"}) & set(text)


async def test_what_could_not_be_known_is_said_above_the_items() -> None:
    document = replace(DOCUMENT, lines=(ZONE, "And so on."), doubtful=(UNREAD,))
    async with shown(replace(GOING_ON, document=document)) as (app, pilot, _):
        app.affairs = replace(app.affairs, trouble="line 7")
        await pilot.pause()
        assert UNREAD in picture(app) and ZONE not in picture(app)
        assert "And so on." not in picture(app)
        assert picture(app).count("line 7") == 1, "it is said once"


async def test_a_journal_that_is_damaged_is_said_above_the_items() -> None:
    async with shown() as (app, pilot, _):
        app.affairs = replace(app.affairs, trouble="journal.jsonl:7: the line was changed")
        await pilot.pause()
        assert "journal.jsonl:7: the line was changed" in picture(app)


async def test_leaving_ends_nothing() -> None:
    async with shown() as (app, pilot, wished):
        await pilot.press("q")
        await pilot.pause()
        assert app.screen is app.main
        assert not deeds(wished), "who gives the shift has it, and it goes on where it stopped"


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_text_from_outside_steers_nothing(size: tuple[int, int]) -> None:
    item = hostile(Item, id="x", at=boards.NOW, asks=True, severity=boards.CRIT)
    document = replace(DOCUMENT, sections=(Section(id="open", title=TEXT, items=(item,)),))
    said_ = hostile(Said, item="x", at=boards.AT)
    hands = replace(HANDS, gives=TEXT, takes=TEXT, asked=(said_,), added=(said_,))
    finding = hostile(Finding, severity=boards.CRIT, since=boards.AT, scopes=item.scopes)
    board = replace(boards.night(), findings=(finding,))
    walk = Walk(
        document=document,
        hands=hands,
        evidence=AsItWas("x", boards.NOW, boards.NOW, board, TEXT),
        said=TEXT,
    )
    async with shown(walk, size) as (app, pilot, _):
        app.affairs = replace(app.affairs, trouble=TEXT)
        await pilot.pause()
        assert not STEERS & set(picture(app))
        await pilot.press("enter")
        await pilot.pause()
        assert not STEERS & set(picture(app))
        await pilot.press("q", "a")
        await pilot.pause()
        assert not STEERS & set(picture(app))


async def test_a_moment_of_yesterday_is_not_told_as_one_of_today() -> None:
    yesterday = boards.ago(timedelta(days=1).total_seconds())
    shown_ = AsItWas(REBOOT.id, REBOOT.at, Now(yesterday, yesterday), BOARD)
    async with shown(replace(GOING_ON, evidence=shown_)) as (app, _, __):
        assert "AS IT WAS 2026-11-23 21:32:00" in picture(app)
