"""Every kind of act there is; one line each."""

from __future__ import annotations

from console.remedies.ec2_reboot import Ec2Reboot
from console.remedies.ec2_stop_start import Ec2StopStart
from console.remedies.elasticache_failover import ElasticacheFailover
from console.remedies.elasticache_reboot import ElasticacheReboot
from console.remedies.notify import Notify
from console.remedies.pod_command import PodCommand
from console.remedies.rollout_restart import RolloutRestart
from console.remedies.ssm_command import SsmCommand
from console.remedy import Remedy

REMEDIES: dict[str, Remedy] = {
    "ec2-reboot": Ec2Reboot(),
    "ec2-stop-start": Ec2StopStart(),
    "elasticache-reboot": ElasticacheReboot(),
    "elasticache-failover": ElasticacheFailover(),
    "rollout-restart": RolloutRestart(),
    "ssm-command": SsmCommand(),
    "pod-command": PodCommand(),
    "notify": Notify(),
}
