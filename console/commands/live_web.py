"""What the doctor asks of every HTTP address: whether it answers, and what can be read from it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.clock import Clock
from console.commands.checks import Check
from console.model import Snapshot
from console.poll import Context, poll_once
from console.sources.http import Http, HttpCheck

if TYPE_CHECKING:
    from console.clients import Clients
    from console.config import Estate


async def doctor(estate: Estate, clients: Clients, clock: Clock) -> list[Check]:
    """One GET an address, as the console asks it."""
    parts = Http().parts(Context(estate, clients, clock))
    seen = await asyncio.gather(*map(poll_once, parts))
    return [check for snapshot in seen for check in _checks(snapshot)]


def _checks(seen: Snapshot) -> Iterator[Check]:
    what = f"http {seen.part}"
    if seen.trouble is not None:
        yield Check(what, False, seen.trouble.message, seen.trouble.cure)
    answered = any(isinstance(row, HttpCheck) and row.state == "ok" for row in seen.rows)
    for row in seen.rows:
        if not isinstance(row, HttpCheck):
            continue
        if not row.fact:
            said = "; ".join(row.because) or f"HTTP {row.status} in {row.latency_ms or 0:.0f} ms"
            yield Check(what, row.state == "ok", said, "")
        elif answered and row.missing.get("value"):
            yield Check(f"{what}, {row.fact}", False, row.missing["value"], _cure(row))


def _cure(row: HttpCheck) -> str:
    return f"http.{row.check}.facts.{row.fact} in estate.yaml: `at`, `type`"
