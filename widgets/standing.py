"""Whether this console may act, in words: the same ones wherever it is said."""

from __future__ import annotations

from console.model import Arming
from console.model.affairs import Affairs
from widgets.look import Look
from widgets.words import clean

BARRED = "READ-ONLY"


def standing(affairs: Affairs, look: Look) -> str:
    """DISARMED, ARMED what and how long still, or READ-ONLY and why."""
    if affairs.barred:
        return clean(f"{BARRED} ({affairs.barred})", look.symbols)
    return _armed(affairs.arming, affairs, look) if affairs.arming else "DISARMED"


def armed_words(arming: Arming, affairs: Affairs, look: Look) -> str:
    """What is armed, how long still and why."""
    return f"{_armed(arming, affairs, look)}: {clean(arming.reason, look.symbols)}"


def _armed(arming: Arming, affairs: Affairs, look: Look) -> str:
    scopes = ", ".join(sorted(affairs.title(scope) for scope in arming.scopes))
    minutes = -(-(arming.until - look.now.real).total_seconds() // 60)
    return clean(f"ARMED {scopes} {minutes:.0f} min", look.symbols)
