"""An act in words: its plan with every guard, how it goes, how it ended. Nothing is left out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from textual.content import Content

from console.model import Guarded, Order, Plan, Proposal, Request, Verdict, plain
from console.model.affairs import Affairs, Doing
from widgets.look import Look
from widgets.symbols import STYLES
from widgets.words import age, cell_len, clean, duration

NAMES = 10  # cells for the words on the left
LONGEST = 3000  # characters of one exact request: it must be seen whole
OUTCOMES = {"verified": "ok", "failed": "critical", "unknown": "warning"}


def folded(text: str, width: int) -> list[str]:
    """A text in lines of at most `width` cells, broken at spaces where there are any."""
    lines, line = [], ""
    for word in text.split(" "):
        while cell_len(word) > width:  # a name without a space, or 10 kB of one
            room = width - cell_len(line) - (1 if line else 0)
            cut = _prefix(word, room)
            lines.append(f"{line} {cut}" if line and cut else line or cut)
            word, line = word[len(cut) :], ""
        joined = f"{line} {word}" if line else word
        if cell_len(joined) > width:
            lines.append(line)
            joined = word
        line = joined
    return [*lines, line]


def _prefix(word: str, room: int) -> str:
    for at in range(min(len(word), max(room, 0)), 0, -1):
        if cell_len(word[:at]) <= room:
            return word[:at]
    return ""


def named(name: str, texts: Iterable[str], width: int, style: str = "") -> Iterator[Content]:
    """A word on the left, and its texts beside it."""
    word = name
    for text in texts:
        for line in folded(text, max(width - NAMES, 20)):
            yield Content.assemble((f"{word:<{NAMES}}", "$text-muted"), (line, style))
            word = ""


def request_words(request: Request) -> str:
    """One exact call: `elasticache RebootCacheCluster {"CacheClusterId": "sakai-redis"}`."""
    params = json.dumps(plain(request.params), ensure_ascii=False, default=str)
    return f"{request.service} {request.operation} {params}"


def plan_lines(plan: Plan, look: Look, width: int) -> Iterator[Content]:
    """Everything a plan says."""
    symbols = look.symbols

    def tidy(texts: Iterable[str]) -> list[str]:
        return [clean(text, symbols, LONGEST) for text in texts]

    dot = f" {symbols.dot} "
    where = dot.join(f"{word} {value}" for word, value in plan.where)
    yield from named("where", tidy([where]), width)
    yield from named("will", tidy(plan.will), width)
    lost = tidy(plan.loses) or ["nothing"]
    yield from named("lost", lost, width, STYLES["warning"] if plan.loses else "")
    yield from named("kept", tidy(plan.keeps), width)
    yield from named("now", tidy(plan.preview), width)
    yield from named("takes", tidy([plan.takes]), width)
    yield from named("sends", tidy(map(request_words, plan.requests)), width)
    yield from named("proof", tidy([plan.proof]), width)
    yield from named("mind", tidy(plan.warnings), width, STYLES["warning"])


KEYS = {"armed": "; A arms it from here", "in flight": "; u looks for acts without an end"}
"""What helps against a guard, from the dialog."""


def guard_lines(guards: Iterable[Guarded], look: Look, width: int) -> Iterator[Content]:
    """Each guard with its verdict, those against it first."""
    symbols, word = look.symbols, "guards"
    for one in sorted(guards, key=lambda guard: guard.ok):
        mark = symbols.ok if one.ok else symbols.critical
        said = f"{mark} {clean(one.said, symbols)}"
        if not one.ok:
            said += "; goes on when the name below is typed" if one.override else ""
            said += KEYS.get(one.guard, "")
        tone = "" if one.ok else STYLES["warning" if one.override else "critical"]
        yield from named(word, [said], width, tone)
        word = ""


def order_words(order: Order, affairs: Affairs, look: Look) -> str:
    """One thing that could be done: what, on what."""
    targets = ", ".join(f"{ref.name} ({affairs.title(ref.scope)})" for ref in order.targets)
    return clean(f"{affairs.offer(order.remedy)}: {targets or 'nothing'}", look.symbols)


def title_words(doing: Doing | None, affairs: Affairs, look: Look) -> str:
    """What the dialog is about."""
    if doing is None or doing.phase == "choosing":
        return "What could be done"
    if doing.proposal is not None:
        return clean(doing.proposal.plan.title, look.symbols, 80)
    return order_words(doing.order, affairs, look) if doing.order else "What could be done"


def shown(doing: Doing, proposal: Proposal, look: Look, width: int) -> Iterator[Content]:
    """The plan, and what changed since it was shown before."""
    if doing.changed:
        head = "The world changed: nothing was sent. This is the plan now."
        yield Content.styled(head, STYLES["critical"])
        changed = [clean(text, look.symbols, LONGEST) for text in doing.changed]
        yield from named("changed", changed, width, STYLES["warning"])
    yield from plan_lines(proposal.plan, look, width)
    yield from guard_lines(proposal.guards, look, width)


def progress(text: str, share: float, look: Look, width: int) -> Iterator[Content]:
    """A bar and the percentage, and what it is busy with."""
    share, symbols = min(max(share, 0.0), 1.0), look.symbols
    cells = max(min(width - NAMES - 8, 60), 10)
    done = int(share * cells)
    bar = symbols.full * done + symbols.empty * (cells - done)
    percent = f"{int(share * 100):3} %"  # 100 is said of what is whole, never rounded to
    yield Content.assemble((f"{'busy':<{NAMES}}", "$text-muted"), f"{bar}  {percent}")
    yield from named("", [clean(text, symbols)], width)


def flying(doing: Doing, look: Look, width: int) -> Iterator[Content]:
    """An act under way."""
    past = age(look.now.real - doing.fired_at) if doing.fired_at else ""
    yield Content.styled(f"{look.symbols.pointer} under way, {past}", STYLES["warning"])
    if doing.progress is not None:
        yield from progress(*doing.progress, look, width)
    yield Content("It is in the journal and goes on when this dialog is left.")
    if doing.proposal is not None:
        plan = doing.proposal.plan
        yield from named("waits for", [clean(plan.proof, look.symbols, LONGEST)], width)
        yield from named("takes", [clean(plan.takes, look.symbols)], width)


def verdict_lines(verdict: Verdict, look: Look, width: int) -> Iterator[Content]:
    """How an act ended, and what shows it."""
    symbols = look.symbols
    seconds = f" in {duration(verdict.seconds)}" if verdict.seconds else ""
    head = f"{verdict.outcome.upper()}{seconds}: {clean(verdict.said, symbols)}"
    for line in folded(head, width):
        yield Content.styled(line, STYLES[OUTCOMES[verdict.outcome]])
    yield from named("evidence", [clean(text, symbols) for text in verdict.evidence], width)


def refused(reasons: Iterable[str], look: Look, width: int) -> Iterator[Content]:
    """Why nothing was done."""
    yield Content.styled("Refused: nothing was sent.", STYLES["critical"])
    yield from named("why", [clean(reason, look.symbols) for reason in reasons], width)


def doing_lines(doing: Doing | None, look: Look, width: int) -> Content:
    """The body of the dialog, whatever the phase."""
    if doing is None or doing.phase in ("asking", "planning"):
        lines: Iterable[Content] = [Content("reading afresh what would be done")]
    elif doing.phase == "choosing":
        lines = [Content("nothing is sent by choosing: the plan is shown first")]
    elif doing.phase == "refused":
        lines = refused(doing.reasons, look, width)
    elif doing.phase == "flying":
        lines = flying(doing, look, width)
    elif doing.verdict is not None:
        lines = verdict_lines(doing.verdict, look, width)
    elif doing.proposal is not None:
        lines = shown(doing, doing.proposal, look, width)
    else:
        lines = []
    return Content("\n").join(lines)
