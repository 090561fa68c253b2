"""How acts, checklists and the journal look, large and small."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.model import Arming, Severity
from console.model.affairs import OpenAct
from console.model.wishes import AskWhat
from tests.widgets import affairs, boards
from tests.widgets.stage import LARGE, SMALL, golden, picture, stage
from widgets.act import ActDialog
from widgets.arm import ArmDialog
from widgets.careful import DEAF
from widgets.checklist import Checklist
from widgets.journal import JournalScreen
from widgets.unfinished import Unfinished

BOTH = pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
PHASES = {
    "plan": {},
    "changed": {"changed": ("lost: was nothing, now 212 jobs",)},
    "flying": {"phase": "flying", "fired_at": boards.ago(42)},
    "busy": {
        "phase": "flying",
        "fired_at": boards.ago(42),
        "progress": ("copying partition 2 of 3: 618,000 of 1,000,000 records", 0.618),
    },
    "ended": {"phase": "ended", "verdict": affairs.VERDICT},
    "refused": {"phase": "refused", "reasons": ("cluster mode enabled: no node can be rebooted",)},
    "choosing": {
        "phase": "choosing",
        "proposal": None,
        "choices": (affairs.ORDER, replace(affairs.ORDER, remedy="ec2-reboot")),
    },
}


@BOTH
@pytest.mark.parametrize("name", PHASES)
async def test_each_phase_of_an_act(size: tuple[int, int], name: str) -> None:
    async with stage(size=size) as (app, pilot):
        dialog = ActDialog(AskWhat("", finding="load@sakai/prod"))
        await app.push_screen(dialog)
        app.affairs = affairs.doing(dialog.doing_key, **PHASES[name])
        await pilot.pause()
        await golden(app, f"act-{name}-{size[0]}x{size[1]}")


async def test_a_bar_that_grows_takes_neither_the_keys_nor_the_focus() -> None:
    async with stage(size=SMALL) as (app, pilot):
        dialog = ActDialog(AskWhat("", finding="load@sakai/prod"))
        await app.push_screen(dialog)
        for share in (0.0, 0.4, 0.999):
            told = PHASES["busy"] | {"progress": ("copying", share)}
            app.affairs = affairs.doing(dialog.doing_key, **told)
            await pilot.pause()
            assert f"{share * 100:3.0f} %".replace("100", " 99") in picture(app)
            assert dialog.deaf is (share == 0.0)
            dialog._hears = 0.0


async def test_a_dialog_is_deaf_for_four_tenths_of_a_second() -> None:
    async with stage() as (app, pilot):
        dialog = ArmDialog()
        assert dialog.deaf, "before it is there"
        begun = app.steady()
        await app.push_screen(dialog)
        while dialog.deaf:
            await pilot.pause(0.01)
        assert app.steady() - begun >= DEAF


@BOTH
async def test_a_checklist(size: tuple[int, int]) -> None:
    async with stage(size=size) as (app, pilot):
        app.affairs = affairs.AFFAIRS
        await app.push_screen(Checklist(run="7f3a"))
        await pilot.pause()
        await golden(app, f"checklist-{size[0]}x{size[1]}")


@BOTH
async def test_the_journal(size: tuple[int, int]) -> None:
    async with stage(size=size) as (app, pilot):
        app.affairs = affairs.AFFAIRS
        await app.push_screen(JournalScreen())
        await pilot.pause(0.1)
        await golden(app, f"journal-{size[0]}x{size[1]}")


@BOTH
async def test_arming(size: tuple[int, int]) -> None:
    async with stage(size=size) as (app, pilot):
        armed = Arming(frozenset({"sakai/stg"}), boards.ago(-720), "a rehearsal", by="t")
        app.affairs = replace(affairs.AFFAIRS, arming=armed)
        await app.push_screen(ArmDialog([("sakai/prod",)]))
        await pilot.pause()
        await golden(app, f"arm-{size[0]}x{size[1]}")


@BOTH
async def test_an_act_without_an_end(size: tuple[int, int]) -> None:
    async with stage(size=size) as (app, pilot):
        acts = (
            OpenAct("a", "elasticache-reboot on sakai-redis was begun", verdict=affairs.VERDICT),
            OpenAct("b", "ec2-reboot on peip was begun", looking=True),
            OpenAct("c", "notify was begun", trouble="it is still in flight on sakai/prod"),
        )
        app.affairs = replace(affairs.AFFAIRS, unfinished=acts)
        await pilot.pause()
        assert isinstance(app.screen, Unfinished), "it is shown by itself"
        await golden(app, f"unfinished-{size[0]}x{size[1]}")


async def test_an_act_without_an_end_waits_until_a_dialog_is_gone_and_comes_once() -> None:
    async with stage() as (app, pilot):
        arming = ArmDialog()
        await app.push_screen(arming)
        app.affairs = replace(affairs.AFFAIRS, unfinished=(OpenAct("a", "notify was begun"),))
        app.later(1)
        await pilot.pause()
        assert app.screen is arming
        arming.dismiss()
        await pilot.pause()
        app.later(1)
        await pilot.pause()
        assert isinstance(app.screen, Unfinished)
        await app.pop_screen()
        app.later(1)
        await pilot.pause()
        assert app.screen is app.main


async def test_only_the_status_cells_that_matter_stay_where_not_all_fit() -> None:
    board = boards.night().with_(
        *(boards.snapshot(f"source_number_{n}", (), old=1) for n in range(9)),
        boards.snapshot("broken", (), trouble=boards.EXPIRED, old=190),
    )
    async with stage(board, SMALL) as (app, _):
        line = picture(app).splitlines()[-2]
        assert line.startswith(" broken ✖ 3 m 10 s  metrics ◌ 2 m 10 s  ● 16 fresh")


async def test_a_row_that_turns_critical_out_of_sight_is_said_and_a_key_sorts() -> None:
    rows = [boards.workload(f"w-{n:02}") for n in range(60)]
    board = boards.night().with_(boards.snapshot("workloads", rows, old=1))
    async with stage(board, SMALL) as (app, pilot):
        await pilot.press("3", "down")
        worse = [*rows[:59], boards.workload("w-59", Severity.CRITICAL, ready=0)]
        app.show(boards.night().with_(boards.snapshot("workloads", worse, old=1)))
        await pilot.pause(0.4)
        assert "w-59" not in picture(app) and "new critical: 1 below, s sorts" in picture(app)
        await pilot.press("s")
        await pilot.pause()
        assert "✖ w-59" in picture(app) and "new critical" not in picture(app)
