"""What survives a restart, what the journal is told, and what waits until Monday."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.clock import Clock, real_now
from console.config import load
from console.findings import Findings, policy_of
from console.lab.lab import SCENARIOS
from console.match import Memory, Policy, fold, news, remember
from console.model import Draft, Entry, Finding, Now, Snapshot, plain
from tests.cases.desk import AT, REAL, Night, board, case, instance, row, snapshot, workload

CONFIG = Path(__file__).parents[2] / "config"
HOT = "{source: instances, where: {load1: '> 10'}}"


def hot(load1: float | None = 13.2, old_s: float = 0.0) -> Snapshot:
    return snapshot("instances", instance(AT, load1=load1), old_s=old_s)


def entry(kind: str, by: str = "", **data: Any) -> Entry:
    return Entry(REAL, kind, by=by, data={"finding": "c@sakai/prod", **data})


def written(drafts: tuple[Draft, ...], by: str = "") -> list[Entry]:
    """The drafts as they come back from the disk."""
    return [Entry(REAL, one.kind, one.run, by, plain(one.data)) for one in drafts]


def look(night: Night, seen: Any, after_s: float = 0.0) -> list[Entry]:
    before = night.memory
    findings = night.look(seen, after_s)
    return written(news(before, night.memory, findings))


def test_the_journal_hears_what_comes_and_goes_once() -> None:
    night = Night([case(HOT)])
    kinds = [
        [one.kind for one in look(night, board(each), 60)]
        for each in (hot(3), hot(), hot(14), hot(old_s=900), hot(3), hot(3))
    ]
    assert kinds == [[], ["finding.seen"], [], [], ["finding.cleared"], []]


def test_a_restarted_console_knows_since_when_and_who_has_it() -> None:
    night = Night([case(HOT)])
    entries = look(night, board(hot()))
    entries.append(entry("finding.acknowledged", by="dana"))
    until = plain(AT + timedelta(hours=2))
    entries.append(entry("finding.silenced", by="dana", until=until, reason="known"))
    later = Night(night.cases, memory=remember(entries), now=AT + timedelta(hours=1))
    nothing_yet = board(Snapshot("instances", "p", 60.0))
    for seen in (nothing_yet, board(hot(14))):
        (found,) = later.look(seen)
        assert (found.since, found.acknowledged_by) == (AT, "dana")
        assert found.silenced_until == AT + timedelta(hours=2)
        assert found.evidence == (instance(AT).ref,)
        assert found.stale is (seen is nothing_yet)
    assert look(later, board(hot(14))) == []


def test_a_for_need_not_pass_again_after_a_restart() -> None:
    slow = case("{source: instances, where: {load1: '> 10'}, for: 3m}")
    night = Night([slow])
    night.look(board(hot()))
    entries = look(night, board(hot()), 180)
    later = Night([slow], memory=remember(entries), now=night.now)
    assert [one.stale for one in later.look(board(hot()))] == [False]
    assert look(later, board(hot(3)), 1)[0].kind == "finding.cleared"


def test_what_is_about_to_be_found_is_known() -> None:
    slow = case("{source: instances, where: {load1: '> 10'}, for: 3m}")
    night = Night([slow])
    pending = []
    for load1, after_s in ((3, 0), (13, 1), (13, 100), (13, 80)):
        night.look(board(hot(load1)), after_s)
        pending.append(set(night.memory.pending))
    assert pending == [set(), {"c"}, {"c"}, set()]


def test_a_silence_ends_by_the_estates_clock_and_outlives_a_flap() -> None:
    night = Night([case(HOT)])
    night.look(board(hot()))
    until = AT + timedelta(minutes=10)
    night.memory = fold(night.memory, entry("finding.silenced", until=plain(until), reason="x"))
    assert night.look(board(hot(3)), 60) == ()
    (again,) = night.look(board(hot()), 60)
    assert (again.silenced_until, again.acknowledged_by) == (until, "")
    (loud,) = night.look(board(hot()), 600)
    assert loud.silenced_until is None


SILENT = AT + timedelta(hours=60)


def silenced(night: Night, finding: Finding, **more: Any) -> None:
    """As the console writes it when a person asks for it."""
    told = {name: plain(getattr(finding, name)) for name in ("severity", "evidence", "urgent")}
    data = {"finding": finding.id, "until": plain(SILENT), "reason": "known", **told, **more}
    night.memory = fold(night.memory, Entry(REAL, "finding.silenced", data=data))


HOTTER = instance(AT, name="web-2", load1=14)
# caption → (the rows after the silence, what is said of it)
BREAKS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "the same row, a worse value": (hot(60), ()),
    "old evidence": (hot(60, 900), ()),
    "another row": (
        snapshot("instances", instance(AT, load1=13), HOTTER),
        ("silenced, but new evidence: web-2/web-2",),
    ),
}


@pytest.mark.parametrize("caption", BREAKS)
def test_a_silence_holds_for_what_it_was_given_for(caption: str) -> None:
    seen, mind = BREAKS[caption]
    night = Night([case(HOT)])
    (found,) = night.look(board(hot()))
    silenced(night, found)
    assert [one.put_off for one in night.look(board(hot()), 60)] == [True]
    (found,) = night.look(board(seen), 60)
    assert (found.mind, found.put_off) == (mind, not mind)


def test_a_silence_ends_where_it_becomes_worse_and_is_ended_after_a_restart() -> None:
    night = friday(88)
    (found,) = night.look(disk(FRIDAY, 88), 300)
    silenced(night, found, until="2026-03-16T08:00:00Z")
    assert night.look(disk(FRIDAY, 88), 60)[0].silenced_until == MONDAY
    entries = look(night, disk(FRIDAY, 99, disk_pressure=True, evicted_recent=2), 60)
    ended = next(one for one in entries if one.kind == "finding.silenced")
    assert (ended.data["until"], ended.data["ended"]) == (None, "it may not wait any longer")
    (loud,) = night.look(disk(FRIDAY, 99), 60)
    assert not loud.put_off and loud.mind == ("silenced, but it may not wait any longer",)
    night.memory = fold(night.memory, ended)
    assert look(night, disk(FRIDAY, 99), 60) == []
    (calm,) = night.look(disk(FRIDAY, 88), 60)
    assert calm.silenced_until is None, "it does not come back by itself"
    silenced(night, loud, until="2026-03-16T08:00:00Z")
    assert night.look(disk(FRIDAY, 99), 60)[0].silenced_until == MONDAY, "known, and silenced anew"


def test_a_silence_is_broken_by_a_higher_severity() -> None:
    night = Night([case(HOT)])
    (found,) = night.look(board(hot()))
    silenced(night, found)
    night.cases = [case(HOT, severity="critical")]
    assert night.look(board(hot()))[0].mind == ("silenced, but it is critical now",)


def test_somebody_who_takes_it_loses_it_when_it_is_over() -> None:
    night = Night([case(HOT)])
    night.look(board(hot()))
    night.memory = fold(night.memory, entry("finding.acknowledged", by="dana"))
    assert night.look(board(hot()))[0].acknowledged_by == "dana"
    night.look(board(hot(3)))
    assert night.look(board(hot()))[0].acknowledged_by == ""


@pytest.mark.parametrize("data", [{"finding": 5}, {"finding": "no scope"}, {}, {"finding": None}])
def test_entries_that_say_nothing_of_a_finding_are_passed_over(data: dict[str, Any]) -> None:
    assert remember([Entry(REAL, "finding.seen", data=data), Entry(REAL, "note", data=data)]) == (
        Memory()
    )


FRIDAY = datetime(2026, 3, 13, 19, 0, tzinfo=UTC)  # 20:00 in Paris
MONDAY = datetime(2026, 3, 16, 8, 0, tzinfo=UTC)


def disk(at: datetime, pct: float | None, old_s: float = 0.0, **pod: Any) -> Any:
    metric = row("metrics", at, scope="eks-v2-prod", id="pod_disk_pct", value=pct, unit="%")
    told: dict[str, Any] = {"disk_pressure": False, "evicted_recent": 0} | pod
    crow = workload(at, "mediator-crow", scope="eks-v2-prod", cluster="eks-v2-prod", **told)
    return board(snapshot("metrics", metric, old_s=old_s), snapshot("workloads", crow))


def friday(pct: float = 86) -> Night:
    configuration = load(CONFIG, environ={})
    night = Night(
        [configuration.cases["free-storage-mediator-crow"]], policy_of(configuration), now=FRIDAY
    )
    night.look(disk(FRIDAY, pct))
    return night


def until(night: Night, seen: Any, after_s: float = 0.0) -> datetime | None:
    (found,) = night.look(seen, after_s)
    return found.deferred_until


def test_the_disk_waits_from_friday_evening_until_monday_at_nine() -> None:
    night = friday()
    assert until(night, disk(FRIDAY, 88), 300) == MONDAY
    assert until(night, disk(FRIDAY, 94), 36 * 3600) == MONDAY
    assert until(night, disk(FRIDAY, 96), 60) is None, "more than 95 % does not wait"
    assert until(night, disk(FRIDAY, 94), 60) == MONDAY
    night.now = MONDAY
    assert until(night, disk(FRIDAY, 94)) is None, "Monday, nine o'clock"


def test_at_96_percent_it_never_waited() -> None:
    assert until(friday(96), disk(FRIDAY, 96), 300) is None


def test_an_evicted_pod_does_not_wait() -> None:
    assert until(friday(), disk(FRIDAY, 88, evicted_recent=1), 300) is None


def test_what_cannot_be_seen_puts_nothing_off_and_brings_nothing_back() -> None:
    assert until(friday(), disk(FRIDAY, 88, disk_pressure=None), 300) is None
    night = friday()
    assert until(night, disk(FRIDAY, 88), 300) == MONDAY
    assert until(night, disk(FRIDAY, 97, old_s=3000), 60) == MONDAY


def test_what_cannot_be_seen_for_an_hour_waits_no_longer() -> None:
    night, blind = friday(), disk(FRIDAY, 97, old_s=3000)
    assert until(night, disk(FRIDAY, 88), 300) == MONDAY
    assert until(night, blind, 3600) == MONDAY, "it is unreadable since now"
    assert until(night, blind, 3599) == MONDAY
    (found,) = night.look(blind, 1)
    assert found.deferred_until is None and found.stale
    assert found.mind == ("whether it may wait cannot be seen since Fri 20:05 UTC",)
    assert until(night, blind, 600) is None
    (found,) = night.look(disk(FRIDAY, 88), 60)
    assert found.deferred_until == MONDAY and not found.mind


def test_what_was_there_before_friday_evening_waits_from_then_on() -> None:
    configuration = load(CONFIG, environ={})
    cases = [configuration.cases["free-storage-mediator-crow"]]
    night = Night(cases, policy_of(configuration), now=FRIDAY - timedelta(hours=3, minutes=6))
    night.look(disk(FRIDAY, 88))
    assert until(night, disk(FRIDAY, 88), 300) is None, "a minute before five"
    assert until(night, disk(FRIDAY, 88), 60) == MONDAY


def test_what_is_put_off_is_written_down_and_so_is_its_return() -> None:
    night = friday()
    told = [look(night, disk(FRIDAY, pct), 300) for pct in (88, 88, 96)]
    assert [[(one.kind, one.data.get("until")) for one in each] for each in told] == [
        [("finding.seen", None), ("finding.deferred", "2026-03-16T08:00:00Z")],
        [],
        [("finding.deferred", None)],
    ]


def test_the_labs_friday_is_the_one_that_waits() -> None:
    start = SCENARIOS["disk-mediator-crow"].start
    assert start == FRIDAY
    clock = Clock(start, real_now(), speed=6000)
    configuration = load(CONFIG, environ={})
    findings = Findings(configuration, clock)

    def seen(pct: float) -> tuple[Finding, ...]:
        now = clock.now()
        parts = (replace(s, taken_at=real_now()) for s in disk(now, pct).snapshots.values())
        return findings.on(board(*parts)).findings

    async def watch() -> tuple[Finding, ...]:
        seen(87)
        async with asyncio.timeout(5):
            while not (found := seen(87)):
                await asyncio.sleep(0.02)
        return found

    (found,) = asyncio.run(watch())
    assert found.deferred_until == MONDAY
    (urgent,) = seen(96)
    assert urgent.deferred_until is None


async def test_the_journal_is_written_in_order_and_again_after_a_full_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.findings.RETRY_S", 0.01)
    lines: list[str] = []
    refuse = [True]

    def append(kind: str, *, run: str = "", by: str = "", **data: Any) -> None:
        if refuse and refuse.pop():
            raise OSError("no space left on device")
        lines.append(f"{kind} {data['finding']}")

    configuration = load(CONFIG, environ={})
    findings = Findings(configuration, Clock(), append)
    camera = row("alarms", AT, scope="eks-v2-prod", name="rpg-camera-1", state="alarm")
    findings.on(board(replace(snapshot("alarms", camera), taken_at=real_now())))
    findings.on(board(replace(snapshot("alarms"), taken_at=real_now())))
    await asyncio.wait_for(findings.written(), 5)
    assert lines == ["finding.seen qr-code@eks-v2-prod", "finding.cleared qr-code@eks-v2-prod"]
    assert not findings.unwritten


looks = st.lists(
    st.tuples(
        st.floats(0, 400),
        st.sampled_from([0.0, 100.0, 200.0, 900.0]),
        st.sampled_from([None, 3.0, 13.0]),
    ),
    max_size=12,
)
EACH = [case(HOT, id="a"), case("{source: instances, where: {load1: '> 10'}, for: 3m}", id="b")]


@given(looks)
@settings(max_examples=60, deadline=None)
def test_the_same_boards_give_the_same_findings(steps: list[tuple[float, float, Any]]) -> None:
    def run() -> list[tuple[Finding, ...]]:
        night = Night(EACH)
        return [night.look(board(hot(load1, old_s)), after) for after, old_s, load1 in steps]

    assert run() == run()


@given(looks)
@settings(max_examples=60, deadline=None)
def test_stale_evidence_never_raises_or_clears(steps: list[tuple[float, float, Any]]) -> None:
    night = Night(EACH)
    for after_s, old_s, load1 in steps:
        before = {one.id for one in night.look(board(hot(None)), 0)}
        after = {one.id for one in night.look(board(hot(load1, old_s)), after_s)}
        if old_s > 300 or load1 is None:
            assert after == before


@given(looks)
@settings(max_examples=40, deadline=None)
def test_the_journal_rebuilds_exactly_what_is_live(steps: list[tuple[float, float, Any]]) -> None:
    night, entries = Night(EACH), list[Entry]()
    for after_s, old_s, load1 in steps:
        entries += look(night, board(hot(load1, old_s)), after_s)
    told = remember(entries).live()
    assert {n: one.since for n, one in told.items()} == {
        n: one.since and one.since.replace(microsecond=0) for n, one in night.memory.live().items()
    }


def test_rows_that_did_not_change_are_not_judged_again() -> None:
    from time import process_time

    from console.match import find

    configuration = load(CONFIG, environ={})
    cases, policy = list(configuration.cases.values()), policy_of(configuration)
    hosts = [instance(AT, f"s{n}/prod", f"h{n}", load1=2.0, disk_pct=50.0) for n in range(1000)]
    seen = board(snapshot("instances", *hosts))
    memory, best = Memory(), 1.0
    for _ in range(5):
        began = process_time()
        _, memory = find(cases, seen, memory, Now(AT, REAL), policy)
        best = min(best, process_time() - began)
    assert best < 0.016, "a board comes every few seconds, on the loop that draws"


async def test_what_is_heard_while_a_board_is_judged_is_not_lost() -> None:
    findings = Findings(load(CONFIG, environ={}), Clock())
    camera = row("alarms", AT, scope="eks-v2-prod", name="rpg-camera-1", state="alarm")
    seen = board(replace(snapshot("alarms", camera), taken_at=real_now()))
    await findings.judged(seen)
    judging = asyncio.create_task(findings.judged(seen))
    await asyncio.sleep(0)
    name = {"finding": "qr-code@eks-v2-prod"}
    findings.hear(Entry(REAL, "finding.acknowledged", by="dana", data=name))
    await judging
    assert [one.acknowledged_by for one in findings.on(seen).findings] == ["dana"]


def test_a_policy_without_windows_is_in_none() -> None:
    assert Policy().inside("peak", AT) is False
