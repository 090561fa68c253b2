"""Checklists under way while others write of them too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console import checklist
from console.acting.pen import Pen
from console.clerk.rounds import Rounds
from console.findings import policy_of
from console.model import Board, Entry, Finding, Kind, Now, Severity
from tests.acting.world import Restart, Stage, acting
from tests.clerk.test_aims import AT, configured

FOUND = Finding("stuck", "stuck", "cluster", Severity.CRITICAL, AT)


class Interrupted(Pen):
    """While it writes how a run moves on, a colleague ticks the step."""

    rounds: Rounds
    now: Now

    async def write(self, kind: Kind, /, *, run: str = "", by: str = "", **data: Any) -> Entry:
        if data.get("event") == "began":
            (told,) = checklist.tick(self.rounds.run(run), "ask", self.now)
            ticked = self.journal.append(told.kind, run=run, by="colleague", **told.data)
            self.rounds.hear([ticked])
        return await super().write(kind, run=run, by=by, **data)


async def test_a_tick_that_is_heard_of_while_lines_are_written_stays(tmp_path: Path) -> None:
    on = Stage(tmp_path, Restart(""), configured())
    async with acting(on) as acts:
        pen = acts.pen = Interrupted(acts.pen.journal, "tester")
        policy = policy_of(on.configured)
        rounds = Rounds(on.configured.cases, policy, acts, catch_up=acts.tick)  # hears nothing
        pen.rounds, pen.now = rounds, acts.survey.now()
        await rounds.open(FOUND, pen.now)
        rounds.hear(pen.journal.entries())
        await rounds.go_on(Board(), pen.now)
        (run,) = rounds.all
        assert [step.outcome for step in run.steps][:1] == ["done"]
        assert [entry.data.get("event") for entry in pen.journal.entries()][1:3] == [
            "ended",
            "began",
        ]


async def test_a_new_checklist_never_has_the_name_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on = Stage(tmp_path, Restart(""), configured())
    async with acting(on) as acts:
        policy, now = policy_of(on.configured), acts.survey.now()
        rounds = Rounds(on.configured.cases, policy, acts, catch_up=acts.tick)
        names = iter(["7f3a81c0", "7f3a81c0", "81c07f3a"])
        monkeypatch.setattr("secrets.token_hex", lambda size: next(names)[: 2 * size])
        for scope in ("cluster", "elsewhere"):
            await rounds.open(replace(FOUND, scope=scope), now)
            rounds.forget()
            rounds.hear(acts.pen.journal.entries())
        assert [run.id for run in rounds.all] == ["7f3a81c0", "81c07f3a"]
