"""Hostile names in every field of every value: screens, journal and copies stay intact."""

from __future__ import annotations

import argparse
import base64
import json
import os
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from rich.cells import cell_len
from textual.screen import Screen

from console.commands.journal import line, run, run_verify
from console.journal import KINDS, Journal
from console.model import (
    Board,
    Entry,
    Finding,
    Guarded,
    Order,
    Plan,
    Proposal,
    Ref,
    Row,
    Run,
    RunStep,
    Severity,
    Trouble,
    Verdict,
    fact_names,
)
from console.model.affairs import Affairs, Card, Doing, Night, Offer, OpenAct, Ring
from console.model.wishes import AskWhat
from console.sources import row_types
from tests.widgets import boards
from tests.widgets.hostile import STEERS, TEXT, hostile
from tests.widgets.stage import LARGE, SMALL, Stage, picture, stage
from widgets.act import ActDialog
from widgets.arm import ArmDialog
from widgets.away import Away
from widgets.checklist import Checklist
from widgets.finding_page import FindingPage
from widgets.journal import EntryPage, JournalScreen
from widgets.night import NightScreen
from widgets.page import Detail, Explain
from widgets.unfinished import Unfinished
from widgets.wishes import CopyWanted

BOTH = pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
PLAN = hostile(Plan)
GUARDS = (hostile(Guarded, ok=True), hostile(Guarded, ok=False, override=""))
GUARDS += (hostile(Guarded, ok=False),)
PROPOSAL = Proposal(PLAN, GUARDS, hostile(Order), boards.AT, TEXT)
STEPS = tuple(
    hostile(RunStep, id=f"{kind}{outcome}", kind=kind, outcome=outcome)
    for kind in ("do", "check", "wait", "run", "contact")
    for outcome in ("", "unknown")
)
RUN = hostile(Run, id="r", scope=TEXT, steps=STEPS, closed_at=None)
ENTRIES = tuple(
    Entry(boards.AT, kind, TEXT, TEXT, dict.fromkeys(("text", "said", "title", TEXT), TEXT))
    for kind in sorted(KINDS)
)
# what a later program, or a hand, may have written
STRANGE = (Entry(boards.AT, TEXT, TEXT, TEXT, {"text": TEXT, "title": {}, "plan": 1}),)
STRANGE += tuple(replace(STRANGE[0], kind=one.kind) for one in ENTRIES)


def board() -> Board:
    """A row of every type there is, and a finding."""
    made = Board(findings=(hostile(Finding, severity=Severity.CRITICAL, ignored=False),))
    for source, kind in row_types().items():
        trouble = hostile(Trouble)
        names = fact_names(kind)  # the program's own words
        told = {"missing": dict.fromkeys(names, TEXT), "ages": dict.fromkeys(names, boards.AT)}
        told["series"] = dict.fromkeys(names[:1], (1.0, 2.0))
        row = hostile(kind, ref=Ref(source, "sakai/prod", TEXT), **told)
        made = made.with_(boards.snapshot(source, (row,), part=TEXT, trouble=trouble))
    return made


def affairs(key: str, **more: Any) -> Affairs:
    """Everything that screens know of acts, one of them so far."""
    told: dict[str, Any] = {"phase": "shown", "order": PROPOSAL.order, "proposal": PROPOSAL} | more
    return Affairs(
        scopes=(TEXT,),
        titles={TEXT: TEXT},
        offers={TEXT: hostile(Offer)},
        contacts={TEXT: hostile(Card)},
        runs=(RUN,),
        entries=(*ENTRIES, *STRANGE),
        barred=TEXT,
        nights=(hostile(Night),),
        rings=(hostile(Ring),),
        doings={key: Doing(key=key, **told)},
    )


async def intact(app: Stage) -> str:
    """Every line has its width, nothing steers the terminal, and markup stays text."""
    strips = app.screen._compositor.render_strips()
    assert {sum(cell_len(s.text) for s in strip) for strip in strips} == {app.size.width}
    styles = [segment.style for strip in strips for segment in strip if segment.style]
    assert not any("@click" in style.meta for style in styles)
    seen = picture(app)
    assert not STEERS & set(seen)
    assert "[red]" in seen, "it is shown, as text"
    return seen


PHASES: dict[str, dict[str, Any]] = {
    "shown": {},
    "changed": {"changed": (TEXT,)},
    "flying": {"phase": "flying", "fired_at": boards.AT},
    "busy": {"phase": "flying", "fired_at": boards.AT, "progress": (TEXT, 0.5)},
    "ended": {"phase": "ended", "verdict": hostile(Verdict, outcome="failed")},
    "refused": {"phase": "refused", "reasons": (TEXT, TEXT)},
    "choosing": {"phase": "choosing", "proposal": None, "choices": (hostile(Order),) * 2},
}


