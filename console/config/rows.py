"""The row types symptoms may speak of, by the name of their source."""

from __future__ import annotations

from console.model import Row
from console.sources.alarms import Alarm
from console.sources.caches import Cache
from console.sources.canaries import Canary
from console.sources.instances import Instance
from console.sources.kafka_brokers import Broker
from console.sources.kafka_lag import GroupLag
from console.sources.metrics import Metric
from console.sources.msk import MskCluster
from console.sources.sites import SiteHealth
from console.sources.workloads import Workload


def row_types() -> dict[str, type[Row]]:
    """Source name → row type, of every source there is."""
    return {
        "instances": Instance,
        "caches": Cache,
        "alarms": Alarm,
        "canaries": Canary,
        "metrics": Metric,
        "kafka_brokers": Broker,
        "kafka_lag": GroupLag,
        "msk": MskCluster,
        "workloads": Workload,
        "sites": SiteHealth,
    }
