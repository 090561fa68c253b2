"""Keys: what each asks for, on any layout, and what the person then sees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from textual.app import App
from textual.binding import Binding
from textual.events import Key
from textual.message import Message

from console.app import Console
from tests.widgets import boards
from tests.widgets.stage import LARGE, SMALL, golden, picture, stage
from widgets.keys import translated
from widgets.main import MainScreen
from widgets.symbols import ASCII
from widgets.table import Table
from widgets.wishes import CopyWanted, LeaveWanted, RefreshWanted

ROOT = Path(__file__).parents[2]
MEANT = [
    ("й", "q", "q", "the letter on the same key"),
    ("Я", "Z", "Z", "upper case too"),
    ("ж", "semicolon", ";", "a sign on a letter's key"),
    ("Ж", "colon", ":", "the palette's key"),
    ("ｑ", "q", "q", "a full-width letter"),
    ("／", "slash", "/", "a full-width sign"),
    ("？", "question_mark", "?", "a full-width question mark"),
    ("q", "q", "q", "Latin is left alone"),
    ("é", "é", "é", "and so is what no key stands for"),
]


@pytest.mark.parametrize(("typed", "key", "character", "why"), MEANT)
def test_a_key_means_what_stands_on_it(typed: str, key: str, character: str, why: str) -> None:
    event = translated(Key(typed, typed))
    assert (event.key, event.character) == (key, character), why


def test_a_cyrillic_letter_with_control_keeps_its_control() -> None:
    assert translated(Key("ctrl+к", None)).key == "ctrl+r"


async def test_keys_work_on_a_cyrillic_layout_but_text_fields_take_what_is_typed() -> None:
    async with stage(size=SMALL) as (app, pilot):
        await pilot.press("я")
        assert "水島" not in picture(app), "faults only"
        await pilot.press("я", "slash", "я")
        assert "filter: я" in picture(app)


async def test_full_width_letters_work_and_the_input_method_is_named() -> None:
    async with stage(size=SMALL) as (app, pilot):
        await pilot.press("ｚ")
        await pilot.pause()
        assert "水島" not in picture(app), "faults only"
        assert "IME on" in picture(app)


async def test_a_filter_works_while_it_is_typed_stays_after_enter_and_goes_with_escape() -> None:
    async with stage() as (app, pilot):
        await pilot.press("slash", *"SAKAI")
        await golden(app, "filter-160x45")
        await pilot.press("enter")
        table = app.screen.query_one("#pane-sites Table", Table)
        assert table.has_focus and [row.ref.name for row in table.rows] == ["sakai"]
        assert "rows hidden" in picture(app)
        await pilot.press("escape")
        assert len(table.rows) == len(boards.SITES)


async def test_enter_opens_everything_about_a_row() -> None:
    heard: list[Message] = []
    async with stage(hook=heard.append) as (app, pilot):
        await pilot.press("2", "enter")
        await pilot.pause()
        opened = [message for message in heard if isinstance(message, Table.Opened)]
        assert opened[0].row.ref.name == "datajs/teamusages.dataEnrichementCrow.heartbeat.save"
        await golden(app, "detail-160x45")
        await pilot.press("q")
        assert isinstance(app.screen, MainScreen)


async def test_a_detail_follows_its_row_and_says_when_it_is_gone() -> None:
    async with stage(size=SMALL) as (app, pilot):
        await pilot.press("enter")
        worse = boards.site("sakai", "堺 Sakai", boards.CRIT, load1=21.5)
        app.show(boards.night().with_(boards.snapshot("sites", (worse,), old=1)))
        await pilot.pause(0.3)
        assert "21.5" in picture(app) and "no longer seen" not in picture(app)
        app.show(boards.night().with_(boards.snapshot("sites", (), old=1)))
        await pilot.pause(0.3)
        assert "no longer seen; these are its last values" in picture(app)


async def test_explain_says_why_from_which_values_and_how_old() -> None:
    async with stage(size=SMALL) as (app, pilot):
        await pilot.press("2", "e")
        await pilot.pause()
        await golden(app, "explain-80x24")
        assert "committed offset has not moved for 4 min" in picture(app)


async def test_an_unknown_fact_is_told_with_its_reason() -> None:
    async with stage(size=LARGE) as (app, pilot):
        await pilot.press("down", "down", "enter")
        await pilot.pause()
        assert "load                    –   i-0b2 is stopped" in picture(app)


async def test_help_lists_every_key_with_the_id_by_which_it_is_remapped() -> None:
    async with stage() as (app, pilot):
        await pilot.press("question_mark")
        await pilot.pause()
        await golden(app, "help-160x45")


def bound() -> Iterator[type[App[int]]]:
    """Every class of the screen that has bindings of its own."""
    for path in (*ROOT.glob("widgets/**/*.py"), ROOT / "console" / "app.py"):
        module = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and "BINDINGS" in map(_assigned, node.body):
                yield getattr(import_module(module), node.name)


def _assigned(node: ast.stmt) -> str:
    if isinstance(node, ast.AnnAssign):
        return ast.unparse(node.target)
    return ast.unparse(node.targets[0]) if isinstance(node, ast.Assign) else ""


@pytest.mark.parametrize("place", list(bound()))
def test_every_binding_has_an_id_and_none_destroys_by_ctrl_k_or_ctrl_d(
    place: type[App[int]],
) -> None:
    own = [one for one in vars(place)["BINDINGS"] if isinstance(one, Binding)]
    assert own and own == list(vars(place)["BINDINGS"])
    assert all(binding.id for binding in own)
    assert not [b for b in own if {"ctrl+k", "ctrl+d"} & set(b.key.split(","))]


def test_the_bindings_of_the_screen_are_found() -> None:
    assert {Console, MainScreen, Table} <= set(bound())


async def test_a_key_can_be_remapped_and_the_key_line_follows() -> None:
    async with stage(size=LARGE, keymap={"rows.faults": "f9"}) as (app, pilot):
        assert "f9 faults only" in picture(app)
        await pilot.press("f9")
        assert "水島" not in picture(app)


async def test_a_copy_goes_to_the_terminal_and_to_a_file_whose_path_is_shown(
    tmp_path: Path,
) -> None:
    heard: list[Message] = []
    async with stage(hook=heard.append, state=tmp_path) as (app, pilot):
        await pilot.press("y")
        await pilot.pause()
        assert [message for message in heard if isinstance(message, CopyWanted)]
        assert "堺 Sakai" in app.clipboard
        while "copied.txt" not in "".join(picture(app).split()):
            await pilot.pause(0.02)
        assert "堺 Sakai" in (tmp_path / "copied.txt").read_text(encoding="utf-8")


async def test_refresh_and_quit_are_wishes_that_travel_up() -> None:
    heard: list[Message] = []
    async with stage(hook=heard.append) as (app, pilot):
        await pilot.press("ctrl+r", "q")
        assert [message for message in heard if isinstance(message, RefreshWanted)]
        assert [message for message in heard if isinstance(message, LeaveWanted)]
    assert app.return_code == 0


async def test_the_palette_reaches_every_pane_and_shows_a_source_without_tuned_columns() -> None:
    async with stage(size=SMALL) as (app, pilot):
        await pilot.press("enter", "colon", *"pane metr")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause(0.3)
        await golden(app, "metrics-80x24")


async def test_in_ascii_nothing_of_ambiguous_width_is_drawn_by_us() -> None:
    async with stage(size=SMALL) as (app, pilot):
        app.symbols = ASCII
        await pilot.press("2")
        await pilot.pause()
        await golden(app, "ascii-80x24")
        own = picture(app).replace("réseau+製油所", "")
        assert own.isascii()
