"""Transitions are written once, whoever looks; what nobody heard rings again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from console.acting import Acts
from console.config.cases import Case
from console.following import Following
from console.journal import Unwritten
from console.model import Board, Ref, Snapshot, Trouble
from console.sources.maintenance import Maintenance
from console.watch import Watching
from tests.acting.world import Restart, Stage, configuration, no_room

NIGHT = {
    "id": "night",
    "title": "the night",
    "severity": "warning",
    "join": "cluster",
    "when": [{"source": "maintenance", "where": {"phase": {"not": ["quiet", "expected"]}}}],
}
TWO = "two brokers are down at once: 1 and 2"


@dataclass
class Looks:
    """One program that looks; the stage's directory is what it shares with others."""

    acts: Acts
    watching: Watching = field(init=False)

    def __post_init__(self) -> None:
        self.following = Following(self.acts.pen.journal.path)
        cases = {"night": Case.model_validate(NIGHT)}
        self.watching = Watching(cases, self.acts, self.catch_up)

    async def catch_up(self) -> None:
        new, _ = self.following.read()
        self.watching.hear(new)

    async def see(
        self, phase: str | None, age: float = 0.0, kafka_age: float = 0.0, **facts: Any
    ) -> None:
        """The cluster stands so, read just now, or so long ago."""
        await self.catch_up()
        now = self.acts.survey.now()
        since = facts.pop("since", now.estate)
        ref = Ref("maintenance", "cluster", "cluster")
        row = Maintenance(
            ref=ref, at=now.estate, cluster="cluster", phase=phase, since=since, **facts
        )  # type: ignore[arg-type]
        taken = now.real - timedelta(seconds=age)
        if kafka_age:  # Amazon answers all the same
            seen = now.estate - timedelta(seconds=kafka_age)
            row = replace(row, ages={"phase": seen}, missing={"phase": "as it was last seen: gone"})
        part = Snapshot("maintenance", "cluster", 5.0, taken, (row,))
        await self.watching.go_on(Board().with_(part), now)
        await self.catch_up()

    @property
    def rings(self) -> list[tuple[str, int]]:
        return [(one.text, one.count) for one in self.watching.rings()]


@dataclass
class Night:
    """A state directory, and every program that looks."""

    on: Stage
    open: list[Acts] = field(default_factory=list)

    def looks(self) -> Looks:
        acts = self.on.acts()
        self.open.append(acts)
        return Looks(acts)

    def moves(self) -> list[str]:
        entries = self.open[0].pen.journal.entries()
        return [f"{e.data['from']} {e.data['to']}" for e in entries if e.kind == "watch.phase"]

    def rang(self) -> list[str]:
        entries = self.open[0].pen.journal.entries()
        return [e.data["why"] for e in entries if e.kind == "watch.rang"]


def night(tmp_path: Path) -> Night:
    return Night(Stage(tmp_path, Restart(""), configuration()))


async def test_a_whole_night_is_written_down_and_rings_where_it_gets_worse_and_at_its_end(
    tmp_path: Path,
) -> None:
    it = night(tmp_path)
    one = it.looks()
    for phase, broker in (
        *(("quiet", None), ("expected", None), ("started", None), ("broker_down", 1)),
        *(("broker_down", 1), ("catching_up", 1), ("between", None), ("broker_down", 2)),
        *(("catching_up", 2), ("settling", None), ("over", None), ("over", None), ("quiet", None)),
    ):
        await one.see(phase, broker=broker)
    assert it.moves() == [
        *("quiet expected", "expected started", "started broker_down", "broker_down catching_up"),
        *("catching_up between", "between broker_down", "broker_down catching_up"),
        *("catching_up settling", "settling over", "over quiet"),
    ]
    assert it.rang() == ["started", "broker_down", "broker_down", "over"]
    assert not one.rings, "a quiet cluster calls nobody"
    (down,) = [
        e for e in one.acts.pen.journal.entries() if e.kind == "watch.phase" and e.data["broker"]
    ][:1]
    names = {"cluster", "from", "to", "broker", "since", "state", "expected", "unexpected"}
    assert names | {"brokers_left", "text", "estate"} <= set(down.data)


