"""Why a finding is there, in sentences: which fact, which value, which rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from console.match.facts import Seen

if TYPE_CHECKING:
    from console.config.conditions import Condition

RULE = re.compile(r" \(rule: [^()]*\)")
SECONDS = ((86400, "d"), (3600, "h"), (60, "m"))


def why(rows: Iterable[tuple[Seen, Condition]]) -> tuple[str, ...]:
    """A sentence a row and rule."""
    return tuple(dict.fromkeys(sentence(seen, leaf) for seen, leaf in rows))


def sentence(seen: Seen, leaf: Condition) -> str:
    """`instances sakai-prod-web-1: load1 13.2 (rule: > 10, for 3m)`."""
    told = ", ".join(_facts(seen, leaf)) or "is there"
    return f"{seen.source} {seen.name}: {told}"


def seen_alone(sentences: Iterable[str]) -> tuple[str, ...]:
    """What was seen, without the rules: for those who do not have them."""
    return tuple(dict.fromkeys(RULE.sub("", one) for one in sentences))


def _facts(seen: Seen, leaf: Condition) -> Iterator[str]:
    tests = leaf.judges or leaf.chooses
    extra = f", for {written(leaf.for_)}" if leaf.for_ else ""
    extra += f", in {leaf.window}" if leaf.window else ""
    unit = f" {seen.row.unit}" if getattr(seen.row, "unit", "") else ""  # type: ignore[attr-defined]
    for fact, test in tests.items():
        value = said(seen.value(fact)) + (unit if fact == "value" else "")
        if test.op == "one_of" and not test.negated and len(test.values) == 1 and not extra:
            yield f"{fact} {value}"
        else:
            yield f"{fact} {value} (rule: {test.text}{extra})"


def rule(condition: Condition | None) -> str:
    """A condition in words."""
    if condition is None:
        return ""
    if condition.source:
        tests = ", ".join(f"{fact} {test.text}" for fact, test in condition.where.items())
        whose = f"{condition.source} that opened it" if condition.shown else condition.source
        return f"{whose}: {tests}" if tests else whose
    inner = [rule(one) for one in (*condition.any_, *condition.all_)]
    return (" or " if condition.any_ else " and ").join(inner)


def said(value: Any) -> str:
    """A fact's value in words."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%SZ}"
    return str(value)


def written(seconds: float) -> str:
    """A duration as the configuration writes it."""
    for size, unit in SECONDS:
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g}{unit}"
    return f"{seconds:g}s"
