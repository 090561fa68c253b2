"""How old an answer is, in words, and what is wrong with asking."""

from __future__ import annotations

from collections.abc import Sequence

from console.model import Freshness, Snapshot, worst_freshness
from widgets.look import Look
from widgets.words import age, cell_len, clean

WORDY = {
    Freshness.LATE: "late ",
    Freshness.STALE: "STALE ",
    Freshness.FAILED: "FAILED ",
    Freshness.AUTH_EXPIRED: "AUTH EXPIRED ",
}


def freshness_words(parts: Sequence[Snapshot], look: Look) -> tuple[Freshness, str]:
    """The worst freshness of some parts, and it in words: `● 12 s`, `◌ STALE 3 m 10 s`."""
    now = look.now.real
    worst = worst_freshness(parts, now)
    ages = [past for part in parts if (past := part.age(now)) is not None]
    sign = look.symbols.freshness(worst)
    if not ages:
        return worst, f"{sign} {WORDY.get(worst, '')}no data yet"
    return worst, f"{sign} {WORDY.get(worst, '')}{age(max(ages))}"


def trouble_lines(part: Snapshot, named: bool, look: Look, width: int) -> list[str]:
    """Why a part is old, since when, and the command that cures it: on one line if it fits."""
    trouble, symbols = part.trouble, look.symbols
    name = [clean(part.part, symbols)] if named else []
    if trouble is None:
        seen = "" if part.taken_at is None else look.clock_of(part.taken_at)
        told = [*name, f"STALE: last answer {seen}, asked every {part.interval:g} s"]
    else:
        head = "AUTH EXPIRED" if trouble.auth_expired else "FAILED"
        since = look.clock_of(trouble.since)
        cure, message = clean(trouble.cure, symbols), clean(trouble.message, symbols)
        told = [f"{head} since {since}", *name]
        told += [] if trouble.auth_expired and cure else [message]
        told += [f"run: {cure}" if trouble.auth_expired else cure] if cure else []
    line = f" {symbols.dot} ".join(told)
    if len(told) < 2 or cell_len(line) <= width:
        return [line]
    return [f" {symbols.dot} ".join(told[:-1]), told[-1]]
