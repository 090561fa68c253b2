"""The judgement of a rollout, case by case, after kubectl's own."""

from __future__ import annotations

from typing import Any

import pytest

from console.kubernetes.rollout import Rollout, rollout

LATE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}
UNFINISHED = 'Waiting for deployment "js" rollout to finish:'
OBSERVED = Rollout("waiting", "Waiting for deployment spec update to be observed...")
DONE = Rollout("done", 'deployment "js" successfully rolled out')
GOOD = {"updatedReplicas": 2, "replicas": 2, "availableReplicas": 2, "observedGeneration": 4}


def deployment(status: Any, replicas: int | None = 2, generation: int = 4) -> dict[str, Any]:
    spec = {} if replicas is None else {"replicas": replicas}
    return {"metadata": {"name": "js", "generation": generation}, "spec": spec, "status": status}


CASES = {
    "all new and available": (deployment(GOOD), 0, DONE),
    "seen before the controller looked": (
        deployment({**GOOD, "observedGeneration": 3}),
        0,
        OBSERVED,
    ),
    "no status at all yet": (deployment({}), 0, OBSERVED),
    "an older copy than the one our write returned": (deployment(GOOD), 5, OBSERVED),
    "the very copy our write returned": (deployment(GOOD), 4, DONE),
    "the progress deadline has passed": (
        deployment({**GOOD, "updatedReplicas": 1, "conditions": [LATE]}),
        0,
        Rollout("failed", 'deployment "js" exceeded its progress deadline'),
    ),
    "a deadline of before the new spec does not count": (
        deployment({**GOOD, "observedGeneration": 3, "conditions": [LATE]}),
        0,
        OBSERVED,
    ),
    "the first new Pod is not there, its counter left out": (
        deployment({"replicas": 2, "availableReplicas": 2, "observedGeneration": 4}),
        0,
        Rollout("waiting", f"{UNFINISHED} 0 out of 2 new replicas have been updated..."),
    ),
    "old Pods are still there": (
        deployment({**GOOD, "replicas": 3}),
        0,
        Rollout("waiting", f"{UNFINISHED} 1 old replicas are pending termination..."),
    ),
    "new Pods are not available": (
        deployment({**GOOD, "availableReplicas": 1}),
        0,
        Rollout("waiting", f"{UNFINISHED} 1 of 2 updated replicas are available..."),
    ),
    "replicas not stated: the counters alone decide": (deployment(GOOD, None), 0, DONE),
    "scaled to nothing": (deployment({"observedGeneration": 4}, 0), 0, DONE),
    "a status that is no object": (deployment("banana"), 0, OBSERVED),
    "counters that are words": (
        deployment({"observedGeneration": 4, "updatedReplicas": "2"}),
        0,
        Rollout("waiting", f"{UNFINISHED} 0 out of 2 new replicas have been updated..."),
    ),
}


@pytest.mark.parametrize("caption", CASES)
def test_a_rollout_is_judged_as_kubectl_does(caption: str) -> None:
    item, generation, expected = CASES[caption]
    assert rollout(item, generation) == expected
