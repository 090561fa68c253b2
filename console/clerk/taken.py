"""Whether a person took a checklist over from the machine that ran it. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from console.model import Entry, Run

PLANS = ("remedy.planned", "remedy.started")
BY_HAND = ("skipped", "by_hand")


def taken_over(run: Run, entries: Iterable[Entry]) -> str:
    """Who looked at one of its acts, or did one; `entries`: heard since the machine was armed.

    Not by their times: a clock may be set back.
    """
    for entry in entries:
        step = run.of(str(entry.data.get("step", "")))
        if step is None or step.kind != "run" or entry.data.get("unattended"):
            continue
        if entry.kind in PLANS or (entry.kind == "run.step" and _decided(entry)):
            return entry.by or "somebody"
    return ""


def _decided(entry: Entry) -> bool:
    """A step's act was passed over, seen, or is wanted once more: only a person says so."""
    data = entry.data
    return data.get("event") == "again" or data.get("outcome") in BY_HAND
