"""The ITA pane: the switches first, then what still runs, the oldest first; on both sizes."""

from __future__ import annotations

from typing import Any

import pytest

from console.ita.values import AGENTS
from console.model import Board, Ref, Severity, Snapshot
from console.sources.ita import BECAUSE, ItaRow
from tests.widgets import boards
from tests.widgets.stage import LARGE, SMALL, picture, stage

DRAINING: dict[str, Any] = {"mode": "job_stop", "job_stop": True, "read_only": False}
DRAINING |= {"jobs": 2, "conductors": 1, "drained": False, "note": f"2 jobs left; {AGENTS}"}


def system(severity: Severity = Severity.WARNING, **facts: Any) -> ItaRow:
    because = (BECAUSE[facts["mode"]],) if facts["mode"] in BECAUSE else ()
    told = {"name": "ita", "what": "system", "because": because, **facts}
    return ItaRow(ref=Ref("ita", "ita", "ita"), at=boards.AT, severity=severity, **told)


def item(workspace: str, backyard: str, age_s: float | None, **facts: Any) -> ItaRow:
    name = f"精油所/{workspace}/{backyard}/965dfd15-b741"
    told = {"what": "job", "status": "running", "status_id": "3", "item": "965dfd15-b741", **facts}
    place = {"organization": "精油所", "workspace": workspace, "backyard": backyard}
    kind = "ita_conductor" if told["what"] == "conductor" else "ita_job"
    row = {"name": name, "age_s": age_s, "severity": Severity.OK, **place, **told}
    return ItaRow(ref=Ref(kind, "ita", name), at=boards.AT, **row)


JOBS = (
    item("mizushima", "ita-by-conductor-synchronize", 900, what="conductor"),
    item("sakai", "ita-by-terraform-cli-execute", 95),
    item("sakai", "ita-by-ansible-execute", 4000, status="running late", status_id="4"),
)


def board(*rows: ItaRow) -> Board:
    return Board().with_(Snapshot("ita", "ita", 15.0, boards.AT, rows))


async def shown(size: tuple[int, int], *rows: ItaRow) -> list[str]:
    """The lines of the pane."""
    async with stage(board(*rows), size=size) as (app, pilot):
        assert app.main is not None
        await app.main.action_show("ita")
        await pilot.pause(0.3)
        return picture(app).splitlines()


def line(lines: list[str], *words: str) -> int:
    """Which line has all these words."""
    (found,) = (at for at, text in enumerate(lines) if all(word in text for word in words))
    return found


@pytest.mark.parametrize("size", [LARGE, SMALL])
async def test_the_switches_stand_first_then_jobs_from_the_oldest_then_conductors(
    size: tuple[int, int],
) -> None:
    lines = await shown(size, *JOBS, system(**DRAINING))
    first = line(lines, "ita ", "JOB STOP", "2 jobs")
    late = line(lines, "精油所/sakai", "running late", "ansible-execute", "1 h 06 m")
    young = line(lines, "精油所/sakai", "terraform-cli", "1 m 35 s")
    conductor = line(lines, "精油所/mizushima", "conductor-sync", "15 m")
    assert first < late < young < conductor


async def test_a_large_screen_says_how_far_it_is_and_what_nobody_counts() -> None:
    lines = await shown(LARGE, *JOBS, system(**DRAINING))
    assert (
        "2 jobs left; agents in use? check the work list" in lines[line(lines, "JOB STOP", "2 j")]
    )
    assert "ITA · ita job stop" in lines[1]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"mode": "normal", "jobs": 0, "severity": Severity.OK}, ("● ita", "NORMAL", "0 jobs")),
        ({**DRAINING, "drained": True, "jobs": 0}, ("▲ ita", "JOB STOP, DRAINED")),
        ({**DRAINING, "zeros": 2, "jobs": 0}, ("▲ ita", "JOB STOP", "0 jobs · 2 of 3 looks")),
        ({"mode": "read_only", "jobs": 0}, ("▲ ita", "READ-ONLY")),
        ({"mode": "wrong_order", "jobs": 1}, ("WRONG ORDER", "read-only without job stop")),
        ({"mode": None, "jobs": None}, ("ita", "–")),
    ],
)
async def test_what_is_on_is_a_word(facts: dict[str, Any], words: tuple[str, ...]) -> None:
    lines = await shown(LARGE, system(**facts))
    line([one for one in lines if "ITA" not in one], *words)
