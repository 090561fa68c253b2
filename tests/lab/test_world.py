"""The lab's world without a server: courses over estate time, and an estate made real."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from console.clock import Clock, real_now
from console.commands.init import shipped
from console.config import load
from console.lab.estate import build, metric_keys
from console.lab.world import Course, World

NOON = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
ESTATE = load(shipped(), environ={}).estate
LAG = "replication_lag_s"  # of replicas, and it has none


def minutes(number: float) -> datetime:
    return NOON + timedelta(minutes=number)


RAMPS = [
    # what was told (minute, to, over minutes), when, level
    ("nothing yet", [], 0, 2.0),
    ("before the ramp", [(10, 12.0, 10)], 9, 2.0),
    ("half way", [(10, 12.0, 10)], 15, 7.0),
    ("arrived, and it stays", [(10, 12.0, 10)], 90, 12.0),
    ("turned back half way", [(10, 12.0, 10), (15, 2.0, 5)], 15, 7.0),
    ("half way back", [(10, 12.0, 10), (15, 2.0, 5)], 17.5, 4.5),
    ("its past is kept when it turns", [(10, 12.0, 10), (15, 2.0, 5)], 12.5, 4.5),
    ("at once", [(10, 12.0, 0)], 11, 12.0),
]


@pytest.mark.parametrize(("what", "ramps", "when", "level"), RAMPS, ids=[r[0] for r in RAMPS])
def test_a_course_follows_its_ramps(
    what: str, ramps: list[tuple[float, float, float]], when: float, level: float
) -> None:
    course = Course(2.0)
    for minute, to, over in ramps:
        course.ramp(minutes(minute), to, over * 60)
    assert course.level(minutes(when)) == pytest.approx(level)


def test_noise_is_gentle_never_negative_and_the_same_at_every_reading() -> None:
    course = Course(1.0, noise=0.8, seed=7)
    values = [course.value(minutes(n)) for n in range(600)]
    assert values == [course.value(minutes(n)) for n in range(600)]
    assert 0 <= min(values) < 0.9 < 1.1 < max(values) < 1 + 2 * 0.8


def test_what_is_due_happens_in_order_and_in_estate_time() -> None:
    now = real_now()
    world = World(Clock(NOON, now - timedelta(seconds=1), speed=3600.0))  # an hour has passed
    happened: list[str] = []
    world.after(-60, lambda: happened.append("second"))
    world.after(-120, lambda: happened.append("first"))
    world.after(86_400, lambda: happened.append("tomorrow"))
    world.settle()
    assert happened == ["first", "second"]


def test_everything_the_shipped_estate_names_exists() -> None:
    world = build(ESTATE, Clock())
    tagged = {(host.tags["Site"], host.tags["Env"]) for host in world.hosts}
    for site, told in ESTATE.sites.items():
        for env, place in told.environments.items():
            for one in place.instances:
                ids = {host.id for host in world.hosts}
                assert one.id in ids if one.id else (site, env) in tagged
    assert len({host.id for host in world.hosts}) == len(world.hosts)
    assert {"sitv1prod-peip", "mizushima-prod-web-2"} <= {host.name for host in world.hosts}
    assert all(any(metric_keys(ESTATE, world, m)) for m in ESTATE.metrics if m.fact != LAG)
    assert [(m.arn, m.brokers) for m in world.msk] == [(ESTATE.kafka["msk-prod"].arn, 3)]
    assert {one.prefix for one in ESTATE.canaries} == {canary.name for canary in world.canaries}


def test_an_estate_at_rest_is_within_its_limits() -> None:
    world = build(ESTATE, Clock())
    for metric in ESTATE.metrics:
        for key in metric_keys(ESTATE, world, metric):
            value = world.courses[key].value(NOON) * metric.scale
            well = metric.warn is None or (value < metric.warn) != metric.below
            assert well, metric
    assert {alarm.state for alarm in world.alarms} == {"OK"}


def test_production_has_two_instances_and_the_shared_ones_exist_once() -> None:
    world = build(ESTATE, Clock())
    names = [host.name for host in world.hosts]
    assert [n for n in names if n.startswith("kashima-")] == [
        *("kashima-prod-web-1", "kashima-prod-web-2", "kashima-stg-web-1", "kashima-dev-web-1")
    ]
    shared = [one.id for one in ESTATE.sites["kawasaki"].environments["prod"].instances]
    assert [host.id for host in world.hosts if host.id in shared] == shared


def test_of_two_things_that_are_ill_each_is_cured_by_its_own_restart() -> None:
    world, cured = World(Clock(NOON, real_now())), list[str]()
    for name in ("web-1", "web-2"):
        world.cures[name] = lambda name=name: cured.append(name)
    world.after(60, lambda: cured.append("the story went on"), story=True)
    for name in ("web-3", "web-2", "web-1", "web-1"):
        world.restarted(name)
    assert cured == ["web-2", "web-1"]
    assert not world.pending
