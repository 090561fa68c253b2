"""What must fit together in flows.yaml: stages that exist, facts that their probes may ask."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.config import case_checks
from console.config.crossings import Rows, at
from console.config.document import Document
from console.config.mistakes import KeyPath, suggest
from console.config.references import Known, values
from console.config.rows import FactKind, kinds

ASKED: Mapping[str, tuple[FactKind, ...]] = {"rate": ("number",), "seen": ("time", "number")}


def flows(document: Document, rows: Rows, known: Known) -> None:
    """Note every mistake that the shape of a flow does not show."""
    for path, stages in values(document.data, "flows.*.stages"):
        earlier: list[str] = []
        for index, stage in enumerate(stages if isinstance(stages, list) else ()):
            _after(document, (*path, index), stage, earlier)
            earlier.append(str(at(stage, "id")))
    for path, probe in values(document.data, "flows.*.stages.*.probes.*"):
        _probe(document, path, probe, rows, known)
    for path, counts in values(document.data, "flows.*.stages.*.counts"):
        if _source(document, path, counts, rows):
            source = str(at(counts, "source"))
            tests = at(counts, "where")
            case_checks.tests(document, (*path, "where"), source, tests, rows, known)
            _fact(document, (*path, "fact"), source, at(counts, "fact"), ("number",), rows)


def _after(document: Document, path: KeyPath, stage: Any, earlier: list[str]) -> None:
    """A stage comes after stages that stand before it: so no flow runs in a circle."""
    for inner, name in values(stage, "after.*"):
        if isinstance(name, str) and name not in earlier:
            what = f"no stage {name} comes before this one{suggest(name, earlier)}"
            document.blame((*path, *inner), what)


def _source(document: Document, path: KeyPath, value: Any, rows: Rows) -> bool:
    """Whether it names a source that flows are made of: not all are asked, or in time."""
    from console.sources.flows import INPUTS

    source = at(value, "source")
    if not isinstance(source, str) or (source in rows and source in INPUTS):
        return isinstance(source, str)
    others = [name for name in rows if name in INPUTS]
    what = f"a flow cannot look at {source}" if source in rows else f"no such source: {source}"
    document.blame((*path, "source"), f"{what}{suggest(source, others)}")
    return False


def _probe(document: Document, path: KeyPath, probe: Any, rows: Rows, known: Known) -> None:
    if not _source(document, path, probe, rows):
        return
    source = str(at(probe, "source"))
    for word in ("where", "ok", "arrives"):
        case_checks.tests(document, (*path, word), source, at(probe, word), rows, known)
    for word, wanted in ASKED.items():
        _fact(document, (*path, word), source, at(probe, word), wanted, rows)


def _fact(
    document: Document,
    path: KeyPath,
    source: str,
    fact: Any,
    wanted: tuple[FactKind, ...],
    rows: Rows,
) -> None:
    facts = {name for name, kind in kinds(rows[source]).items() if kind in wanted}
    if isinstance(fact, str) and fact and fact not in facts:
        kind = " or ".join(wanted)
        document.blame(path, f"{source} has no {kind} {fact}{suggest(fact, facts)}")
