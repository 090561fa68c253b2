"""What the made-up shift of these tests is about: its times, its things, its findings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.config.load import Configuration, load
from console.model import Now, Ref
from console.model.affairs import Affairs
from console.naming import named_affairs

ROOT = Path(__file__).parents[2]
BEGAN = datetime(2026, 12, 11, 8, 30, tzinfo=UTC)  # a Friday, 17:30 in Japan
ENDED = BEGAN + timedelta(hours=8)
NOW = Now(ENDED, ENDED)
MONDAY = datetime(2026, 12, 14, 8, 0, tzinfo=UTC)  # 09:00 in Paris
LOAD, PUSH = "load-average-elasticache@sakai/prod", "push-lag@eks-v2-prod"
DISK, CROW = "disk-full-site@kawasaki/prod", "free-storage-mediator-crow@eks-v2-prod"
MEMORY = "free-memory-signaling@eks-v2-prod"
REDIS = Ref("cache", "sakai/prod", "sakai-redis")
PEIP = Ref("instance", "sitv1/prod", "peip")
DATAJS = Ref("deployment", "eks-v2-prod", "platform/dataenricher-js")
CONFIGURATION: Configuration = load(ROOT / "config")
NAMED: Affairs = named_affairs(CONFIGURATION)
