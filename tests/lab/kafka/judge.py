"""Kafka's own command-line tool, asked for the lag of every group: the judge of ours."""

from __future__ import annotations

import asyncio

from console.lab.kafka import jars

TOOL = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand"
PATIENCE_MS = 60_000  # without it the tool gives up after 5 s, says so, and ends well
JVM = ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]


async def lag_table(bootstrap: str) -> dict[tuple[str, str, int], int | None]:
    """(group, topic, partition) → lag as `--describe --all-groups` prints it; None for "-"."""
    asked = ["--bootstrap-server", bootstrap, "--describe", "--all-groups"]
    asked += ["--timeout", str(PATIENCE_MS)]
    tool = await asyncio.create_subprocess_exec(
        *JVM,
        *("-cp", jars.classpath(), TOOL, *asked),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, complaint = await tool.communicate()
    assert tool.returncode == 0 and b"Error: " not in told, (complaint + told).decode()
    return parse(told.decode())


def parse(told: str) -> dict[tuple[str, str, int], int | None]:
    """The rows below each heading; names hold no blanks, so the columns are what blanks part."""
    table = {}
    for line in told.splitlines():
        cells = line.split()
        if len(cells) >= 6 and cells[2].isdigit():
            group, topic, partition, _committed, _end, lag = cells[:6]
            table[group, topic, int(partition)] = None if lag == "-" else int(lag)
    return table
