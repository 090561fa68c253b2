"""Machines from the inside: what each says of itself, or why it does not, read in one command."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console.aws.inside import PATIENCE_S, read_all
from console.aws.inside_facts import inside, signs
from console.aws.places import Place
from console.aws.reading import Disk, Inside, Service
from console.aws.refused import Denied
from console.derive import derived
from console.lab.stories.hosts import cron, idle
from console.model import Board, Row, Severity
from console.poll import poll_once
from console.sources.hosts import Hosts
from tests.remedies.aws.desk import Desk, desk

USUAL: dict[str, Any] = {
    "load": (1.0, 1.0, 1.0),
    "cpus": 2,
    "mem_mb": 8000.0,
    "available_mb": 4000.0,
    "swap_mb": 0.0,
    "swap_free_mb": 0.0,
    "disks": (Disk("/", 50, 10_000, 10),),
    "deleted_mb": 0.0,
    "units": (Service("puma.service", "active", 0), Service("crond.service", "active", 0)),
    "oom": 0,
    "oom_last": "",
    "killed": 0,
    "killer_ram_mb": 4000.0,
    "killer_limit_mb": None,
    "puma_mb": 3000.0,
    "sidekiq_mb": 500.0,
    "cron": "1f",
    "rotated_s": 3600.0,
    "largest": (),
}
SAID = [
    ("all is well", {}, "OK", ""),
    ("a disk fills", {"disks": (Disk("/", 88, 1, 2),)}, "WARNING", "/: 88 % used"),
    (
        "the fullest counts",
        {"disks": (Disk("/", 50, 1, 2), Disk("/v", 96, 1, 2))},
        "CRITICAL",
        "/v",
    ),
    ("inodes", {"disks": (Disk("/", 50, 1, 99),)}, "CRITICAL", "99 % of the inodes used"),
    ("no df is no OK", {"disks": ()}, "UNKNOWN", "how full its disks are cannot be read"),
    (
        "cron stopped",
        {"units": (Service("cron.service", "inactive", 0),)},
        "WARNING",
        "cron is stopped",
    ),
    (
        "the worst of several units",
        {"units": (Service("sidekiq@a", "active", 0), Service("sidekiq@b", "failed", 5))},
        "CRITICAL",
        "sidekiq is failed",
    ),
    ("no systemctl is no OK", {"units": None}, "UNKNOWN", "its units cannot be read"),
    (
        "a unit between two of its lives",
        {"units": (Service("puma.service", "activating", 41),)},
        "CRITICAL",
        "puma ends and is started again and again",
    ),
    (
        "a unit that is starting",
        {"units": (Service("puma.service", "activating", 0),)},
        "UNKNOWN",
        "puma is starting",
    ),
    ("OOM", {"oom": 2, "oom_last": "puma"}, "WARNING", "killed 2 for memory in 2 h, last puma"),
    ("held by deleted files", {"deleted_mb": 2100.0}, "WARNING", "2,100 MB are held by deleted"),
    ("logrotate is off", {"rotated_s": 400_000.0}, "WARNING", "logrotate last ran 5 d ago"),
    ("memory", {"available_mb": 200.0}, "WARNING", "200 MB of memory are available"),
    (
        "ram above the room",
        {"killer_ram_mb": 7500.0},
        "WARNING",
        "ram of 7500 MB is above 7000 MB (memory less Sidekiq less 500 MB)",
    ),
    (
        "ram left at its default",
        {"killer_ram_mb": 512.0, "killed": 240},
        "WARNING",
        "ram of 512 MB (its default) is too small: it ended 240 workers in an hour",
    ),
    (
        "its own line counts, not the file",
        {"killer_ram_mb": 4000.0, "killer_limit_mb": 7425.0},
        "WARNING",
        "ram of 7500 MB is above",
    ),
]


@pytest.mark.parametrize(("what", "given", "severity", "said"), SAID, ids=[one[0] for one in SAID])
def test_a_machine_is_judged_by_its_own_figures(
    what: str, given: Mapping[str, Any], severity: str, said: str
) -> None:
    found = list(signs(inside(Inside(**(USUAL | dict(given))))))
    assert max((sign for sign, _ in found), default=Severity.OK).name == severity
    assert said in "; ".join(text for _, text in found)


@asynccontextmanager
async def living(directory: Path, ssm: bool = True) -> AsyncIterator[Desk]:
    """A lab of AWS alone in which time goes by, ten seconds in each real one."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(0.02)
            lab.clock.gone += 0.2

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.aws.inside.REST_S", 0.1)
        async with desk(directory, ssm=ssm) as lab:
            ticking = asyncio.create_task(tick())
            yield lab
            ticking.cancel()


async def rows(lab: Desk) -> dict[str, Any]:
    """Every machine by its name, and Sidekiq by its application."""
    context = lab.hands.context
    parts = await _polled(lab)
    board = derived(Board().with_(*parts), context, ("hosts",))
    each: list[Row] = [*board.rows("hosts"), *board.rows("sidekiq")]
    return {getattr(row, "app", "") or getattr(row, "name", ""): row for row in each}


async def _polled(lab: Desk) -> list[Any]:
    return [await poll_once(part) for part in Hosts().parts(lab.hands.context)]