def plain_texts(kind: type[Row]) -> dict[str, object]:
    """Each field of a row that is text by its type, and what it is when all of it is TEXT."""
    wanted = {str: TEXT, str | None: TEXT, tuple[str, ...]: (TEXT,)}
    hints = get_type_hints(kind)
    return {one.name: wanted[hints[one.name]] for one in fields(kind) if hints[one.name] in wanted}


@pytest.mark.parametrize("source", row_types())
def test_no_text_of_a_row_is_left_out(source: str) -> None:
    kind = row_types()[source]
    texts, row = plain_texts(kind), hostile(kind)
    assert texts == {name: getattr(row, name) for name in texts}
    assert set(texts) - {one.name for one in fields(Row)}, "its own facts are looked at, too"


@BOTH
async def test_the_main_screen(size: tuple[int, int]) -> None:
    async with stage(board(), size) as (app, _):
        await intact(app)


async def test_the_pages_of_every_row() -> None:
    whole = board()
    async with stage(whole, LARGE) as (app, pilot):
        for source in row_types():
            (row,) = whole.rows(source)
            for page in (Detail, Explain):
                await app.push_screen(page(row))
                await pilot.pause()
                await intact(app)
                await app.pop_screen()


@BOTH
async def test_the_dialog_of_an_act(size: tuple[int, int]) -> None:
    async with stage(size=size) as (app, pilot):
        for phase in PHASES.values():
            dialog = ActDialog(AskWhat("", finding="load@sakai/prod"))
            await app.push_screen(dialog)
            app.affairs = affairs(dialog.doing_key, **phase)
            await pilot.pause()
            await intact(app)
            await app.pop_screen()


SCREENS: dict[str, Callable[[], Screen[Any]]] = {
    "checklist": lambda: Checklist(run="r"),
    "journal": JournalScreen,
    "finding": lambda: FindingPage(board().findings[0]),
    "arming": lambda: ArmDialog([(TEXT,)]),
    "a night": lambda: ArmDialog(nights=[hostile(Night, empties=True)]),
    "what one missed": lambda: Away((*ENTRIES, *STRANGE), boards.AT),
    "the night": NightScreen,
}


@BOTH
async def test_checklist_journal_and_dialogs(size: tuple[int, int]) -> None:
    async with stage(board(), size) as (app, pilot):
        app.affairs = affairs("none")
        for make in SCREENS.values():
            await app.push_screen(make())
            await pilot.pause()
            await intact(app)
            await app.pop_screen()


async def test_the_page_of_every_kind_of_entry() -> None:
    async with stage(board(), LARGE) as (app, pilot):
        for entry in (*ENTRIES, STRANGE[0]):
            await app.push_screen(EntryPage(entry))
            await pilot.pause()
            await intact(app)
            await app.pop_screen()


@BOTH
async def test_an_act_without_an_end(size: tuple[int, int]) -> None:
    async with stage(size=size) as (app, pilot):
        act = OpenAct(TEXT, TEXT, trouble=TEXT, rest=TEXT)
        for one in (act, replace(act, verdict=hostile(Verdict))):
            app.affairs = replace(affairs("none"), unfinished=(one,))
            await pilot.pause()
            assert isinstance(app.screen, Unfinished)
            await intact(app)


def test_a_line_of_the_journal_is_one_line_verified_and_printed_without_control_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ONCALL_STATE", str(tmp_path))
    (tmp_path / "test").mkdir()
    journal = Journal(tmp_path / "test" / "journal.jsonl")
    for entry in ENTRIES:
        told = {**entry.data, "plan": PLAN, "verdict": hostile(Verdict)}
        journal.append(entry.kind, run=TEXT, by=TEXT, **told)
    lines = journal.path.read_text(encoding="utf-8").split("\n")[:-1]
    assert [json.loads(one)["data"]["said"] for one in lines] == [TEXT] * len(ENTRIES)
    assert journal.verify() == len(ENTRIES)
    asked = argparse.Namespace(estate="test", since=None, json=False, config=None)
    assert run(asked) == run_verify(asked) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == len(ENTRIES) + 1
    assert not STEERS & set(printed) and "[red]" in line(ENTRIES[0])


async def test_a_copied_message_is_the_message_and_steers_nothing(tmp_path: Path) -> None:
    async with stage(state=tmp_path) as (app, pilot):
        written: list[str] = []
        assert app._driver is not None
        app._driver.write = written.append  # type: ignore[method-assign]
        app.post_message(CopyWanted(TEXT))
        while not (tmp_path / "copied.txt").exists() or not any("]52;" in w for w in written):
            await pilot.pause(0.01)
        await pilot.pause(0.05)
    (sent,) = [one for one in written if one.startswith("\x1b]52;c;")]
    payload = sent.removeprefix("\x1b]52;c;").rstrip("\x07\\\x1b")
    assert base64.b64decode(payload).decode() == TEXT
    copied = (tmp_path / "copied.txt").read_bytes().decode()
    assert copied.replace(os.linesep, "\n") == f"{TEXT}\n"
