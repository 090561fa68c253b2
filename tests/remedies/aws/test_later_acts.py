"""Looking again after a crash: what somebody did hours later proves nothing of our act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from console.model import Plan, Ref, Verdict
from console.remedies import REMEDIES
from tests.remedies.aws.desk import SAKAI, Desk, desk

WITHIN, LATER = timedelta(seconds=200), timedelta(hours=6)
FAILED_OVER = "Failover from primary node sakai-prod-redis to replica node sakai-prod-redis-2 "


def peip(lab: Desk) -> Ref:
    return lab.machine("sitv1prod-peip", "sitv1/prod")


def cache(lab: Desk) -> Ref:
    return SAKAI


def group(lab: Desk) -> Ref:
    lab.replica()
    return SAKAI


def rebooted(lab: Desk, after: timedelta) -> None:
    host = lab.host("sitv1prod-peip")
    host.boot_id, host.booted_at = "b" * 32, lab.clock.now() + after


def started(lab: Desk, after: timedelta) -> None:
    lab.host("sitv1prod-peip").launched_at = lab.clock.now() + after


def restarted(lab: Desk, after: timedelta) -> None:
    told = (lab.clock.now() + after, lab.cache(), "Cache node 0001 restarted")
    lab.lab.world.cache_events.append(told)
    lab.cache().run_id = "b" * 32


def failed_over(lab: Desk, after: timedelta) -> None:
    old, new = lab.cache(), lab.cache("sakai-prod-redis-2")
    lab.lab.world.cache_events.append((lab.clock.now() + after, old, f"{FAILED_OVER}completed"))
    old.primary, new.primary = False, True


ACTS = {
    "ec2-reboot": (peip, rebooted),
    "ec2-stop-start": (peip, started),
    "elasticache-reboot": (cache, restarted),
    "elasticache-failover": (group, failed_over),
}
Change = Callable[[Desk, timedelta], None]


async def seen_again(lab: Desk, plan: Plan, change: Change, after: timedelta) -> Verdict:
    """The request was accepted and forgotten; the world changed; the next start looks again."""
    lab.lie("nothing")
    begun = {"started_at": lab.clock.now().isoformat()}
    change(lab, after)
    await lab.clock.sleep((LATER + timedelta(minutes=5)).total_seconds())
    return await REMEDIES[plan.remedy].verify(plan, begun, lab.hands)


@pytest.mark.parametrize("kind", ACTS)
async def test_only_what_happened_within_the_deadline_is_taken_for_ours(
    tmp_path: Path, kind: str
) -> None:
    target, change = ACTS[kind]
    async with desk(tmp_path) as lab:
        plan = await lab.plan(kind, target(lab))
        verdict = await seen_again(lab, plan, change, LATER)
        assert verdict.outcome == "unknown", verdict
        assert verdict.said.endswith("since, perhaps not by us")
    async with desk(tmp_path / "again") as lab:
        plan = await lab.plan(kind, target(lab))
        assert (await seen_again(lab, plan, change, WITHIN)).outcome == "verified"


async def test_a_reboot_from_before_the_request_is_not_ours_either(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("ec2-reboot", peip(lab))
        verdict = await seen_again(lab, plan, rebooted, -timedelta(minutes=5))
        assert verdict.outcome == "unknown" and "rebooted before our request" in verdict.said
