"""Whether a machine is the last healthy target: every answer of a load balancer, in a table."""

from __future__ import annotations

import pytest

from console.aws.balancers import Group, _member, name_of
from console.aws.behind import Aim, Member, aim_of, judge
from console.poll import Failed

OURS = Aim("i-1", "vpc-1", frozenset({"10.0.0.1"}), ("10.8.0.0/28",))
MUST, MAY = True, False


def members(*states: str) -> tuple[Member, ...]:
    """`i-1 healthy`, `i-2 unhealthy Target.Timeout` …"""
    each = [text.split() for text in states]
    return tuple(Member(id, 80, state, *reason) for id, state, *reason in each)


STANDS = [
    (
        "another is healthy",
        ("i-1 healthy", "i-2 healthy", "i-3 unhealthy"),
        MAY,
        "target group shop: 1 target stays healthy without it, of 3",
    ),
    ("nobody else", ("i-1 healthy",), MUST, "the last healthy target of target group shop: it is "),
    (
        "the other is ill",
        ("i-1 healthy", "i-2 unhealthy Target.Timeout"),
        MUST,
        "the last healthy target of target group shop: i-2 unhealthy (Target.Timeout)",
    ),
    ("the other only comes", ("i-1 healthy", "i-2 initial"), MUST, "the last healthy target"),
    ("the other goes", ("i-1 healthy", "i-2 draining"), MUST, "the last healthy target"),
    ("the other's health has no answer", ("i-1 healthy", "i-2 unavailable"), MUST, "the last"),
    ("the other's state has no name", ("i-1 healthy", "i-2 unknown"), MUST, "the last healthy"),
    (
        "the load balancer has not seen yet that the other is gone",
        ("i-1 healthy", "i-9 healthy"),
        MUST,
        "the last healthy target of target group shop: i-9 healthy, but it is stopping",
    ),
    ("its own two ports are one machine", ("i-1 healthy", "i-1 healthy"), MUST, "it is the only"),
    ("its address is the machine", ("10.0.0.1 healthy", "10.0.0.2 unused"), MUST, "the last"),
    ("so is a pod's, of its prefix", ("10.8.0.9 healthy", "10.9.0.9 draining"), MUST, "the last"),
    ("another address is healthy", ("10.0.0.1 healthy", "10.0.0.2 healthy"), MAY, "1 target"),
    (
        "nothing is known of its own",
        ("i-1 unavailable", "i-2 unhealthy"),
        MUST,
        "nothing else is healthy, and its own health is not known: i-1 unavailable",
    ),
    ("it only just comes", ("i-1 initial Elb.InitialHealthChecking",), MUST, "is not known"),
    ("a state that AWS adds later", ("i-1 resting", "i-2 unhealthy"), MUST, "is not known"),
    ("healthy at one port of two", ("i-1 healthy", "i-1 unhealthy"), MUST, "the last healthy"),
    ("it is ill itself", ("i-1 unhealthy", "i-2 unhealthy"), MAY, "this machine included"),
    ("it is ill and drains", ("i-1 unhealthy.draining",), MAY, "this machine included"),
    ("no load balancer sends to it", ("i-1 unused Target.NotInUse",), MAY, "serves nobody"),
    ("it has been taken out already", ("i-1 draining", "i-2 unhealthy"), MAY, "serves nobody"),
]


@pytest.mark.parametrize(
    ("caption", "states", "stays", "said"), STANDS, ids=[caption for caption, *_ in STANDS]
)
def test_a_machine_stays_where_it_is_the_last_one_or_nobody_knows(
    caption: str, states: tuple[str, ...], stays: bool, said: str
) -> None:
    judged = judge(members(*states), OURS, {"i-9": "it is stopping"})
    assert judged.stays is stays and said in judged.said(["shop"]), judged


def test_a_group_that_cannot_be_read_is_no_yes() -> None:
    judged = judge(Failed("prod: AWS throttles it"), OURS, {})
    assert judged.stays
    assert judged.said(["a", "b"]) == (
        "whether it is the last healthy target of 2 target groups (a, b) is not known: "
        "prod: AWS throttles it"
    )


def test_of_hundreds_of_groups_a_few_are_named() -> None:
    judged = judge(members("i-1 healthy"), OURS, {})
    names = [f"g{number}" for number in range(300)]
    told = "the last healthy target of 300 target groups (g0, g1, g2, g3, …): it is the only one"
    assert judged.said(names) == told


def test_a_machine_is_known_by_every_address_it_has() -> None:
    card = {
        "PrivateIpAddresses": [{"PrivateIpAddress": "10.0.0.7"}],
        "Ipv6Addresses": [{"Ipv6Address": "fd00::7"}],
        "Ipv4Prefixes": [{"Ipv4Prefix": "10.8.0.0/28"}],
    }
    aim = aim_of({"InstanceId": "i-7", "PrivateIpAddress": "10.0.0.6", "NetworkInterfaces": [card]})
    its = ("i-7", "10.0.0.6", "10.0.0.7", "fd00::7", "10.8.0.15")
    others = ("i-77", "10.0.0.8", "10.8.0.16", "arn:aws:lambda:x", "")
    assert [aim.has(one) for one in (*its, *others)] == [True] * 5 + [False] * 5


def test_a_load_balancer_is_named_by_its_arn() -> None:
    arn = "arn:aws:elasticloadbalancing:eu-west-3:2:loadbalancer/app/shop/50dc6c"
    assert (name_of(arn), name_of("x")) == ("shop", "x")


def test_a_target_in_a_zonal_shift_is_not_healthy() -> None:
    group = Group("arn", "shop", "instance", port=80)
    told = {"Target": {"Id": "i-2"}, "TargetHealth": {"State": "healthy"}}
    shifted = {**told, "AdministrativeOverride": {"State": "zonal_shift_active", "Reason": "r"}}
    calm = {**told, "AdministrativeOverride": {"State": "no_override"}}
    states = [_member(one, group).state for one in (told, calm, shifted)]
    assert states == ["healthy", "healthy", "zonal_shift_active"]
