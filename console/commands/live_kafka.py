"""The Kafka half of `oncall check --live`: each broker, each right that is used, all only read."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import TYPE_CHECKING

from console.commands.checks import Check
from console.kafka.codes import Fault
from console.kafka.tunnel import tunnel_commands, tunnel_lines
from console.kafka.values import Address, Metadata
from console.kafka.wire import all_metadata, lacking, lacking_to_act
from console.poll import Failed

if TYPE_CHECKING:
    from console.clients import Clients
    from console.config import Estate
    from console.kafka.pool import BrokerPool

SLOW_MS = 250.0  # a round trip that makes a refresh of three feel late


async def doctor(estate: Estate, clients: Clients) -> list[Check]:
    """What `oncall check --live` says of every Kafka cluster."""
    profiles = {name: account.profile for name, account in estate.accounts.items()}
    each = [
        _cluster(clients.kafka(name), profiles.get(settings.account, ""))
        for name, settings in estate.kafka.items()
    ]
    return [check for checks in await asyncio.gather(*each) for check in checks]


async def _cluster(pool: BrokerPool, profile: str) -> list[Check]:
    what = f"kafka {pool.cluster}"
    try:
        metadata = await pool.metadata()
    except Failed as failure:
        return [Check(what, False, str(failure), failure.cure or _way_in(pool, profile, ()))]
    there, wanted = len(metadata.brokers), pool.settings.brokers_expected
    said = f"{there} of {wanted} brokers, {len(metadata.topics)} topics visible"
    fix = "" if there >= wanted else "wait for the missing broker, or correct brokers_expected"
    checks = [Check(what, there >= wanted, said, fix)]
    addresses = tuple(metadata.brokers.values())
    checks += await asyncio.gather(
        *(_broker(pool, b, _way_in(pool, profile, addresses)) for b in sorted(metadata.brokers))
    )
    return checks + await _topics(pool, metadata) + await _groups(pool)


async def _broker(pool: BrokerPool, broker: int, way_in: str) -> Check:
    what = f"kafka {pool.cluster} broker {broker}"
    try:
        connection = await pool.broker(broker).connection()
        if missing := lacking(connection.versions):
            fix = "use a Kafka from 2.1 on"
            return Check(what, False, f"does not offer {', '.join(missing)}", fix)
        if missing := lacking_to_act(connection.versions):
            fix = "use a Kafka from 2.6 on: until then no topic is emptied or restored"
            return Check(what, False, f"does not offer {', '.join(missing)}", fix)
        began = perf_counter()
        await pool.ask(broker, all_metadata([]))
    except Failed as failure:
        return Check(what, False, str(failure), failure.cure or way_in)
    took = 1000 * (perf_counter() - began)
    said = f"{pool.brokers[broker]} answers in {took:.0f} ms"
    return Check(what, took < SLOW_MS, said, "" if took < SLOW_MS else "a nearer VPN or tunnel")


def _way_in(pool: BrokerPool, profile: str, brokers: tuple[Address, ...]) -> str:
    """The VPN, or the commands that open a tunnel to each broker."""
    if pool.settings.security == "plaintext" and not pool.settings.arn:
        return "is the broker running, and its address right?"
    commands = tunnel_commands(pool.settings, profile, brokers)
    lines = tunnel_lines(pool.settings, brokers)
    in_estate = ["and in estate.yaml:", *lines] if lines else []
    return "\n".join(["connect the VPN, or open a way to each broker:", *commands, *in_estate])


async def _topics(pool: BrokerPool, metadata: Metadata) -> list[Check]:
    """Each topic of the estate that the cluster does not show, and why."""
    named = {topic for group in pool.settings.groups.values() for topic in group.topics}
    hidden = sorted((named | set(pool.settings.topics)) - set(metadata.topics))
    faults = await pool.offsets.hidden(hidden)
    return [
        Check(
            f"kafka {pool.cluster} topic {topic}",
            False,
            faults[topic].message if topic in faults else "the cluster does not show it",
            f"correct its name, or allow kafka-cluster:DescribeTopic on {topic}",
        )
        for topic in hidden
    ]


async def _groups(pool: BrokerPool) -> list[Check]:
    """Each group of the estate: its coordinator, its offsets, its members."""
    names = list(pool.settings.groups)
    groups = pool.offsets.groups
    committed = await groups.committed(names)
    described = await groups.described(names)
    checks = []
    for group in names:
        what = f"kafka {pool.cluster} group {group}"
        fault = next((f for f in (committed[group], described.get(group)) if _bad(f)), None)
        if isinstance(fault, Fault):
            fix = f"allow kafka-cluster:DescribeGroup on {group}" if fault.code == 30 else ""
            checks.append(Check(what, False, fault.message, fix))
            continue
        offsets = getattr(committed[group], "offsets", {})
        state = getattr(described.get(group), "state", "") or "state unknown"
        said = f"{state}, offsets of {len(offsets)} partitions"
        fix = "" if offsets else "correct its name: nobody has committed under it"
        checks.append(Check(what, bool(offsets), said, fix))
    return checks


def _bad(answer: object) -> bool:
    return isinstance(answer, Fault)