async def test_an_end_with_something_unexpected_left_is_no_good_news(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("broker_down", broker=1, unexpected=(TWO,))
    await one.see("probably_over", unexpected=(TWO,))
    last = [e for e in one.acts.pen.journal.entries() if e.kind == "watch.rang"][-1]
    assert last.data["why"] == "over" and not last.data["good"] and TWO in last.data["text"]


async def test_an_end_with_something_unexpected_rings_until_somebody_heard_it(
    tmp_path: Path,
) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("broker_down", broker=1, unexpected=(TWO,))
    await one.see("probably_over", unexpected=(TWO,))
    it.on.ahead += 3600
    await one.see("over")
    await one.see("quiet")
    rang = [text for text, _ in one.rings]
    assert len(rang) == 1 and TWO in rang[0], "that it went quiet is not that somebody heard"
    later = it.looks()
    await later.see("quiet")
    assert [text for text, _ in later.rings] == rang, "nor is a new start"
    await later.acts.pen.write("finding.acknowledged", finding="night@cluster")
    await one.catch_up()
    await later.catch_up()
    assert not one.rings and not later.rings


async def test_two_that_look_write_it_once_though_one_is_late(tmp_path: Path) -> None:
    it = night(tmp_path)
    first, late = it.looks(), it.looks()
    await asyncio.gather(first.see("quiet"), late.see("quiet"))
    await asyncio.gather(first.see("started"), late.see("started"))
    await first.see("broker_down", broker=1)
    await first.see("broker_down", broker=1, unexpected=(TWO,))
    await first.see("catching_up", broker=1)
    await late.see("broker_down", broker=1)
    await late.see("broker_down", broker=1, unexpected=(TWO,))
    await late.see("catching_up", broker=1)
    await late.see("between")
    await first.see("between")
    assert it.moves() == [
        *("quiet started", "started broker_down", "broker_down broker_down"),
        *("broker_down catching_up", "catching_up between"),
    ]
    assert it.rang() == ["started", "broker_down", "unexpected"]


async def test_whoever_sees_it_alone_writes_it(tmp_path: Path) -> None:
    it = night(tmp_path)
    blind, sees = it.looks(), it.looks()
    await sees.see("started")
    await blind.see("started")
    await sees.see("broker_down", broker=1)
    it.on.ahead += 600
    await blind.see("broker_down", broker=1)
    await blind.see("broker_down", broker=2)
    assert it.moves()[1:] == ["started broker_down", "broker_down broker_down"]


async def test_a_broker_that_flaps_rings_each_time(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    for _ in range(2):
        await one.see("broker_down", broker=1)
        await one.see("catching_up", broker=1)
    assert it.rang() == ["broker_down", "broker_down"]


async def test_what_is_old_or_not_known_is_no_transition(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("started")
    await one.see("over", age=300)
    await one.see(None)
    await one.see("started")
    assert it.moves() == ["quiet started"]


async def test_a_source_in_trouble_is_no_transition(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    now = one.acts.survey.now()
    row = Maintenance(
        ref=Ref("maintenance", "cluster", "c"), at=now.estate, cluster="c", phase="over"
    )
    trouble = Trouble("no answer", now.real)
    part = Snapshot("maintenance", "c", 5.0, now.real, (row,), trouble)
    await one.watching.go_on(Board().with_(part), now)
    assert not it.open[0].pen.journal.entries()


async def test_it_rings_every_minute_until_somebody_heard_and_anew_when_it_gets_worse(
    tmp_path: Path,
) -> None:
    it = night(tmp_path)
    one, other = it.looks(), it.looks()
    await one.see("started")
    await other.catch_up()
    assert one.rings == other.rings == [("cluster: the maintenance has begun", 1)]
    it.on.ahead += 125
    assert one.rings == [("cluster: the maintenance has begun", 3)]
    await other.acts.pen.write("finding.acknowledged", finding="", cluster="cluster")
    await one.catch_up()
    assert not one.rings
    await one.see("broker_down", broker=1, brokers_left=2)
    assert one.rings == [("cluster: broker 1 left, 2 not done yet", 1)]
    await one.see("catching_up", broker=1)
    assert one.rings, "that it got better is not that somebody heard"
    await one.acts.pen.write("finding.acknowledged", finding="other@cluster")
    await one.acts.pen.write("finding.acknowledged", finding="night@elsewhere")
    await one.catch_up()
    assert one.rings
    await one.acts.pen.write("finding.acknowledged", finding="night@cluster")
    await one.catch_up()
    assert not one.rings


async def test_a_new_start_rings_for_what_goes_on_and_for_nothing_old(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("broker_down", broker=1)
    it.on.ahead += 61
    again = it.looks()
    await again.see("broker_down", broker=1)
    assert again.rings == [("cluster: broker 1 left", 2)]
    await again.see("over")
    assert again.rings == [("cluster: the maintenance is over", 1)]
    it.on.ahead += 61
    third = it.looks()
    await third.see("over")
    assert not third.rings, "what is over calls nobody who starts later"
    assert it.moves() == ["quiet broker_down", "broker_down over"]


async def test_what_rings_after_the_start_rings_though_the_clock_was_set_back(
    tmp_path: Path,
) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("broker_down", broker=1)
    it.on.asleep = -600
    await one.see("over")
    assert [text for text, _ in one.rings] == ["cluster: the maintenance is over"]


async def test_a_ring_of_another_night_calls_nobody(tmp_path: Path) -> None:
    it = night(tmp_path)
    await it.looks().see("broker_down", broker=1)
    it.on.ahead += 13 * 3600
    later = it.looks()
    await later.catch_up()
    assert not later.rings


async def test_a_ring_is_written_before_the_transition(tmp_path: Path) -> None:
    """So that whoever dies in between rings twice rather than never."""
    it = night(tmp_path)
    await it.looks().see("started")
    kinds = [e.kind for e in it.open[0].pen.journal.entries()]
    assert kinds == ["watch.rang", "watch.phase"]


async def test_another_labs_night_is_none_of_this_one(tmp_path: Path) -> None:
    it = night(tmp_path)
    await it.looks().see("broker_down", broker=1)
    it.on = replace(it.on, world="http://127.0.0.1:1")
    there = it.looks()
    await there.catch_up()
    assert not there.rings
    await there.see("broker_down", broker=1)
    assert it.moves() == ["quiet broker_down"] * 2


async def test_a_maintenance_that_cannot_be_seen_any_more_rings_once(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("quiet")
    await one.see("quiet", age=600)
    assert not it.rang(), "nothing went on"
    await one.see("started")
    for age in (200, 301, 400):
        await one.see("started", age=age)
    assert it.rang() == ["started", "blind"]
    assert "cluster: cannot be seen for 5 min, and the maintenance went on" in one.rings[0][0]
    await one.see("started")
    await one.see("started", age=301)
    assert it.rang() == ["started", "blind", "blind"]


async def test_who_silences_the_finding_has_heard_it(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("started")
    await one.acts.pen.write("finding.silenced", finding="night@cluster", until=None, reason="")
    await one.catch_up()
    assert one.rings, "that a silence ended is no silence"
    until = "2030-01-01T00:00:00Z"
    await one.acts.pen.write("finding.silenced", finding="night@cluster", until=until, reason="x")
    await one.catch_up()
    assert not one.rings
    await one.see("broker_down", broker=1)
    assert one.rings, "a worse transition rings anew"


async def test_a_maintenance_of_which_only_amazon_tells_rings_too(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("broker_down", broker=1)
    for age in (200, 301, 400):
        await one.see("broker_down", kafka_age=age, broker=1)
    assert it.rang() == ["broker_down", "blind"]
    assert one.rings[0][0].endswith("as it was last seen: gone")


async def test_what_another_watcher_wrote_counts_once_so_that_a_flap_is_written(
    tmp_path: Path,
) -> None:
    it = night(tmp_path)
    first, late = it.looks(), it.looks()
    await asyncio.gather(first.see("quiet"), late.see("quiet"))
    await first.see("broker_down", broker=1)
    await first.see("catching_up", broker=1)
    await late.see("broker_down", broker=1)
    await late.see("catching_up", broker=1)
    await late.see("broker_down", broker=1)
    assert it.moves()[2:] == ["catching_up broker_down"]
    await first.see("broker_down", broker=1)
    await first.see("catching_up", broker=1)
    await first.see("broker_down", broker=1)
    assert it.moves()[3:] == ["broker_down catching_up", "catching_up broker_down"]
    joined = it.looks()
    await joined.see("broker_down", broker=1)
    await joined.see("catching_up", broker=1)
    await joined.see("broker_down", broker=1)
    assert it.moves()[5:] == ["broker_down catching_up", "catching_up broker_down"]


async def test_next_months_night_begins_anew_though_nobody_saw_the_last_one_end(
    tmp_path: Path,
) -> None:
    it = night(tmp_path)
    await it.looks().see("started")
    it.on.ahead += 28 * 86400
    later = it.looks()
    await later.see("started")
    assert it.moves() == ["quiet started"] * 2 and it.rang() == ["started"] * 2
    assert later.rings == [("cluster: the maintenance has begun", 1)]


async def test_a_full_disk_silences_nobody_and_is_made_up_for(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("started")
    await one.acts.pen.write("finding.acknowledged", finding="", cluster="cluster")
    with no_room():
        for _ in range(3):
            await one.see("broker_down", broker=1)
        assert one.rings == [("not written down: cluster: broker 1 left", 1)]
        assert one.watching.trouble.startswith("what the watch sees is not written down: ")
        for _ in range(2):
            await one.see("over")
        assert one.rings == [("not written down: cluster: the maintenance is over", 1)]
        assert [e.kind for e in one.watching.unwritten] == ["watch.rang", "watch.phase"] * 2
        one.watching.forget(one.acts.pen.journal.entries())
        assert one.rings == [("not written down: cluster: the maintenance is over", 1)], (
            "a journal that is read anew takes no ring away"
        )
    assert it.moves() == ["quiet started"]
    await one.see("over")
    assert it.moves() == ["quiet started", "started over"] and not one.watching.trouble
    assert one.rings == [("cluster: the maintenance is over", 1)]


async def test_what_was_heard_does_not_ring_again_when_the_journal_is_read_anew(
    tmp_path: Path,
) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("started")
    with no_room():
        await one.see("broker_down", broker=1)
        with pytest.raises(Unwritten):
            await one.watching.ring("cluster", "CALL: stopped", why="stopped", run="r1")
    await one.see("broker_down", broker=1)  # there is room again: made up for
    texts = ["not written down: CALL: stopped", "cluster: broker 1 left"]
    assert [text for text, _ in one.rings] == texts
    one.watching.forget(one.acts.pen.journal.entries())
    assert [text for text, _ in one.rings] == texts
    await one.acts.pen.write("finding.acknowledged", finding="", cluster="cluster")
    await one.catch_up()
    assert not one.rings
    one.watching.forget(one.acts.pen.journal.entries())
    assert not one.rings
    one.watching.forget(())
    assert not one.rings, "nor when another file takes the journal's place"


async def test_a_call_that_cannot_be_written_rings_here(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    with no_room(), pytest.raises(Unwritten):
        await one.watching.ring("cluster", "CALL: stopped", why="stopped", run="r1")
    assert one.rings == [("not written down: CALL: stopped", 1)]
    assert one.watching.trouble
    await one.watching.ring("cluster", "CALL: again", why="stopped", run="r1")
    assert not one.watching.trouble, "the journal takes entries again"


async def test_a_lock_that_cannot_be_taken_silences_nobody(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    (tmp_path / "watch.lock").mkdir()
    await one.see("started")
    assert one.rings == [("not written down: cluster: the maintenance has begun", 1)]


async def test_that_nothing_goes_on_by_itself_outlasts_the_next_phase(tmp_path: Path) -> None:
    it = night(tmp_path)
    one = it.looks()
    await one.see("started")
    await one.watching.ring("cluster", "nothing goes on by itself any more", why="disarmed")
    await one.see("broker_down", broker=1)
    assert [text for text, _ in one.rings] == [
        *("nothing goes on by itself any more", "cluster: broker 1 left"),
    ]
