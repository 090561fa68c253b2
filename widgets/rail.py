"""The findings: worst first, each with the key it needs. Empty says what empty means."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from textwrap import wrap

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from console.model import Finding
from console.model.affairs import Affairs
from widgets.blocks import Block, Blocks, Line
from widgets.checklist_words import named
from widgets.desk import desk, follow
from widgets.look import Look
from widgets.night_words import of_maintenance
from widgets.standing import BARRED
from widgets.symbols import TONES
from widgets.words import age, cell_len, clean, clock, fit

UNSEEN = ("nothing has answered yet",)
NOTHING = (
    "no findings: no known case matches what is seen",
    "(a red row may still be red: read the panes)",
)
SMALL = 3  # lines on a small screen
EVIDENCE = 16  # cells of such a line


def sign(finding: Finding, look: Look) -> str:
    """The sign of a finding: put off, old, or how bad."""
    if finding.deferred_until or finding.silenced_until:
        return look.symbols.later
    return look.symbols.stale if finding.stale else look.symbols.severity(finding.severity)


def tone(finding: Finding) -> str:
    """What is put off or not ours does not shout."""
    return "dim" if finding.put_off else TONES[finding.severity]


def since(finding: Finding, look: Look) -> str:
    """Since how long, short: seconds matter in the first minute only."""
    past = look.now.estate - finding.since
    minutes = int(past.total_seconds() // 60)
    return f"{minutes} min" if 1 <= minutes < 60 else age(past)


def evidence(finding: Finding, look: Look) -> str:
    """What shows it, in a few words."""
    if not finding.why:
        return ""
    first = finding.why[0].partition(": ")[2] or finding.why[0]
    more = f" +{len(finding.why) - 1}" if len(finding.why) > 1 else ""
    return clean(first, look.symbols) + more


def whose(finding: Finding, look: Look) -> str:
    """Whose it is, and what keeps it from being live."""
    symbols = look.symbols
    told = []
    for word, until in (("", finding.deferred_until), ("silenced ", finding.silenced_until)):
        if until:
            told.append(f"{word}until {clock(until, look.zone, look.now.estate)}")
    told += [clean(one, symbols) for one in finding.mind]
    if finding.stale:
        told.append("evidence is old")
    if finding.acknowledged_by:
        told.append(f"{clean(finding.acknowledged_by, symbols, 40)} has it")
    elif finding.owner not in ("", "ours"):
        told.append(f"owner {clean(finding.owner, symbols, 40)}")
    if finding.ignored:
        told.append("not ours")
    return f" {symbols.dot} ".join(told)


def next_key(finding: Finding, affairs: Affairs, look: Look) -> tuple[str, str]:
    """The key that goes on with it, and what it does."""
    symbols = look.symbols
    for one in affairs.flights:
        if one.order and one.order.case == finding.case and one.fired_at and one.proposal:
            past = age(look.now.real - one.fired_at)
            return symbols.pointer, f"{clean(one.proposal.plan.title, symbols)} {past}"
    run = affairs.run_of(finding.id)
    if run is not None and run.waits_to_be_closed:
        return "c", "close the checklist"
    if run is not None and run.step is not None:
        at = run.steps.index(run.step) + 1
        return "c", f"{at}/{len(run.steps)} {clean(named(run.step, affairs), symbols)}"
    if finding.deferred_until or finding.silenced_until:
        return "e", "explain"
    if of_maintenance(finding):
        return "w", "watch"
    if finding.offers and not finding.ignored:
        barred = f" ({BARRED})" if affairs.barred else ""
        return "r", clean(affairs.offer(finding.offers[0]), symbols) + barred
    return ("c", "checklist") if finding.case in affairs.able else ("e", "explain")


def large(finding: Finding, affairs: Affairs, look: Look, width: int) -> Block:
    """A finding in a column: what and where, since, evidence, the next key."""
    symbols, mark = look.symbols, sign(finding, look)
    title, past = clean(finding.title, symbols), since(finding, look)
    place = clean(affairs.title(finding.scope), symbols)
    whole = f"{mark} {title} {symbols.dot} {place}  {past}"
    heads = [whole]
    if cell_len(whole) > width:
        heads = [f"{mark} {title}", f"  {place} {symbols.dot} {past}"]
    lines: list[Line] = [((fit(head, width, more=symbols.more), tone(finding)),) for head in heads]
    for text in (evidence(finding, look), whose(finding, look)):
        if text:
            lines.append(((fit(f"  {text}", width, more=symbols.more), "dim"),))
    keys = [next_key(finding, affairs, look)]
    if of_maintenance(finding) and keys[0][0] != "w":
        keys.append(("w", "watch"))
    for key, deed in keys:
        told = f" {fit(deed, width - 4, more=symbols.more)}"
        lines.append((("  ", ""), (key, "strong"), (told, "")))
    return Block(finding.id, tuple(lines))


def small(finding: Finding, affairs: Affairs, look: Look, width: int) -> Block:
    """A finding on one line."""
    symbols = look.symbols
    past = since(finding, look)
    place = clean(affairs.title(finding.scope), symbols, 24)
    key, deed = next_key(finding, affairs, look)
    step = ""
    if of_maintenance(finding) and key != "w":
        step, key, deed = deed, "w", "watch"
    right = min(width * 3 // 10, cell_len(f"{key} {deed}"))
    tail = f" {symbols.dot} {place} {past}"
    state = whose(finding, look)
    kept = min(max(cell_len(state) + 4, EVIDENCE), (width - right) // 2)
    left = min(max((width - right) * 6 // 10, width - right - kept), 60)
    title = fit(clean(finding.title, symbols), left - 2 - cell_len(tail), more=symbols.more)
    head = fit(f"{sign(finding, look)} {title.rstrip()}{tail}", left, more=symbols.more)
    room = width - left - right - 4
    told = state or step or evidence(finding, look)
    return Block(
        finding.id,
        (
            (
                (f" {head} ", tone(finding)),
                (fit(told, room, more=symbols.more), "dim"),
                (f" {key}", "strong"),
                (" " + fit(deed, right - cell_len(key), more=symbols.more), ""),
            ),
        ),
    )


class Rail(Blocks):
    """Findings, worst first; the one under the cursor is what `r`, `c`, `x` and `X` speak of."""

    DEFAULT_CSS = """
    Rail { border: round $surface-lighten-3; width: 30; height: 1fr; }
    Rail:focus { border: round $primary; }
    """

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        follow(self, "board now symbols affairs", self.redo)

    @property
    def finding(self) -> Finding | None:
        """The finding under the cursor."""
        return next((one for one in desk(self).board.findings if one.id == self.key), None)

    def blocks(self, width: int) -> Sequence[Block]:
        """The findings, or why there are none."""
        app = desk(self)
        look, findings = app.look, sorted(app.board.findings, key=attrgetter("order"))
        narrow = self.screen.has_class("-narrow")
        self.border_title = f"Findings {len(findings)}" if findings else "Findings"
        if narrow:
            self.styles.height = min(max(len(findings), 1), SMALL)
        else:
            self.styles.clear_rule("height")
        if not findings:
            seen = any(part.taken_at for part in app.board.snapshots.values())
            said = (NOTHING[:1] if narrow else NOTHING) if seen else UNSEEN
            lines = [line for one in said for line in wrap(one, max(width, 10))]
            return [Block("", tuple(((line, "dim"),) for line in lines))]
        form = small if narrow else large
        return [form(finding, app.affairs, look, width) for finding in findings]

    def render_line(self, y: int) -> Strip:
        """On a small screen the last line says how many findings are below it."""
        strip = super().render_line(y)
        below = len(self.shown) - 1 - y - self.scroll_offset.y
        if y != self.size.height - 1 or below < 1 or not self.screen.has_class("-narrow"):
            return strip
        more = f" +{below}"
        kept = strip.crop(0, self.size.width - len(more))
        return Strip([*kept, Segment(more, self.rich_style + Style(bold=True))])
