"""Run one allow-listed command in a Deployment's Pods, and read whether the disk got emptier."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.kubernetes.deployments import Named, named, pod, pods_of
from console.kubernetes.raw import Json, each, table, text
from console.kubernetes.refusal import Refused as Answered
from console.kubernetes.refusal import Unanswered
from console.model import Order, Outcome, Plan, Request, Verdict
from console.model.words import printed
from console.poll import AuthExpired, Failed
from console.remedy import Refused, Rejected

if TYPE_CHECKING:
    from console.config.plans import Remedy as Allowance
    from console.kubernetes import KubernetesApi
    from console.remedy import Hands

DEFAULT = "kubectl.kubernetes.io/default-container"
MEASURE_S = 10.0
FULL = 80  # percent in use; in a Pod with less there may be nothing to free
LINES, CELLS = 40, 200  # of output that is kept as evidence
DF = re.compile(r"(?P<used>\d+)\s+\d+\s+(?P<pct>\d+)%\s")
Sizes = dict[str, tuple[int, int]]
"""Pod → blocks in use and percent, as `df -P` says."""


@dataclass(frozen=True, slots=True)
class PodCommand:
    """One exec in each Pod; nothing but the command of remedies.yaml."""

    kind: str = "pod-command"
    acts_on: frozenset[str] = frozenset({"deployment", "pod"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Choose the Pods and read their disks; refused where none runs."""
        entry, (cluster, its) = hands.allowance(order.remedy), _target(order)
        api = hands.clients.kubernetes(cluster)
        pods, idle = await _pods(api, order.targets[0].kind, its, entry.container)
        before = await _measure(api, its.namespace, pods, entry.measure)
        words, read = shlex.join(entry.command), shlex.join(entry.measure)
        least = f"`{read}` shows at least {entry.free_at_least:g} % of a full disk less in use"
        effect = least if read else "its effect is not measured"
        will = [f"run `{words}` in {name} (container {box})" for name, box in pods.items()]
        return Plan(
            remedy=order.remedy,
            title=entry.title or f"Run a command in {its.name}",
            targets=order.targets,
            scopes=(cluster,),
            where=(("cluster", f"{cluster} · {await api.url()}"), ("namespace", its.namespace)),
            will=(*will, *([f"read `{read}` before and after"] if read else ())),
            loses=(entry.loses,) if entry.loses else ("nothing that remedies.yaml knows of",),
            keeps=("the Pods go on running",),
            takes=f"seconds; after {entry.deadline:g} s nobody waits any longer",
            requests=tuple(_request(its.namespace, *each, entry) for each in pods.items()),
            proof=f"exit code 0 in every Pod, and {effect}",
            typed=its.name if entry.loses else "",
            seen={"pods": pods, "before": before},
            warnings=tuple(f"{name} does not run and is left out" for name in idle),
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """Run it in one Pod after the other; stop at the first whose end nobody knows."""
        entry, (cluster, its) = hands.allowance(plan.remedy), _target(plan)
        api, ran = hands.clients.kubernetes(cluster), dict[str, dict[str, Any]]()
        pods = plan.seen["pods"]
        for name, box in pods.items():
            if ran:
                await hands.partly({"ran": ran}, f"it ran in {len(ran)} of {len(pods)} Pods")
                if why := hands.go_on():
                    return {"ran": ran, "stopped": why}
                hands.sends()
            try:
                end = await api.run(its.namespace, name, box, entry.command, entry.deadline)
            except Failed as error:
                if not ran:
                    raise _kind(error) from None
                none = not isinstance(_kind(error), Failed)
                ran[name] = {"code": None, "failed": none, "said": harmless(str(error))}
                break
            said = [*harmless(end.failure), *harmless(end.err), *harmless(end.out)]
            ran[name] = {"code": end.code, "failed": bool(end.failure), "said": said[:LINES]}
            if end.code is None:
                break
        return {"ran": ran}

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Exit codes, then the disks: what did not get emptier was not cleaned."""
        entry, (cluster, its) = hands.allowance(plan.remedy), _target(plan)
        began, ran = hands.now_real(), sent.get("ran", {})
        api, before = hands.clients.kubernetes(cluster), plan.seen["before"]
        evidence = [f"{name}: {line}" for name, one in ran.items() for line in one["said"]]
        after: Sizes | str
        try:
            after = await _measure(api, its.namespace, plan.seen["pods"], entry.measure)
        except Failed as error:
            after = f"the disk cannot be read any more: {error}"
        if not isinstance(after, str):
            evidence += [_change(name, before.get(name), size) for name, size in after.items()]
        outcome, said = judge(plan.seen, sent, after, entry.free_at_least)
        gone = (hands.now_real() - began).total_seconds()
        return Verdict(outcome, said, tuple(evidence), gone)


def harmless(output: str) -> list[str]:
    """What a command printed, as lines without control codes, capped."""
    lines = printed(output[: LINES * CELLS * 2], keep="\r\n").splitlines()
    return [line[:CELLS] for line in lines if line.strip()][:LINES]


def _target(of: Order | Plan) -> tuple[str, Named]:
    its = named(of.targets[0].name) if len(of.targets) == 1 else None
    if its is None:
        raise Refused("one Deployment or Pod (namespace/name) has to be named")
    return of.targets[0].scope, its


def _request(namespace: str, name: str, container: str, entry: Allowance) -> Request:
    where = {"namespace": namespace, "pod": name, "container": container}
    return Request("kubernetes", "exec", where | {"command": list(entry.command)})


async def _pods(
    api: KubernetesApi, kind: str, its: Named, container: str
) -> tuple[dict[str, str], list[str]]:
    """Running Pods with the container to use, and those that do not run."""
    found = [await pod(api, its)] if kind == "pod" else await pods_of(api, its)
    chosen = {text(one, "metadata", "name"): _container(one, container) for one in found}
    idle = [
        text(one, "metadata", "name")
        for one in found
        if not _runs(one, chosen[text(one, "metadata", "name")])
    ]
    running = {name: box for name, box in sorted(chosen.items()) if name not in idle}
    if not running:
        raise Refused(f"{its}: no Pod of it runs, so nothing can be run in it")
    return running, idle


def _container(one: Json, wanted: str) -> str:
    there = [text(box, "name") for box in each(one, "spec", "containers")]
    wanted = wanted or text(one, "metadata", "annotations", DEFAULT)
    if not wanted and len(there) == 1:
        return there[0]
    if wanted not in there:
        said = f"has no container {wanted}" if wanted else "has several containers"
        raise Refused(f"{text(one, 'metadata', 'name')} {said}: there is {', '.join(there)}")
    return wanted


def _runs(one: Json, container: str) -> bool:
    return any(
        text(box, "name") == container and bool(table(box, "state").get("running"))
        for box in each(one, "status", "containerStatuses")
    )


async def _measure(
    api: KubernetesApi, namespace: str, pods: Mapping[str, str], command: Sequence[str]
) -> Sizes:
    """The disk of every Pod by the allow-listed `df -P`; none where none is configured."""
    sizes: Sizes = {}
    for name, box in pods.items() if command else ():
        ran = await api.run(namespace, name, box, command, MEASURE_S)
        found = list(DF.finditer(ran.out))
        if ran.code != 0 or not found:
            said = harmless(ran.failure or ran.err or ran.out)
            raise Failed(f"{name}: `{shlex.join(command)}` tells no size: {' '.join(said[:1])}")
        sizes[name] = int(found[-1]["used"]), int(found[-1]["pct"])
    return sizes


def _kind(error: Failed) -> Exception:
    """What a failed exec means: a no, nothing sent, or (itself) nobody knows."""
    if isinstance(error, Unanswered) or (isinstance(error, Answered) and error.status >= 500):
        return error
    if isinstance(error, Answered | AuthExpired):
        return Rejected(str(error))
    return Refused(f"nothing was sent: {error}")


def _change(name: str, before: Sequence[int] | None, after: Sequence[int]) -> str:
    was = f"{before[1]} % ({before[0]} blocks)" if before else "not read"
    return f"{name}: in use {was} before, {after[1]} % ({after[0]} blocks) after"


def _full(before: Mapping[str, Sequence[int]]) -> list[str]:
    """The Pods that there was something to free in: those that were full, else the fullest."""
    least = min(FULL, max(size[1] for size in before.values()))
    return [name for name, size in before.items() if size[1] >= least]


def judge(
    seen: Mapping[str, Any], sent: Mapping[str, Any], after: Sizes | str, least: float
) -> tuple[Outcome, str]:
    """How it came out, by the exit codes and by the disks that were full; `least` in percent."""
    ran, pods = sent.get("ran", {}), seen["pods"]
    if "lost" in sent:
        known = f"it ran in {', '.join(ran)}; whether in others" if ran else "whether it ran"
        return "unknown", f"{known} is not known: {sent['lost']}"
    for name, one in ran.items():
        if one["code"] or one["failed"]:
            how = f"ended with {one['code']}" if one["code"] else "was not run"
            return "failed", f"{name}: the command {how}: {' '.join(one['said'][:1])}"
    if "stopped" in sent:
        left = [name for name in pods if name not in ran]
        return "failed", f"not run in {', '.join(left)}: {sent['stopped']}"
    open_ends = [name for name in pods if ran.get(name, {}).get("code") is None]
    if open_ends:
        return "unknown", f"{', '.join(open_ends)}: how the command ended was never told"
    if isinstance(after, str):
        return "unknown", f"ended with 0 in every Pod, but {after}"
    before = seen["before"]
    if not after:
        return "verified", "ended with 0 in every Pod; its effect is not measured"
    judged = {name: after[name] for name in _full(before)}
    same = [name for name, size in judged.items() if size[0] >= before[name][0]]
    if same:
        return "failed", f"ended with 0, but the disk of {', '.join(same)} is as full as before"
    figures = ", ".join(f"{before[name][1]} % → {size[1]} %" for name, size in judged.items())
    if any(before[name][1] - size[1] < least for name, size in judged.items()):
        return "failed", f"ran, but hardly helped: disk in use {figures}; {least:g} % is asked for"
    return "verified", f"ended with 0 in every Pod; disk in use {figures}"
