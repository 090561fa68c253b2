"""`oncall demo --serve`: a lab in a process of its own, for a shell or for a console."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

from console.lab.lab import Lab
from console.lab.scenarios import refusal
from console.realm import READY, VARIABLE


def serve(
    scenario: str,
    speed: float,
    kafka: str,
    config: Path | None,
    *,
    leashed: bool = False,
    drill: bool = False,
) -> int:
    """A lab until a signal or, leashed, until its standard input closes.

    Exit 64 for a scenario that cannot be played, 1 when Kafka does not start.
    """
    from console.lab.kafka.apache import NotStarted

    if why := refusal(scenario, real=kafka == "apache"):
        print(why, file=sys.stderr)
        return os.EX_USAGE
    mark = "" if leashed else "# "  # a shell skips the comments, a parent shows them
    say = partial(print, flush=True)

    def placed(url: str) -> None:
        if leashed:  # a parent opens the estate while the brokers start
            say(f"{VARIABLE}={url}")

    lab = Lab(scenario, speed, kafka, config, lambda line: say(mark + line), placed, drill)
    try:
        asyncio.run(_serve(lab, leashed))
    except NotStarted as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _serve(lab: Lab, leashed: bool) -> None:
    loop, living = asyncio.get_running_loop(), [asyncio.current_task()]

    def end() -> None:  # once: what comes later must not disturb the closing
        loop.remove_reader(sys.stdin)
        while living:
            if task := living.pop():
                task.cancel()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, end)
    if leashed:
        loop.add_reader(sys.stdin, lambda: None if os.read(0, 4096) else end())
    with suppress(asyncio.CancelledError):
        async with lab:
            print(*([READY] if leashed else _lines(lab)), sep="\n", flush=True)
            await asyncio.Event().wait()


def _lines(lab: Lab) -> Iterator[str]:
    """`NAME=value` for a shell, ONCALL_LAB last: whoever waits for it has read everything."""
    others = {
        "AWS_ENDPOINT_URL": lab.env["ONCALL_AWS_ENDPOINT"],
        "KUBECONFIG": lab.env["ONCALL_KUBECONFIG"],
    }
    for name, value in (lab.env | others).items():
        if name != "ONCALL_LAB":
            yield f"{name}={shlex.quote(value)}"
    yield f"ONCALL_LAB={lab.url}"
