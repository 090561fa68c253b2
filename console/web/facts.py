"""Values of a JSON answer: read as what they should be, and judged by what the estate says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.model import Severity

if TYPE_CHECKING:
    from console.config.http import Fact

LONGEST = 120  # characters of a word in an answer
FAULT = {"warning": Severity.WARNING, "critical": Severity.CRITICAL}


def read(found: Any, fact: Fact) -> tuple[float | None, str | None]:
    """A value of the answer as number and as word. Raises ValueError where it is another type."""
    if fact.type == "count":
        if isinstance(found, list):
            return float(len(found)), None
    elif fact.type == "flag":
        if isinstance(found, bool):
            return float(found), str(found).lower()
    elif fact.type == "text":
        if isinstance(found, str):
            return None, found[:LONGEST]
    elif isinstance(found, int | float) and not isinstance(found, bool) and abs(found) < 1e300:
        return float(found), None
    wanted = {"count": "a list", "flag": "true or false", "text": "a word"}
    raise ValueError(f"at {fact.at or 'its root'} stands {_named(found)}, not "
                     f"{wanted.get(fact.type, 'a number')}")  # fmt: skip


def _named(found: Any) -> str:
    if found is None:
        return "null"
    names = {bool: "true or false", str: "a word", list: "a list", dict: "an object"}
    return names.get(type(found), "a number")


def judged(value: float | None, text: str | None, fact: Fact) -> tuple[Severity, str]:
    """How bad a value is, and why."""
    if fact.ok:
        right = [str(word).lower() if isinstance(word, bool) else word for word in fact.ok]
        if text not in right:
            return FAULT[fact.severity], f"{text}, not {' or '.join(right)}"
    for limit, severity in ((fact.crit, Severity.CRITICAL), (fact.warn, Severity.WARNING)):
        if value is not None and limit is not None:
            beyond = value <= limit if fact.below else value >= limit
            if beyond:
                sign, unit = "≤" if fact.below else "≥", f" {fact.unit}" if fact.unit else ""
                return severity, f"{value:,g}{unit} {sign} {limit:,g}"
    return Severity.OK, ""
