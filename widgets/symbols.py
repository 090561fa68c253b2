"""The signs on the screen, in two sets: Unicode, and ASCII for terminals that draw signs wide."""

from __future__ import annotations

import os
from dataclasses import dataclass

from console.model import Freshness, Severity

CJK = ("ja", "zh", "ko")


@dataclass(frozen=True, slots=True)
class Symbols:
    """Every sign takes one cell; widgets take them from here only."""

    ok: str
    unknown: str
    warning: str
    critical: str
    stale: str
    armed: str
    none: str
    """Stands for a value nobody knows; never 0."""
    more: str
    """Text goes on."""
    dot: str
    dash: str
    line: str
    newline: str
    bad: str
    """In place of a character that may not reach the terminal."""
    at_least: str
    rising: str
    falling: str
    arrow: str
    """From before to now."""
    pointer: str
    done: str
    todo: str
    later: str
    """Put off, or silenced."""
    maintenance: str
    deadline: str
    mark: str
    """The moment of a change, in a line of sparks."""
    up: str
    down: str
    behind: str
    full: str
    """Of a bar: what is done."""
    empty: str
    sparks: str

    def severity(self, severity: Severity) -> str:
        """The sign of a severity."""
        return (self.ok, self.unknown, self.warning, self.critical)[severity]

    def freshness(self, freshness: Freshness) -> str:
        """The sign of a freshness."""
        if freshness is Freshness.FRESH:
            return self.ok
        if freshness is Freshness.NO_DATA:
            return self.unknown
        late = freshness in (Freshness.LATE, Freshness.STALE)
        return self.stale if late else self.critical

    def trend(self, trend: str | None) -> str:
        """An arrow where something moves, else nothing."""
        return {"rising": self.rising, "falling": self.falling}.get(trend or "", "")


UNICODE = Symbols(
    ok="●",
    unknown="?",
    warning="▲",
    critical="✖",
    stale="◌",
    armed="◆",
    none="–",
    more="…",
    dot="·",
    dash="–",
    line="─",
    newline="␤",
    bad="␦",
    at_least="≥",
    rising="↑",
    falling="↓",
    arrow="→",
    pointer="▸",
    done="✔",
    todo="○",
    later="◷",
    maintenance="■",
    deadline="⏲",
    mark="│",
    up="━",
    down="╌",
    behind="~",
    full="█",
    empty="░",
    sparks="▁▂▃▄▅▆▇█",
)
ASCII = Symbols(
    ok="o",
    unknown="?",
    warning="!",
    critical="X",
    stale="~",
    armed="*",
    none="-",
    more=">",
    dot="|",
    dash="-",
    line="-",
    newline="\\",
    bad="?",
    at_least=">",
    rising="^",
    falling="v",
    arrow=">",
    pointer=">",
    done="+",
    todo=".",
    later="z",
    maintenance="#",
    deadline="@",
    mark="|",
    up="=",
    down=".",
    behind="~",
    full="#",
    empty="-",
    sparks="_.:-=+*#",
)

WORDS = {
    Severity.OK: "OK",
    Severity.UNKNOWN: "UNKNOWN",
    Severity.WARNING: "WARN",
    Severity.CRITICAL: "CRIT",
}
TONES = {
    Severity.OK: "ok",
    Severity.UNKNOWN: "unknown",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "critical",
}

STYLES = {
    "ok": "$text-success",
    "unknown": "$text-muted",
    "warning": "$text-warning",
    "critical": "$text-error bold",
}
"""How a tone looks in running text."""


def cjk_locale() -> bool:
    """Whether the locale is one whose terminals may draw ambiguous signs two cells wide."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG"))
    return next((name for name in names if name), "").startswith(CJK)
