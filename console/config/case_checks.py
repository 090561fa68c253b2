"""What must fit together in a case: facts that exist, values of their kind, steps in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from console.config.cases import STILL_BAD
from console.config.conditions import FactTest, parse
from console.config.crossings import Rows, at
from console.config.document import Document
from console.config.mistakes import KeyPath, suggest
from console.config.references import Known, name_at, values
from console.config.rows import FactKind, kinds, words
from console.model import Row

# Facts whose words are names of the estate.
NAMED_FACTS = {
    "site": "site",
    "env": "environment",
    "group": "group",
    "topic": "topic",
    "namespace": "namespace",
    "deployment": "deployment",
    "scope": "scope",
    "owner": "contact",
    "check": "HTTP check",
}
EXAMPLE_ONLY: Mapping[str, FactKind] = {"serves": "other", "series": "other"}
"""What a row of an example may say besides facts: further scopes, earlier values of a fact."""
CONDITIONS = ("when.*", "steps.*.check", "steps.*.wait", "steps.*.only_if", "can_wait.unless")
JOINS = {"site": ("site",), "cluster": ("cluster",)}


def case(document: Document, rows: Rows, known: Known) -> None:
    """Note every mistake that the shape of a case does not show."""
    identity(document)
    for pattern in CONDITIONS:
        for path, value in values(document.data, pattern):
            for inner, condition in _nested(path, value):
                _condition(document, inner, condition, rows, known)
    steps(document)
    joins(document, rows)
    for pattern in ("steps.*.evidence.*", "steps.*.target.source"):
        for path, value in values(document.data, pattern):
            if isinstance(value, str) and value and value not in rows:
                document.blame(path, f"no such source: {value}{suggest(value, rows)}")
    examples(document, rows)


def identity(document: Document) -> None:
    """A case's id is its file's name, so that one finds it."""
    name, stem = at(document.data, "id"), PurePath(document.file).stem
    if isinstance(name, str) and name and name != stem:
        document.blame(("id",), f"the id is the file's name: {stem}")


def _nested(path: KeyPath, value: Any) -> Iterator[tuple[KeyPath, Mapping[str, Any]]]:
    if not isinstance(value, dict):
        return
    yield path, value
    for word in ("any", "all"):
        for inner, entry in values(value, f"{word}.*"):
            yield from _nested((*path, *inner), entry)


def _condition(
    document: Document, path: KeyPath, value: Mapping[str, Any], rows: Rows, known: Known
) -> None:
    name_at(document, (*path, "window"), value.get("window"), "window", known)
    if value.get("step") and path[-1] != "only_if" and "only_if" not in path:
        document.blame((*path, "step"), "a step's outcome can only be asked in only_if")
    source, where = value.get("source"), value.get("where")
    if not isinstance(source, str) or not source:
        return
    if value.get("shown") and path[:1] != ("steps",):
        document.blame((*path, "shown"), "only a step's check or wait knows what opened the case")
    if source not in rows:
        document.blame((*path, "source"), f"no such source: {source}{suggest(source, rows)}")
        return
    tests(document, (*path, "where"), source, where, rows, known)


def tests(
    document: Document, path: KeyPath, source: str, where: Any, rows: Rows, known: Known
) -> None:
    """Note every test that cannot be asked of the facts of a source that exists."""
    facts = kinds(rows[source])
    for fact, wanted in where.items() if isinstance(where, dict) else ():
        here = (*path, fact)
        if fact not in facts:
            what = f"{source} has no fact {fact}{suggest(fact, facts)}"
            document.blame(here, what, value=False)
            continue
        try:
            test = parse(wanted)
        except ValueError:
            continue  # the shape's own check said so
        wrong = misfit(source, rows[source], fact, test, facts)
        if wrong:
            document.blame(here, wrong)
        else:
            _names(document, here, source, fact, test, known)


def _names(
    document: Document, path: KeyPath, source: str, fact: str, test: FactTest, known: Known
) -> None:
    kind = NAMED_FACTS.get(fact)
    if fact == "cluster":
        kind = "kubernetes cluster" if source == "workloads" else "kafka cluster"
    if fact == "id" and source == "metrics":
        kind = "metric"
    for value in test.values if kind else ():
        name_at(document, path, value, str(kind), known)


def misfit(
    source: str, row: type[Row], fact: str, test: FactTest, facts: Mapping[str, FactKind]
) -> str:
    """Why a test cannot be asked of a fact, or nothing."""
    kind = facts[fact]
    if kind == "other":
        return f"{fact} is no single value and cannot be tested"
    if test.op == "unknown":
        return ""
    if test.op == "one_of":
        return _unfit_words(row, fact, test, kind)
    wanted = "time" if test.op in {"within", "older"} else "number"
    if kind != wanted:
        return f"{fact} is {_named(kind)}; `{test.text}` asks for {_named(wanted)}"
    if test.duration and not fact.endswith("_s"):
        return f"{fact} is not in seconds; `{test.text}` compares it with a duration"
    if test.fact and facts.get(test.fact) != "number":
        numbers = [name for name, each in facts.items() if each == "number"]
        return f"{source} has no number {test.fact}{suggest(test.fact, numbers)}"
    return ""


def _named(kind: FactKind | str) -> str:
    return {"flag": "true or false", "text": "a word"}.get(kind, f"a {kind}")


def _unfit_words(row: type[Row], fact: str, test: FactTest, kind: FactKind) -> str:
    types: dict[str, tuple[type, ...]] = {"number": (int, float), "text": (str,), "flag": (bool,)}
    allowed = words(row, fact)
    for value in test.values:
        right = isinstance(value, types.get(kind, ())) and (
            isinstance(value, bool) == (kind == "flag")
        )
        if not right:
            return f"{fact} is {_named(kind)}, never {value!r}"
        if allowed and value not in allowed:
            return f"{fact} is never {value}; it is one of {', '.join(allowed)}"
    return ""


def steps(document: Document) -> None:
    """Ids differ, and a step is only asked about after it came."""
    earlier: list[str] = []
    for path, step in values(document.data, "steps.*"):
        name = at(step, "id")
        if isinstance(name, str) and name in earlier:
            document.blame((*path, "id"), f"the id {name} is taken by an earlier step")
        for inner, condition in _nested((*path, "only_if"), at(step, "only_if")):
            asked = condition.get("step")
            if isinstance(asked, str) and asked and asked not in earlier:
                what = f"no step {asked} comes before this one{suggest(asked, earlier)}"
                document.blame((*inner, "step"), what)
        earlier.append(str(name))
    _still_bad(document)


def _still_bad(document: Document) -> None:
    """What is still bad is what an earlier step judged: else it would be nothing, in the night."""
    judged = False
    for path, step in values(document.data, "steps.*"):
        for inner, name in values(step, "target.topics.*"):
            if name == STILL_BAD and not judged:
                what = "needs an earlier check or wait of kafka_lag that judges `verdict`"
                document.blame((*path, *inner), f"{STILL_BAD} {what}", value=False)
        asked = at(step, "check") or at(step, "wait")
        where = at(asked, "where")
        lag = at(asked, "source") == "kafka_lag"
        judged = judged or (lag and isinstance(where, dict) and "verdict" in where)


def joins(document: Document, rows: Rows) -> None:
    """Rows can only be joined on what they have."""
    groups = [((), document.data)] if isinstance(document.data, dict) else []
    found: list[tuple[KeyPath, Any]] = list(groups)
    for pattern in CONDITIONS:
        for path, value in values(document.data, pattern):
            found += _nested(path, value)
    for path, group in found:
        for fact in JOINS.get(str(at(group, "join")), ()):
            members = at(group, "all") if path else at(group, "when")
            for index, member in enumerate(members if isinstance(members, list) else ()):
                source = at(member, "source")
                if isinstance(source, str) and source in rows and fact not in kinds(rows[source]):
                    here = (*path, "all" if path else "when", index, "source")
                    document.blame(here, f"{source} has no {fact} to be joined on")


def examples(document: Document, rows: Rows) -> None:
    """An example's rows are of sources and facts that exist."""
    for path, value in values(document.data, "examples.*.*.rows.*"):
        source = str(path[-1])
        if source not in rows:
            document.blame(path, f"no such source{suggest(source, rows)}", value=False)
            continue
        facts: dict[str, FactKind] = {**kinds(rows[source]), **EXAMPLE_ONLY}
        for inner, fact in values(value, "*.*"):
            _example_fact(document, (*path, *inner), rows[source], fact, facts)


