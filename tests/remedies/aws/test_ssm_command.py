"""A command of the allow-list on a machine: as written, its own record as proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.remedies.ssm_command import clean
from console.remedy import Refused
from tests.remedies.aws.desk import Desk, desk

LINE = """logrotate -f '/etc/logrotate.d/it'"'"'s rails'"""
DIRTY = [
    ("colours", "\x1b[31mred\x1b[0m", "red"),
    ("a title for the window", "\x1b]0;owned\x07ok", "ok"),
    ("bidi", "a\u202eb", "ab"),
    ("bell, backspace, return", "a\x07\x08\rb", "ab"),
    ("lines and tabs stay", "a\n\tb", "a\n\tb"),
]


def web1(lab: Desk):
    return lab.machine("sakai-prod-web-1", "sakai/prod")


@pytest.mark.parametrize(("what", "text", "kept"), DIRTY, ids=[d[0] for d in DIRTY])
def test_output_keeps_no_control_codes(what: str, text: str, kept: str) -> None:
    assert clean(text) == kept


async def test_the_command_is_shown_as_it_is_written_and_sent_as_it_is_shown(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("free-disk", web1(lab))
        assert plan.title == "rotate the logs · 堺 Sakai + 川崎 Kawasaki · sakai-prod-web-1"
        assert plan.will == (f"run on sakai-prod-web-1 ({web1(lab).name}) as root: {LINE}",)
        assert plan.requests[0].params["Parameters"]["commands"] == [LINE]
        assert plan.scopes == ("sakai/prod", "kawasaki/prod")
        lab.lab.world.says[LINE] = (0, "\x1b[1mrotated\x1b[0m 3 files\n" + "x" * 30_000)
        _, verdict = await lab.fire(plan)
        assert verdict.outcome == "verified" and verdict.said == "it ran, exit code 0"
        assert verdict.evidence[0] == "Success, exit code 0"
        assert verdict.evidence[1].startswith("rotated 3 files\nxxx")
        assert len(verdict.evidence[1]) <= 24_000
        assert lab.writes == ["SendCommand"]


async def test_another_exit_code_is_a_failure(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.lab.world.says[LINE] = (2, "error: no such file")
        verdict = await lab.act("free-disk", web1(lab))
        assert verdict.outcome == "failed"
        assert verdict.evidence == ("Failed, exit code 2", "error: no such file")


@pytest.mark.parametrize("how", ["nothing", "old", "other", "drop", "silent"])
async def test_no_lie_is_ever_verified(tmp_path: Path, how: str) -> None:
    async with desk(tmp_path) as lab:
        plan = await lab.plan("free-disk", web1(lab))
        lab.lie(how, "SendCommand")
        _, verdict = await lab.fire(plan)
        assert verdict.outcome == "unknown", verdict
        assert lab.writes == ["SendCommand"]


async def test_a_machine_whose_agent_is_silent_is_refused(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        for agent, why in (("ConnectionLost", "ConnectionLost"), ("", "not installed")):
            lab.host("sakai-prod-web-1").agent = agent
            with pytest.raises(Refused, match=f"SSM's agent does not answer .{why}"):
                await lab.plan("free-disk", web1(lab))
        assert lab.writes == []
