"""`oncall kafka restore FILE`: what was copied before a topic was emptied is written back."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.model import Board, Changed, Guarded, Order, Proposal, Ref, Snapshot, Verdict, plain
from console.poll import Failed, in_thread, poll_once
from console.remedy import Refused

if TYPE_CHECKING:
    from console.acting import Acts
    from console.estates import Opened
    from console.topics.copies import Whole

KIND = "kafka-restore"
OUTCOMES = {"verified": 0, "failed": 2, "unknown": 3}
FITS, BAD, UNREACHABLE = 0, 2, 3
ARMING = frozenset({"armed", "operator", "read-only"})
"""Guards that speak of a dry run alone."""
ARMED_MINUTES = 60.0


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser("kafka", help="write a copy's records back to a topic")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    restore = commands.add_parser("restore", help="verify a copy; with --arm, write it back")
    restore.add_argument("file", type=Path, metavar="FILE", help="NAME.jsonl.gz")
    restore.add_argument("--cluster", default="", metavar="C", help="else the copy's own")
    restore.add_argument("--to", default="", metavar="TOPIC", help="else the copy's own")
    restore.add_argument("--arm", action="store_true", help="do it; without, nothing is written")
    restore.add_argument("--reason", default="", metavar="WHY", help="goes with --arm")
    restore.add_argument("--typed", default="", metavar="TOPIC", help="its name, where asked for")
    restore.add_argument("--json", action="store_true", help="one document")
    restore.set_defaults(run=run)


@dataclass(frozen=True, slots=True)
class Told:
    """All there is to say at the end."""

    code: int
    copy: Whole | None = None
    proposal: Proposal | None = None
    verdict: Verdict | None = None
    reasons: tuple[str, ...] = ()
    """Why it was refused, or failed before anything was planned."""


def run(arguments: argparse.Namespace) -> int:
    """Verify, plan and maybe write; the exit code. Raises ConfigMistakes (78) and NoLab."""
    from console.estates import open_estate

    if why := _misused(arguments):
        print(f"oncall kafka restore: {why}", file=sys.stderr)
        return os.EX_USAGE
    told = asyncio.run(_restored(arguments, open_estate(arguments.config)))
    if arguments.json:
        print(json.dumps(_document(told), ensure_ascii=False, indent=1))
    else:
        out = sys.stderr if told.code in (os.EX_USAGE, os.EX_CONFIG) else sys.stdout
        print("\n".join(_lines(told)), file=out)
    return told.code


def _misused(arguments: argparse.Namespace) -> str:
    if not arguments.file.is_file():
        return f"{arguments.file}: there is no such file"
    if arguments.arm and not arguments.reason.strip():
        return "--arm needs its --reason"
    return "" if arguments.arm or not arguments.reason else "--reason goes with --arm"


async def _restored(arguments: argparse.Namespace, opened: Opened) -> Told:
    from console.topics.copies import whole

    try:
        copy = await in_thread(whole, arguments.file.absolute(), every_line=True)
        cluster, topic = arguments.cluster or copy.cluster, arguments.to or copy.topic
        if cluster not in opened.context.estate.kafka:
            there = ", ".join(opened.context.estate.kafka) or "none"
            return Told(os.EX_USAGE, copy, reasons=(f"no Kafka cluster {cluster}: {there}",))
        entry = _entry(opened, Ref("topic", cluster, topic))
        if not entry:
            why = f"remedies.yaml has no entry of kind {KIND} for {topic} on {cluster}"
            return Told(os.EX_CONFIG, copy, reasons=(why,))
        order = Order(entry, (Ref("topic", cluster, topic),), words={"file": str(copy.path)})
        return await _acted(arguments, opened, order, copy)
    except Failed as failure:
        cure = (f"{failure} ({failure.cure})",) if failure.cure else (str(failure),)
        return Told(BAD, reasons=cure)
    finally:
        await opened.context.clients.close()


def _entry(opened: Opened, target: Ref) -> str:
    """The entry of the allow-list that may do this; empty when there is none."""
    for name, entry in opened.configuration.remedies.remedies.items():
        its = entry.kind == KIND and entry.on.covers(target.scope)
        if its and not entry.on.outside(target):
            return name
    return ""


async def _acted(arguments: argparse.Namespace, opened: Opened, order: Order, copy: Whole) -> Told:
    """The act as any console does it: planned, guarded, written down, looked at."""
    from console.acting.opened import open_acts

    looking = _Looking(opened, order.targets[0].scope)
    if not await looking.look():
        return Told(UNREACHABLE, copy, reasons=tuple(looking.troubles()))
    acts = open_acts(opened, lambda: looking.board, looking.ask, read_only=arguments.read_only)
    try:
        if arguments.arm:
            scopes = [target.scope for target in order.targets]
            await acts.arm(scopes, ARMED_MINUTES, arguments.reason)
        proposal = await acts.propose(order)
        if not arguments.arm:
            return Told(1 if list(_against(proposal.guards)) else FITS, copy, proposal)
        if why := _untyped(proposal, arguments.typed):
            return Told(BAD, copy, proposal, reasons=(why,))
        return await _fired(acts, proposal, copy)
    except Refused as refused:
        return Told(BAD, copy, reasons=refused.reasons)
    finally:
        await acts.close()


def _untyped(proposal: Proposal, typed: str) -> str:
    """Why a copy that was written back before is not written again, or nothing."""
    name = proposal.plan.typed
    return f"it was written there before; again: --typed {name}" if name and typed != name else ""


async def _fired(acts: Acts, proposal: Proposal, copy: Whole) -> Told:
    ended = await acts.fire(proposal, proposal.plan.typed)
    if isinstance(ended, Changed):
        why = "the topic or the file changed meanwhile: nothing was written; look again"
        return Told(BAD, copy, ended.proposal, reasons=(why,))
    return Told(OUTCOMES[ended.outcome], copy, proposal, ended)


class _Looking:
    """The brokers of the one cluster, on a board of their own."""

    def __init__(self, opened: Opened, cluster: str) -> None:
        from console.sources.kafka_brokers import KafkaBrokers

        parts = KafkaBrokers().parts(opened.context)
        self._parts = [part for part in parts if part.name == cluster]
        self.board = Board()

    async def look(self) -> bool:
        """Ask now; whether anybody answered."""
        # in tasks of their own: how long a look may take does not bind what comes after it
        found = await asyncio.gather(*map(poll_once, self._parts))
        self.board = self.board.with_(*found)
        return not list(self.troubles())

    async def ask(self, _old: Sequence[Snapshot]) -> Board:
        """For the guards: what was too old, asked again."""
        await self.look()
        return self.board

    def troubles(self) -> Iterator[str]:
        """Why nobody answered."""
        for snapshot in self.board.snapshots.values():
            if snapshot.trouble is not None:
                yield snapshot.trouble.message


def _against(guards: Iterable[Guarded]) -> Iterator[str]:
    return (one.said for one in guards if not one.ok and one.guard not in ARMING)


def _lines(told: Told) -> Iterator[str]:
    copy, proposal, verdict = told.copy, told.proposal, told.verdict
    if copy is not None:
        yield f"{copy.path}: whole, {copy.records:,} records of {copy.topic} ({copy.cluster})"
        yield f"sha256 {copy.sha256}"
    if proposal is not None:
        plan = proposal.plan
        yield from ("", plan.title, *(f"  {line}" for line in plan.preview))
        yield from (f"  mind: {line}" for line in plan.warnings)
    if proposal is not None and verdict is None:
        yield from (f"  against it: {line}" for line in _against(proposal.guards))
        typed = f" --typed {proposal.plan.typed}" if proposal.plan.typed else ""
        yield f"nothing was written; to do it: the same with --arm --reason WHY{typed}"
    if verdict is not None:
        yield from ("", f"{verdict.outcome.upper()}: {verdict.said}")
        yield from (f"  {line}" for line in verdict.evidence)
    yield from told.reasons


def _document(told: Told) -> dict[str, Any]:
    copy, proposal = told.copy, told.proposal
    file = None
    if copy is not None:
        counts = {str(p): count for p, count in sorted(copy.counts.items())}
        file = {"path": str(copy.path), "sha256": copy.sha256, "records": copy.records}
        file |= {"cluster": copy.cluster, "topic": copy.topic, "counts": counts}
    return {
        "file": file,
        "plan": plain(proposal.plan) if proposal else None,
        "guards": plain(proposal.guards) if proposal else [],
        "verdict": plain(told.verdict) if told.verdict else None,
        "reasons": list(told.reasons),
    }
