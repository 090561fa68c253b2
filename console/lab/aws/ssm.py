"""SSM: what its agents run, the read-only document and the commands of the allow-list."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from console.lab.aws.call import Answer, Asked, Params, Refusal
from console.lab.aws.inside import reading
from console.lab.world import Host, within

READS = "oncall-read"  # the document of config/ssm
SEEN, DONE = timedelta(seconds=0.5), timedelta(seconds=2)
"""Estate time until an invocation exists, and until it has ended."""


def describe_instance_information(asked: Asked, params: Params) -> Answer:
    """The agents, and whether they answer."""
    wanted = {one["Key"]: one["Values"] for one in params.get("Filters") or []}.get("InstanceIds")
    found = [
        {"InstanceId": host.id, "PingStatus": host.agent, "PlatformType": "Linux"}
        for host in within(asked.world.hosts, asked.account, asked.region)
        if host.agent and (wanted is None or host.id in wanted)
    ]
    return {"InstanceInformationList": found}


def send_command(asked: Asked, params: Params) -> Answer:
    """Hands a document to agents; a lie runs it elsewhere, or not at all."""
    everyone = [h for h in within(asked.world.hosts, asked.account, asked.region) if h.agent]
    meant = [host for host in everyone if host.id in params["InstanceIds"]]
    if not meant:
        raise Refusal("InvalidInstanceId", f"{params['InstanceIds']} not in a valid state", 400)
    command: Answer = {
        "CommandId": str(uuid4()),
        "DocumentName": params["DocumentName"],
        "DocumentVersion": params.get("DocumentVersion", "$DEFAULT"),
        "RequestedDateTime": asked.now,
    }
    hosts = meant if asked.lie == "old" else asked.victims(meant, everyone)
    told = {"hosts": hosts, "lines": (params.get("Parameters") or {}).get("commands", [])}
    told |= {"meant": params["InstanceIds"], "old": asked.lie == "old", "output": {}}
    asked.world.commands[command["CommandId"]] = command | told
    return {"Command": command | {"Status": "Pending", "InstanceIds": params["InstanceIds"]}}


def get_command_invocation(asked: Asked, params: Params) -> Answer:
    """How a command went on an instance; just after it was sent there is nothing to see."""
    command = asked.world.commands.get(params["CommandId"], {})
    if not command or asked.now < command["RequestedDateTime"] + SEEN:
        raise Refusal("InvocationDoesNotExist", "", 400)
    every: list[Host] = command["hosts"]
    named = (one for one in every if one.id == params["InstanceId"])
    host = next(named, every[0] if len(command["meant"]) == 1 and every else None)
    answer = {name: command[name] for name in ("CommandId", "DocumentName", "DocumentVersion")}
    answer |= {"InstanceId": host.id if host else params["InstanceId"], "Status": "Pending"}
    if host is None or host.agent != "Online":
        return answer
    if asked.now < command["RequestedDateTime"] + DONE:
        return answer | {"Status": "InProgress"}
    if host.id not in command["output"]:
        command["output"][host.id] = _run(asked, command, host)
    code, text = command["output"][host.id]
    began = command["RequestedDateTime"] - timedelta(days=1 if command["old"] else 0)
    return answer | {
        "Status": "Failed" if code else "Success",
        "ResponseCode": code,
        "ExecutionStartDateTime": began.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "StandardOutputContent": text[:24_000],
        "StandardErrorContent": "",
    }


def list_command_invocations(asked: Asked, params: Params) -> Answer:
    """How a command went everywhere it was handed to, without what it printed."""
    command = asked.world.commands.get(params.get("CommandId", ""), {})
    sent = command.get("RequestedDateTime")
    if sent is None or asked.now < sent + SEEN:
        return {"CommandInvocations": []}
    done = asked.now >= sent + DONE
    each = [
        {"CommandId": params["CommandId"], "InstanceId": host.id, "Status": status}
        for host in command["hosts"]
        for status in ["Pending" if host.agent != "Online" else "Success" if done else "InProgress"]
    ]
    return {"CommandInvocations": each}


def _run(asked: Asked, command: dict[str, Any], host: Host) -> tuple[int, str]:
    if command["DocumentName"] == READS:
        return 0, json.dumps(reading(asked, host))
    line = "\n".join(command["lines"])
    return asked.world.says.get(line, (0, f"ran on {host.name}\n"))


OPERATIONS = {
    "DescribeInstanceInformation": describe_instance_information,
    "SendCommand": send_command,
    "GetCommandInvocation": get_command_invocation,
    "ListCommandInvocations": list_command_invocations,
}
