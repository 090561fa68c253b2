"""The main screen: everything at once, or one pane at a time; ages, troubles, filters."""

from __future__ import annotations

from dataclasses import replace

from rich.cells import cell_len

from console.model import Board, Finding, Snapshot
from tests.widgets import boards
from tests.widgets.stage import LARGE, SMALL, golden, picture, stage


async def test_a_large_screen_shows_every_pane_at_once() -> None:
    async with stage(size=LARGE) as (app, _):
        await golden(app, "main-160x45")


async def test_a_small_screen_shows_one_pane_and_its_tabs() -> None:
    async with stage(size=SMALL) as (app, pilot):
        await golden(app, "main-80x24")
        await pilot.press("2")
        await golden(app, "kafka-80x24")
        await pilot.press("tab", "tab")
        assert "devicemanagement canary" in picture(app)


async def test_no_line_is_wider_or_narrower_than_the_screen() -> None:
    for size in (LARGE, SMALL, (100, 30), (61, 20)):
        async with stage(boards.expired(), size) as (app, _):
            strips = app.screen._compositor.render_strips()
            widths = {sum(cell_len(segment.text) for segment in strip) for strip in strips}
            assert widths == {size[0]}


async def test_an_expired_login_is_told_with_its_cure_and_marks_the_old_values() -> None:
    async with stage(boards.expired()) as (app, _):
        await golden(app, "expired-160x45")
        seen = picture(app)
        assert "AUTH EXPIRED since 21:29" in seen
        assert "run: aws sso login --profile rpg-prod" in seen, "on one line, to be copied"
        assert seen.count("(old values)") == 1


async def test_time_alone_makes_a_pane_stale() -> None:
    async with stage() as (app, pilot):
        app.later(59)
        await pilot.pause()
        seen = picture(app)
        assert "◌ STALE 1 m 04 s" in seen, "workloads are asked every 10 s"
        assert "STALE: last answer 21:31, asked every 10 s" in " ".join(seen.split())
        assert seen.count("(old values)") == len(boards.WORKLOADS) + len(boards.LAGS)


async def test_a_source_that_never_answered_has_no_values_and_says_so() -> None:
    async with stage(Board().with_(Snapshot("sites", "all", 60.0))) as (app, _):
        assert "? no data yet" in picture(app)


async def test_what_is_still_starting_is_on_the_screen() -> None:
    duty = replace(boards.DUTY, starting=("Kafka: 3 brokers are starting",), banner="DEMO")
    async with stage(Board(), duty=duty, size=SMALL) as (app, _):
        await golden(app, "starting-80x24")


async def test_faults_only_hides_what_is_ok_in_every_pane() -> None:
    async with stage() as (app, pilot):
        await pilot.press("z")
        seen = picture(app)
        assert "水島" not in seen and "loki" not in seen and "堺" in seen
        await pilot.press("z")
        assert "水島" in picture(app)


async def test_findings_stand_worst_first_and_what_was_put_off_stands_last() -> None:
    def finding(title: str, scope: str, **facts: object) -> Finding:
        given = {"case": title, "severity": boards.WARN, "since": boards.ago(1080)} | facts
        return Finding(title=title, scope=scope, **given)  # type: ignore[arg-type]

    later = boards.ago(-86400 * 5)
    findings = (
        finding("disk of mediator-crow", "eks-v2-prod", deferred_until=later),
        finding("MSK maintenance", "msk-prod"),
        finding("Load average [b]", "sakai/prod", severity=boards.CRIT),
    )
    board = replace(boards.night(), findings=findings)
    async with stage(board) as (app, _):
        seen = picture(app)
        places = [seen.index(word) for word in ("Load average [b]", "MSK main", "disk of")]
        assert places == sorted(places)
        assert "until 29 Nov 21:32" in seen and "Findings 3" in seen


async def test_a_screen_that_shrinks_and_grows_keeps_the_pane_with_the_keys() -> None:
    async with stage() as (app, pilot):
        await pilot.press("3", "down")
        await pilot.resize_terminal(*SMALL)
        await pilot.pause()
        seen = picture(app)
        assert "signaling" in seen and "水島" not in seen
        await pilot.resize_terminal(*LARGE)
        await pilot.pause()
        seen = picture(app)
        assert "signaling" in seen and "水島" in seen
