"""`oncall discover`: a first estate.yaml from what an account, a cluster and a Kafka hold."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.discover.asking import Wanted

UNREACHABLE = 3


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser("discover", help="draft an estate from what is there; only reads")
    parser.add_argument("directory", nargs="?", type=Path, metavar="DIR", help="else it is printed")
    parser.add_argument("--region", default="", metavar="R", help="look into AWS, in this Region")
    parser.add_argument("--profile", default="", metavar="P", help="of your AWS configuration")
    parser.add_argument("--kubeconfig", metavar="F", help="look into Kubernetes")
    parser.add_argument("--context", metavar="C", help="look into Kubernetes, in this context")
    parser.add_argument("--bootstrap", default="", metavar="HOST:PORT", help="look into Kafka")
    parser.add_argument(
        "--security", default="plaintext", choices=("plaintext", "tls", "scram", "iam")
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print or write the draft; 64 where the directory is taken, 3 where nothing could be read."""
    from console import realm
    from console.discover.asking import Asking
    from console.discover.draft import draft
    from console.poll import Failed

    lab = bool(realm.enter().lab)
    wanted = _wanted(arguments, lab)
    if not (wanted.region or wanted.kubernetes or wanted.bootstrap):
        return _misused("say where to look: --region, --kubeconfig or --context, --bootstrap")
    if wanted.security == "iam" and not wanted.region:
        return _misused("--security iam needs the --region of the cluster")
    directory: Path | None = arguments.directory
    if directory is not None and directory.exists() and any(directory.iterdir()):
        return _misused(f"{directory} is not empty; nothing was written")
    try:
        seen = asyncio.run(Asking(wanted).look(lab))
    except Failed as error:
        cure = f"\n{error.cure}" if error.cure else ""
        print(f"oncall discover: {error}{cure}", file=sys.stderr)
        return UNREACHABLE
    if not (seen.account or seen.cluster or seen.kafka):
        print("\n".join(f"oncall discover: {why}" for why in seen.unread), file=sys.stderr)
        return UNREACHABLE
    text = draft(seen)
    if directory is None:
        print(text, end="")
        return 0
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / "estate.yaml").open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return _misused(f"{directory} cannot be written: {error.strerror}")
    guesses = text.count("check me") - 1
    print(f"{directory / 'estate.yaml'}: {guesses} guesses are marked `check me`.")
    print(f"Then: oncall --config {directory} check")
    return 0


def _wanted(arguments: argparse.Namespace, lab: bool) -> Wanted:
    from console.discover.asking import Wanted

    return Wanted(
        region=arguments.region,
        profile=arguments.profile,
        endpoint=os.environ.get("ONCALL_AWS_ENDPOINT", "") if lab else "",
        kubernetes=arguments.kubeconfig is not None or arguments.context is not None,
        kubeconfig=arguments.kubeconfig or (os.environ.get("ONCALL_KUBECONFIG", "") if lab else ""),
        context=arguments.context or "",
        bootstrap=arguments.bootstrap,
        security=arguments.security,
        username=os.environ.get("KAFKA_USERNAME", ""),
        password=os.environ.get("KAFKA_PASSWORD", ""),
    )


def _misused(why: str) -> int:
    print(f"oncall discover: {why}", file=sys.stderr)
    return os.EX_USAGE
