"""Whether a rollout is done, as `kubectl rollout status` judges it; pure.

After kubectl's polymorphichelpers/rollout_status.go, with its sentences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from console.kubernetes.raw import Json, count, each, text

State = Literal["done", "waiting", "failed"]
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


@dataclass(frozen=True, slots=True)
class Rollout:
    """How far a rollout is; `sentence` is kubectl's."""

    state: State
    sentence: str


def rollout(deployment: Json, generation: int = 0) -> Rollout:
    """Judge a Deployment; a copy older than the `generation` a write returned proves nothing."""
    name, status = f'deployment "{text(deployment, "metadata", "name")}"', deployment.get("status")
    # The API server leaves out counters that are zero.
    updated, available, total, observed = (
        count(status, key) or 0
        for key in ("updatedReplicas", "availableReplicas", "replicas", "observedGeneration")
    )
    current = count(deployment, "metadata", "generation") or 0
    if current > observed or current < generation:
        return Rollout("waiting", "Waiting for deployment spec update to be observed...")
    for condition in each(status, "conditions"):
        if text(condition, "type") == "Progressing":
            if text(condition, "reason") == "ProgressDeadlineExceeded":
                return Rollout("failed", f"{name} exceeded its progress deadline")
            break
    desired = count(deployment, "spec", "replicas")
    unfinished = f"Waiting for {name} rollout to finish:"
    if desired is not None and updated < desired:
        said = f"{unfinished} {updated} out of {desired} new replicas have been updated..."
    elif total > updated:
        said = f"{unfinished} {total - updated} old replicas are pending termination..."
    elif available < updated:
        said = f"{unfinished} {available} of {updated} updated replicas are available..."
    else:
        return Rollout("done", f"{name} successfully rolled out")
    return Rollout("waiting", said)
