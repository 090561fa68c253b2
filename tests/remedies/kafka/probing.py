"""A console that sends a test alarm, and the way it takes; forked and killed as `dying` is.

Reads lines of JSON (bootstrap, directory, web, moment); the moments are those of a stand-in.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from console.config import Configuration, load
from console.lab.kafka import Kafka
from console.model import Order, Ref
from console.opening import warm
from console.realm import VARIABLE
from tests.acting.forked import each_forked
from tests.acting.killed import kill_at
from tests.remedies.kafka.desk import CLUSTER, Desk, armed
from tests.remedies.kafka.dying import is_there

TEXT = '{"type": "TEST", "probe": "{probe}", "at": "{at}"}'
STAGES = [
    {"id": "crow", "title": "[crow]", "topic": "crow"},
    {"id": "enricher", "title": "enricher", "group": "enricher"},
    {"id": "output", "title": "[output]", "topic": "output"},
    {"id": "event", "title": "event", "trace": "events"},
]


def configuration(
    bootstrap: str, directory: Path, web: str, deadline: float = 20, **entry: Any
) -> Configuration:
    """One cluster, a flow through two of its topics to an HTTP address, and the probe."""
    groups = {"enricher": {"topics": ["crow"]}}
    kafka = {"bootstrap": bootstrap, "groups": groups, "topics": {"crow": {}, "output": {}}}
    events = {"url": f"{web}/events/health", "trace": f"{web}/events?mark={{probe}}"}
    estate = {
        "estate": {"name": "test", "title": "Test"},
        "kafka": {CLUSTER: {**kafka, "refresh": 1}},
        "http": {"events": {**events, "trace_at": "/events", "scope": CLUSTER, "timeout": 1}},
    }
    probe = {"kind": "inject-probe", "flow": "alarm", "text": TEXT, "deadline": deadline}
    on = {"scopes": [CLUSTER], "topics": ["crow"]}
    flows = {"alarm": {"title": "alarm", "kafka": CLUSTER, "stages": STAGES}}
    room = directory / "configuration"
    room.mkdir(exist_ok=True)
    files = {
        "estate": estate,
        "remedies": {"remedies": {"probe": {**probe, "on": on, **entry}}},
        "flows": {"flows": flows},
    }
    for name, file in files.items():
        (room / f"{name}.yaml").write_text(json.dumps(file), encoding="utf-8")  # JSON is YAML
    return load(room, environ={VARIABLE: "a lab"})


@asynccontextmanager
async def probing(bootstrap: str, directory: Path, web: str, **entry: Any) -> AsyncIterator[Desk]:
    """A console that is armed for the cluster."""
    async with armed(configuration(bootstrap, directory, web, **entry), directory) as made:
        yield made


def probe(topic: str = "crow") -> Order:
    """One test alarm."""
    return Order("probe", (Ref("topic", CLUSTER, topic),))


async def live(told: dict[str, Any]) -> None:
    """Arm, plan and fire, as a person does who agrees to everything."""
    mark, _, place = told["moment"].partition(":")
    kafka = cast(Kafka, SimpleNamespace(bootstrap=told["bootstrap"]))
    async with probing(kafka.bootstrap, Path(told["directory"]), told["web"]) as at:
        if place:
            kill_at(partial(is_there, mark), place)
        await at.fire(await at.propose(probe()))


def main() -> None:
    """One console after the other, each a process."""
    warm()
    each_forked(lambda told: asyncio.run(live(told)))


if __name__ == "__main__":
    main()
