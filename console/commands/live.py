"""`oncall check --live`, the doctor: ask every vendor what works, and what cures what does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path

from console.commands import live_aws, live_ita, live_kafka, live_kubernetes, live_web
from console.commands.checks import Check
from console.commands.rights_aws import acting, merged
from console.commands.rights_closer import closer
from console.estates import Opened, open_estate
from console.model.words import harmless

Doctor = Callable[..., Awaitable[list[Check]]]
SIGNS = {True: "ok     ", False: "WRONG  ", None: "unknown"}


async def examine(opened: Opened) -> list[Check]:
    """Everything the doctors find, in their order. Nothing is written anywhere."""
    estate, clients = opened.context.estate, opened.context.clients
    reads = merged(acting(opened.configuration), closer(estate))
    aws = partial(live_aws.doctor, clock=opened.context.clock, acting=reads)
    ita = partial(live_ita.doctor, clock=opened.context.clock)
    web = partial(live_web.doctor, clock=opened.context.clock)
    doctors: tuple[Doctor, ...] = (aws, live_kafka.doctor, live_kubernetes.doctor, ita, web)
    try:
        each = await asyncio.gather(*(doctor(estate, clients) for doctor in doctors))
    finally:
        await clients.close()
    return [check for found in each for check in found]


def run_live(directory: Path | None) -> int:
    """Print each finding and its cure; 0 all well, 2 something is wrong, 3 only unknown."""
    checks = asyncio.run(examine(open_estate(directory, keep_state=False)))
    for line in lines(checks):
        print(line)
    if any(check.ok is False for check in checks):
        return 2
    return 3 if any(check.ok is None for check in checks) else 0


def lines(checks: Iterable[Check]) -> Iterable[str]:
    """Each check on a line of its own, its cure below it; what vendors said is made harmless."""
    for check in checks:
        yield f"{SIGNS[check.ok]}  {harmless(check.what)}: {harmless(check.said)}"
        if check.fix and check.ok is not True:
            yield from (f"           {harmless(line)}" for line in check.fix.splitlines())
