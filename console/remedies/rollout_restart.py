"""Restart a Deployment as `kubectl rollout restart` does; follow it as `rollout status` does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.kubernetes.deployments import Named, Restart, earlier, last_restart, named, pods_of
from console.kubernetes.raw import Json, count, table, text
from console.kubernetes.refusal import Refused as Answered
from console.kubernetes.refusal import Unanswered
from console.kubernetes.rollout import RESTARTED_AT, rollout
from console.model import Order, Plan, Request, Verdict
from console.poll import AuthExpired, Failed
from console.proof import Proof
from console.remedy import Refused, Rejected

if TYPE_CHECKING:
    from console.kubernetes import KubernetesApi
    from console.remedy import Hands

MANAGER = "oncall"
NOW = "(the moment it is sent)"
PROGRESS_S = 600  # Kubernetes' own deadline where none is set
LOOK_S, LOST_S = 1.0, 15.0  # between two looks; a write nobody sees after this is lost


@dataclass(frozen=True, slots=True)
class RolloutRestart:
    """New Pods from the same template, one after the other."""

    kind: str = "rollout-restart"
    acts_on: frozenset[str] = frozenset({"deployment"})
    takes_instance: bool = False

    async def plan(self, order: Order, hands: Hands) -> Plan:
        """Read the Deployment; refused while it is paused or scaled to nothing."""
        cluster, its = _target(order)
        api = hands.clients.kubernetes(cluster)
        item = await api.whole(its.path)
        _refuse(item, its)
        desired, last = count(item, "spec", "replicas") or 1, last_restart(item)
        pods = f"{desired} Pod{'s' * (desired > 1)}"
        progress = count(item, "spec", "progressDeadlineSeconds") or PROGRESS_S
        return Plan(
            remedy=order.remedy,
            title=f"Restart {its.name}",
            targets=order.targets,
            scopes=(cluster,),
            where=(
                ("cluster", f"{cluster} · {await api.url()}"),
                ("deployment", str(its)),
                ("last restart", str(last)),
            ),
            will=(f"replace the {pods} of {its} by new ones from the same template, {_way(item)}",),
            loses=(f"what the {pods} hold in memory, and requests longer than their grace period",),
            keeps=("image, configuration, volumes; nothing else is restarted",),
            takes=f"about 1 to 5 min; Kubernetes gives up after {progress} s without progress",
            requests=(
                Request("kubernetes", f"PATCH {its.path}?fieldManager={MANAGER}", _patch(NOW)),
            ),
            proof="generation raised, observed, every Pod replaced and available",
            seen=_seen(item, last, await pods_of(api, its)),
            identity={"uid": text(item, "metadata", "uid")},
            last_acted_at=last.at,
            last_acted_by=last.by or "unknown",
            warnings=tuple(
                _warnings(item, desired, progress - hands.allowance(order.remedy).deadline)
            ),
        )

    async def apply(self, plan: Plan, hands: Hands) -> Mapping[str, Any]:
        """The one PATCH."""
        cluster, its = _target(plan)
        at = hands.clock.now().isoformat(timespec="seconds").replace("+00:00", "Z")
        api = hands.clients.kubernetes(cluster)
        try:
            item = await api.patch(its.path, _patch(at), fieldManager=MANAGER)
        except Unanswered:
            raise
        except Answered as error:
            if error.status >= 500:  # a gateway may have passed it on
                raise
            raise Rejected(str(error)) from None
        except AuthExpired as error:
            raise Rejected(str(error)) from None
        except Failed as error:
            raise Refused(f"nothing was sent: {error}") from None
        return {"restarted_at": at, "generation": count(item, "metadata", "generation") or 0}

    async def verify(self, plan: Plan, sent: Mapping[str, Any], hands: Hands) -> Verdict:
        """Look until the rollout is done or has failed at the generation the write made."""
        cluster, its = _target(plan)
        proof = Proof(plan, sent, hands, every=LOOK_S)
        following = _Following(hands.clients.kubernetes(cluster), its, plan, sent, proof)
        return await proof.follow(following.look)


class _Following:
    """One restart being followed."""

    def __init__(
        self, api: KubernetesApi, its: Named, plan: Plan, sent: Mapping[str, Any], proof: Proof
    ) -> None:
        self.api, self.its, self.seen, self.sent, self.proof = api, its, plan.seen, sent, proof
        self.uid = plan.identity["uid"]

    async def look(self) -> Verdict | None:
        """One look; None while it is open."""
        proof, item = self.proof, await self.api.whole(self.its.path)
        last, generation = last_restart(item), count(item, "metadata", "generation") or 0
        by = f" by {last.by}" if last.by else ""
        proof.evidence = [f"generation {generation}", f"restartedAt {last.value or 'none'}{by}"]
        if text(item, "metadata", "uid") != self.uid:
            return proof.verdict("failed", "the Deployment was deleted and made again meanwhile")
        if not self._is_ours(last):
            return self._not_ours(last.value)
        at = max(self.sent.get("generation", 0), self.seen["generation"] + 1)
        judged = rollout(item, at)
        proof.said = judged.sentence
        proof.evidence.append(judged.sentence)
        if judged.state == "failed":
            return proof.verdict("failed", f"{judged.sentence}; {await self._undo()}")
        if judged.state != "done" or not await self._replaced():
            return None
        if "lost" in self.sent:
            said = "a restart by this program is done, but its answer was never read"
            return proof.verdict("unknown", f"{said} ({self.sent['lost']})")
        return proof.verdict("verified", judged.sentence)

    def _is_ours(self, last: Restart) -> bool:
        if "lost" not in self.sent:
            return last.value == str(self.sent["restarted_at"])
        if last.at is None or last.by not in (MANAGER, ""):
            return False
        return self.proof.since.replace(microsecond=0) <= last.at <= self.proof.until

    def _not_ours(self, value: str) -> Verdict | None:
        proof = self.proof
        if value != self.seen["restarted"]:
            said = "somebody else has restarted it meanwhile; what became of ours is not known"
            return proof.verdict("unknown", said)
        proof.said = "the Deployment does not show the restart"
        if proof.gone <= LOST_S:
            return None
        claimed = self.sent.get("generation", 0)
        if claimed > self.seen["generation"]:
            said = f"the answer told of generation {claimed}, but no look has found it since"
            return proof.verdict("unknown", said)
        lost = self.sent.get("lost")
        said = f"nothing arrived ({lost}): " if lost else "accepted, but nothing was changed: "
        return proof.verdict("failed", f"{said}{proof.said}")

    async def _replaced(self) -> bool:
        """Whether no Pod from before is left: a status can be stale, Pods are there or not."""
        pods = await pods_of(self.api, self.its)
        left = [one for one in pods if text(one, "metadata", "uid") in self.seen["pods"]]
        self.proof.said = (
            f"{len(left)} Pods from before are still there, though the status says done"
        )
        return not left

    async def _undo(self) -> str:
        back_to = await earlier(self.api, self.its)
        to = f" --to-revision={back_to}" if back_to else ""
        back = f"kubectl -n {self.its.namespace} rollout undo deployment/{self.its.name}{to}"
        return f"the old Pods go on; back with `{back}`"


def _target(of: Order | Plan) -> tuple[str, Named]:
    """Cluster and Deployment; raises Refused for none, or for several."""
    its = named(of.targets[0].name) if len(of.targets) == 1 else None
    if its is None or of.targets[0].kind != "deployment":
        raise Refused("one Deployment (namespace/name) has to be named")
    return of.targets[0].scope, its


def _patch(at: str) -> Json:
    """What kubectl sends, as a strategic merge patch."""
    return {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: at}}}}}


def _refuse(item: Json, its: Named) -> None:
    if item.get("spec", {}).get("paused"):
        raise Refused(f"{its} is paused: it cannot be restarted (kubectl rollout resume)")
    if count(item, "spec", "replicas") == 0:
        raise Refused(f"{its} is scaled to 0: there is no Pod to restart")


def _seen(item: Json, last: Restart, pods: list[Json]) -> dict[str, Any]:
    return {
        "generation": count(item, "metadata", "generation") or 0,
        "pods": [text(one, "metadata", "uid") for one in pods],
        "restarted": last.value,
    }


def _way(item: Json) -> str:
    if text(item, "spec", "strategy", "type") == "Recreate":
        return "all at once: strategy Recreate"
    rolling = table(item, "spec", "strategy", "rollingUpdate")
    more, fewer = (rolling.get(key, "25%") for key in ("maxSurge", "maxUnavailable"))
    return f"one after the other (at most {more} more, {fewer} fewer meanwhile)"


def _warnings(item: Json, desired: int, late_s: float) -> Iterator[str]:
    if late_s >= 0:
        yield f"Kubernetes gives up {late_s:g} s after our deadline: a failure may stay unknown"
    if text(item, "spec", "strategy", "type") == "Recreate":
        yield "strategy Recreate: nothing answers until the new Pods are ready"
    elif desired < 2:
        yield "one replica alone: nothing takes over should the new Pod be slow"
    state = rollout(item)
    if state.state == "waiting":
        yield f"a rollout is under way already: {state.sentence}"
    elif state.state == "failed":
        yield f"the last rollout failed: {state.sentence}"
