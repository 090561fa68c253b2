"""A write to AWS: sent once; refused, never left and never answered are three things."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from console.aws.places import Place
from console.aws.refused import Unanswered
from console.aws.writes import send
from console.model import Request
from console.remedy import Refused, Rejected
from tests.remedies.aws.desk import Desk, desk

TOKYO = Place("refinery-prod", "ap-northeast-1")
PROD = "111122223333"


def reboot(lab: Desk) -> Request:
    return Request("ec2", "RebootInstances", {"InstanceIds": [lab.host("sakai-prod-web-1").id]})


async def test_the_answer_carries_awss_own_time(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.clock.begun -= timedelta(days=40)  # nobody's clock but AWS's
        sent = await send(lab.hands.clients.aws, TOKYO, reboot(lab))
        assert sent["at"] == lab.clock.now().isoformat().replace("+00:00", "Z")
        assert sent["answer"] == {} and lab.writes == ["RebootInstances"]


ENDS = [
    ("throttled", Rejected, lambda f: f.throttled.add(("*", "ec2"))),
    ("denied", Rejected, lambda f: f.denied.add((PROD, "RebootInstances"))),
    ("dropped", Unanswered, lambda f: f.lies.update({"RebootInstances": "drop"})),
    ("silent", Unanswered, lambda f: f.lies.update({"RebootInstances": "silent"})),
]


@pytest.mark.parametrize(("how", "end", "switch"), ENDS, ids=[e[0] for e in ENDS])
async def test_whatever_comes_back_it_is_sent_once(tmp_path: Path, how, end, switch) -> None:
    async with desk(tmp_path) as lab:
        aws = lab.hands.clients.aws
        await aws.identity("refinery-prod")
        switch(lab.lab.aws_faults)
        with pytest.raises(end):
            await send(aws, TOKYO, reboot(lab))
        assert lab.writes == ["RebootInstances"]


async def test_an_expired_login_is_a_no_and_the_next_write_finds_the_new_one(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as lab:
        aws = lab.hands.clients.aws
        await send(aws, TOKYO, reboot(lab))
        lab.lab.keys.expire(PROD)
        with pytest.raises(Rejected, match="the login is no longer accepted"):
            await send(aws, TOKYO, reboot(lab))
        lab.lab.keys.renew(PROD)
        await send(aws, TOKYO, reboot(lab))


async def test_parameters_that_aws_never_sees_are_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        wrong = Request("ec2", "RebootInstances", {"InstanceId": "i-1"})
        with pytest.raises(Refused, match=r"nothing was sent: .*InstanceId") as why:
            await send(lab.hands.clients.aws, TOKYO, wrong)
        assert lab.writes == [] and "\n" not in str(why.value)


async def test_what_never_left_this_machine_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        account = lab.hands.estate.accounts["refinery-prod"]
        gone = account.model_copy(update={"endpoint_url": "http://127.0.0.1:9"})
        lab.hands.clients.aws.login("refinery-prod").account = gone
        with pytest.raises(Refused, match="nothing was sent"):
            await send(lab.hands.clients.aws, TOKYO, reboot(lab))
        assert lab.writes == []
