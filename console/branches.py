"""Whether a case's examples prove all of it: each branch of its `when` is true of one at least."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from console.examples import Rows, leaves, shown
from console.match import Policy

if TYPE_CHECKING:
    from console.config.cases import Case
    from console.config.conditions import Condition

Place = tuple[str | int, ...]
Conditions = tuple["Condition", ...]


def unproven(cases: Mapping[str, Case], rows: Rows, policy: Policy) -> Iterator[tuple[str, Place]]:
    """Branches that no example of `match` makes true, of cases that have any: (case, its place)."""
    for case in cases.values():
        for when, place in _branches(case.when, ("when",)):
            alone = case.model_copy(update={"when": when})
            if case.examples.match and not any(
                shown(alone, example, rows, policy) for example in case.examples.match
            ):
                yield case.id, place


def beside(cases: Mapping[str, Case]) -> Iterator[tuple[str, int]]:
    """Examples of `ignore` without a row the case would look at: they prove nothing."""
    for case in cases.values():
        asked = {leaf.source for leaf in leaves(case)}
        for number, example in enumerate(case.examples.ignore):
            if asked.isdisjoint(example.rows):
                yield case.id, number


def _branches(each: Conditions, path: Place) -> Iterator[tuple[Conditions, Place]]:
    """The conditions with one alternative of one `any` alone, for each there is."""
    for number, one in enumerate(each):
        for alone, place in _alternatives(one, (*path, number)):
            yield (*each[:number], alone, *each[number + 1 :]), place


def _alternatives(one: Condition, path: Place) -> Iterator[tuple[Condition, Place]]:
    if one.all_:
        for each, place in _branches(one.all_, (*path, "all")):
            yield one.model_copy(update={"all_": each}), place
    for number, each_ in enumerate(one.any_):
        here = (*path, "any", number)
        for alone, place in [*_alternatives(each_, here)] or [(each_, here)]:
            yield one.model_copy(update={"any_": (alone,)}), place
