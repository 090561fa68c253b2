"""A group that is to be moved, as its coordinator tells just now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.kafka.codes import Fault, say
from console.kafka.groups import Groups
from console.kafka.values import Described, Tp
from console.poll import Failed

if TYPE_CHECKING:
    from console.kafka.pool import BrokerPool


async def described(pool: BrokerPool, group: str) -> Described:
    """A group as its coordinator tells just now. Raises Failed."""
    groups = Groups(pool)
    committed = (await groups.committed([group]))[group]
    if isinstance(committed, Fault):
        raise Failed(committed.message)
    told = (await groups.described([group])).get(group)
    if not isinstance(told, Described):
        raise Failed(told.message if told else f"group {group}: nobody says how it stands")
    return told


async def committed(pool: BrokerPool, group: str) -> Mapping[Tp, int]:
    """What a group has committed. Raises Failed."""
    found = (await Groups(pool).committed([group]))[group]
    if isinstance(found, Fault):
        raise Failed(found.message)
    for tp, code in found.errors.items():
        raise Failed(say(code, f"group {group} on {tp[0]}-{tp[1]}").message)
    return {tp: at for tp, at in found.offsets.items() if at >= 0}
