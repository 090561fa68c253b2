"""One whole act on AWS, as a console does it: armed, shown, guarded, written down, proved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from console.acting import Acts
from console.clock import real_now
from console.journal import Journal
from console.model import Board, Changed, Order
from console.poll import poll_once
from console.remedy import Refused
from console.sources.caches import Caches
from console.sources.instances import Instances
from tests.remedies.aws.desk import SAKAI, Desk, desk


@asynccontextmanager
async def acting(
    directory: Path, scenario: str = "quiet"
) -> AsyncIterator[tuple[Desk, Acts, Journal]]:
    """A console's hands, with a board that was read a moment ago."""
    async with desk(directory, scenario) as lab:
        parts = [p for s in (Instances(), Caches()) for p in s.parts(lab.hands.context)]
        board = Board().with_(*[await poll_once(part) for part in parts])
        hands = replace(lab.hands, board=lambda: board, now_real=real_now)
        journal = Journal(directory / "journal.jsonl")
        yield lab, Acts(hands, journal, directory, "night", False), journal


async def test_peip_is_rebooted_once_and_the_journal_has_it_all(tmp_path: Path) -> None:
    async with acting(tmp_path, "alarms-stuck") as (lab, acts, journal):
        order = Order("ec2-reboot", (lab.machine("sitv1prod-peip", "sitv1/prod"),))
        proposal = await acts.propose(order)
        assert proposal.refusals == ("not armed; sitv1/prod must be armed",)
        await acts.arm(["sitv1/prod"], 20, "alarms are stuck")
        proposal = await acts.propose(order)
        assert proposal.refusals == ()
        (asked,) = [one.override for one in proposal.guards if not one.ok]
        assert asked == order.targets[0].name, "the worker is well, but does not stand in for peip"
        verdict = await acts.fire(proposal, overrides=[asked])
        assert not isinstance(verdict, Changed)
        assert verdict.outcome == "verified", verdict
        assert lab.writes == ["RebootInstances"]
        kinds = [one.kind for one in journal.entries() if one.kind.startswith("remedy.")]
        assert kinds[-3:] == ["remedy.started", "remedy.sent", "remedy.verified"]
        again = await acts.propose(order)
        assert any("done" in said and "ago by" in said for said in again.refusals)


async def test_sakais_cache_wants_its_name_typed_and_its_own_arming(tmp_path: Path) -> None:
    async with acting(tmp_path, "load-sakai") as (lab, acts, _):
        order = Order("elasticache-reboot", (SAKAI,))
        await acts.arm(["sakai/stg"], 20, "the wrong one")
        proposal = await acts.propose(order)
        assert proposal.refusals == ("armed for sakai/stg, not for sakai/prod",)
        await acts.arm(["sakai/prod"], 20, "load")
        with pytest.raises(Refused):
            await acts.fire(await acts.propose(order), typed="sakai-stg-redis")
        assert lab.writes == []
        verdict = await acts.fire(await acts.propose(order), typed=SAKAI.name)
        assert not isinstance(verdict, Changed)
        assert verdict.outcome == "verified", verdict
        assert lab.writes == ["RebootCacheCluster"]
