"""What the console asks: one file a source, one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.sources.alarms import Alarms
from console.sources.backups import Backups
from console.sources.caches import Caches
from console.sources.canaries import Canaries
from console.sources.databases import Databases
from console.sources.flows import Flows
from console.sources.hosts import Hosts
from console.sources.http import Http
from console.sources.instances import Instances
from console.sources.ita import ItaSystems
from console.sources.kafka_brokers import KafkaBrokers
from console.sources.kafka_lag import KafkaLag
from console.sources.maintenance import Maintenances
from console.sources.metrics import Metrics
from console.sources.msk import Msk
from console.sources.sidekiq import Sidekiqs
from console.sources.sites import Sites
from console.sources.targets import Targets
from console.sources.workloads import Workloads

if TYPE_CHECKING:
    from console.model import Row
    from console.poll import Derived, Source

SOURCES: dict[str, Source] = {
    "instances": Instances(),
    "caches": Caches(),
    "alarms": Alarms(),
    "canaries": Canaries(),
    "metrics": Metrics(),
    "kafka_brokers": KafkaBrokers(),
    "kafka_lag": KafkaLag(),
    "msk": Msk(),
    "workloads": Workloads(),
    "databases": Databases(),
    "hosts": Hosts(),
    "backups": Backups(),
    "targets": Targets(),
    "ita": ItaSystems(),
    "http": Http(),
}
DERIVED: dict[str, Derived] = {
    "sites": Sites(),
    "maintenance": Maintenances(),
    "sidekiq": Sidekiqs(),
    "flows": Flows(),
}


def row_types() -> dict[str, type[Row]]:
    """Source name → the type of its rows: what a symptom may name."""
    asked = {name: source.row for name, source in SOURCES.items()}
    return asked | {name: source.row for name, source in DERIVED.items()}
