"""The virtual table: the cursor stays on its row, and ten thousand rows cost what forty do."""

from __future__ import annotations

import time
from dataclasses import replace

from console.model import Board, Row, Severity
from console.sources.kafka_lag import GroupLag
from tests.widgets import boards
from tests.widgets.stage import SMALL, picture, stage
from widgets.table import Table


def many(count: int) -> tuple[Row, ...]:
    return tuple(
        boards.lag(f"group-{n:05}", f"トピック.{n:05}", boards.OK, lag=n, verdict="ok")
        for n in range(count)
    )


def lags(rows: tuple[Row, ...], old: float = 2) -> Board:
    return Board().with_(boards.snapshot("kafka_lag", rows, part="msk-prod", old=old, interval=5))


def worse(rows: tuple[Row, ...], index: int) -> tuple[Row, ...]:
    return (*rows[:index], replace(rows[index], severity=Severity.CRITICAL), *rows[index + 1 :])


async def test_of_ten_thousand_rows_only_those_on_the_screen_are_drawn() -> None:
    async with stage(lags(many(10_000)), SMALL) as (app, pilot):
        await pilot.press("2")
        table = app.screen.query_one("#pane-kafka Table", Table)
        drawn: list[int] = []
        render = table.render_line

        def count(y: int) -> object:
            drawn.append(y)
            return render(y)

        table.render_line = count  # type: ignore[assignment,method-assign]
        slowest = 0.0
        for _ in range(40):
            began = time.process_time()
            await pilot.press("pagedown")
            slowest = max(slowest, time.process_time() - began)
        assert len(drawn) <= 41 * table.size.height
        assert "group-00480" in picture(app) or table.cursor > 400
        assert slowest < 1.0, "a page of ten thousand rows must not be felt"


async def test_the_cursor_stays_on_its_row_and_its_line_when_values_change() -> None:
    rows = many(500)
    async with stage(lags(rows), SMALL) as (app, pilot):
        await pilot.press("2", *["down"] * 60)
        table = app.screen.query_one("#pane-kafka Table", Table)
        under, at = table.current, table.cursor - table.scroll_offset.y
        app.show(lags(worse(rows, 400), old=1))
        await pilot.pause(0.3)
        assert under is not None and table.current is not None
        assert table.current.ref == under.ref
        assert table.cursor - table.scroll_offset.y == at


async def test_no_row_changes_its_place_under_a_busy_hand_and_new_ones_come_last() -> None:
    rows = many(5)
    async with stage(lags(rows), SMALL) as (app, pilot):
        await pilot.press("2", "down")
        table = app.screen.query_one("#pane-kafka Table", Table)
        before = [row.ref for row in table.rows]
        new = boards.lag("new", "topic", boards.CRIT, verdict="stuck")
        app.show(lags((new, *worse(rows, 3)), old=1))
        await pilot.pause(0.3)
        assert [row.ref for row in table.rows] == [*before, new.ref]
        await pilot.press("s", "s")
        assert "by group" in picture(app)


async def test_without_a_hand_on_it_the_worst_row_comes_first() -> None:
    rows = many(30)
    async with stage(lags(rows), SMALL) as (app, pilot):
        await pilot.press("2")
        app.show(lags(worse(rows, 20), old=1))
        await pilot.pause(0.3)
        table = app.screen.query_one("#pane-kafka Table", Table)
        assert table.rows[0].ref == rows[20].ref


async def test_the_last_row_can_be_reached_and_a_row_that_goes_leaves_the_cursor_in_place() -> None:
    rows = many(100)
    async with stage(lags(rows), SMALL) as (app, pilot):
        await pilot.press("2", "end")
        assert "group-00099" in picture(app)
        app.show(lags(rows[:50], old=1))
        await pilot.pause(0.3)
        table = app.screen.query_one("#pane-kafka Table", Table)
        assert table.cursor == 49
        assert "group-00049" in picture(app)


async def test_an_order_by_a_fact_puts_the_largest_first_and_the_unknown_last() -> None:
    async with stage() as (app, pilot):
        pane = app.screen.query_one("#pane-kafka")
        await pilot.press("2", *["s"] * 4)
        assert "by lag" in picture(app)
        table = pane.query_one(Table)
        shown = [row.lag for row in table.rows if isinstance(row, GroupLag)]
        assert shown == [12403, 812, 14, None]
