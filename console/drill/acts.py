"""Acts as the journal tells them, from the plan that was looked at to the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from console.model import Entry, Ref, refs_of
from console.model.acts import ENDS, OF_ACTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act, or a plan that was only looked at. Times are real."""

    remedy: str
    title: str = ""
    """As the plan was shown."""
    targets: tuple[Ref, ...] = ()
    run: str = ""
    step: str = ""
    """Of that checklist."""
    planned: datetime
    started: datetime | None = None
    ended: datetime | None = None
    outcome: str = ""
    """verified, failed or unknown; empty while it has no end."""
    said: str = ""
    sent: bool = False
    """Something may have gone out."""

    @property
    def name(self) -> str:
        """What it was, on what."""
        return self.title or f"{self.remedy} {', '.join(ref.name for ref in self.targets)}".strip()


def acts(entries: Iterable[Entry]) -> tuple[Act, ...]:
    """Every plan that was shown, and what became of it; the first one first."""
    found: dict[str, Act] = {}
    for entry in entries:
        name = str(entry.data.get("act", ""))
        if entry.kind in ("remedy.planned", "remedy.started"):
            found[name] = _shown(found.get(name), entry)
        elif name in found and entry.kind in ENDS:
            found[name] = _ended(found[name], entry)
    return tuple(found.values())


def _shown(before: Act | None, entry: Entry) -> Act:
    """A plan; shown anew at its firing, it is the one of then that counts."""
    plan = entry.data.get("plan")
    told: Mapping[str, Any] = plan if isinstance(plan, Mapping) else {}
    act = Act(
        remedy=str(entry.data.get("remedy", "")),
        title=str(told.get("title", "")),
        targets=refs_of(told.get("targets")),
        run=entry.run,
        step=str(entry.data.get("step", "")),
        planned=before.planned if before else entry.at,
    )
    if entry.kind == "remedy.started":
        return replace(act, started=entry.at, sent=True)
    return act


def _ended(act: Act, entry: Entry) -> Act:
    told = entry.data
    sent = act.sent and told.get("sent") is not False
    outcome, said = entry.kind.removeprefix(OF_ACTS), str(told.get("said", ""))
    return replace(act, ended=entry.at, outcome=outcome, said=said, sent=sent)
