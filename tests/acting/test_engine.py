"""The engine against a real server whose request log is the judge."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.journal import Journal
from console.model import Board, Changed, Order, Plan, Ref, Snapshot, Verdict
from console.remedy import Hands, Refused, Rejected
from tests.acting.world import (
    ORDER,
    TARGET,
    Restart,
    Server,
    acting,
    no_room,
    refused,
    stage,
)

ROOT = Path(__file__).parents[2]
MACHINE = Ref("deployment", "sakai/prod", "shop/web")


async def test_an_act_is_planned_written_down_sent_once_and_proved(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        proposal = await acts.propose(replace(ORDER, run="r1", step="restart"))
        assert proposal.refusals == () and server.writes == 0
        verdict = await acts.fire(proposal)
    assert isinstance(verdict, Verdict)
    assert (verdict.outcome, verdict.said) == ("verified", "restarted 1 times")
    assert verdict.seconds > 0 and server.writes == 1
    told = Journal(tmp_path / "journal.jsonl").entries()
    acts_of = ["remedy.planned", "remedy.started", "remedy.sent", "remedy.verified"]
    assert [e.kind for e in told] == ["armed", *acts_of, "disarmed"]
    assert {e.run for e in told[1:5]} == {"r1"} and len({e.data["act"] for e in told[1:5]}) == 1
    started, sent, end = told[2], told[3], told[4]
    assert started.data["plan"]["requests"][0]["params"] == {"name": "shop/web"}
    assert {one["guard"] for one in started.data["guards"]} >= {"armed", "evidence", "allow-list"}
    assert sent.data["reply"] == {"accepted": True, "at": "2026-11-22T12:00:00Z"}
    assert end.data["evidence"] == ["restarts: 1"]


async def test_the_start_is_on_the_disk_when_the_request_arrives(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    server.gate.clear()
    async with acting(on, "cluster") as acts:
        firing = asyncio.create_task(acts.fire(await acts.propose(ORDER)))
        assert await asyncio.to_thread(server.arrived.wait, 10)
        assert on.kinds()[-1] == "remedy.started"
        server.gate.set()
        assert isinstance(await firing, Verdict)


async def test_a_plan_is_fired_once_and_only_by_the_console_that_showed_it(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        proposal = await acts.propose(ORDER)
        for forged in (replace(proposal), replace(proposal, act="x"), replace(proposal, guards=())):
            with pytest.raises(Refused, match="was not shown here"):
                await acts.fire(forged)
        both = await asyncio.gather(
            acts.fire(proposal), acts.fire(proposal), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in both) == ["Refused", "Verdict"]
        async with acting(on) as other:
            with pytest.raises(Refused, match="was not shown here"):
                await other.fire(await acts.propose(ORDER))
    assert server.writes == 1


async def test_a_plan_that_changed_meanwhile_is_shown_again_and_nothing_is_sent(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        proposal = await acts.propose(ORDER)
        server.loses = ["three jobs"]
        changed = await acts.fire(proposal)
        assert isinstance(changed, Changed) and server.writes == 0
        assert changed.proposal.plan.loses == ("three jobs",)
        assert changed.proposal.refusals == (), "it does not find itself in flight"
        assert on.kinds()[-2:] == ["remedy.refused", "remedy.planned"]
        with pytest.raises(Refused, match="fired before"):
            await acts.fire(proposal)
        verdict = await acts.fire(changed.proposal)
    assert isinstance(verdict, Verdict) and verdict.outcome == "verified" and server.writes == 1


async def test_a_lost_reply_is_unknown_however_well_the_world_looks(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    server.mood = "drop"
    async with acting(on, "cluster") as acts:
        verdict = await acts.fire(await acts.propose(ORDER))
    assert isinstance(verdict, Verdict) and verdict.outcome == "unknown"
    assert verdict.said.startswith("no reply came: ")
    assert verdict.evidence[0] == "the world says now: verified, restarted 1 times"
    assert server.writes == 1 and "remedy.sent" not in on.kinds()


async def test_a_lie_is_failed_and_a_no_is_failed_without_looking(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    server.mood = "lie"
    async with acting(on, "cluster") as acts:
        verdict = await acts.fire(await acts.propose(ORDER))
        assert isinstance(verdict, Verdict)
        assert (verdict.outcome, verdict.said) == ("failed", "it did not restart")
        server.mood = "reject"
        looks = server.log.count("GET proof")
        verdict = await acts.fire(await acts.propose(ORDER))
    assert isinstance(verdict, Verdict)
    assert (verdict.outcome, verdict.said) == ("failed", "nothing was done: 409 not now")
    assert server.log.count("GET proof") == looks


async def test_a_no_begins_no_cool_down_and_is_told_as_not_sent(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server, {"cool_down": "15m"})
    server.mood = "reject"
    async with acting(on, "cluster") as acts:
        await acts.fire(await acts.propose(ORDER))
        told = acts.pen.journal.entries()[-1]
        assert (told.kind, told.data["sent"]) == ("remedy.failed", False)
        server.mood = "lie"
        await acts.fire(await acts.propose(ORDER))
        assert "sent" not in acts.pen.journal.entries()[-1].data, "it was sent, and did nothing"
        assert "again in 15 min at the earliest" in await refused(acts)
    assert server.writes == 2


class Half(Restart):
    """Of two requests the first is done, and the second gets a no."""

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        await hands.partly(await Restart.apply(self, plan, hands), "half of it is done")
        raise Rejected("409 not now")


async def test_a_no_to_the_second_request_does_not_undo_the_first(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server, {"cool_down": "15m"}, remedy=Half(server.url))
    async with acting(on, "cluster") as acts:
        verdict = await acts.fire(await acts.propose(ORDER))
        assert isinstance(verdict, Verdict)
        assert (verdict.outcome, verdict.said) == ("failed", "after 1 of 1 requests: 409 not now")
        assert "again in 15 min at the earliest" in await refused(acts)


class Blind(Restart):
    """Sends, and then cannot look."""

    async def verify(self, *_: Any) -> Verdict:
        raise ZeroDivisionError("a mistake in a remedy")


async def test_a_remedy_that_breaks_after_sending_ends_unknown(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server, remedy=Blind(server.url))
    async with acting(on, "cluster") as acts:
        verdict = await acts.fire(await acts.propose(ORDER))
    assert isinstance(verdict, Verdict) and verdict.outcome == "unknown"
    assert verdict.said == "it could not be looked at: a mistake in a remedy"
    assert on.kinds()[-2] == "remedy.unknown"


async def test_a_plan_shown_long_ago_is_not_fired(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        proposal = await acts.propose(ORDER)
        on.ahead += 901
        with pytest.raises(Refused, match="shown too long ago"):
            await acts.fire(proposal)
    assert server.writes == 0


async def test_a_second_act_in_flight_on_the_same_scope_is_refused_in_any_console(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server, targets=(TARGET, Ref("cache", "cluster", "redis")))
    other_order = Order("restart-web", (Ref("cache", "cluster", "redis"),))
    server.gate.clear()
    async with acting(on, "cluster") as acts:
        waiting = await acts.propose(other_order)
        flying = asyncio.create_task(acts.fire(await acts.propose(ORDER)))
        assert await asyncio.to_thread(server.arrived.wait, 10)
        with pytest.raises(Refused, match="another act is in flight on cluster: pid"):
            await acts.fire(waiting)
        async with acting(on) as second:
            shown = await second.propose(other_order)
            assert any("in flight on cluster" in said for said in shown.refusals)
            assert await second.unfinished() == (), "it is in flight, not left behind"
        server.gate.set()
        verdict = await flying
        assert isinstance(verdict, Verdict) and verdict.outcome == "verified"
    assert server.writes == 1


async def test_the_account_is_asked_each_time_and_names_who_acts(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    on = stage(tmp_path, server, targets=(MACHINE,))
    order = Order("restart-web", (MACHINE,))
    async with acting(on, "sakai/prod") as acts:
        proposal = await acts.propose(order)
        asked = server.log.count("POST sts")
        verdict = await acts.fire(proposal)
        assert isinstance(verdict, Verdict) and verdict.outcome == "verified"
        assert asked and server.log.count("POST sts") == asked + 1, "asked again to fire"
        (started,) = [e for e in acts.pen.journal.entries() if e.kind == "remedy.started"]
        assert started.by == "night-shift"
        proposal = await acts.propose(order)
        server.account = "999999999999"
        with pytest.raises(Refused, match="the login is of account 999999999999"):
            await acts.fire(proposal)
    assert server.writes == 1


async def test_a_host_of_two_sites_needs_both_armed_and_locks_both(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    both = ("sakai/prod", "kawasaki/prod")
    on = stage(tmp_path, server, targets=(MACHINE,), serves=both[1:])
    order = Order("restart-web", (MACHINE,))
    async with acting(on, "sakai/prod") as acts:
        assert "the target also serves kawasaki/prod, which the plan leaves out" in (
            await refused(acts, order)
        )
    on.remedy = Restart(server.url, scopes=both)
    async with acting(on, "sakai/prod") as acts:
        assert await refused(acts, order) == (
            "the target also serves kawasaki/prod, which is not armed"
        )
        assert server.writes == 0
        await acts.arm(both, 10, "both")
        verdict = await acts.fire(await acts.propose(order))
    assert isinstance(verdict, Verdict) and verdict.outcome == "verified"
    assert len(list((tmp_path / "locks").glob("*_prod-*.lock"))) == 2


async def test_an_old_row_is_asked_again_and_a_source_that_fails_refuses(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server, age=500)
    asked: list[str] = []

    async def again(old: list[Snapshot]) -> Board:
        asked.extend(snapshot.source for snapshot in old)
        return on.board(age=0 if len(asked) == 1 else 500)

    on.ask = again
    async with acting(on, "cluster") as acts:
        proposal = await acts.propose(ORDER)
        assert proposal.refusals == () and asked == ["things"]
        with pytest.raises(Refused, match=r"things \(all\) was read 500 s ago; 120 s are allowed"):
            await acts.fire(proposal)
    assert server.writes == 0 and asked == ["things", "things"]


async def test_the_cool_down_counts_our_own_acts_and_those_of_earlier_consoles(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server, {"cool_down": "15m"})
    async with acting(on, "cluster") as acts:
        await acts.fire(await acts.propose(ORDER))
    async with acting(on, "cluster") as acts:
        assert "min ago by tester; again in 15 min at the earliest" in await refused(acts)
    async with acting(replace(on, world="http://another.lab"), "cluster") as acts:
        assert (await acts.propose(ORDER)).refusals == (), "another lab's world is another world"
    assert server.writes == 1


async def test_a_colleagues_act_that_the_vendor_shows_counts(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server, {"cool_down": "15m"})
    ago = on.now() - timedelta(minutes=5)
    on.remedy = Restart(server.url, last_acted_at=ago, last_acted_by="yuki")
    async with acting(on, "cluster") as acts:
        assert "min ago by yuki; again in 10 min" in await refused(acts)
    assert server.writes == 0


async def test_forbidden_hours_refuse(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server, {"forbidden": ["night"]})
    async with acting(on, "cluster") as acts:
        assert "forbidden until 00:00 UTC: night work" in await refused(acts)
    assert server.writes == 0


@pytest.mark.parametrize("typed", ["", "shop", "SHOP/WEB", "shop/web "])
async def test_data_is_lost_only_after_its_name_was_typed(
    tmp_path: Path, server: Server, typed: str
) -> None:
    on = stage(tmp_path, server, remedy=Restart(server.url, typed="shop/web"))
    async with acting(on, "cluster") as acts:
        assert await refused(acts, typed=typed) == "shop/web must be typed: data is lost"
        assert server.writes == 0
        verdict = await acts.fire(await acts.propose(ORDER), typed="shop/web")
        assert isinstance(verdict, Verdict) and server.writes == 1


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order("restart-web", ()), "nothing selected never means all"),
        (Order("restart-all", (TARGET,)), "restart-all is not on the allow-list"),
    ],
)
async def test_what_cannot_be_planned_is_refused_and_written_down(
    tmp_path: Path, server: Server, order: Order, said: str
) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        with pytest.raises(Refused, match=said):
            await acts.propose(order)
        assert on.kinds()[-1] == "remedy.refused" and server.log == []


async def test_a_full_disk_refuses_before_anything_is_sent(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        proposal = await acts.propose(ORDER)
        with no_room():
            shown = await acts.propose(ORDER)
            assert "nothing can be done" in shown.refusals[0]
            with pytest.raises(Refused, match=r"cannot be written: .*; nothing was sent"):
                await acts.fire(proposal)
            with pytest.raises(Refused, match="nothing is armed"):
                await acts.arm(["cluster"], 10, "again")
            assert acts.armed is None
    assert server.writes == 0 and acts.pen.journal.verify() > 0


async def test_a_changed_journal_refuses(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        path = acts.pen.journal.path
        path.write_bytes(path.read_bytes().replace(b"a test", b"a tost", 1))
        assert "the line was changed: its sum is another; nothing can be done" in (
            await refused(acts)
        )
    assert server.writes == 0


def test_one_line_of_the_program_calls_apply_and_only_what_was_written_reaches_it() -> None:
    calls = [
        (path.relative_to(ROOT).as_posix(), node.lineno)
        for path in (*ROOT.glob("console/**/*.py"), *ROOT.glob("widgets/**/*.py"))
        if not path.relative_to(ROOT).as_posix().startswith("console/lab/")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "apply"
    ]
    assert [name for name, _ in calls] == ["console/acting/act.py"]
