"""Flows as they are drawn: stage under stage, what is broken, what starves after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from console.model import Board, Row, Severity
from console.sources.flows import FlowStage
from widgets.columns import Column
from widgets.look import Cell, Look, of_row, reasons
from widgets.symbols import TONES, Symbols
from widgets.words import age, clean, number

STATES = {"ok": "OK", "broken": "BROKEN", "starved": "starved", "unknown": "UNKNOWN"}


def flow_by_flow(row: Row) -> tuple[object, ...]:
    """The worst flow first, each in the order of its stages."""
    worst = getattr(row, "worst", row.severity)
    return (-worst, getattr(row, "flow", ""), getattr(row, "order", 0))


def stages_of(board: Board) -> list[list[FlowStage]]:
    """Every flow's stages in their order, the worst flow first."""
    flows: dict[str, list[FlowStage]] = {}
    for row in sorted(board.of("flows", FlowStage), key=flow_by_flow):
        flows.setdefault(row.flow, []).append(row)
    return list(flows.values())


def sign(row: FlowStage, symbols: Symbols) -> str:
    """A stage that starves is empty; else its severity's sign."""
    if row.state == "starved":
        return symbols.todo
    return symbols.severity(row.severity)


def titled(row: FlowStage, look: Look) -> str:
    """A stage's title; behind a fork it stands further in, with an arrow."""
    branch = f"{'  ' * (row.depth - 1)} {look.symbols.arrow} " if row.depth else ""
    return branch + clean(row.title, look.symbols)


def rate(row: FlowStage, look: Look) -> str:
    """How many pass, or empty where nothing tells."""
    return "" if row.rate_per_s is None else of_row(row, "rate_per_s", look)


def short_state(row: FlowStage, look: Look) -> str:
    """What is worth saying of a stage in a few cells: trouble first, else what passes."""
    if row.state == "broken":
        return f"BROKEN {_short(look.now.estate - row.since)}" if row.since else "BROKEN"
    if row.state == "starved":
        return STATES[row.state]
    if row.state != "ok":
        return f"late {_short(timedelta(seconds=row.overdue_s))}" if row.overdue_s else "UNKNOWN"
    if row.lost:
        return _lost(row)
    if row.severity is Severity.UNKNOWN:
        return STATES["unknown"]
    return rate(row, look) or _seen(row, look)


def _lost(row: FlowStage) -> str:
    return f"{number(row.lost or 0)} lost"


def _seen(row: FlowStage, look: Look) -> str:
    if row.last_seen_at is None:
        return ""
    return f"seen {_short(look.now.estate - row.last_seen_at)}"


def _short(past: timedelta) -> str:
    """Seconds matter in the first minute only."""
    minutes = int(past.total_seconds() // 60)
    return f"{minutes} min" if 1 <= minutes < 60 else age(past)


def summary(stages: Sequence[FlowStage], look: Look) -> str:
    """Where a flow is broken first, what starves after that, what is lost, what is not known."""
    symbols = look.symbols
    first = [clean(row.title, symbols) for row in stages if row.first_broken]
    starved = sum(row.state == "starved" for row in stages)
    unknown = sum(row.state == "unknown" for row in stages)
    told = [f"broken at {', '.join(first)}"] if first else []
    told += [f"{starved} starved after it"] if starved else []
    told += [f"{_lost(row)} before {clean(row.title, symbols)}" for row in stages if row.lost]
    told += [f"{unknown} not known"] if unknown else []
    return f" {symbols.dot} ".join(told)


def flows_about(board: Board, look: Look) -> str:
    """The worst flow in a few words."""
    flows = stages_of(board)
    told = summary(flows[0], look) if flows else ""
    return f"{clean(flows[0][0].flow_title, look.symbols)}: {told}" if told else ""


def _stage(row: FlowStage, look: Look) -> Cell:
    whose = "" if row.owner == "ours" else f" ({clean(row.owner, look.symbols, 20)})"
    return Cell(titled(row, look) + whose)


def _flow(row: FlowStage, look: Look) -> Cell:
    return Cell(clean(row.flow, look.symbols), "" if not row.order else "dim")


def _state(row: FlowStage, look: Look) -> Cell:
    first = f"{look.symbols.pointer} " if row.first_broken else ""
    word = STATES.get(row.state, clean(str(row.state), look.symbols))
    if row.state == "ok":  # what it lost is the news, or that nobody knows
        unknown = row.severity is Severity.UNKNOWN
        word = _lost(row) if row.lost else STATES["unknown"] if unknown else word
    return Cell(first + word, TONES[row.severity])


def _since(row: FlowStage, look: Look) -> Cell:
    shown = row.state != "ok" and row.since is not None
    return Cell(age(look.now.estate - row.since) if shown and row.since else "")


def _rate(row: FlowStage, look: Look) -> Cell:
    return Cell(rate(row, look))


def _last(row: FlowStage, look: Look) -> Cell:
    text = _seen(row, look).removeprefix("seen ")
    return Cell(text, TONES[Severity.WARNING] if row.overdue_s else "")


def _counted(row: FlowStage, look: Look) -> Cell:
    """How many passed here; what is lost on the way here is the news."""
    told = [] if row.count is None else [number(row.count)]
    told += [_lost(row)] if row.lost else []
    told += [f"{number(row.late)} late"] if row.late else []
    return Cell(", ".join(told), TONES[row.severity] if row.lost else "")


def _why(row: FlowStage, look: Look) -> Cell:
    return Cell("; ".join(reasons(row, look.symbols)) if row.severity else "")


FLOWS = (
    Column("flow", _flow, widest=12, least=5),
    Column("stage", _stage, widest=26, least=16),
    Column("state", _state, widest=10, least=8),
    Column("since", _since, right=True, drop=1),
    Column("rate", _rate, right=True),
    Column("seen", _last, right=True, drop=4),
    Column("counted", _counted, right=True, drop=4),
    Column("why", _why, widest=90, least=24, drop=2),
)
