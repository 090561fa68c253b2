"""Everything about one row in words: its facts, why it is as bad as it is, and how old that is."""

from __future__ import annotations

from dataclasses import fields, is_dataclass

from textual.content import Content

from console.model import Board, Ref, Row, Severity, Snapshot, facts
from console.model.affairs import Affairs
from widgets import marks
from widgets.freshness import freshness_words, trouble_lines
from widgets.look import Look, label, of_row, reasons, why_missing
from widgets.symbols import STYLES, TONES
from widgets.words import age, cell_len, clean, clock, moment, number

NAMES = 24  # cells for the names of facts
SPARKS = 60
DECIDING = {
    "Instance": "state system_check instance_check ebs_check events load1 mem_pct disk_pct",
    "Cache": "status node_status memory_pct evictions replication_lag_s pending",
    "Alarm": "state muted since",
    "Canary": "state since last_run_at",
    "FlowStage": "state first_broken after rate_per_s in_per_s out_per_s last_seen_at overdue_s"
    " count lost late",
    "Metric": "value unit trend",
    "Broker": "up since leaderless under_replicated",
    "GroupLag": "verdict lag in_per_s out_per_s behind_s eta_s members group_state",
    "Maintenance": "phase broker since unexpected expected brokers_left state operation began"
    " healthy_since under_replicated leaderless preferred_pct",
    "MskCluster": "state operation operation_started_at",
    "Workload": "ready desired rollout restarts_recent oom_killed_at crash_loop mem_pct",
}
MEANINGS = {
    Severity.OK: "every value that decides was seen and is within its bounds",
    Severity.UNKNOWN: "a value that decides is missing or too young; unknown is not OK",
    Severity.WARNING: "something is worse than it should be, and can wait a little",
    Severity.CRITICAL: "act now, or know why not",
}


def find(board: Board, ref: Ref, kind: type[Row]) -> tuple[Snapshot, Row] | None:
    """The row of that name as it is now, with the snapshot it came in."""
    for part in board.snapshots.values():
        for row in part.rows:
            if row.ref == ref and type(row) is kind:
                return part, row
    return None


def heading(row: Row, look: Look) -> Content:
    """The row's name and how bad it is."""
    severity = f"{look.symbols.severity(row.severity)} {row.severity.name}"
    name = f"{clean(row.ref.name, look.symbols)} {look.symbols.dot} {row.ref.kind}"
    scopes = ", ".join(clean(scope, look.symbols) for scope in row.scopes)
    return Content.assemble(
        (severity, STYLES[TONES[row.severity]]), "  ", (name, "bold"), f"  in {scopes}"
    )


def origin(part: Snapshot, row: Row, look: Look) -> Content:
    """Where the row came from, how old it is, and whose it is."""
    _, fresh = freshness_words((part,), look)
    seen = moment(row.at, look.zone)
    owner = clean(row.owner, look.symbols)
    name = clean(part.part, look.symbols)
    lines = [
        f"seen      {seen}, {age(look.now.estate - row.at)} ago",
        f"source    {part.source}, part {name}: {fresh}, asked every {part.interval:g} s",
        f"owner     {owner}",
    ]
    told = Content("\n".join(lines))
    if part.trouble is None:
        return told
    trouble = "\n".join(trouble_lines(part, False, look, 200))
    return Content("\n").join([told, Content.styled(trouble, "$text-error")])


def _line(name: str, text: str, why: str = "") -> Content:
    pad = " " * max(NAMES - cell_len(name), 1)
    return Content.assemble((f"{name}{pad}", "$text-muted"), text, (why and f"   {why}", "italic"))


def _age(row: Row, name: str, look: Look) -> str:
    """How old a value is that is older than its row."""
    at = row.ages.get(name)
    if at is None or at >= row.at:
        return ""
    return f"{clock(at, look.zone, look.now.estate)}, {age(look.now.estate - at)} ago"


def fact_lines(row: Row, look: Look, only: tuple[str, ...] = ()) -> list[Content]:
    """A row's facts with units; one that is old with its age, a missing one with the reason."""
    lines = []
    for name, value in facts(row):
        if (only and name not in only) or is_table(value):
            continue
        notes = (_age(row, name, look), why_missing(row, name, look.symbols))
        lines.append(
            _line(label(name), of_row(row, name, look, full=True), "; ".join(n for n in notes if n))
        )
    return lines


def series_lines(row: Row, look: Look, affairs: Affairs) -> list[Content]:
    """The recent values of facts as sparklines, with their bounds; releases are marked."""
    lines = []
    for name, values in row.series.items():
        known = [value for value in values if value is not None]
        if known:
            bounds = f"{number(min(known))} to {number(max(known))}, now {number(known[-1])}"
            sparks = marks.sparks(row, name, SPARKS, affairs, look)
            lines.append(_line(label(name), f"{sparks}  {bounds}"))
    return lines + [_line("", told) for told in marks.notes(row, SPARKS, affairs, look)]


def is_table(value: object) -> bool:
    """Whether a fact is itself a list of things with fields."""
    return isinstance(value, tuple) and bool(value) and is_dataclass(value[0])


def sub_columns(value: tuple[object, ...]) -> tuple[str, ...]:
    """The field names of such a fact; how bad a thing is colours it, what it holds is left out."""
    first = value[0]
    assert is_dataclass(first)
    names = (field.name for field in fields(first) if field.name != "severity")
    return tuple(n for n in names if not any(is_dataclass(getattr(one, n)) for one in value))


def detail(part: Snapshot, row: Row, look: Look, affairs: Affairs = marks.NONE) -> Content:
    """Every fact of a row."""
    blank = Content("")
    return Content("\n").join(
        [
            heading(row, look),
            origin(part, row, look),
            blank,
            *fact_lines(row, look),
            *([blank, *series_lines(row, look, affairs)] if row.series else []),
        ]
    )


def explanation(part: Snapshot, row: Row, look: Look) -> Content:
    """Why a row is as bad as it is: the sentence, the values, their age, what is missing."""
    blank = Content("")
    said = [Content.styled(text, "bold") for text in reasons(row, look.symbols)]
    missing = [
        _line(label(name), why_missing(row, name, look.symbols)) for name in sorted(row.missing)
    ]
    only = tuple(DECIDING.get(type(row).__name__, "").split())
    return Content("\n").join(
        [
            heading(row, look),
            Content(MEANINGS[row.severity]),
            *said,
            blank,
            Content.styled("judged from", "underline"),
            *fact_lines(row, look, only),
            *([blank, Content.styled("not known", "underline"), *missing] if missing else []),
            blank,
            Content.styled("how sure", "underline"),
            origin(part, row, look),
        ]
    )
