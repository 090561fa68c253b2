"""Conditions over facts: what a case's symptoms and steps may say, parsed to typed values.

The grammar is closed. `where` maps a fact to one of:
    10, ok, true            equal to it; `*` in a word stands for any letters
    [stuck, lost]           one of these
    "> 10"  "<= 5m"         compared with a number, or a duration where the fact is in seconds
    "< desired"             compared with another fact of the same row
    rising 20% over 30m     has risen (fallen) by that much over that time; {rising: 20% over 30m}
    within 30m              a time that is at most this long ago; older than 30m
    null                    unknown; of what need not be (a fault): known to be none
    {not: …}                any of these, negated; a fact that is unknown is neither
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
    model_validator,
)

from console.config.kinds import Model, Seconds, listed, seconds

Scalar = str | float | bool
Operator = Literal["one_of", "compare", "rising", "falling", "within", "older", "unknown"]
Relation = Literal[">", ">=", "<", "<=", "=", "!="]
Outcome = Literal["done", "verified", "by_hand", "failed", "unknown", "skipped"]

_COMPARED = re.compile(r"(>=|<=|!=|>|<|=)\s*(.*)", re.DOTALL)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?", re.ASCII)
_DURATION = re.compile(r"\d+(?:\.\d+)?[smhd]", re.ASCII)
_FACT = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_MOVED = re.compile(r"(\d+(?:\.\d+)?)\s*%\s+over\s+(\S+)", re.ASCII)
_AGED = re.compile(r"(within|older than)\s+(\S+)")

# Facts that say which row it is: in `check` and `wait` they choose the rows, the others judge
# every row that was chosen.
IDENTITY = frozenset(
    {"site", "env", "scope", "owner", "cluster", "group", "topic", "namespace", "deployment"}
    | {"name", "id", "instance_id", "cluster_id", "db_id", "broker_id", "check", "fact"}
    | {"flow", "stage"}
)


@dataclass(frozen=True, slots=True)
class FactTest:
    """What one fact must be; `text` is how it was written."""

    op: Operator
    text: str
    values: tuple[Scalar, ...] = ()
    """one_of"""
    relation: Relation = "="
    number: float | None = None
    """compare: with this number, or with the fact `fact` of the same row."""
    fact: str = ""
    duration: bool = False
    """The number was written as a duration."""
    percent: float = 0.0
    """rising, falling: by at least this"""
    over_s: float = 0.0
    """rising, falling, within, older: seconds"""
    negated: bool = False


def parse(value: object) -> FactTest:
    """One value of `where` → what it tests. Raises ValueError with the forms there are."""
    if isinstance(value, FactTest):
        return value
    if value is None:
        return FactTest("unknown", "unknown")
    if isinstance(value, bool | int | float):
        return FactTest("one_of", str(value).lower(), (value,))
    if isinstance(value, list | tuple):
        return _one_of(value)
    if isinstance(value, Mapping):
        return _keyed(value)
    return _written(str(value).strip())


def _one_of(values: list[Any] | tuple[Any, ...]) -> FactTest:
    if not values or not all(isinstance(value, str | int | float) for value in values):
        raise ValueError("a list holds the words or numbers it may be, at least one")
    return FactTest("one_of", f"one of {', '.join(map(str, values))}", tuple(values))


def _keyed(value: Mapping[Any, Any]) -> FactTest:
    if len(value) == 1:
        ((key, inner),) = value.items()
        if key == "not" and not isinstance(inner, Mapping):
            test = parse(inner)
            return replace(test, negated=True, text=f"not {test.text}")
        if key in {"rising", "falling"} and isinstance(inner, str):
            return _moved(key, inner)
    raise ValueError("expected {not: …}, {rising: 20% over 30m} or {falling: 20% over 30m}")


def _written(text: str) -> FactTest:
    compared = _COMPARED.fullmatch(text)
    if compared:
        return _compared(text, compared[1], compared[2].strip())
    word, _, rest = text.partition(" ")
    if word in {"rising", "falling"} and rest:
        return _moved(word, rest)
    aged = _AGED.fullmatch(text)
    if aged:
        op: Operator = "within" if aged[1] == "within" else "older"
        return FactTest(op, text, over_s=seconds(aged[2]))
    if not text:
        raise ValueError("expected a word, a number or a comparison")
    return FactTest("one_of", text, (text,))


def _compared(text: str, relation: Any, right: str) -> FactTest:
    if _NUMBER.fullmatch(right):
        return FactTest("compare", text, relation=relation, number=float(right))
    if _DURATION.fullmatch(right):
        return FactTest("compare", text, relation=relation, number=seconds(right), duration=True)
    if _FACT.fullmatch(right):
        return FactTest("compare", text, relation=relation, fact=right)
    raise ValueError("compare with a number, a duration such as 5m, or a fact's name")


def _moved(word: str, text: str) -> FactTest:
    match = _MOVED.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected `{word} 20% over 30m`")
    op: Operator = "rising" if word == "rising" else "falling"
    over = seconds(match[2])
    return FactTest(op, f"{word} {text}", percent=float(match[1]), over_s=over)


_SCHEMA = {"type": ["string", "number", "boolean", "null", "array", "object"]}
Test = Annotated[
    FactTest,
    PlainValidator(parse),
    PlainSerializer(lambda test: test.text),
    WithJsonSchema(_SCHEMA),
]


_Some = Annotated[tuple[Outcome, ...], Field(min_length=1)]
Outcomes = Annotated[_Some, BeforeValidator(listed, json_schema_input_type=Outcome | _Some)]


class Condition(Model):
    """Something that holds or not: rows of a source, any or all of several, a step's outcome.

    In `when`, a source's condition holds for each row whose facts all pass. In `check` and `wait`
    the facts of IDENTITY choose rows, and every chosen one (at least one) must pass the rest.
    """

    source: str = ""
    where: Mapping[str, Test] = {}
    for_: Seconds = Field(default=0.0, alias="for")
    """Only after it has held this long."""
    window: str = ""
    """Only inside this window of windows.yaml; alone, it holds inside the window."""
    any_: tuple[Condition, ...] = Field(default=(), alias="any")
    all_: tuple[Condition, ...] = Field(default=(), alias="all")
    join: Literal["scope", "site", "cluster", "none"] = "scope"
    """What the rows of `all` must have in common."""
    shown: bool = False
    """In a check or wait: only of the rows that showed the case when it was opened."""
    step: str = ""
    """The outcome of an earlier step (in only_if)."""
    outcome: Outcomes = ("verified",)
    """One of these. What a person saw happen counts as verified; a tick or an answer, too."""

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [bool(self.source), bool(self.any_), bool(self.all_), bool(self.step)]
        if sum(forms) > 1 or (not any(forms) and not self.window):
            raise ValueError("a condition is one of source, any, all, step or window")
        if self.where and not self.source:
            raise ValueError("where needs a source")
        if self.shown and not self.source:
            raise ValueError("shown needs a source")
        return self

    @property
    def chooses(self) -> dict[str, FactTest]:
        """The tests that choose rows in `check` and `wait`."""
        return {fact: test for fact, test in self.where.items() if fact in IDENTITY}

    @property
    def judges(self) -> dict[str, FactTest]:
        """The tests every chosen row must pass in `check` and `wait`."""
        return {fact: test for fact, test in self.where.items() if fact not in IDENTITY}

    def leaves(self) -> Iterator[Condition]:
        """The conditions on sources in this one, itself included."""
        if self.source:
            yield self
        for inner in (*self.any_, *self.all_):
            yield from inner.leaves()

    def steps(self) -> Iterator[Condition]:
        """The conditions on an earlier step's outcome in this one, itself included."""
        if self.step:
            yield self
        for inner in (*self.any_, *self.all_):
            yield from inner.steps()
