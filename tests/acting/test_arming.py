"""Who may act, on what and how long."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from console.acting.locks import Lock
from console.lookout import scopes_of
from console.remedy import Refused
from tests.acting.world import (
    ORDER,
    Server,
    acting,
    refused,
    stage,
)


async def test_read_only_cannot_be_lifted(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server, read_only=True)
    async with acting(on) as acts:
        with pytest.raises(Refused, match="--read-only"):
            await acts.arm(["cluster"], 10, "please")
        assert acts.barred() == "flag"
        assert "--read-only, which nothing lifts" in await refused(acts)
    assert server.writes == 0 and not (tmp_path / "operator.lock").exists()


ARMINGS = [
    ("nothing", [], 10, "why", "say which site or cluster"),
    ("no such scope", ["cluster", "sakai"], 10, "why", "sakai: there is no such scope"),
    ("no time", ["cluster"], 0, "why", "0 minutes: it is between 1 and 480"),
    ("less than a minute", ["cluster"], 0.5, "why", "0.5 minutes: it is between 1 and 480"),
    ("too long", ["cluster"], 481, "why", "481 minutes: it is between 1 and 480"),
    ("for ever", ["cluster"], float("inf"), "why", "inf minutes"),
    ("no number", ["cluster"], float("nan"), "why", "nan minutes"),
    ("no reason", ["cluster"], 10, " ", "say why"),
]


@pytest.mark.parametrize(("caption", "scopes", "minutes", "reason", "said"), ARMINGS)
async def test_an_arming_needs_a_scope_a_time_and_a_reason(
    tmp_path: Path,
    server: Server,
    caption: str,
    scopes: list[str],
    minutes: float,
    reason: str,
    said: str,
) -> None:
    async with acting(stage(tmp_path, server)) as acts:
        with pytest.raises(Refused, match=said):
            await acts.arm(scopes, minutes, reason)
        assert acts.armed is None, caption


async def test_not_armed_or_for_another_scope_is_refused(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server)
    async with acting(on) as acts:
        assert acts.armed is None and not acts.barred()
        assert await refused(acts) == "not armed; cluster must be armed"
        await acts.arm(["sakai/stg"], 12, "another")
        assert acts.armed and acts.armed.scopes == {"sakai/stg"}
        assert await refused(acts) == "armed for sakai/stg, not for cluster"
    assert server.writes == 0


async def test_where_nothing_can_be_locked_nothing_is_armed(tmp_path: Path, server: Server) -> None:
    (tmp_path / "locks").write_text("")
    async with acting(stage(tmp_path, server)) as acts:
        with pytest.raises(Refused, match=r"locks cannot be locked: File exists"):
            await acts.arm(["cluster"], 10, "a test")
        assert acts.armed is None


async def test_an_arming_ends_by_itself_by_either_clock(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server)
    async with acting(on) as acts:
        await acts.arm(["cluster"], 10, "a test")
        proposal = await acts.propose(ORDER)
        on.ahead += 601
        assert acts.armed is None and not acts.barred()
        with pytest.raises(Refused, match=r"the arming of cluster ended at \d\d:\d\d UTC"):
            await acts.fire(proposal)
        await acts.arm(["cluster"], 10, "a test")
        on.asleep -= 3600  # a wall clock that is set back lengthens nothing
        on.ahead += 601
        assert acts.armed is None
        await acts.tick()
        assert on.kinds().count("disarmed") == 2
    assert server.writes == 0


async def test_after_a_sleep_nothing_is_armed_and_no_old_plan_is_fired(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        proposal = await acts.propose(ORDER)
        on.asleep += 60
        with pytest.raises(Refused, match="the computer slept since the plan was shown"):
            await acts.fire(proposal)
        assert acts.armed is None
        assert "the computer slept, so nothing is armed any more" in await refused(acts)
        await acts.arm(["cluster"], 10, "again")
        acts.resumed()
        assert acts.armed is None
        assert "the computer slept" in await refused(acts)
    assert server.writes == 0


async def test_a_second_console_may_not_arm_until_the_first_ends(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster"), acting(replace(on, by="yuki")) as second:
        held = f"pid {os.getpid()} (tester)"
        assert second.barred() == f"operator is {held}"
        with pytest.raises(Refused) as why:
            await second.arm(["cluster"], 10, "me too")
        assert str(why.value) == f"another console may act: {held}"
        assert f"another console may act: {held}" in await refused(second)
    async with acting(replace(on, by="yuki"), "cluster") as second:
        assert second.armed and not second.barred()
    assert server.writes == 0


async def test_a_lock_that_was_taken_away_disarms(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server)
    async with acting(on, "cluster") as acts:
        proposal = await acts.propose(ORDER)
        (tmp_path / "operator.lock").unlink()
        with pytest.raises(Refused, match="the operator's lock was taken away"):
            await acts.fire(proposal)
    assert server.writes == 0


def test_every_scope_of_the_estate_can_be_armed(tmp_path: Path, server: Server) -> None:
    on = stage(tmp_path, server)
    assert set(scopes_of(on.acts().hands.context)) >= {"sakai/prod", "sakai/stg", "cluster"}


async def test_a_lock_that_cannot_be_opened_leaves_the_console_read_only(
    tmp_path: Path, server: Server
) -> None:
    """As for a second person on a jump host whose directory is not shared with them."""
    on = stage(tmp_path, server)
    acts = on.acts()
    acts.arms.lock = Lock(tmp_path / "journal.jsonl" / "operator.lock")
    (tmp_path / "journal.jsonl").write_text("")
    why = f"{acts.arms.lock.path} cannot be locked: "
    await acts.tick()
    assert acts.barred().startswith(why)
    with pytest.raises(Refused, match="cannot be locked"):
        await acts.arm(["cluster"], 10, "a test")
    proposal = await acts.propose(ORDER)
    assert any(said.startswith(why) for said in proposal.refusals)
    await acts.close()
