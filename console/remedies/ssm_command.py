"""Run a command of the allow-list on a machine, through SSM: as it is written there, never else."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.aws import machines, targets
from console.aws.inside import ENDED, invocation
from console.aws.places import place_of
from console.aws.ssm import SHELL
from console.aws.watch import watch
from console.aws.writes import send_one
from console.model import Order, Plan, Request, Verdict
from console.model.words import printed
from console.remedy import Refused

if TYPE_CHECKING:
    from console.aws.targets import Machine
    from console.proof import Proof
    from console.remedy import Hands

LEAST_S, DELIVERY_S = 30, 60  # SSM's own least; how long it may wait for the agent
OUTPUT, ERRORS = 24_000, 8_000  # characters that SSM keeps, and we


@dataclass(frozen=True, slots=True)
class SsmCommand:
    """What it prints is kept as evidence."""

    kind: str = "ssm-command"
    acts_on: frozenset[str] = frozenset({"instance"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read the machine and its agent; the command comes from remedies.yaml alone."""
        entry = hands.allowance(order.remedy)
        if not entry.command:
            raise Refused(f"{order.remedy} has no command in remedies.yaml")
        target, line = await targets.machine(order, hands), shlex.join(entry.command)
        if target.state != "running":
            raise Refused(f"{target.name} is {target.state}")
        await _answering(target)
        seconds = max(LEAST_S, round(entry.deadline))
        return Plan(
            remedy=order.remedy,
            title=f"{entry.title or order.remedy} · {target.sites} · {target.name}",
            targets=order.targets,
            scopes=target.scopes,
            where=target.where(),
            will=(f"run on {target.name} ({target.id}) as root: {line}",),
            loses=("what the command changes or deletes",),
            keeps=("everything else: nothing but this command is run",),
            takes=f"at most {seconds} s",
            requests=(
                Request(
                    "ssm",
                    "SendCommand",
                    {
                        "InstanceIds": [target.id],
                        "DocumentName": SHELL,
                        "Parameters": {"commands": [line], "executionTimeout": [str(seconds)]},
                        "TimeoutSeconds": DELIVERY_S,
                    },
                ),
            ),
            proof="SSM's own record of this command on this machine: Success, with its output",
            seen={"account": target.place.account, "region": target.place.region},
            warnings=tuple(machines.warnings(target)) if len(target.units) > 1 else (),
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """The one request."""
        sent = await send_one(plan, hands)
        return {**sent, "command_id": sent["answer"]["Command"]["CommandId"]}

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """How this very command ended on this very machine."""
        proof = watch(plan, sent, hands)
        if "command_id" not in sent:
            said = f"which command it was is not known: the answer was lost ({sent.get('lost')})"
            return proof.verdict("unknown", f"{said}; look at SSM's command history of the machine")
        return await proof.follow(lambda: _look(plan, str(sent["command_id"]), proof, hands))


async def _look(plan: Plan, command: str, proof: Proof, hands: Hands) -> Verdict | None:
    ran = await invocation(hands, place_of(plan), plan.targets[0].name, command)
    if ran is None or ran.get("DocumentName") != SHELL:
        proof.said = "SSM shows no such command on this machine"
        return None
    status, code = str(ran["Status"]), ran.get("ResponseCode")
    proof.said = f"SSM says {ran.get('StatusDetails') or status}"
    if status not in ENDED:
        return None
    if _early(str(ran.get("ExecutionStartDateTime") or ""), proof.since):
        proof.said = "SSM shows a run from before the request"
        return None
    proof.evidence = [f"{status}, exit code {code}", *_printed(ran)]
    if status == "Success" and code == 0:
        return proof.verdict("verified", "it ran, exit code 0")
    return proof.verdict("failed", f"{proof.said}, exit code {code}")


def _early(began: str, since: datetime) -> bool:
    """Whether a run began before the request; SSM leaves the time out of what never began."""
    try:
        at = datetime.fromisoformat(began)
    except ValueError:
        return False
    return at < since - timedelta(seconds=1)


def _printed(ran: Mapping[str, Any]) -> list[str]:
    """Its output, without control codes, capped where SSM caps it."""
    output = clean(str(ran.get("StandardOutputContent") or ""))[:OUTPUT]
    errors = clean(str(ran.get("StandardErrorContent") or ""))[:ERRORS]
    return [text for text in (output, f"stderr: {errors}" if errors else "") if text]


def clean(text: str) -> str:
    """Text of a machine without control and format codes; lines and tabs stay."""
    return printed(text, keep="\n\t").strip()


async def _answering(target: Machine) -> None:
    answer = await target.aws.call(
        *(target.place.account, target.place.region, "ssm", "describe_instance_information"),
        Filters=[{"Key": "InstanceIds", "Values": [target.id]}],
    )
    pings = {one["InstanceId"]: one["PingStatus"] for one in answer["InstanceInformationList"]}
    if pings.get(target.id) != "Online":
        ping = pings.get(target.id, "not installed")
        raise Refused(f"{target.name}: SSM's agent does not answer ({ping})")
