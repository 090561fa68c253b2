"""What an act of the night rests on must still be so when it is fired, however late that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.acting.arming import ON_REQUEST
from tests.acting.world import Restart, Server
from tests.clerk.night import Program, program


async def began(it: Program) -> None:
    """Armed, found, its checklist open and waiting."""
    it.see(90)
    await it.arm()
    await it.until(lambda: it.runs and it.runs[0].step and it.runs[0].step.began)


async def waited(it: Program) -> None:
    """The end was seen, under an arming that ended before the act; nothing was sent."""
    await began(it)
    await it.acts.disarm(ON_REQUEST)
    it.see(45)
    await it.until(lambda: it.runs[0].steps[0].outcome == "verified")


async def test_what_was_over_and_is_not_any_more_is_not_acted_on_by_a_later_arming(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as it:
        await waited(it)
        it.see(90)
        await it.arm()
        await it.until(lambda: "stopped" in it.rang())
        assert not server.writes and it.acts.armed is None
        assert "restart: not so any more: " in it.clerk.unattended.stopped
        assert it.affairs.rings[0].text.startswith("CALL the night: stopped at restart: ")


async def test_what_is_still_over_is_acted_on_by_a_later_arming(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as it:
        await waited(it)
        await it.arm()
        await it.until(lambda: "remedy.verified" in it.kinds())
        assert server.writes == 1


async def test_what_cannot_be_seen_calls_a_person_and_goes_on_when_it_is_seen(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as it:
        await waited(it)
        it.on.ahead += 1800
        await it.arm()
        await it.until(lambda: "needed" in it.rang())
        await it.turn(3)
        assert not server.writes and it.acts.armed and it.rang() == ["needed"]
        assert "cannot be seen now: " in it.affairs.rings[0].text
        it.see(45)
        await it.until(lambda: "remedy.verified" in it.kinds())


@dataclass(frozen=True)
class Late(Restart):
    """While it is planned the world moves."""

    moves: Callable[[], None] = lambda: None

    async def plan(self, order: Any, hands: Any) -> Any:
        made = await super().plan(order, hands)
        self.moves()
        return made


async def test_it_is_looked_at_once_more_when_it_is_fired(tmp_path: Path, server: Server) -> None:
    programs: list[Program] = []
    remedy = Late(server.url, moves=lambda: programs[0].see(90))
    async with program(tmp_path, server, remedy=remedy) as it:
        programs.append(it)
        await waited(it)
        await it.arm()
        await it.until(lambda: "stopped" in it.rang())
        assert not server.writes and "not so any more" in it.clerk.unattended.stopped


def fresh(it: Program) -> None:
    """Another file stands where the journal was."""
    path = it.on.directory / "journal.jsonl"
    path.rename(path.with_suffix(".old"))
    it.acts.pen.write_now("note", text="a new one")


def gone(it: Program) -> None:
    (it.on.directory / "journal.jsonl").unlink()


@pytest.mark.parametrize("lose", [fresh, gone])
async def test_a_journal_that_was_replaced_stops_the_night_and_calls_a_person(
    tmp_path: Path, server: Server, lose: Callable[[Program], None]
) -> None:
    async with program(tmp_path, server) as it:
        await began(it)
        lose(it)
        it.see(45)
        await it.until(lambda: it.rang() == ["disarmed"])
        await it.turn(3)
        assert not server.writes and it.acts.armed is None and "run.opened" not in it.kinds()
        assert "the journal was replaced" in it.affairs.rings[0].text
        await it.arm()
        await it.until(lambda: it.runs and it.runs[0].step and it.runs[0].step.began)
        it.see(45)
        await it.until(lambda: "remedy.verified" in it.kinds())


async def test_what_went_to_its_end_is_not_done_again_by_a_new_journal(
    tmp_path: Path, server: Server
) -> None:
    async with program(tmp_path, server) as it:
        await began(it)
        it.see(45)
        await it.until(lambda: "remedy.verified" in it.kinds())
        it.see(30)
        await it.until(lambda: "done" in it.rang())
        fresh(it)
        it.see(45)
        await it.until(lambda: it.rang() == ["disarmed"])
        await it.turn(3)
        assert server.writes == 1 and "the journal was replaced" in it.clerk.unattended.stopped
