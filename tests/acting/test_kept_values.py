"""A value that stays after a question that failed: it decides over an act only after a new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from console.model import Board, Ref, Snapshot
from tests.acting.world import ORDER, TARGET, Server, acting, stage


async def test_a_target_whose_value_only_stays_is_asked_again_with_its_whole_part(
    tmp_path: Path, server: Server
) -> None:
    on = stage(tmp_path, server)
    on.targets = (TARGET, Ref("deployment", "cluster", "another"))
    good = on.board()
    (whole,) = good.parts("things")
    first, *rest = whole.rows
    kept = {"load1": on.now() - timedelta(minutes=9)}
    old = good.with_(replace(whole, rows=(replace(first, kept=kept), *rest)))
    asked: list[Snapshot] = []

    async def again(some: Sequence[Snapshot]) -> Board:
        asked.extend(some)
        return good

    on.ask = again
    on.board = lambda age=None: old  # type: ignore[method-assign]
    async with acting(on, "cluster") as acts:
        proposal = await acts.propose(ORDER)
    assert [one is old.snapshots["things", "all"] for one in asked] == [True]
    assert proposal.refusals == ()
