"""Record the scenarios of the lab: `python -m tests.cases.record [SCENARIO …]`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from console.clients import Clients
from console.commands.case import block
from console.commands.status import settled
from console.config import load
from console.examples import recorded
from console.lab.lab import Lab
from console.lookout import Lookout
from console.poll import Context

CONFIG = Path(__file__).parents[2] / "config"
RECORDED = Path(__file__).parent / "recorded"
SPEED = 60.0
# Scenario → the estate second at which it shows; looking takes a few real seconds more.
AT = {
    "quiet": 300.0,
    "load-sakai": 420.0,
    "memory-signaling": 250.0,
    "broker-down": 240.0,
    "disk-mediator-crow": 720.0,
    "alarms-stuck": 480.0,
    "push-lag": 600.0,
    "log-collectors-down": 300.0,
    "camunda-offre": 300.0,
    "cegedev": 300.0,
    "qr-code": 300.0,
    "disk-full-site": 900.0,
    "sidekiq-no-workers": 300.0,
    "slow-order-page": 900.0,
    "orders-lost": 300.0,
    "last-target": 300.0,
    "no-target": 300.0,
    "ita-upgrade": 120.0,
    "msk-maintenance": 560.0,
    "coordinator-fault": 1080.0,
    "alarm-flow-broken": 420.0,
}


async def answered(lookout: Lookout) -> None:
    """Until every part has, and the lag of every group has a history, or is known to have none."""
    async with asyncio.timeout(40):
        while not lookout.board.snapshots or not settled(lookout.board):
            lag = lookout.board.rows("kafka_lag")
            if any(getattr(row, "coordinator_fault", None) for row in lag):
                break
            await asyncio.sleep(0.2)


async def record(scenario: str) -> str:
    """What all cases look at, a while after the scenario began, as an example has it."""
    async with Lab(scenario, SPEED, kafka="stand-in") as lab:
        with pytest.MonkeyPatch.context() as environment:
            for name, value in lab.env.items():
                environment.setenv(name, value)
            configuration = load(CONFIG)
            estate, windows = configuration.estate, configuration.windows.windows
            flows = configuration.flows.flows
            context = Context(estate, Clients(estate), lab.clock, windows=windows, flows=flows)
            lookout = Lookout(context, lambda board: None)
            await asyncio.sleep(AT[scenario] / SPEED)
            looking = asyncio.create_task(lookout.run())
            await answered(lookout)
            at = lab.clock.now().replace(microsecond=0).isoformat()
            looking.cancel()
            await asyncio.wait([looking])
            await context.clients.close()
    rows = recorded(lookout.board, list(configuration.cases.values()))
    return "\n".join(line.removeprefix("    ") for line in block(scenario, at, rows)) + "\n"


async def main(scenarios: list[str]) -> None:
    """Write a file a scenario."""
    for scenario in scenarios or AT:
        text = await record(scenario)
        (RECORDED / f"{scenario}.yaml").write_text(text, encoding="utf-8")
        print(scenario, len(text))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
