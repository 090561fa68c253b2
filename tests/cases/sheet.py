"""One run of a case with its journal, to be looked at, ticked and acted on in tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from console import checklist
from console.config.cases import Case
from console.model import Board, Draft, Entry, Finding, Now, Ref, Run, Severity, plain
from tests.cases.desk import AT, REAL, board, case, instance, later, snapshot

CONFIG = Path(__file__).parents[2] / "config"
TRIVIAL = "{source: instances}"


@dataclass
class Sheet:
    """One run with its journal, as a console keeps it."""

    case: Case
    now: Now = field(default_factory=lambda: Now(AT, REAL))
    entries: list[Entry] = field(default_factory=list)
    run: Run = field(init=False)
    scope: str = "sakai/prod"
    evidence: tuple[Ref, ...] = ()

    def __post_init__(self) -> None:
        found = Finding(
            *(self.case.id, self.case.title, self.scope, Severity.WARNING, AT),
            evidence=self.evidence,
            why=("instances web-1: load1 13.2 (rule: > 10)",),
        )
        self.write(checklist.open_run(found, self.case, "run1", self.now))
        (self.run,) = self.read()

    def write(self, drafts: tuple[Draft, ...], by: str = "dana") -> None:
        self.entries += [Entry(self.now.real, d.kind, d.run, by, plain(d.data)) for d in drafts]

    def deed(self, drafts: tuple[Draft, ...]) -> None:
        self.write(drafts)
        (self.run,) = self.read()

    def read(self) -> tuple[Run, ...]:
        """As after a crash: from the journal alone."""
        return checklist.runs(self.entries, {self.case.id: self.case})

    def look(self, seen: Board | None = None, after_s: float = 0.0) -> str:
        """One look; the outcomes so far, the current step marked."""
        self.now = later(self.now, after_s)
        self.run, drafts = checklist.advance(self.run, self.case, seen or board(), self.now)
        self.write(drafts, by="")
        return self.state()

    def remedy(self, kind: str, step: str, **data: Any) -> None:
        self.deed((Draft(f"remedy.{kind}", {"step": step, **data}, "run1"),))

    def state(self) -> str:
        now = self.run.step
        told = [f"{s.id}:{s.outcome or ('now' if s is now else '-')}" for s in self.run.steps]
        return " ".join(told) + (" closed" if self.run.closed_at else "")


def sheet(*steps: dict[str, Any], **more: Any) -> Sheet:
    return Sheet(case(TRIVIAL, join="site", steps=list(steps), **more))


LOW = {"source": "instances", "where": {"env": "prod", "load1": "< 8"}}
FAILS = {"id": "a", "check": LOW}
ACT: dict[str, Any] = {"id": "a", "run": "reboot"}
LOOKED: dict[str, Any] = {"id": "b", "do": "x"}
ASKED: dict[str, Any] = LOOKED | {"only_if": {"step": "a", "outcome": ["verified", "unknown"]}}


def load_(load1: float | None, at: Any, old_s: float = 0.0, scope: str = "sakai/prod") -> Board:
    return board(snapshot("instances", instance(at, scope, load1=load1), old_s=old_s))
