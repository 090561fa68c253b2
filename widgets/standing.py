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
    minutes = int(-(-(arming.until - look.now.real).total_seconds() // 60))
    if arming.cases:
        left = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
        told = f"ARMED {_first(arming, affairs)} {look.symbols.dot} night {left}"
    else:
        scopes = ", ".join(sorted(affairs.title(scope) for scope in arming.scopes))
        told = f"ARMED {scopes} {minutes} min"
    return clean(told, look.symbols)


def _first(arming: Arming, affairs: Affairs) -> str:
    """`msk-prod +1`: a night is known by the scope it is about."""
    mine = (one.scopes for one in affairs.nights if one.case in arming.cases)
    order = [scope for scopes in mine for scope in scopes if scope in arming.scopes]
    first = order[0] if order else min(arming.scopes, default="")
    more = f" +{len(arming.scopes) - 1}" if len(arming.scopes) > 1 else ""
    return f"{affairs.title(first)}{more}"
