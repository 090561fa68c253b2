"""What was known of acts, checklists and the journal at a moment of the past. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from console import checklist, issues
from console.model import Entry
from console.model.affairs import Affairs

if TYPE_CHECKING:
    from console.config.cases import Case


def affairs_then(words: Affairs, known: Sequence[Entry], cases: Mapping[str, Case]) -> Affairs:
    """How affairs stood, by the journal's lines until then.

    `words`: what screens call things. Nothing is armed, under way or planned in the past.
    """
    return replace(
        words,
        barred="",
        arming=None,
        doings={},
        unfinished=(),
        runs=checklist.runs(known, cases),
        mover="",
        entries=tuple(known),
        trouble="",
        issues=issues.registered(known),
        issues_said="",
        windows=(),
    )
