"""The columns of the ITA pane: the system's switches first, then what is still running."""

from __future__ import annotations

from console.model import Board, Row
from console.sources.ita import ItaRow
from widgets.columns import Column
from widgets.look import Cell, Look, in_words, reasons
from widgets.symbols import TONES
from widgets.words import clean

STATES = {
    "normal": "NORMAL",
    "job_stop": "JOB STOP",
    "read_only": "READ-ONLY",
    "wrong_order": "WRONG ORDER",
}
LOOKS = 3  # without a job, until it is drained
FIRST = {"system": 0, "job": 1, "conductor": 2}


def _what(row: ItaRow, look: Look) -> Cell:
    if row.what == "system":
        return Cell(clean(row.name, look.symbols))
    place = clean(f"{row.organization}/{row.workspace}", look.symbols)
    return Cell(f"  {place}")


def _state(row: ItaRow, look: Look) -> Cell:
    if row.what == "system":
        text = STATES.get(row.mode or "", look.symbols.none)
        if row.mode == "job_stop" and row.drained:
            text = "JOB STOP, DRAINED"
        return Cell(text, TONES[row.severity])
    return Cell(clean(row.status or "", look.symbols), "dim" if row.what == "conductor" else "")


def _backyard(row: ItaRow, look: Look) -> Cell:
    if row.what == "system":
        return Cell(_counts(row, look))
    name = clean((row.backyard or "").removeprefix("ita-by-"), look.symbols)
    return Cell(name, "dim" if row.what == "conductor" else "")


def _counts(row: ItaRow, look: Look) -> str:
    """How many run; conductors beside, as they are not counted."""
    if row.jobs is None:
        return look.symbols.none
    jobs = f"{row.jobs} {'job' if row.jobs == 1 else 'jobs'}"
    if row.mode == "job_stop" and not (row.jobs or row.drained):
        return f"{jobs} {look.symbols.dot} {row.zeros or 0} of {LOOKS} looks"
    word = "conductor" if row.conductors == 1 else "conductors"
    return jobs + (f" {look.symbols.dot} {row.conductors} {word}" if row.conductors else "")


def _note(row: ItaRow, look: Look) -> Cell:
    if row.what == "system" and row.mode == "wrong_order":
        return Cell("; ".join(reasons(row, look.symbols)), TONES[row.severity])
    tone = "dim" if row.what == "conductor" else ""
    return Cell(clean(row.note, look.symbols), tone)


def _age(row: ItaRow, look: Look) -> Cell:
    if row.what == "system":
        return Cell("")
    return Cell(in_words("age_s", row.age_s, look), "dim" if row.age_s is None else "")


ITA = (
    Column("system / workspace", _what, widest=36, least=16),
    Column("state", _state, widest=18, least=12),
    Column("running", _backyard, widest=28, least=18),
    Column("for", _age, right=True, fact="age_s"),
    Column("note", _note, drop=2, widest=86, least=40),
)


def system_first(row: Row) -> tuple[object, ...]:
    """Each system, then its jobs from the oldest, then conductors."""
    what, age_s = getattr(row, "what", ""), getattr(row, "age_s", None)
    return (row.ref.scope, FIRST.get(what, 3), -(age_s or 0.0))


def ita_about(board: Board, look: Look) -> str:
    """What is on, of all systems, in the title."""
    rows = board.of("ita", ItaRow)
    told = [
        f"{clean(row.name, look.symbols)} {STATES[row.mode].lower()}"
        for row in rows
        if row.what == "system" and row.mode not in (None, "normal")
    ]
    return f" {look.symbols.dot} ".join(told)
