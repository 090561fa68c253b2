"""The register of known issues: site by site, changed by keys, read and written as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from console.model.issues import STATES, Issue, WrongIssue, issue_of, told
from console.model.wishes import ChangeIssue, ExportIssues, ImportIssues
from widgets.desk import desk, follow
from widgets.filtered import Filtered
from widgets.form import Answer, Form
from widgets.header import Header
from widgets.issue_rows import COLUMNS, IssueRow, by_place, issue_rows, summary
from widgets.keyline import KeyLine
from widgets.table import Table
from widgets.wishes import CopyWanted, Wanted
from widgets.words import clean

ASKED = ("number", "site", "env", "title", "first_seen", "fix_on", "release", "note")
LABELS = tuple(name.replace("_", " ") for name in ASKED)
FORMS: tuple[tuple[Literal["csv", "markdown"], str], ...] = (
    ("csv", "CSV, for a spreadsheet"),
    ("markdown", "Markdown, for a wiki"),
)


def states(issue: Issue | None) -> tuple[str, ...]:
    """The states to choose from; which one it is now is said in a word, not by a colour alone."""
    return tuple(f"{one} (now)" if issue and one == issue.state else one for one in STATES)


class IssuesScreen(Filtered):
    """Every number with its site, its state and when it will be fixed; fixed ones by `z`."""

    DEFAULT_CSS = """
    IssuesScreen { layout: vertical; }
    IssuesScreen #summary { height: auto; padding: 0 1; color: $text-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "new", "new", id="issues.new"),
        Binding("s", "state", "state", id="issues.state"),
        Binding("d", "fixed", "fixed", id="issues.fixed"),
        Binding("I", "import", "import", id="issues.import"),
        Binding("E", "export", "export", id="issues.export"),
        Binding("z", "all", "with fixed", id="issues.all"),
        Binding("slash,f3", "filter", "filter", id="issues.filter"),
        Binding("y", "copy", "copy", show=False, id="issues.copy"),
        Binding("q", "app.pop_screen", "back", id="issues.back"),
        Binding("escape", "back", "back", show=False, id="issues.unfilter"),
    ]

    def __init__(self, site: str = "") -> None:
        super().__init__(COLUMNS)
        self._site, self._fixed = site, False
        self._here = False

    def compose(self) -> ComposeResult:
        """How it stands, the list, and the filter while it is typed."""
        yield Header()
        yield Static(id="summary", markup=False)
        yield self.table
        yield self._filter
        yield KeyLine()

    def on_mount(self) -> None:
        """Follow the journal and the errors."""
        self.table.sort(by_place)
        follow(self, "affairs board symbols", self.sift)

    def sift(self) -> None:
        """How it stands now."""
        app = desk(self)
        told = [summary(app.affairs, app.look), *app.affairs.issues_said.splitlines()]
        lines = Content("\n".join(clean(line, app.symbols) for line in told))
        self.query_one("#summary", Static).update(lines)
        self.table.load(list(self._rows()))
        if not self._here and self.table.rows:
            self._here = True
            at = [row.ref.scope for row in self.table.rows]
            self.table.action_move(at.index(self._site) if self._site in at else 0)

    def _rows(self) -> Iterator[IssueRow]:
        app = desk(self)
        for row in issue_rows(app.affairs, app.board, app.look):
            shown = self._fixed or row.issue.open
            if shown and self.is_sought(row.haystack):
                yield row

    @property
    def issue(self) -> Issue | None:
        """The one under the cursor."""
        row = self.table.current
        return row.issue if isinstance(row, IssueRow) else None

    async def action_new(self) -> None:
        """Give something a number."""
        site = self.issue.site if self.issue else self._site
        await self._edit(None, {"site": site if site in desk(self).affairs.sites else ""})

    async def on_table_opened(self, event: Table.Opened) -> None:
        """Change what is said of it."""
        event.stop()
        if isinstance(event.row, IssueRow):
            await self._edit(event.row.issue, told(event.row.issue))

    async def _edit(self, before: Issue | None, values: dict[str, str]) -> None:
        def given(answer: Answer) -> Issue:
            fields = dict(zip(ASKED, answer[1], strict=True)) | {"state": STATES[answer[0]]}
            return issue_of(fields, desk(self).affairs.sites)

        def wrong(answer: Answer) -> str:
            try:
                given(answer)
            except WrongIssue as error:
                return f"{error.field.replace('_', ' ')}: {error}"
            return ""

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self._write(given(answer), before)

        title = f"Issue {before.number}" if before else "A new issue"
        await self.app.push_screen(
            Form(
                title,
                LABELS,
                states(before),
                values=[values.get(name, "") for name in ASKED],
                chosen=STATES.index(before.state if before else "known"),
                check=wrong,
            ),
            answered,
        )

    def _write(self, issue: Issue, before: Issue | None) -> None:
        """Another number, or another site, is another issue; the one before stays as it is."""
        moved = before is not None and before.key != issue.key
        if issue != before:
            self.post_message(Wanted(ChangeIssue(issue, None if moved else before)))

    async def action_state(self) -> None:
        """It happens, is only known, or is fixed."""
        if (issue := self.issue) is None:
            return

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self._write(replace(issue, state=STATES[answer[0]]), issue)

        title = f"{clean(issue.number)} {clean(issue.title)}"
        form = Form(title, (), states(issue), chosen=STATES.index(issue.state))
        await self.app.push_screen(form, answered)

    def action_fixed(self) -> None:
        """It is over. Nothing is deleted: it can come back."""
        if (issue := self.issue) is not None:
            self._write(replace(issue, state="fixed"), issue)

    async def action_import(self) -> None:
        """Bring in a CSV or Markdown file, all of it or nothing."""

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self.post_message(Wanted(ImportIssues(answer[1][0])))

        form = Form("Import known issues (CSV or Markdown, whole or not at all)", ("file",))
        await self.app.push_screen(form, answered)

    async def action_export(self) -> None:
        """Write all of them, fixed ones too, to a file; its path is said."""

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self.post_message(Wanted(ExportIssues(FORMS[answer[0]][0], answer[1][0])))

        words = [word for _, word in FORMS]
        fields = ("file (empty: in the state directory)",)
        form = Form("Export known issues", fields, words, needed=False)
        await self.app.push_screen(form, answered)

    def action_all(self) -> None:
        """Show or hide what is fixed."""
        self._fixed = not self._fixed
        self.sift()

    def action_copy(self) -> None:
        """Take the one under the cursor along."""
        if (issue := self.issue) is not None:
            lines = (f"{name}: {value}" for name, value in told(issue).items() if value)
            self.post_message(CopyWanted("\n".join(map(partial(clean), lines))))
