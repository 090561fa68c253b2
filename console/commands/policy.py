"""`oncall policy aws|kubernetes|kafka`: the least rights this configuration needs, as documents."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from console.commands import loaded

if TYPE_CHECKING:
    from console.config import Configuration

Documents = Mapping[str, str]
"""Account or cluster → its document."""


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    said = "the least rights this configuration needs: IAM policies, RBAC, ACLs"
    parser = parsers.add_parser("policy", help=said)
    parser.add_argument("vendor", choices=tuple(VENDORS))
    parser.add_argument("name", nargs="?", default="", help="one account or cluster; else all")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the documents; what they belong to goes to stderr. Raises ConfigMistakes (78)."""
    configuration = loaded(arguments)
    able = capable(configuration)
    for name in sorted(configuration.remedies.remedies.keys() - able.remedies.remedies.keys()):
        print(f"# no rights for {name}: this program has no such remedy yet", file=sys.stderr)
    made = VENDORS[arguments.vendor](able)
    if arguments.name and arguments.name not in made:
        there = ", ".join(made) or "none"
        print(f"oncall policy: no {arguments.name} there; there is {there}", file=sys.stderr)
        return os.EX_USAGE
    for name, document in made.items():
        if arguments.name in ("", name):
            print(f"# {arguments.vendor} · {name}", file=sys.stderr)
            print(document)
    return 0


def capable(configuration: Configuration) -> Configuration:
    """The configuration with an allow-list of what this program can do: a right is for a use."""
    from console.config.plans import Remedies
    from console.remedies import REMEDIES

    entries = configuration.remedies.remedies.items()
    kept = {name: entry for name, entry in entries if entry.kind in REMEDIES}
    return replace(configuration, remedies=Remedies(remedies=kept))


def _aws(configuration: Configuration) -> Documents:
    from console.commands.policy_aws import policy

    return {name: _json(policy(configuration, name)) for name in configuration.estate.accounts}


def _kubernetes(configuration: Configuration) -> Documents:
    from yaml import safe_dump_all

    from console.commands.policy_kubernetes import objects

    return {
        name: safe_dump_all(objects(configuration, name), sort_keys=False).rstrip()
        for name in configuration.estate.kubernetes
    }


def _kafka(configuration: Configuration) -> Documents:
    from console.commands.policy_kafka import acls, policy

    return {
        name: _json(policy(configuration, name))
        if cluster.security == "iam"
        else "\n".join(acls(configuration, name))
        for name, cluster in configuration.estate.kafka.items()
    }


def _json(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2)


VENDORS: dict[str, Callable[[Configuration], Documents]] = {
    "aws": _aws,
    "kubernetes": _kubernetes,
    "kafka": _kafka,
}
