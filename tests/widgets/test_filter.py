"""The filter: keys in the order they were typed, and one filter for every pane."""

from __future__ import annotations

import pytest
from textual.events import Key

from console.model import Ref, Severity
from console.sources.targets import TargetGroup
from tests.widgets import boards
from tests.widgets.stage import LARGE, Stage, stage
from widgets.main import MainScreen
from widgets.sieve import Search, Sieve
from widgets.table import Table

KEYS = {"\r": "enter", "\x15": "ctrl+u", "/": "slash", "\x1b": "escape", "\x7f": "backspace"}
BURSTS = [
    ("the line is emptied and typed anew", "/", "\x15loki\r", "loki", False),
    ("what was kept is emptied first", "/sakai\r/", "\x15loki\r", "loki", False),
    ("a letter is taken back", "/", "lokx\x7fi\r", "loki", False),
    ("a key after enter is no letter of it", "/", "loki\rz", "loki", True),
    ("a Cyrillic key neither", "/", "loki\rя", "loki", True),
    ("a second filter after the first", "/", "sakai\r/\x15loki\r", "loki", False),
    ("no filter, and the next one", "/", "sakai\x1b/loki\r", "loki", False),
    ("no filter at last", "/", "sakai\x1b", "", False),
]


def burst(app: Stage, typed: str) -> None:
    """All at once, as from one write of a terminal."""
    for letter in typed:
        app.post_message(Key(KEYS.get(letter, letter), letter))


@pytest.mark.parametrize(
    ("caption", "before", "typed", "text", "faults"), BURSTS, ids=[one[0] for one in BURSTS]
)
async def test_keys_of_one_write_are_done_in_their_order(
    caption: str, before: str, typed: str, text: str, faults: bool
) -> None:
    async with stage(size=LARGE) as (app, pilot):
        await pilot.press(*(KEYS.get(letter, letter) for letter in before))
        burst(app, typed)
        await pilot.pause(0.2)
        main = app.screen
        assert isinstance(main, MainScreen) and isinstance(app.focused, Table)
        assert (main.pane.sieve.text, main.pane.sieve.faults) == (text, faults)
        assert main._filter.value == text


async def test_a_pane_that_is_opened_later_has_the_filter() -> None:
    async with stage(size=LARGE) as (app, pilot):
        await pilot.press("slash", *"sakai", "enter", "6")
        main = app.screen
        assert isinstance(main, MainScreen) and not main.pane.kind.main
        assert main.pane.sieve.text == "sakai"
        await pilot.press("escape")
        assert main.pane.sieve.text == ""


def test_each_host_name_of_a_target_group_is_found() -> None:
    def group(name: str, hosts: tuple[str, ...] | None) -> TargetGroup:
        return TargetGroup(
            ref=Ref("target_group", "x/prod", name), at=boards.NOW.estate, owner="ours",
            severity=Severity.OK, site="x", env="prod", group=name, hosts=hosts,
        )  # fmt: skip

    rows = [group("a", ("client-001.fr", "Client-002.fr")), group("b", ("client-003.fr",))]
    rows.append(group("c", None))
    kept = Search().keep(rows, Sieve("client-002"))
    assert [row.ref.name for row in kept] == ["a"]
