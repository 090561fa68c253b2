"""What is behind load balancers, asked of the lab's AWS as the product does."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from console.aws.balancers import Group
from console.aws.behind import Member
from console.config.amazon import Behind
from console.model import Severity
from console.poll import Failed, poll_once
from console.sources import targets
from console.sources.targets import TargetGroup, Targets, means, signs
from tests.remedies.aws.desk import Desk, desk

SCOPE, ILL = "tenants/prod", ("unhealthy", "Target.Timeout")
OK, UNKNOWN, WARNING, CRITICAL = Severity


def parts(lab: Desk) -> list[targets.Part]:
    return list(Targets().parts(lab.hands.context))


async def rows(lab: Desk) -> dict[str, TargetGroup]:
    (part,) = parts(lab)
    return {row.group: row for row in await part.fetch() if isinstance(row, TargetGroup)}


def of(*states: str) -> tuple[Member, ...]:
    return tuple(Member(f"i-{n}", 80, state) for n, state in enumerate(states))


SAYS: list[tuple[str, tuple[str, ...], list[tuple[Severity, str]]]] = [
    ("all is well", ("healthy", "healthy"), []),
    ("one alone, and always was", ("healthy",), []),
    ("one goes on purpose", ("healthy", "healthy", "draining"), []),
    (
        "the last one",
        ("healthy", "unhealthy"),
        [(WARNING, "one healthy target is left of 2: i-1 unhealthy")],
    ),
    (
        "one of three",
        ("healthy", "unhealthy", "healthy"),
        [(WARNING, "1 of 3 unhealthy: i-1 unhealthy")],
    ),
    ("none", ("unhealthy",), [(CRITICAL, "no target is healthy: i-0 unhealthy")]),
    ("stopped all", ("unused",), [(CRITICAL, "no target is healthy: none takes requests")]),
    ("nobody there", (), [(CRITICAL, "no target is registered in it")]),
    ("no word of it", ("unavailable",), [(UNKNOWN, "health not known: i-0 unavailable")]),
    (
        "a state AWS adds",
        ("healthy", "healthy", "resting"),
        [(UNKNOWN, "health not known: i-2 resting")],
    ),
]


@pytest.mark.parametrize(("caption", "states", "said"), SAYS, ids=[one[0] for one in SAYS])
def test_what_its_targets_say_of_a_group(
    caption: str, states: tuple[str, ...], said: list[tuple[Severity, str]]
) -> None:
    assert signs(of(*states), used=True) == said


def test_a_group_that_nobody_uses_is_not_called_well() -> None:
    assert signs(of("unused"), used=False) == [(UNKNOWN, "no load balancer uses it")]


async def test_hundreds_of_host_names_are_told_with_their_targets(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        found = await rows(lab)
        assert [*found] == [f"tenants-prod-{pool}" for pool in "abcdef"]
        first = found["tenants-prod-a"]
        assert (first.healthy, first.total, first.severity, first.balancer) == (
            *(2, 2, OK),
            "tenants-prod",
        )
        assert first.targets == ("tenants-prod-web-1 healthy", "tenants-prod-web-2 healthy")
        names = [name for row in found.values() for name in row.hosts or ()]
        assert len(names) == len(set(names)) == 312
        assert first.ref.scope == SCOPE and "client-001.tenants.example.fr" in names


async def test_one_that_is_left_is_said_by_the_name_of_the_other(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.lab.world.groups[0].states[lab.host("tenants-prod-web-2").id] = ILL
        row = (await rows(lab))["tenants-prod-a"]
        assert (row.healthy, row.unhealthy, row.severity) == (1, 1, WARNING)
        assert row.because == (
            "one healthy target is left of 2: tenants-prod-web-2 unhealthy (Target.Timeout)",
        )


async def test_a_missing_right_costs_host_names_alone(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.lab.aws_faults.denied.add(("*", "DescribeRules"))
        row = (await rows(lab))["tenants-prod-a"]
        assert row.hosts is None and "DescribeRules is not allowed" in row.missing["hosts"]
        assert row.healthy == 2 and row.severity is OK


async def test_without_any_health_the_poll_fails_and_says_why(tmp_path: Path) -> None:
    async with desk(tmp_path) as lab:
        lab.lab.aws_faults.denied.add(("*", "DescribeTargetHealth"))
        with pytest.raises(Failed, match="elasticloadbalancing:DescribeTargetHealth is not"):
            await rows(lab)
        lab.lab.aws_faults.denied.clear()
        lab.lab.keys.expire(lab.host("tenants-prod-web-1").account)
        snapshot = await poll_once(parts(lab)[0])
        assert snapshot.trouble is not None and snapshot.trouble.auth_expired


async def test_so_many_groups_are_asked_in_turns_and_none_is_shown_as_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(targets, "A_POLL", 5)
    async with desk(tmp_path) as lab:
        (part,) = parts(lab)

        async def polled() -> Mapping[str, TargetGroup]:
            before = len(lab.lab.log.entries)
            found = {row.group: row for row in await part.fetch() if isinstance(row, TargetGroup)}
            asked = [one["operation"] for one in list(lab.lab.log.entries)[before:]]
            assert asked.count("DescribeTargetHealth") == 5
            return found

        first = await polled()
        (unread,) = [row for row in first.values() if row.healthy is None]
        assert unread.severity is UNKNOWN and "in turns" in unread.missing["healthy"]
        second = await polled()
        assert second[unread.group].healthy == 2 and not second[unread.group].kept
        (old,) = [row for row in second.values() if row.kept]
        assert set(old.kept) >= {"healthy", "total", "targets"}
        lab.lab.world.groups[0].states[lab.host("tenants-prod-web-2").id] = ILL
        ill = lab.lab.world.groups[0].name
        for _ in range(3):
            third = await polled()
        assert third[ill].unhealthy == 1 and not third[ill].kept, "trouble is asked every time"


async def test_what_aws_does_not_have_is_no_silence(tmp_path: Path) -> None:
    edit = {"targets: [{load_balancer: tenants-prod}]": "targets: [{load_balancer: gone}]"}
    async with desk(tmp_path, edit=edit) as lab:
        lab.lab.world.groups[0].balancer = "another"
        for group in lab.lab.world.groups:
            group.balancer = "another"
        (row,) = (await rows(lab)).values()
        assert row.severity is CRITICAL
        assert row.because == ("AWS has no such load balancer with a target group",)


MEANT = [
    ({"load_balancer": "shop"}, True),
    ({"load_balancer": "sho"}, False),
    ({"group": "web-*"}, True),
    ({"group": "web"}, False),
]


@pytest.mark.parametrize(("words", "is_"), MEANT)
def test_a_group_is_named_by_its_load_balancer_or_by_its_own_name(
    words: dict[str, str], is_: bool
) -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-3:2:loadbalancer/app/shop/50dc6c"
    assert means(Behind.model_validate(words), Group("a", "web-1", "instance", "", (arn,))) is is_
