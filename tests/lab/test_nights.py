"""The nights of an MSK maintenance: MSK's API, the metadata and the groups tell them in order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from console.commands.init import shipped
from console.config import load
from console.kafka.values import Tp
from console.kafka.wire import LATEST, delete_records, list_offsets
from console.lab.kafka import jars
from console.lab.lab import Lab
from console.lab.nights import EVENING, HARD_TOPIC
from tests.lab.chronicle import Chronicle, Seen, chronicle, restart
from tests.lab.kafka.looking import pool_of
from tests.lab.test_control import get, post

SPEED = 240.0
OFTEN = {"ONCALL_KAFKA_EVERY": "0.15s", "ONCALL_MSK_EVERY": "0.2s"}
BAD, WELL = {"stuck", "slow"}, {"ok", "idle"}


@asynccontextmanager
async def night(
    scenario: str, speed: float = SPEED, kafka: str = "stand-in"
) -> AsyncIterator[Chronicle]:
    """It begins when everything is seen to be well: a busy machine may take its time until then."""
    async with Lab("quiet", speed, kafka) as lab:
        if kafka == "stand-in":
            lab.env |= OFTEN
        async with chronicle(lab) as told:
            await told.until(lambda seen: seen.state == "ACTIVE" and seen.words == {"ok"}, 240)
            told.seen = told.seen[-1:]
            lab.play(scenario)
            yield told


async def empty(lab: Lab, topic: str) -> None:
    """Delete what lies in a topic now."""
    async with pool_of(lab.kafka) as pool:
        seen = await pool.metadata([topic])
        for broker in seen.brokers:
            led = [(topic, p) for p, one in seen.topics[topic].items() if one.leader == broker]
            ends: dict[Tp, int] = dict((await pool.ask(broker, list_offsets(led, LATEST))).offsets)
            told = await pool.ask(broker, delete_records(ends, 5000))
            assert {one.error for one in told.values()} == {0}


def down(seen: Seen) -> tuple[int, ...]:
    return tuple(sorted(seen.down))


def test_the_evening_is_just_before_the_planned_window() -> None:
    evening = EVENING.astimezone(ZoneInfo("Europe/Paris"))
    assert evening.strftime("%a %H:%M") == "Tue 20:58"
    window = load(shipped(), environ={}).windows.windows["msk-maintenance"]
    assert (window.rrule, str(window.from_)) == ("FREQ=MONTHLY;BYDAY=4TU", "21:00:00")
    assert (evening - timedelta(days=21)).month == evening.month != (evening - timedelta(28)).month


async def test_a_night_is_told_in_order_and_a_restart_after_it_helps() -> None:
    async with night("msk-maintenance", SPEED / 2) as told:
        await told.until(lambda seen: seen.ended is False)
        await told.until(lambda seen: seen.ended)
        assert told.story(down) == [(), (1,), (), (2,), (), (3,), ()]
        assert told.story(lambda seen: (seen.state, seen.operation, seen.ended))[-3:] == [
            ("ACTIVE", "SECURITY_PATCHING", True),
            ("MAINTENANCE", "SECURITY_PATCHING", False),
            ("ACTIVE", "SECURITY_PATCHING", True),
        ]
        assert not [seen for seen in told.seen if seen.leaderless], "the leaders moved in time"
        lulls = told.story(lambda seen: (down(seen), seen.healthy and seen.state == "MAINTENANCE"))
        assert lulls.count(((), True)) == 4, "Kafka alone looks healthy before, between and after"
        await told.until(lambda seen: seen.words <= BAD, minutes=10)
        await restart(told.lab)
        cured = await told.until(lambda seen: seen.words <= WELL, minutes=15)
        assert cured.healthy


async def test_a_restart_during_the_night_helps_only_until_the_next_broker() -> None:
    async with night("msk-maintenance") as told:
        await told.until(lambda seen: seen.words == {"stuck"})
        await told.until(lambda seen: seen.state == "MAINTENANCE" and not seen.down)
        await restart(told.lab)
        await told.until(lambda seen: seen.words <= {*WELL, "catching_up"})
        await told.until(lambda seen: seen.words <= BAD, minutes=30)


@pytest.mark.parametrize(
    ("kafka", "speed"),
    [("stand-in", SPEED), pytest.param("apache", 40.0, marks=pytest.mark.night)],
)
async def test_the_hard_night_is_over_only_after_emptying_and_a_second_restart(
    kafka: str, speed: float
) -> None:
    if kafka == "apache" and (reason := jars.missing_tools()):
        pytest.skip(f"Apache Kafka: {reason}")
    async with night("msk-maintenance-hard", speed, kafka) as told:
        await told.until(lambda seen: seen.ended is False)
        await told.until(lambda seen: seen.ended)
        await restart(told.lab)
        again = await told.until(lambda seen: len(seen.words & WELL) and seen.words & BAD, 20)
        (bad,) = [topic for topic, verdict, _ in again.verdicts if verdict in BAD]
        assert bad == HARD_TOPIC
        await restart(told.lab)
        await told.until(lambda seen: again.at + timedelta(minutes=8) < told.lab.clock.now())
        assert told.last.words & BAD, "a restart alone does not help"
        await empty(told.lab, HARD_TOPIC)
        await restart(told.lab)
        await told.until(lambda seen: seen.words <= WELL, minutes=15)


async def test_a_coordinators_fault_outlives_the_night_and_no_restart_helps() -> None:
    async with night("coordinator-fault") as told:
        await told.until(lambda seen: seen.down == {1})
        await told.until(lambda seen: seen.words == {"unknown"} and not seen.down)
        await told.until(lambda seen: seen.ended)
        assert told.story(down) == [(), (1,), (), (2,), (), (3,), ()]
        await restart(told.lab)
        later = told.lab.clock.now() + timedelta(minutes=6)
        await told.until(lambda seen: told.lab.clock.now() > later)
        assert told.last.words == {"unknown"}
        assert all("16" in why or "coordinator" in why for _, _, why in told.last.verdicts)
        assert told.last.healthy


@pytest.mark.night
async def test_the_second_broker_goes_before_the_first_is_back() -> None:
    async with night("two-brokers-down") as told:
        await told.until(lambda seen: seen.ended is False)
        await told.until(lambda seen: seen.ended)
        assert told.story(down)[:3] == [(), (1,), (1, 2)]
        assert told.story(down)[-3:] == [(), (3,), ()]


@pytest.mark.night
async def test_msk_may_never_say_that_it_is_over() -> None:
    async with night("maintenance-never-ends") as told:
        await told.until(lambda seen: seen.down == {3})
        back = await told.until(lambda seen: seen.healthy)
        await told.until(lambda seen: told.lab.clock.now() > back.at + timedelta(minutes=8))
        assert (told.last.state, told.last.ended) == ("MAINTENANCE", False)
        assert not told.lab.acting


async def test_another_scenario_ends_a_night_and_mends_what_it_broke() -> None:
    async with night("coordinator-fault") as told:
        await told.until(lambda seen: seen.words == {"unknown"} and seen.down == {2})
        assert await post(told.lab, "/scenario", name="quiet") == 200
        assert not told.lab.acting
        await told.until(lambda seen: seen.healthy and seen.words <= WELL and seen.ended)
        assert await post(told.lab, "/scenario", name="msk-maintenance-hard") == 200
        await told.until(lambda seen: seen.down == {1})
        assert await post(told.lab, "/scenario", name="quiet") == 200
        await told.until(lambda seen: seen.healthy and seen.words <= WELL and seen.ended)


@pytest.mark.parametrize(
    ("kafka", "speed", "asked"),
    [("stand-in", 1, "5.0s 60.0s"), ("stand-in", 60, "0.3s 1.0s"), ("off", 60, "5.0s 1.0s")],
)
async def test_a_fast_night_is_watched_closely_enough(kafka: str, speed: int, asked: str) -> None:
    async with Lab(speed=speed, kafka=kafka) as lab:
        estate = load(shipped(), environ=lab.env).estate
        brokers, lag, msk = (estate.sources[s].every for s in ("kafka_brokers", "kafka_lag", "msk"))
        assert f"{brokers:.1f}s {msk:.1f}s" == asked
        assert lag == brokers == estate.kafka["msk-prod"].refresh
        assert kafka == "off" or brokers * speed <= 30


@pytest.mark.night
async def test_real_brokers_on_the_same_night() -> None:
    if reason := jars.missing_tools():
        pytest.skip(f"Apache Kafka: {reason}")
    jars.fetch()
    async with night("msk-maintenance", 60, "apache") as told:
        refused = await get_error(told.lab, "coordinator-fault")
        assert "stand-in" in refused
        await told.until(lambda seen: seen.ended is False)
        await told.until(lambda seen: seen.ended, minutes=120)
        assert [one for one in told.story(down) if one] == [(1,), (2,), (3,)]
        assert told.last.words <= BAD
        await restart(told.lab)
        await told.until(lambda seen: seen.words <= WELL, minutes=20)


async def get_error(lab: Lab, scenario: str) -> str:
    """Why the lab does not play it."""
    async with asyncio.timeout(10):
        assert await post(lab, "/scenario", name=scenario) == 400
    assert (await get(lab, "/lab"))["scenario"] != scenario
    from console.lab.scenarios import refusal

    return refusal(scenario, real=True)
