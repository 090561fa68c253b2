"""Every kind of act there is; one line each."""

from __future__ import annotations

from console.remedies.ec2_reboot import Ec2Reboot
from console.remedies.ec2_stop_start import Ec2StopStart
from console.remedies.elasticache_failover import ElasticacheFailover
from console.remedies.elasticache_reboot import ElasticacheReboot
from console.remedies.empty_topic import EmptyTopic
from console.remedies.inject_probe import InjectProbe
from console.remedies.ita_job_stop import ItaJobStop
from console.remedies.ita_read_only import ItaReadOnly
from console.remedies.kafka_restore import KafkaRestore
from console.remedies.notify import Notify
from console.remedies.pod_command import PodCommand
from console.remedies.rollout_restart import RolloutRestart
from console.remedies.skip_to_end import SkipToEnd
from console.remedies.ssm_command import SsmCommand
from console.remedy import Remedy

EVERY: tuple[Remedy, ...] = (
    Ec2Reboot(),
    Ec2StopStart(),
    ElasticacheReboot(),
    ElasticacheFailover(),
    RolloutRestart(),
    SsmCommand(),
    PodCommand(),
    EmptyTopic(),
    SkipToEnd(),
    KafkaRestore(),
    InjectProbe(),
    ItaJobStop(),
    ItaReadOnly(),
    Notify(),
)
REMEDIES = {remedy.kind: remedy for remedy in EVERY}
