"""The night of a maintenance on the screen: what it shows, how old, and what its keys ask for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from time import process_time

import pytest
from rich.cells import cell_len
from textual.message import Message

from console.model import Arming, Board
from console.model.affairs import Affairs
from console.model.wishes import Acknowledge, ArmIt, Heard, Wish
from console.sources.maintenance import Maintenance
from tests.widgets import boards, nights
from tests.widgets.hostile import STEERS, TEXT, hostile
from tests.widgets.stage import LARGE, SMALL, Stage, golden, picture, stage
from widgets.arm import ArmDialog
from widgets.checklist import Checklist
from widgets.leaving import Leaving, reasons_to_stay
from widgets.main import MainScreen
from widgets.night import NightScreen
from widgets.night_words import headline
from widgets.symbols import ASCII
from widgets.wishes import Wanted

NIGHTS: dict[str, Board] = {
    "night-quiet": nights.night(nights.QUIET),
    "night-down": nights.night(nights.DOWN),
    "night-two-down": nights.night(nights.TWO_DOWN),
    "night-over": nights.night(nights.OVER),
    "night-stale": nights.night(nights.DOWN, old=200, trouble=nights.DENIED),
}


def wishes(heard: list[Message]) -> list[Wish]:
    """What was wanted, in this order; each travels up through several widgets."""
    return list(dict.fromkeys(one.wish for one in heard if isinstance(one, Wanted)))


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["160x45", "80x24"])
async def test_the_night_as_it_looks(size: tuple[int, int]) -> None:
    for name, board in NIGHTS.items():
        async with stage(board, size) as (app, pilot):
            rings = (nights.RING,) if name == "night-two-down" else ()
            app.affairs = replace(nights.AFFAIRS, rings=rings)
            await pilot.press("w")
            await golden(app, f"{name}-{size[0]}x{size[1]}")


async def test_the_night_in_ascii_and_while_it_is_armed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with stage(NIGHTS["night-two-down"], SMALL) as (app, pilot):
        app.symbols = ASCII
        scopes, cases = frozenset(nights.NIGHT.scopes), frozenset({"msk-maintenance"})
        arming = Arming(scopes, boards.ago(-11520), "the night", cases)
        app.affairs = replace(nights.AFFAIRS, arming=arming)
        await pilot.press("w")
        await golden(app, "night-ascii-80x24")
        seen = picture(app)
        assert "ARMED msk-prod +1 | night 3 h 12 min" in seen.splitlines()[0]
        assert not [sign for sign in "━╌█▁■✖→" if sign in seen]


async def test_the_main_screen_says_it_in_its_header_its_rail_and_its_pane() -> None:
    async with stage(NIGHTS["night-two-down"]) as (app, pilot):
        app.affairs = replace(nights.AFFAIRS, rings=(nights.RING,))
        await pilot.press("6")
        await golden(app, "maintenance-160x45")


HEADLINES = [
    (nights.QUIET, {}, None, None),
    (nights.DOWN, {}, "■ MSK maintenance 21:04 · broker 2 of 3 down 4 min", "■ MSK 21:04 b2 down"),
    (nights.OVER, {}, "■ MSK maintenance OVER 21:40", "■ MSK OVER 21:40"),
    (nights.TWO_DOWN, {}, "■ MSK maintenance 21:04 · broker 2 of 3 down 4 min ✖2",
     "■ MSK 21:04 b2 down ✖2"),
    (nights.DOWN, {"old": 200}, "◌ MSK maintenance 21:04 · broker 2 of 3 down 45 s OLD",
     "◌ MSK 21:04 b2 down OLD"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "how", "long", "short"), HEADLINES)
async def test_the_header_tells_the_night_in_a_few_words(
    row: Maintenance, how: dict[str, float], long: str | None, short: str | None
) -> None:
    row = replace(row, since=boards.ago(-480)) if row.phase == "over" else row
    board = nights.night(row, **how)  # type: ignore[arg-type]
    async with stage(board, LARGE) as (app, pilot):
        told = headline(app.board, app.look)
        assert (told and told[:2]) == (long and (long, short))
        for size in (LARGE, SMALL):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            first = picture(app).splitlines()[0]
            assert cell_len(first) <= size[0] and "21:32 Paris" in first
            assert long is None or (long if size == LARGE else str(short)) in first


async def test_of_several_clusters_the_worst_is_in_the_header_and_the_others_are_counted() -> None:
    board = nights.night(nights.STAGING, nights.TWO_DOWN)
    async with stage(board) as (app, pilot):
        told = headline(app.board, app.look)
        assert told is not None and "broker 2 of 3 down 4 min ✖2 +1" in told[0]
        await pilot.press("down", "up", "w")
        seen = picture(app)
        assert "▲ msk-stg" in seen, "a maintenance that goes on is a warning, not OK"
        assert "MSK msk-prod · MAINTENANCE" in seen, "the worst first"
        await pilot.press("tab")
        await pilot.pause()
        assert "MSK msk-stg · ACTIVE" in picture(app)
        await pilot.press("down")
        await pilot.pause()
        assert "MSK msk-prod · MAINTENANCE" in picture(app)


async def test_without_any_maintenance_the_screen_says_what_it_does_not_know() -> None:
    failed = boards.snapshot("maintenance", (), part="msk-prod", trouble=nights.DENIED)
    for board, word in ((Board(), ""), (Board().with_(failed), "the brokers do not answer")):
        async with stage(board, SMALL) as (app, pilot):
            await pilot.press("w")
            seen = picture(app)
            assert "nothing is known of any maintenance yet" in seen and word in seen
            await pilot.press("tab", "x", "n", "pagedown", "w")
            assert isinstance(app.screen, MainScreen)


async def test_durations_go_on_each_second_and_a_read_that_stops_stops_them() -> None:
    async with stage(NIGHTS["night-down"], SMALL) as (app, pilot):
        await pilot.press("w")
        for past, words in ((1, "DOWN 4 m 06 s"), (2, "DOWN 4 m 08 s")):
            app.later(past)
            await pilot.pause()
            assert words in picture(app)
        app.later(60)
        await pilot.pause()
        seen = picture(app)
        assert "STALE · not seen for 1 m 05 s" in seen and "DOWN 4 m 03 s" in seen
        assert "━?" in seen, "from then on nobody knows"


async def test_with_the_brokers_unseen_nothing_is_as_expected_and_no_duration_grows() -> None:
    async with stage(nights.night(nights.UNSEEN), LARGE) as (app, pilot):
        await pilot.press("w")
        for later in (0, 10):
            app.later(later)
            await pilot.pause()
            seen = picture(app)
            assert "BROKER 2 DOWN 2 m 05 s" in seen and "✔" not in seen.splitlines()[1]
            assert "◌ the brokers are not seen since 21:30: no broker answers" in seen
            assert "ISR full –/3" in seen and "UNSEEN" in seen.splitlines()[0]
            assert "expected so far" not in seen


async def test_a_broker_that_does_not_answer_us_stands_in_the_place_of_all_as_expected() -> None:
    silent = {"lanes": "broker 3 is listed and does not answer us"}
    async with stage(nights.night(replace(nights.DOWN, missing=silent)), LARGE) as (app, pilot):
        await pilot.press("w")
        seen = picture(app)
        assert f"◌ {silent['lanes']}" in seen and "expected so far" not in seen


async def test_clock_times_are_those_of_the_cluster_where_the_estate_lives_by_another() -> None:
    tokyo = replace(boards.DUTY, zone="Asia/Tokyo")
    async with stage(NIGHTS["night-down"], SMALL, tokyo) as (app, pilot):
        app.affairs = replace(nights.AFFAIRS, zones={"msk-prod": "Europe/Paris"})
        await pilot.press("w")
        seen = picture(app)
        assert "05:32 Tokyo" in seen and "since 21:04" in seen and "\n Paris  " in seen
        assert "21:27:55  broker 2 left the metadata" in seen


async def test_the_screen_follows_the_board() -> None:
    async with stage(NIGHTS["night-down"], SMALL) as (app, pilot):
        await pilot.press("w")
        app.show(NIGHTS["night-two-down"])
        await pilot.pause(0.4)
        assert "✖ brokers 2 and 3 are down at once" in picture(app)


async def test_holding_the_screen_up_to_date_does_not_hold_the_program() -> None:
    lanes = tuple(replace(nights.LANES[0], broker=n) for n in range(15))
    levels = nights.LEVELS * 20
    row = replace(nights.DOWN, lanes=lanes, levels=levels, happenings=nights.HAPPENINGS * 40)
    async with stage(nights.night(row), LARGE) as (app, pilot):
        await pilot.press("w")
        screen = app.screen
        assert isinstance(screen, NightScreen)
        spent = []
        for _ in range(9):
            app.at = replace(app.at, estate=app.at.estate + timedelta(seconds=1))
            began = process_time()  # the machine may be busy with something else
            screen.follow()
            spent.append(process_time() - began)
            await pilot.pause()
        assert sorted(spent)[4] < 0.016, "fifteen brokers, and a long night"


async def test_x_on_the_night_hears_what_rings_and_takes_the_finding() -> None:
    heard: list[Message] = []
    async with stage(NIGHTS["night-two-down"], SMALL, hook=heard.append) as (app, pilot):
        app.affairs = replace(nights.AFFAIRS, rings=(nights.RING,))
        await pilot.press("w")
        assert picture(app).splitlines()[1].startswith(" ■ 21:30 msk-prod: broker 3 is away")
        await pilot.press("x")
        await pilot.pause()
        assert wishes(heard) == [Heard("msk-prod"), Acknowledge("msk-maintenance@msk-prod")]
        app.affairs = nights.AFFAIRS
        await pilot.pause()
        assert "x heard" not in picture(app)


MAIN_X = [
    ("the maintenance is highlighted", (nights.FINDING,),
     [Heard("msk-prod"), Acknowledge("msk-maintenance@msk-prod")], "x heard"),
    ("nothing is highlighted", (), [Heard("msk-prod")], "x heard"),
    ("something else is", (nights.LOAD,), [Acknowledge("load@sakai/prod")], "w then x: heard"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("findings", "asked", "hint"), [row[1:] for row in MAIN_X], ids=[row[0] for row in MAIN_X]
)
async def test_x_on_the_main_screen(
    findings: tuple[object, ...], asked: list[Wish], hint: str
) -> None:
    heard: list[Message] = []
    board = replace(NIGHTS["night-two-down"], findings=findings)
    async with stage(board, SMALL, hook=heard.append) as (app, pilot):
        app.affairs = replace(nights.AFFAIRS, rings=(nights.RING,))
        await pilot.pause()
        assert picture(app).splitlines()[2].endswith(hint)
        await pilot.press("x")
        await pilot.pause()
        assert wishes(heard) == asked


async def test_a_long_ring_takes_two_lines_and_the_key_stays() -> None:
    long = replace(nights.RING, text="restart dataenricher-js was refused: " + "read it " * 30)
    for text in (long.text, TEXT, "堺" * 400):
        async with stage(NIGHTS["night-down"], SMALL) as (app, pilot):
            app.affairs = replace(nights.AFFAIRS, rings=(replace(long, text=text),))
            await pilot.pause()
            lines = picture(app).splitlines()
            assert lines[1].startswith(" ■ 21:30 msk-prod:")
            assert lines[2].endswith("w then x: heard"), "the load at 堺 is highlighted"
            app.affairs = nights.AFFAIRS
            await pilot.pause()
            assert "✖ Load average" in picture(app).splitlines()[1]


async def test_a_ring_of_another_cluster_is_not_heard_in_passing() -> None:
    heard: list[Message] = []
    board = nights.night(nights.TWO_DOWN, nights.STAGING)
    async with stage(board, SMALL, hook=heard.append) as (app, pilot):
        rings = (nights.RING, replace(nights.RING, scope="msk-stg", text="msk-stg: it has begun"))
        app.affairs = replace(nights.AFFAIRS, rings=rings)
        await pilot.press("w", "x")
        await pilot.pause()
        assert [one for one in wishes(heard) if isinstance(one, Heard)] == [Heard("msk-prod")]
        assert "+1 more" in picture(app)


async def arm_the_night(keys: tuple[str, ...]) -> list[Wish]:
    """What the keys after `A` ask for, on the maintenance screen."""
    heard: list[Message] = []
    async with stage(NIGHTS["night-down"], SMALL, hook=heard.append) as (app, pilot):
        app.affairs = nights.AFFAIRS
        await pilot.press("w", "A")
        dialog = app.screen
        assert isinstance(dialog, ArmDialog)
        await golden(app, "arm-night-80x24")
        dialog._hears = 0.0
        await pilot.press(*keys)
        await pilot.pause()
    return [one for one in wishes(heard) if isinstance(one, ArmIt)]


async def test_a_night_is_armed_with_its_case_and_empties_nothing_unless_ticked() -> None:
    rest = ("enter", "enter", *"asleep", "enter", "enter")
    scopes, case = nights.NIGHT.scopes, ("msk-maintenance",)
    tab = ("enter", "tab")
    assert await arm_the_night((*tab, *rest[1:])) == [
        ArmIt(scopes, 240.0, "asleep", "", case, False)
    ]
    ticked = ("enter", "space", "tab")
    assert await arm_the_night((*ticked, *rest[1:])) == [
        ArmIt(scopes, 240.0, "asleep", "", case, True)
    ]
    alone = await arm_the_night(("down", "enter", *rest[1:]))
    assert alone == [ArmIt(("msk-prod",), 30.0, "asleep", "")], "a scope is no night"


async def test_a_long_night_and_many_scopes_leave_the_buttons_on_a_small_screen() -> None:
    scopes = tuple(f"site-{n}/prod" for n in range(40))
    long = replace(nights.NIGHT, steps=("empty " + ", ".join(scopes[:8]),) * 3)
    async with stage(NIGHTS["night-down"], SMALL) as (app, pilot):
        app.affairs = replace(nights.AFFAIRS, scopes=(*nights.AFFAIRS.scopes, *scopes))
        app.affairs = replace(app.affairs, nights=(long,))
        await pilot.press("w", "A")
        await pilot.pause()
        seen = picture(app)
        assert "Cancel" in seen and "why  " in seen and "the night of" in seen


async def test_minutes_that_were_typed_stay() -> None:
    keys = ("down", "enter", "backspace", "backspace", "9", "0")
    back = ("shift+tab", "up", "tab", "tab", "enter", *"why", "enter", "enter")
    (armed,) = await arm_the_night((*keys, *back))
    assert isinstance(armed, ArmIt) and armed.minutes == 90 and armed.cases


async def test_without_a_highlighted_maintenance_scopes_come_before_nights() -> None:
    async with stage(replace(NIGHTS["night-down"], findings=(nights.LOAD,)), SMALL) as (app, pilot):
        app.affairs = nights.AFFAIRS
        await pilot.press("A")
        await pilot.pause()
        lines = picture(app)
        assert lines.index("│ msk-prod") < lines.index("the night of MSK maintenance")
        assert "minutes 30" in lines and "By itself" not in lines


async def test_c_on_the_night_opens_its_checklist() -> None:
    async with stage(NIGHTS["night-down"], SMALL) as (app, pilot):
        app.affairs = nights.AFFAIRS
        await pilot.press("w", "c")
        assert isinstance(app.screen, Checklist) and "MSK maintenance" in picture(app)


async def test_enter_on_a_maintenance_opens_its_night_and_e_explains_it() -> None:
    async with stage(NIGHTS["night-two-down"], SMALL) as (app, pilot):
        await pilot.press("6", "enter")
        assert isinstance(app.screen, NightScreen)
        await pilot.press("q", "e")
        await pilot.pause()
        seen = picture(app)
        assert "brokers 2 and 3 are down at once" in seen and "moves" not in seen


@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["large", "small"])
async def test_hostile_names_leave_the_night_intact(size: tuple[int, int]) -> None:
    row = hostile(Maintenance, phase="broker_down", missing={}, ages={}, series={})
    affairs = Affairs(rings=(replace(nights.RING, scope=TEXT, text=TEXT),))
    board = nights.night(row)
    board = replace(board, findings=(replace(nights.FINDING, evidence=(row.ref,)),))
    async with stage(board, size) as (app, pilot):
        app.affairs = affairs
        for keys in (("pause",), ("w",)):
            await pilot.press(*(key for key in keys if key != "pause"))
            await pilot.pause()
            intact(app)


def intact(app: Stage) -> None:
    """Every line has its width and nothing steers the terminal."""
    strips = app.screen._compositor.render_strips()
    assert {sum(cell_len(s.text) for s in strip) for strip in strips} == {app.size.width}
    assert not any("@click" in s.style.meta for strip in strips for s in strip if s.style)
    seen = picture(app)
    assert not STEERS & set(seen) and "[red]" in seen


async def test_quitting_asks_while_a_maintenance_runs_and_not_when_it_is_over() -> None:
    async with stage(NIGHTS["night-down"], SMALL) as (app, pilot):
        await pilot.press("q")
        assert isinstance(app.screen, Leaving)
        assert "broker 2 of 3 down 4 min (msk-prod)" in " ".join(
            picture(app).replace("│", "").split()
        )
    for name in ("night-over", "night-quiet"):
        board = NIGHTS[name]
        assert not list(reasons_to_stay(Affairs(), board, app.look))
