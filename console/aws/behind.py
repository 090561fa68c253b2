"""Whether a machine is the last healthy target of a load balancer: pure, by what AWS says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any

from console.poll import Failed

SHOWN = 4  # names and sentences; a machine may be in hundreds of target groups
SERVES_NOT = ("unused", "draining")


@dataclass(frozen=True, slots=True)
class Member:
    """One target of a group: an instance or an address, at a port."""

    id: str
    port: int
    state: str
    """As AWS says it: healthy, unhealthy, initial, draining, unused, unavailable …"""
    reason: str = ""

    name: str = ""
    """What people call the machine."""

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.name or self.id} {self.state}{why}"

    def called(self, name: str) -> Member:
        """The same under the name of its machine."""
        return replace(self, name=name)


@dataclass(frozen=True, slots=True)
class Aim:
    """How to tell the machine of an act among targets."""

    id: str
    vpc: str
    addresses: frozenset[str]
    networks: tuple[str, ...] = ()

    def has(self, target: str) -> bool:
        """Whether a target is this machine, by its id or by one of its addresses."""
        if target == self.id or target in self.addresses:
            return True
        try:
            return any(ip_address(target) in ip_network(one) for one in self.networks)
        except ValueError:  # an instance's id
            return False


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a machine must stay in a target group, and why: what is said before and after it."""

    stays: bool
    before: str
    after: str

    def said(self, names: Sequence[str]) -> str:
        """The sentence about all target groups that are judged alike."""
        some = ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")
        what = f"target group {some}" if len(names) == 1 else f"{len(names)} target groups ({some})"
        return f"{self.before}{what}{self.after}"


def aim_of(facts: dict[str, Any]) -> Aim:
    """A machine by its description: its id and every address that a target may be named by."""
    addresses, networks = {facts.get("PrivateIpAddress", "")}, set()
    for card in facts.get("NetworkInterfaces") or ():
        addresses |= {one.get("PrivateIpAddress", "") for one in card.get("PrivateIpAddresses", ())}
        addresses |= {one.get("Ipv6Address", "") for one in card.get("Ipv6Addresses", ())}
        networks |= {one["Ipv4Prefix"] for one in card.get("Ipv4Prefixes", ())}
        networks |= {one["Ipv6Prefix"] for one in card.get("Ipv6Prefixes", ())}
    return Aim(
        facts["InstanceId"], facts.get("VpcId", ""), frozenset(addresses - {""}), (*networks,)
    )


def judge(members: Sequence[Member] | Failed, machine: Aim, gone: Mapping[str, str]) -> Judged:
    """Whether the machine must stay in a target group; `gone`: see `unwell`."""
    if isinstance(members, Failed):  # 1. what is not known is no yes
        return Judged(
            True, "whether it is the last healthy target of ", f" is not known: {members}"
        )
    ours = [one for one in members if machine.has(one.id)]
    others = [one for one in members if not machine.has(one.id)]
    well = {one.id for one in others if one.state == "healthy" and one.id not in gone}
    if well:  # 2. another one takes over
        return Judged(False, "", f": {_count(len(well))} healthy without it, of {len(members)}")
    states = {one.state for one in ours}
    if states <= set(SERVES_NOT):  # 3. it takes no requests there
        return Judged(False, "", f": it is {' and '.join(sorted(states))}, and serves nobody there")
    why = "; ".join(_others(others, gone)) or "it is the only one"
    if "healthy" in states:  # 4. nobody is served after it
        return Judged(True, "the last healthy target of ", f": {why}")
    if not all(one.startswith("unhealthy") for one in states):  # 5. initial, unavailable, new words
        told = ", ".join(map(str, ours))
        return Judged(
            True, "", f": nothing else is healthy, and its own health is not known: {told}"
        )
    # 6. a load balancer without a healthy target sends to all of them
    return Judged(False, "", f": nothing is healthy there, this machine included ({why})")


def _count(number: int) -> str:
    return "1 target stays" if number == 1 else f"{number} targets stay"


def _others(others: Iterable[Member], gone: Mapping[str, str]) -> Iterator[str]:
    """The other targets and why none of them counts, some of them."""
    for number, one in enumerate(others):
        if number == 3:
            yield "…"
            return
        yield f"{one}, but {gone[one.id]}" if one.id in gone else str(one)
