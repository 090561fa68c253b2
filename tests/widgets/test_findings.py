"""The findings' own keys: taken, silenced, explained, noted; armed and disarmed; leaving asks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.message import Message

from console.model import Finding, Severity
from console.model.affairs import Affairs, Offer
from console.model.wishes import CopyLink
from tests.acting.world import Server
from tests.widgets import boards
from tests.widgets.office import office
from tests.widgets.stage import LARGE, SMALL, golden, picture, stage
from widgets.finding_page import FindingPage
from widgets.leaving import Leaving
from widgets.main import MainScreen
from widgets.unfinished import Unfinished
from widgets.wishes import Wanted

FINDINGS = (
    Finding(
        "load",
        "ロードアベレージ · load average",
        "sakai/prod",
        Severity.CRITICAL,
        boards.ago(1080),
        evidence=(boards.INSTANCES[0].ref,),
        owner="ours",
        why=("instances sakai-prod-web-1: load1 13.2 (rule: > 10, for 3m)",),
        offers=("elasticache-reboot",),
    ),
    Finding(
        "msk",
        "MSK maintenance",
        "msk-prod",
        Severity.WARNING,
        boards.ago(1680),
        why=("maintenance msk-prod: phase broker_down",),
        acknowledged_by="night-shift",
    ),
    Finding(
        "disk",
        "mediator-crow disk",
        "eks-v2-prod",
        Severity.WARNING,
        boards.ago(600),
        deferred_until=boards.ago(-86400 * 5),
    ),
    Finding(
        "logs",
        "Loki down",
        "eks-v2-prod",
        Severity.WARNING,
        boards.ago(60),
        owner="observability",
        ignored=True,
        offers=("restart-log-collectors",),
    ),
    Finding(
        "qr",
        "QR code",
        "rpg",
        Severity.WARNING,
        boards.ago(5000),
        stale=True,
        silenced_until=boards.ago(-3600),
    ),
)
AFFAIRS = Affairs(
    titles={"sakai/prod": "堺/prod"},
    offers={"elasticache-reboot": Offer("restart ElastiCache")},
    able=frozenset({"msk", "logs"}),
)


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_findings_stand_worst_first_each_with_the_key_it_needs(
    size: tuple[int, int],
) -> None:
    async with stage(replace(boards.night(), findings=FINDINGS), size) as (app, pilot):
        app.affairs = AFFAIRS
        await pilot.pause()
        await golden(app, f"findings-{size[0]}x{size[1]}")
        await pilot.press("f", "down", "e")
        await pilot.pause()
        assert isinstance(app.screen, FindingPage)
        assert "phase broker_down" in picture(app) and "night-shift has it" in picture(app)


async def test_a_finding_is_explained_by_its_rule_its_values_and_their_age() -> None:
    async with stage(replace(boards.night(), findings=FINDINGS)) as (app, pilot):
        app.affairs = AFFAIRS
        await pilot.press("f", "enter")
        await pilot.pause()
        await golden(app, "finding-160x45")


async def test_taking_and_silencing_are_seen_at_once_and_written_down(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server, size=SMALL) as hand:
        await hand.press("x")
        await hand.until(lambda: "tester has it" in hand.seen)
        await hand.press("X", "down", "enter")
        await hand.type("known until the release")
        await hand.press("enter")
        await hand.until(lambda: "silenced until" in hand.seen)
        assert hand.kinds()[-2:] == ["finding.acknowledged", "finding.silenced"]
    async with office(tmp_path, server) as hand:
        assert "silenced until" in hand.seen, "it is remembered"
        await hand.press("J")
        await hand.until(lambda: "known until the release" in hand.seen)


async def test_arming_names_one_scope_its_minutes_and_why_and_a_key_disarms(
    tmp_path: Path, server: Server
) -> None:
    async with office(tmp_path, server) as hand:
        await hand.press("f", "A")
        await hand.hear()
        await hand.press("enter", "backspace", "backspace", *"999", "enter")
        await hand.type("night")
        await hand.press("enter", "enter")
        assert "minutes: 1 to 480" in hand.seen and hand.app.affairs.arming is None
        await hand.press("shift+tab", *"99", "enter", "enter", "enter")
        await hand.until(lambda: hand.app.affairs.arming is not None)
        assert hand.app.affairs.arming and hand.app.affairs.arming.scopes == {"cluster"}
        hand.app.tick()
        await hand.press()
        assert "ARMED cluster 99 min" in hand.seen
        await hand.press("A")
        await hand.hear()
        assert "Disarm now" in hand.seen
        await hand.press("tab", "tab", "tab", "tab", "enter")
        await hand.until(lambda: hand.app.affairs.arming is None)
        hand.app.tick()
        await hand.press()
        assert "DISARMED" in hand.seen and hand.kinds()[-1] == "disarmed"


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_quitting_while_armed_asks_and_then_disarms(
    tmp_path: Path, server: Server, key: str
) -> None:
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await hand.press(key)
        assert isinstance(hand.app.screen, Leaving) and "Quitting disarms" in hand.seen
        await hand.hear()
        await hand.press("enter")
        assert isinstance(hand.app.screen, MainScreen), "Stay has the keys"
        await hand.press(key)
        await hand.hear()
        await hand.press("tab", "enter")
        await hand.until(lambda: hand.app._exit)
    assert hand.kinds()[-1] == "disarmed" and hand.app.return_code == 0


async def test_quitting_while_an_act_flies_asks_and_an_end_from_outside_does_not(
    tmp_path: Path, server: Server
) -> None:
    server.mood, asked = "lie", []
    async with office(tmp_path, server) as hand:
        await hand.arm()
        await hand.press("r")
        await hand.phase("shown")
        await hand.hear()
        await hand.press("tab", "enter")
        await hand.phase("flying")
        await hand.hear()
        await hand.press("ctrl+q")
        asked.append(hand.seen)
        hand.app.lost(143)
        await hand.until(lambda: hand.app._exit)
    assert "under way: restart" in asked[0]
    assert hand.app.return_code == 143
    kinds = hand.kinds()
    assert kinds.count("remedy.started") == 1 and kinds[-1] == "disarmed"


async def test_an_act_without_an_end_is_shown_first_looked_at_and_not_repeated(
    tmp_path: Path, server: Server
) -> None:
    server.mood = "lie"
    async with office(tmp_path, server, remedy={"patience": 30.0}) as hand:
        await hand.arm()
        await hand.press("r")
        await hand.phase("shown")
        await hand.hear()
        await hand.press("tab", "enter")
        await hand.until(lambda: "remedy.sent" in hand.kinds())
    async with office(tmp_path, server) as hand:
        await hand.until(lambda: isinstance(hand.app.screen, Unfinished))
        await hand.until(lambda: "FAILED" in hand.seen)
        assert "restart-web on shop/web was begun at" in hand.seen
        assert "its end is open" in hand.seen and server.writes == 1
        await hand.hear()
        await hand.press("enter")
        assert isinstance(hand.app.screen, MainScreen)
        assert hand.kinds()[-1] == "remedy.failed"


async def test_the_link_of_a_row_or_of_what_a_finding_rests_on_is_asked_for() -> None:
    asked: list[CopyLink] = []

    def hear(message: Message) -> None:
        if isinstance(message, Wanted) and isinstance(message.wish, CopyLink):
            asked.append(message.wish)

    async with stage(replace(boards.night(), findings=FINDINGS), hook=hear) as (app, pilot):
        main = app.screen
        assert isinstance(main, MainScreen) and main.row is not None
        row = main.row.ref
        await pilot.press("o", "enter", "o", "escape", "f", "o")
        assert main.finding is not None
        refs = tuple(dict.fromkeys(wish.refs for wish in asked))
        assert refs == ((row,), main.finding.evidence)
