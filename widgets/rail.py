"""The findings: what is wrong, worst first. Empty says what empty means."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from console.model import Finding
from widgets.desk import desk
from widgets.look import Look
from widgets.symbols import STYLES, TONES
from widgets.words import age, clean, clock


def order(finding: Finding) -> tuple[object, ...]:
    """Worst first; what was put off stands below what is live."""
    later = finding.deferred_until is not None or finding.silenced_until is not None
    return (later, -finding.severity, finding.since)


def finding_lines(finding: Finding, look: Look) -> Content:
    """One finding: what, where, how long, and who has it."""
    symbols = look.symbols
    past = age(look.now.estate - finding.since)
    head = (
        f"{symbols.severity(finding.severity)} {clean(finding.title, symbols)} "
        f"{symbols.dot} {clean(finding.scope, symbols)}  {past}"
    )
    until = finding.deferred_until or finding.silenced_until
    told = [f"until {clock(until, look.zone, look.now.estate)}"] if until else []
    told += [clean(finding.owner, symbols)] if finding.owner else []
    tail = f"\n   {' '.join(told)}" if told else ""
    return Content.assemble((head, STYLES[TONES[finding.severity]]), (tail, "$text-muted"))


class Rail(VerticalScroll):
    """Findings, worst first."""

    DEFAULT_CSS = """
    Rail { border: round $surface-lighten-3; width: 30; height: 1fr; scrollbar-size: 0 0; }
    Rail > Static { width: 1fr; }
    """
    can_focus = False

    def __init__(self) -> None:
        super().__init__()
        self._text = Static(markup=False)
        self._shown = Content("?")

    def compose(self) -> ComposeResult:
        """All findings are one text."""
        yield self._text

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        for name in ("board", "now", "symbols"):
            self.watch(self.app, name, self._changed, init=False)
        self._changed()

    def _changed(self) -> None:
        findings = sorted(desk(self).board.findings, key=order)
        content = self.words(tuple(findings))
        if content == self._shown:
            return
        self._shown = content
        self.border_title = f"Findings {len(findings)}" if findings else "Findings"
        self._text.update(content)

    def words(self, findings: tuple[Finding, ...]) -> Content:
        """The findings, or why there are none."""
        if not findings:
            return Content.styled(
                "no findings: no known case matches what is seen\n"
                "(a red row may still be red: read the panes)",
                "$text-muted",
            )
        look = desk(self).look
        return Content("\n").join(finding_lines(finding, look) for finding in findings)
