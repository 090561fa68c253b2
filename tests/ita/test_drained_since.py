"""How long job stop is on before the first look counts: only what was seen on without a break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from console.ita.draining import FIRST_S
from console.model import Request
from console.sources.ita import ItaRow
from tests.ita.desk import SYSTEM, Desk, ita, propose

ON, OFF = "1", "0"
# caption, on the board: on since, looked (seconds ago) or None for off; our acts: what, ago; waits?
KNOWN: list[tuple[str, tuple[float, float] | None, list[tuple[str, float]], bool]] = [
    ("seen on for a minute", (60, 5), [], False),
    ("turned on here a minute ago, and seen so", (55, 5), [(ON, 60)], False),
    ("turned on here, and the board has not seen it yet", None, [(ON, 3600)], True),
    ("seen on an hour ago, and nobody looked since", (7200, 3600), [(ON, 7210)], True),
    ("turned off here after it was seen on", (3600, 20), [(ON, 3610), (OFF, 10)], True),
    ("turned off here before it was seen on again", (60, 5), [(ON, 3600), (OFF, 300)], False),
    ("turned on here again just now", (3600, 5), [(OFF, 20), (ON, 1)], True),
]


@pytest.mark.parametrize(
    ("caption", "seen", "acts", "waits"), KNOWN, ids=[case[0] for case in KNOWN]
)
async def test_it_waits_unless_job_stop_was_surely_on(
    caption: str,
    seen: tuple[float, float] | None,
    acts: list[tuple[str, float]],
    waits: bool,
    tmp_path: Path,
) -> None:
    async with ita(tmp_path, speed=50) as desk:
        now = desk.hands.clock.now()
        await on_board(desk, seen, now)
        desk.turned(job_stop=True)
        waited: list[float] = []
        hands = desk.hands

        async def sleep(seconds: float) -> None:
            waited.append(seconds * desk.context.clock.speed)
            await hands.sleep(seconds)

        async def latest(target: object, fits: Callable[[Any], bool]) -> Any:
            told = [act(value, now - timedelta(seconds=ago)) for value, ago in acts]
            return next((one for one in reversed(told) if fits(one)), None)

        await propose("ita-read-only-on", replace(hands, sleep=sleep, latest=latest))
        assert (waited[0] > FIRST_S * 0.7) is waits, waited


async def on_board(desk: Desk, seen: tuple[float, float] | None, now: datetime) -> None:
    """The system as the console saw it last."""
    desk.turned(job_stop=seen is not None)
    shot = await desk.look(desk.part)
    if seen is None:
        return
    since, looked = (now - timedelta(seconds=ago) for ago in seen)
    rows = tuple(
        replace(row, at=looked, job_stop_since=since)
        if isinstance(row, ItaRow) and row.ref == SYSTEM
        else row
        for row in shot.rows
    )
    desk.board = desk.board.with_(replace(shot, rows=rows))


def act(value: str, at: datetime) -> Any:
    """Job stop, turned here."""
    request = Request("ita", "PATCH", {"backyard_execute_stop": value})
    plan = SimpleNamespace(requests=(request,))
    return SimpleNamespace(started_at=at.isoformat(), plan=plan, unsent=False)
