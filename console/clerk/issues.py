"""The register of known issues at a console: as the journal has it, changed, read, written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from errno import EEXIST
from pathlib import Path

from console.acting.pen import UNWRITTEN, Pen
from console.issues import KIND, Register, fold, in_order, news, partly
from console.issues.files import NAMES, Form, Unread, issues_in, written
from console.model import Entry
from console.model.issues import Issue, Place, told
from console.modes import replacing
from console.poll import in_thread

MOST_SAID = 3  # faults of a file that are said in passing


class Issues:
    """One for a console. Whoever writes the journal, this is what it says."""

    def __init__(self, sites: Mapping[str, Place], pen: Pen, directory: Path) -> None:
        self.sites, self._pen, self._directory = sites, pen, directory
        self._register: Register = {}
        self.all: tuple[Issue, ...] = ()
        """Every issue, in order."""
        self.said = ""
        """What came of the last import or export."""

    def hear(self, entries: Iterable[Entry], anew: bool) -> None:
        """What the journal says new; `anew`: it was replaced, and this is all of it."""
        before = self._register
        if anew:
            self._register = {}
        for entry in entries:
            self._register = fold(self._register, entry)
        if self._register is not before:
            self.all = in_order(self._register.values())

    async def change(self, issue: Issue, before: Issue | None) -> None:
        """Write it down, unless somebody else did since `before` was seen. Raises ValueError."""
        now = self._register.get(issue.key)
        if now != before:
            who = f"{issue.number} of {issue.site}"
            raise ValueError(
                f"{who} is registered already"
                if before is None
                else f"{who} was changed meanwhile; nothing is written, look at it again"
            )
        if issue != now:
            await self._pen.write(KIND, **told(issue))

    async def take_in(self, file: str) -> None:
        """Bring a file's issues in; `said` tells how many, or why none. Raises UNWRITTEN.

        A file with one mistake brings none; a disk that fills meanwhile leaves those before it.
        """
        path = self.place(file)
        try:
            given = await in_thread(issues_in, path, self.sites)
        except OSError as error:
            self.said = f"{path} cannot be read: {error.strerror}"
            return
        except Unread as error:
            more = len(error.lines) - MOST_SAID
            rest = [f"and {more} more; `oncall issues import` tells all"] if more > 0 else []
            self.said = "\n".join(["nothing is imported:", *error.lines[:MOST_SAID], *rest])
            return
        new = news(self.all, given)
        for done, issue in enumerate(new):
            try:
                await self._pen.write(KIND, **told(issue))
            except UNWRITTEN:
                self.said = f"{path}: {partly(done, len(new))}"
                raise
        self.said = f"{path}: {len(given)} issues read, {len(new)} of them new or changed"

    async def take_out(self, form: Form, file: str = "") -> None:
        """Write the register to a file; `said` tells where, or why not."""
        path = self.place(file or NAMES[form])
        try:
            await in_thread(replace_file, path, written(self.all, form))
        except OSError as error:
            self.said = f"{path} cannot be written: {error.strerror}"
        else:
            self.said = f"{len(self.all)} issues are in {path}"

    def place(self, file: str) -> Path:
        """Where a file lies that a person named; a bare name is in the state directory."""
        return self._directory / Path(file).expanduser()


def replace_file(path: Path, content: bytes) -> None:
    """Write a file whole or not at all (blocking). Raises OSError.

    Only an earlier export gives way: the directory of a bare name holds the journal too.
    """
    with suppress(FileNotFoundError), path.open("rb") as file:
        if file.readline() != content[: content.index(b"\n") + 1]:
            raise FileExistsError(EEXIST, "another file of this name is there already", str(path))
    path.parent.stat()  # one that is not there is a slip of the pen: none is made
    with replacing(path) as file:
        file.write(content)
