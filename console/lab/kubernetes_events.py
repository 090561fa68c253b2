"""What the lab's scheduler and kubelets tell of Pods: events, counted where they repeat."""

from __future__ import annotations

from console.lab.kubernetes_store import EVENT, Store, stamp

WARNINGS = {"BackOff", "Evicted", "Failed"}
SAID = {
    "Scheduled": "Successfully assigned it to {node}",
    "Started": "Started container {container}",
    "BackOff": "Back-off restarting failed container {container}",
    "Failed": "Failed to pull image {image}",
    "Evicted": "The node was low on resource: ephemeral-storage.",
    "Killing": "Stopping container {container}",
}


def tell(store: Store, key: tuple[str, str], pod: str, reason: str, **words: str) -> None:
    """One more of this kind about this Pod."""
    name, now = f"{pod}.{reason.lower()}", stamp(store.clock.now())
    known = store.get(EVENT, key[0], name) or {"count": 0, "firstTimestamp": now}
    store.put(
        EVENT,
        {
            "metadata": {"name": name, "namespace": key[0]},
            "involvedObject": {"kind": "Pod", "name": pod, "namespace": key[0]},
            "type": "Warning" if reason in WARNINGS else "Normal",
            "reason": reason,
            "message": SAID[reason].format(**words),
            "count": known["count"] + 1,
            "firstTimestamp": known["firstTimestamp"],
            "lastTimestamp": now,
        },
    )
