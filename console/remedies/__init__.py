"""Every kind of act there is; one line each."""

from __future__ import annotations

from console.remedies.notify import Notify
from console.remedies.pod_command import PodCommand
from console.remedies.rollout_restart import RolloutRestart
from console.remedy import Remedy

REMEDIES: dict[str, Remedy] = {
    "rollout-restart": RolloutRestart(),
    "pod-command": PodCommand(),
    "notify": Notify(),
}