def _example_fact(
    document: Document, path: KeyPath, row: type[Row], value: Any, facts: Mapping[str, FactKind]
) -> None:
    source, fact = str(path[-3]), str(path[-1])
    if fact not in facts:
        what = f"{source} has no fact {fact}{suggest(fact, facts)}"
        document.blame(path, what, value=False)
    elif facts[fact] in {"number", "text", "flag"} and isinstance(value, str | int | float):
        said = FactTest("one_of", str(value), (value,))
        wrong = misfit(source, row, fact, said, facts)
        if wrong:
            document.blame(path, wrong)


def targets(document: Document, remedies: Any) -> None:
    """A step's target is on the remedy's allow-list, so that the night does not find out."""
    for path, step in values(document.data, "steps.*"):
        allowed = at(remedies, at(step, "run"), "on")
        for kind in ("namespace", "deployment", "group", "topic"):
            listed = at(allowed, f"{kind}s")
            if not isinstance(listed, list):
                continue
            pattern = "target.topics.*" if kind == "topic" else f"target.{kind}"
            for inner, name in values(step, pattern):
                if isinstance(name, str) and name not in ("", STILL_BAD, *listed):
                    what = f"the remedy {at(step, 'run')} may not act on {name}"
                    document.blame((*path, *inner), f"{what} (remedies.yaml, on.{kind}s)")
