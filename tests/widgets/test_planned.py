"""Planned windows on the screen: the header's deadline, the list, the steps, the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from textual.message import Message

from console.model.affairs import Affairs, Ring
from console.model.planned import Planned, PlannedStep
from console.model.wishes import Heard, ReportOut, TickPlanned, Wish
from tests.widgets import affairs, boards, nights
from tests.widgets.hostile import STEERS, TEXT, hostile
from tests.widgets.stage import LARGE, SMALL, Stage, golden, picture, stage
from widgets.deadline import deadline
from widgets.look import Look, zone_of
from widgets.planned import PlannedPage, PlannedScreen
from widgets.wishes import CopyWanted, Wanted

BOTH = pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
LOOK = Look(now=boards.NOW, zone=zone_of("Europe/Paris"))


def ahead(minutes: float) -> datetime:
    return boards.AT + timedelta(minutes=minutes)


SCALE = Planned(
    key="scale-up",
    title="スケールアップ · scale-up",
    kind="scale-up",
    zone="Asia/Tokyo",
    start=ahead(-2),
    end=ahead(88),
    scopes=("sakai/prod",),
    changes=True,
    steps=(
        PlannedStep(
            id="scale",
            title="change the instance type",
            due=ahead(80),
            at=boards.AT,
            by="night-shift",
        ),
        PlannedStep(id="login", title="log in", say="as a user", due=ahead(85)),
        PlannedStep(id="mail", title="a mail goes out"),
    ),
    report_due=ahead(58),
    remind_at=ahead(43),
    report="スケールアップ · scale-up: 24 Nov 2026\n堺/prod: load1 peak 13.2 at 05:30 (web-1)",
    overlaps=("MSK maintenance",),
)
NIGHT = Planned(
    key="msk",
    title="MSK maintenance",
    kind="maintenance",
    zone="Europe/Paris",
    start=ahead(-32),
    end=ahead(208),
    scopes=("msk-prod",),
)
PEAK = Planned(
    key="peak",
    title="昼のピーク · load watched",
    kind="watch",
    zone="Asia/Tokyo",
    start=ahead(388),
    end=ahead(568),
    scopes=("sakai/prod", "kawasaki/prod"),
)
MISSED = replace(SCALE, key="old", start=ahead(-120), end=ahead(-30), report_due=ahead(-60))


def affairs_of(*windows: Planned, **more: object) -> Affairs:
    titles = {**affairs.AFFAIRS.titles, "scale-up": SCALE.title}
    return replace(affairs.AFFAIRS, windows=windows, titles=titles, **more)  # type: ignore[arg-type]


def wishes(seen: list[Message]) -> list[Wish]:
    """What was wished for; a message is seen once by every widget it passes."""
    return list(dict.fromkeys(one.wish for one in seen if isinstance(one, Wanted)))


SAID: list[tuple[str, tuple[Planned, ...], tuple[str, str, str] | None]] = [
    ("nothing is due of what has none", (NIGHT, PEAK), None),
    (
        "the report",
        (SCALE, NIGHT),
        ("⏲ report 堺/prod due 22:30 (58 min) ▲ overlaps", "⏲ 22:30", "ok"),
    ),
    (
        "soon",
        (replace(SCALE, remind_at=ahead(0), overlaps=()),),
        ("⏲ report 堺/prod due 22:30 (58 min)", "⏲ 22:30", "warning"),
    ),
    (
        "missed",
        (MISSED, SCALE),
        ("⏲ report 堺/prod MISSED 20:32 (1 h 00 m ago) ▲ overlaps", "⏲ 20:32 MISSED", "critical"),
    ),
    (
        "work that is about to begin",
        (replace(SCALE, start=ahead(12)),),
        ("⏲ 21:44 スケールアップ · scale-up (in 12 min) ▲ overlaps", "⏲ 21:44 begins", "ok"),
    ),
    (
        "a step that is late",
        (replace(SCALE, report_due=None, steps=(replace(SCALE.steps[1], due=ahead(-1)),)),),
        ("⏲ log in 堺/prod late since 21:31 (1 min ago) ▲ overlaps", "⏲ 21:31 late", "warning"),
    ),
]


@pytest.mark.parametrize(("caption", "windows", "said"), SAID, ids=[c[0] for c in SAID])
def test_the_header_says_what_is_due(
    caption: str, windows: tuple[Planned, ...], said: tuple[str, str, str] | None
) -> None:
    assert deadline(affairs_of(*windows), LOOK) == said


@BOTH
async def test_the_deadline_stands_in_the_header_beside_the_maintenance(
    size: tuple[int, int],
) -> None:
    async with stage(nights.night(nights.DOWN), size=size) as (app, pilot):
        app.affairs = affairs_of(SCALE)
        await pilot.pause()
        head = picture(app).splitlines()[0]
        assert "⏲ report 堺/prod due 22:30 (58 min)" in head if size is LARGE else "⏲ 22:30" in head
        assert "MSK" in head and "21:32" in head and "DISARMED" in head


async def test_the_list_says_when_where_how_far_and_what_overlaps() -> None:
    async with stage() as (app, pilot):
        app.affairs = affairs_of(MISSED, NIGHT, SCALE, PEAK)
        await pilot.press("p")
        await golden(app, "planned-160x45")


async def test_a_window_shows_its_steps_and_its_report_on_a_small_screen() -> None:
    async with stage(size=SMALL) as (app, pilot):
        app.affairs = affairs_of(NIGHT, SCALE, PEAK)
        await pilot.press("p", "down", "enter")
        await golden(app, "planned-page-80x24")


async def test_steps_are_ticked_and_the_report_is_copied_and_said_to_be_out() -> None:
    seen: list[Message] = []
    async with stage(hook=seen.append) as (app, pilot):
        app.affairs = affairs_of(SCALE)
        await pilot.press("p", "enter")
        assert isinstance(app.screen, PlannedPage)
        await pilot.press("space", "up", "space", "y", "R")
        await pilot.pause()
    assert wishes(seen) == [
        TickPlanned(SCALE.id, "login"),
        TickPlanned(SCALE.id, "scale", undone=True),
        ReportOut(SCALE.id),
    ]
    (copied,) = {message.text for message in seen if isinstance(message, CopyWanted)}
    assert copied == SCALE.report


async def test_a_report_that_was_said_to_be_out_can_be_taken_back() -> None:
    seen: list[Message] = []
    async with stage(hook=seen.append) as (app, pilot):
        app.affairs = affairs_of(replace(SCALE, reported_at=boards.AT, reported_by="night-shift"))
        await pilot.press("p", "enter")
        await pilot.pause()
        assert "R it is not out after all" in picture(app)
        assert "reported 05:32 night-shift" in picture(app), "by the clock of the window's zone"
        await pilot.press("R")
        await pilot.pause()
    assert wishes(seen) == [ReportOut(SCALE.id, undone=True)]


async def test_what_a_window_rings_is_heard_on_its_screen() -> None:
    seen: list[Message] = []
    ring = Ring("scale-up", f"{SCALE.title}: the report is due at 05:30 Tokyo", boards.AT)
    async with stage(hook=seen.append) as (app, pilot):
        app.affairs = affairs_of(SCALE, rings=(ring, Ring("msk-prod", "broker 2", boards.AT)))
        await pilot.pause()
        await pilot.press("p")
        await pilot.press("x")
        await pilot.pause()
    assert wishes(seen) == [Heard("scale-up")], "not what another screen is for"


@BOTH
async def test_titles_steps_and_reports_from_files_command_nothing(size: tuple[int, int]) -> None:
    strange = hostile(
        Planned,
        zone="UTC",
        start=ahead(-2),
        end=ahead(60),
        report_due=ahead(30),
        reported_at=None,
        steps=(hostile(PlannedStep, at=None), hostile(PlannedStep, id="b", at=boards.AT)),
    )
    seen: list[Message] = []
    async with stage(size=size, hook=seen.append) as (app, pilot):
        app.affairs = affairs_of(strange)
        await pilot.press("p")
        assert isinstance(app.screen, PlannedScreen)
        await _intact(app)
        await pilot.press("enter")
        await _intact(app)
        await pilot.press("y")
        await pilot.pause()
    (copied,) = {message.text for message in seen if isinstance(message, CopyWanted)}
    assert not any(bad in copied for bad in STEERS) and TEXT not in copied


async def _intact(app: Stage) -> None:
    from tests.widgets.test_hostile import intact

    assert await intact(app)
