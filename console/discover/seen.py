"""What was found where, before anybody guesses what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from console.model import EMPTY


@dataclass(frozen=True, slots=True)
class Thing:
    """An instance or a cache with its tags."""

    id: str
    tags: Mapping[str, str] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class Managed:
    """An MSK cluster."""

    name: str
    arn: str
    brokers: int
    security: str = ""
    """Empty: nobody said how clients log in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account in one Region."""

    name: str
    id: str
    who: str
    """The identity that looked."""
    region: str
    profile: str = ""
    instances: tuple[Thing, ...] = ()
    caches: tuple[Thing, ...] = ()
    alarms: tuple[str, ...] = ()
    canaries: tuple[str, ...] = ()
    msk: tuple[Managed, ...] = ()


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Kubernetes cluster: its Deployments by namespace."""

    kubeconfig: str
    context: str
    deployments: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Kafka:
    """A Kafka: its topics, and the topics that each group has read."""

    bootstrap: str
    security: str
    brokers: int
    topics: tuple[str, ...]
    groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that was looked at, and what could not be."""

    account: Account | None = None
    cluster: Cluster | None = None
    kafka: Kafka | None = None
    lab: bool = False
    unread: tuple[str, ...] = ()
    """What nobody could read, a sentence each."""
