"""`oncall check`: is the configuration right, do its examples hold, are its names by the rule."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import TYPE_CHECKING

from console.commands import loaded

if TYPE_CHECKING:
    from console.config import Configuration

SAID = {
    "match": "the case does not recognise it",
    "ignore": "the case recognises it, and must not",
}


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser("check", help="validate the configuration")
    parser.add_argument("--live", action="store_true", help="ask every vendor what works, too")
    parser.set_defaults(run=run)


def check(configuration: Configuration) -> list[str]:
    """What is wrong with a configuration that could be read, a line each."""
    from console.config.naming import broken

    return [*examples(configuration), *unproven(configuration), *broken(configuration)]


def examples(configuration: Configuration) -> Iterator[str]:
    """Examples that are not as their case says."""
    from console.examples import broken
    from console.findings import policy_of
    from console.sources import row_types

    policy = policy_of(configuration)
    for case, kind, number in broken(configuration.cases, row_types(), policy):
        each = getattr(configuration.cases[case].examples, kind)
        place = configuration.place(f"cases/{case}.yaml", ("examples", kind, number))
        yield f"{place}: examples.{kind}[{number}]: {each[number].title}: {SAID[kind]}"


def unproven(configuration: Configuration) -> Iterator[str]:
    """Branches of `when` that no example makes true, and examples beside the point."""
    from console.branches import beside, unproven
    from console.config.mistakes import dotted
    from console.findings import policy_of
    from console.sources import row_types

    cases = configuration.cases
    for case, path in unproven(cases, row_types(), policy_of(configuration)):
        place = configuration.place(f"cases/{case}.yaml", path)
        yield f"{place}: {dotted(path)}: no example of match makes this true by itself"
    for case, number in beside(cases):
        place = configuration.place(f"cases/{case}.yaml", ("examples", "ignore", number))
        yield f"{place}: examples.ignore[{number}]: the case looks at none of its rows"


def idle(configuration: Configuration) -> Iterator[str]:
    """What is written down and does nothing yet: acts this program lacks, unproved cases."""
    from console.remedies import REMEDIES

    for name, entry in configuration.remedies.remedies.items():
        if entry.kind not in REMEDIES:
            yield f"remedy {name} does nothing yet: no {entry.kind} is in this program"
    for name, case in configuration.cases.items():
        if not case.examples.match:
            yield f"case {name}: no example shows it, so nothing proves that it is ever found"


def unasked(configuration: Configuration) -> Iterator[str]:
    """Cases that can never be found, because nothing publishes a source they name."""
    from console.sources import DERIVED, SOURCES

    known = SOURCES.keys() | DERIVED.keys()
    for name, case in configuration.cases.items():
        named = {leaf.source for condition in case.when for leaf in condition.leaves()}
        if absent := sorted(named - known):
            yield f"case {name} is never found: nothing asks {', '.join(absent)} yet"


def _proven(configuration: Configuration) -> str:
    each = [case.examples for case in configuration.cases.values()]
    total = sum(len(one.match) + len(one.ignore) for one in each)
    return f"; {total} examples were run" if total else ""


def run(arguments: argparse.Namespace) -> int:
    """Exit 0, or 1 when an example or a name is wrong. Raises ConfigMistakes (78)."""
    from console.config.naming import counted

    configuration = loaded(arguments)
    print(f"{configuration.directory}: {counted(configuration)}")
    wrong = check(configuration)
    for line in wrong:
        print(line)
    for line in (*unasked(configuration), *idle(configuration)):
        print(line)
    named = f"{len(wrong)} wrong" if wrong else "every name holds to the naming rule"
    print(f"every key, value and name points somewhere{_proven(configuration)}; {named}")
    if arguments.live:
        from console.commands.live import run_live

        return max(run_live(arguments.config), 1 if wrong else 0)
    return 1 if wrong else 0
