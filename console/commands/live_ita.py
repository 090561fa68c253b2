"""The ITA half of `oncall check --live`: login, both reads, and whether its zone is right."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.clock import Clock
from console.commands.checks import Check
from console.poll import Failed

if TYPE_CHECKING:
    from console.clients import Clients
    from console.config import Estate
    from console.ita.api import ItaApi

AHEAD = timedelta(minutes=2)


async def doctor(estate: Estate, clients: Clients, clock: Clock | None = None) -> list[Check]:
    """Every system at the same time, in the order of the configuration. Nothing is switched."""
    now = (clock or Clock()).now()
    each = await asyncio.gather(*(_system(name, clients.ita(name), now) for name in estate.ita))
    return [check for some in each for check in some]


async def _system(name: str, api: ItaApi, now: datetime) -> list[Check]:
    what = f"ita {name}: maintenance mode"
    try:
        mode = await api.mode()
    except Failed as error:
        return [Check(what, False, str(error), error.cure)]
    return [Check(what, True, f"{api.host}: {mode}"), *await _jobs(name, api, now)]


async def _jobs(name: str, api: ItaApi, now: datetime) -> list[Check]:
    what = f"ita {name}: running jobs"
    try:
        running = await api.running()
    except Failed as error:
        return [Check(what, False, str(error), error.cure)]
    told = f"{running.count} running, {running.conductors} conductors"
    times = [item.updated_at for item in running.items if item.updated_at]
    ahead = bool(times) and max(times) - now > AHEAD
    zone = "their times lie ahead" if ahead else "their times fit"
    fix = f"ita.{name}.zone in estate.yaml is the zone of the system's containers"
    known = None if not times else not ahead
    said = zone if times else "nothing runs whose time could tell"
    return [Check(what, True, told), Check(f"ita {name}: zone", known, said, fix)]
