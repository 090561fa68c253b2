"""Rebooting a machine: AWS proves nothing, a boot_id does."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from console.lab.door import Door
from console.model import Ref, plain
from console.remedy import Refused
from tests.remedies.aws.desk import REFUSED_OR_LOST, desk, words

URL = "https://sakai.example.jp/"


async def test_the_plan_says_in_words_what_will_happen(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        peip = lab.machine("sitv1prod-peip", "sitv1/prod")
        plan = await lab.plan("ec2-reboot", peip)
        assert words(plan) == [
            "Reboot V1 · peip",
            "where: account 2222-3333-4444 (rpg-prod)",
            "where: region eu-west-3",
            "where: site V1",
            "where: reads ssm SendCommand {DocumentName: oncall-read, DocumentVersion: 1, "
            f"InstanceIds: [{peip.name}]}}",
            f"will: reboot peip ({peip.name}, m6i.large): a clean shutdown, cut off after about 4 "
            "min",
            "lost: requests and jobs under way on it; cleanly shut down, Sidekiq puts them back",
            "kept: disks, addresses, host, instance store",
            "takes: about 1 to 4 min",
            f"sends: ec2 RebootInstances {{'InstanceIds': ['{peip.name}']}}",
            "proof: a new boot_id, then running with good checks",
            "warning: nothing healthy stands in for it in sitv1/prod",
        ]
        assert plan.typed == "" and plan.seen["boot_id"] == lab.host("sitv1prod-peip").boot_id


async def test_a_reboot_is_verified_by_a_new_boot_id_and_alarms_go_out_again(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path, "alarms-stuck") as lab:
        out, peip = lab.course("AlarmsSent"), lab.host("sitv1prod-peip")
        await lab.live(400)
        assert out.level(lab.clock.now()) == 0
        stuck = [alarm for alarm in lab.lab.world.alarms if alarm.state == "ALARM"]
        assert [alarm.name for alarm in stuck] == ["sitv1prod-alarms-out"]
        before, launched = peip.boot_id, peip.launched_at
        verdict = await lab.act("ec2-reboot", lab.machine(peip.name, "sitv1/prod"))
        assert verdict.outcome == "verified", verdict
        assert verdict.said == "rebooted, the boot_id is a new one; running, checks ok"
        assert verdict.evidence[1] == f"boot_id {peip.boot_id}, before {before}"
        assert peip.launched_at == launched and lab.writes == ["RebootInstances"]
        await lab.live(180)
        assert out.level(lab.clock.now()) == 8 and stuck[0].state == "OK"


@pytest.mark.parametrize("how", REFUSED_OR_LOST)
async def test_no_lie_is_ever_verified(tmp_path: Path, how: str) -> None:
    async with desk(tmp_path) as lab:
        lab.lie(how)
        verdict = await lab.act("ec2-reboot", lab.machine("sitv1prod-peip", "sitv1/prod"))
        assert verdict.outcome == ("unknown" if how == "drop" else "failed"), verdict
        assert lab.writes == ["RebootInstances"]


@pytest.mark.parametrize("how", ["nothing", "old", "other"])
async def test_an_agent_that_lies_proves_nothing_either(tmp_path: Path, how: str) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("ec2-reboot", lab.machine("sitv1prod-peip", "sitv1/prod"))
        lab.lie("nothing", "RebootInstances")
        lab.lie(how, "SendCommand")
        _, verdict = await lab.fire(plan)
        assert verdict.outcome in ("failed", "unknown"), verdict


async def test_without_a_boot_id_the_reboot_itself_stays_unproven(tmp_path: Path) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="login")

    app = web.Application()
    app.router.add_get("/", page)
    door = Door(app)
    await door.open()
    async with desk(tmp_path, ssm=False, edit={URL: door.url}) as lab:
        host = lab.machine("sakai-prod-web-1", "sakai/prod")
        plan = await lab.plan("ec2-reboot", host)
        assert plan.proof == "status checks and the page; reboot itself unproven"
        assert plan.warnings[0] == (
            "reboot itself unproven afterwards: SSM reads are off for this site"
        )
        plan.seen["urls"][:] = [door.url]  # Kawasaki's page is not of this world
        _, verdict = await lab.fire(plan)
        assert verdict.outcome == "unknown"
        expected = f"running, checks ok; {door.url} answers 200; reboot itself unproven"
        assert verdict.said == expected
    await door.close()


async def test_a_machine_that_does_not_come_back_well_has_failed(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        host = lab.host("sitv1prod-peip")
        host.checks["system"] = "impaired"
        plan = await lab.plan("ec2-reboot", lab.machine(host.name, "sitv1/prod"))
        assert any("stop and start moves it away" in warning for warning in plan.warnings)
        _, verdict = await lab.fire(plan)
        assert verdict.outcome == "failed"
        assert verdict.said.endswith("a new one; running, checks system impaired")


async def test_a_shared_machine_names_both_sites_and_the_last_one_is_said(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("ec2-reboot", lab.machine("sakai-prod-web-1", "kawasaki/prod"))
        assert plan.scopes == ("kawasaki/prod", "sakai/prod") and plan.alone == ()
        assert "it serves 2 sites: 川崎 Kawasaki + 堺 Sakai" in plan.warnings
        lab.host("sakai-prod-web-2").checks["instance"] = "initializing"
        plan = await lab.plan("ec2-reboot", lab.machine("sakai-prod-web-1", "kawasaki/prod"))
        assert plan.alone == ("kawasaki/prod", "sakai/prod")
        assert "nothing healthy stands in for it in kawasaki/prod, sakai/prod" in plan.warnings


async def test_a_recent_boot_is_shown_as_somebodys_act(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        host = lab.host("sitv1prod-peip")
        host.booted_at = lab.clock.now() - timedelta(minutes=4)
        plan = await lab.plan("ec2-reboot", lab.machine(host.name, "sitv1/prod"))
        assert "uptime" in plan.last_acted_by
        assert plan.last_acted_at and plain(plan.last_acted_at) > plan.seen["launched_at"]


async def test_what_cannot_be_rebooted_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        peip = lab.machine("sitv1prod-peip", "sitv1/prod")
        lab.host("sitv1prod-peip").state = "stopped"
        refused = {
            "peip is stopped: only a running machine reboots": [peip],
            "exactly one instance has to be named": [],
            "one instance has": [peip, lab.machine("sitv1prod-worker", "sitv1/prod")],
            "AWS has no such instance": [Ref("instance", "sitv1/prod", "i-0123")],
            "does not belong to kashima/prod": [lab.machine("sakai-prod-web-1", "kashima/prod")],
        }
        for why, targets in refused.items():
            with pytest.raises(Refused, match=why):
                await lab.plan("ec2-reboot", *targets)
        assert lab.writes == []
