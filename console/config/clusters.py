"""The shape of a Kafka cluster in estate.yaml: how it is reached and what is normal for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from console.config.kinds import Model, Span, Zone


class Topic(Model):
    """What is normal for a topic."""

    heartbeat_every: Span | None = None
    """A record is due this often on the whole topic; silence is then a fault."""
    allowed_lag: int | None = None


class Group(Model):
    """A consumer group that is watched."""

    topics: tuple[str, ...] = ()
    allowed_lag: int = 1
    """So much is nothing; with 0 also the one record that may be a transaction's marker counts."""
    stall_window: Span | None = None
    """Where it commits more rarely than the cluster's other groups."""
    auto_offset_reset: Literal["", "earliest", "latest", "none"] = ""
    """What its consumers do where the offset they committed is gone; Kafka cannot be asked."""
    deployment: str = ""
    owner: str = "ours"


class MaintenanceBudget(Model):
    """How long what belongs to a maintenance may last, and how long its end must hold."""

    broker_away: Span = 900.0
    """One broker may be away for so long."""
    catch_up: Span = 1800.0
    """Partitions may be out of sync so long after a broker came back."""
    unbroken: Span = 300.0
    """It is over when everything has held for so long."""
    probably: Span = 900.0
    """Where Amazon does not tell, it is probably over after so long."""
    unannounced: Span = 300.0
    """A broker may be down for so long before Amazon says why."""
    ending: Span = 1800.0
    """Kafka may be well for so long before Amazon ends it, or takes the next broker."""
    kept: Span = 3600.0
    """An end is shown for so long."""


class KafkaCluster(Model):
    """A Kafka cluster; on MSK also its account, Region and ARN."""

    bootstrap: str = Field(min_length=1)
    security: Literal["plaintext", "tls", "scram", "iam"] = "plaintext"
    username: str = ""
    password: str = ""
    ca_file: str = ""
    account: str = ""
    region: str = ""
    arn: str = ""
    brokers_expected: int = 3
    zone: Zone = "UTC"
    owner: str = "ours"
    groups: Mapping[str, Group] = {}
    all_groups: bool = False
    """Watch every group the cluster has, not only those named."""
    topics: Mapping[str, Topic] = {}
    tunnel: Mapping[str, str] = {}
    """Advertised `host:port` → local `host:port`, for laptops without a route."""
    tunnel_bastion: str = ""
    """Instance id of the SSM bastion, for the printed commands."""
    stall_window: Span = 60.0
    refresh: Span = 5.0
    maintenance: MaintenanceBudget = MaintenanceBudget()