async def test_every_machine_of_a_place_is_read_by_one_command(tmp_path: Path) -> None:
    async with living(tmp_path) as lab:
        seen = await rows(lab)
        web = seen["sakai-prod-web-1"]
        assert web.scopes == ("sakai/prod", "kawasaki/prod")
        assert (web.cron, web.worker_killer, web.severity.name) == ("active", "fits", "OK")
        assert 0 < web.disk_pct < 85 and web.ram_mb == 15_620
        sent = [e for e in lab.lab.log.entries if e["operation"] == "SendCommand"]
        assert len(sent) == 2, "one an account and Region, however many machines"
        assert not lab.writes


async def test_a_great_place_is_read_at_once_and_within_one_deadline(tmp_path: Path) -> None:
    async with living(tmp_path) as lab:
        world = lab.lab.world
        model = lab.host("kashima-prod-web-1")
        more = [replace(model, id=f"i-{n:017x}", name=f"more-{n}") for n in range(120)]
        world.hosts += more
        place = Place("refinery-prod", model.region)
        begun = lab.clock.now()
        told = await read_all(lab.hands, place, [host.id for host in more])
        assert all(not isinstance(each, str) for each in told.values()) and len(told) == 120
        asked = Counter(e["operation"] for e in lab.lab.log.entries)
        assert asked["SendCommand"] == 3 and asked["GetCommandInvocation"] == 120
        assert (lab.clock.now() - begun).total_seconds() < PATIENCE_S


async def test_what_ssm_runs_nowhere_is_given_up_at_one_deadline(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        hosts = [host for host in lab.lab.world.hosts if "kashima/prod" in host.serves]
        lab.lie("nothing", "SendCommand")
        told = await read_all(
            lab.hands,
            Place("refinery-prod", hosts[0].region),
            [host.id for host in hosts],
            lab.clock.sleep,
        )
        assert set(told.values()) == {"SSM did not run the read in 45 s"}
        assert PATIENCE_S <= lab.clock.gone < PATIENCE_S + 3


class NotOf:
    """The AWS of a lab that may not be asked about one machine, and never ends on another."""

    def __init__(self, aws: Any, denied: str, slow: str) -> None:
        self._aws, self._denied, self._slow = aws, denied, slow

    async def call(self, account: str, region: str, service: str, operation: str, **p: Any) -> Any:
        if operation == "get_command_invocation" and p["InstanceId"] == self._denied:
            raise Denied("GetCommandInvocation is not allowed", "ssm:GetCommandInvocation")
        return await self._aws.call(account, region, service, operation, **p)

    async def pages(self, account: str, region: str, *what: str, **p: Any) -> Any:
        found = await self._aws.pages(account, region, *what, **p)
        listed = what[1] == "list_command_invocations"
        return [one for one in found if not listed or one["InstanceId"] != self._slow]


async def test_what_is_refused_of_one_machine_is_told_of_it_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        hosts = [host for host in lab.lab.world.hosts if host.region == "ap-northeast-1"][:2]
        denied, slow = hosts[0].id, hosts[1].id
        lab.hands.clients.aws = NotOf(lab.hands.clients.aws, denied, slow)  # type: ignore[misc, assignment]
        place = Place("refinery-prod", hosts[0].region)
        told = await read_all(lab.hands, place, [denied, slow], lab.clock.sleep)
        assert "is not allowed" in str(told[denied])
        assert told[slow] == "SSM did not run the read in 45 s"


async def test_a_stopped_cron_and_other_crontabs_are_seen(tmp_path: Path) -> None:
    async with living(tmp_path) as lab:
        part = Hosts().parts(lab.hands.context)[0]
        first = await poll_once(part)
        assert all(row.cron_changed_at is None for row in first.rows)  # type: ignore[attr-defined]
        cron("kashima/prod", "inactive")(lab.lab)
        for host in lab.lab.world.hosts:
            host.script = "2" if host.name == "kashima-prod-web-1" else ""
        lab.clock.gone += 60
        again = {row.name: row for row in (await poll_once(part, first)).rows}  # type: ignore[attr-defined]
        web = again["kashima-prod-web-1"]
        assert (web.cron, web.severity.name) == ("inactive", "WARNING")
        assert web.because == ("cron is stopped",)
        assert web.cron_changed_at is not None
        assert again["kashima-prod-web-2"].cron_changed_at is None


async def test_a_machine_that_does_not_answer_says_why_and_is_never_ok(tmp_path: Path) -> None:
    async with living(tmp_path) as lab:
        host = next(h for h in lab.lab.world.hosts if h.name == "kashima-prod-web-1")
        host.agent = "ConnectionLost"
        seen = await rows(lab)
        web = seen["kashima-prod-web-1"]
        assert web.severity is Severity.UNKNOWN
        assert web.because == ("SSM's agent does not answer (ConnectionLost)",)
        assert seen["kashima-prod-web-2"].severity is Severity.OK


async def test_of_two_applications_on_a_machine_the_one_without_workers_is_told(
    tmp_path: Path,
) -> None:
    async with living(tmp_path) as lab:
        idle("kawasaki-prod-redis", ago=1200)(lab.lab)
        seen = await rows(lab)
        mine, other = seen["kawasaki"], seen["sakai"]
        assert (mine.severity.name, mine.processes) == ("CRITICAL", 0)
        assert "no Sidekiq process runs" in mine.because[0] and "20 min" in mine.because[0]
        assert mine.machines == ("sakai-prod-web-1", "sakai-prod-web-2")
        assert (other.severity.name, other.processes) == ("OK", 2)


async def test_without_the_document_no_machine_is_asked(tmp_path: Path) -> None:
    async with living(tmp_path, ssm=False) as lab:
        assert not Hosts().parts(lab.hands.context)
