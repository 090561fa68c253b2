"""The shape of estate.yaml: what the engineer on duty answers for, and how it is reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from console.config.amazon import Behind, Portal
from console.config.backups import BackupPrices, Backups
from console.config.clusters import Group, KafkaCluster, MaintenanceBudget, Topic
from console.config.http import Check
from console.config.ita import Ita
from console.config.kinds import (
    AccountId,
    Model,
    NamePattern,
    Period,
    Seconds,
    Span,
    SsmDocument,
    Zone,
)
from console.config.logs import LogGroup
from console.config.recording import Recording

__all__ = [
    "Estate",
    "Group",
    "KafkaCluster",
    "MaintenanceBudget",
    "Model",
    "Seconds",
    "Topic",
    "Zone",
]


class Account(Model):
    """One AWS account and how to log in to it."""

    id: AccountId
    regions: tuple[str, ...] = Field(min_length=1)
    owner: str = "ours"
    profile: str = ""
    role_arn: str = ""
    external_id: str = ""
    endpoint_url: str = ""
    ca_bundle: str = ""
    portal: Portal = ""
    """The access portal's start URL (IAM Identity Center), so that links log in to the account."""
    portal_role: str = ""
    """The permission set a link uses; empty: the person chooses."""


class Selector(Model):
    """Resources by id or by tags (all must match); exactly one of the two."""

    id: str = ""
    tags: Mapping[str, str] = {}
    title: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.id) == bool(self.tags):
            raise ValueError("name it either by id or by tags")
        return self


class Environment(Model):
    """One site in one environment: the unit `site/env` that is armed and locked."""

    account: str
    region: str
    instances: tuple[Selector, ...] = ()
    caches: tuple[Selector, ...] = ()
    databases: tuple[Selector, ...] = ()
    """RDS instances, by their identifier or by tags."""
    alarm_prefix: str = ""
    url: str = ""
    sidekiq_cron: bool = False
    ssm_reads: bool = False
    """Its machines may run the estate's `ssm_document`."""
    backups: Backups | None = None
    targets: tuple[Behind, ...] = ()
    """What is behind its load balancers."""


class Site(Model):
    """A site and its environments."""

    title: str
    owner: str = "ours"
    zone: Zone = "UTC"
    environments: Mapping[str, Environment]


class Metric(Model):
    """One CloudWatch metric; `{instance_id}`, `{cluster_id}`, `{db_id}` are the resource's own.

    `of: instances`, `caches` or `databases` asks it of every such one and fills the fact `fact`;
    `of: metrics` is one series with a row of its own (`site`, `env` or `account`, `region`).
    """

    id: str
    of: Literal["instances", "caches", "databases", "metrics"] = "metrics"
    fact: str = ""
    site: str = ""
    env: str = ""
    account: str = ""
    region: str = ""
    scope: str = ""
    """The cluster a row of its own belongs to, where it is no site's."""
    owner: str = "ours"
    namespace: str
    name: str
    dimensions: Mapping[str, str] = {}
    stat: str = "Average"
    period: Period = 60.0
    unit: str = ""
    warn: float | None = None
    crit: float | None = None
    below: bool = False
    """Low values are the bad ones."""
    scale: float = 1.0
    trend_over: Span = 1800.0
    trend_floor: float = 0.0
    """A smaller change over `trend_over`, in the fact's own unit, is no trend."""
    empty: Literal["unknown", "zero"] = "unknown"
    """What a period without a point means; counters of errors publish nothing without errors."""
    title: str = ""
    key: bool = False
    """One of the few asked of the whole fleet in tier B."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.warn is not None and self.crit is not None:
            limits = f"crit {self.crit:g} must not lie %s warn {self.warn:g}"
            if self.below and self.crit > self.warn:
                raise ValueError(limits % "above" + ", as low is bad here")
            if not self.below and self.crit < self.warn:
                raise ValueError(limits % "below")
        return self


class MetricsPolicy(Model):
    """What CloudWatch metrics may cost: tier B switch and a cap on metrics requested an hour."""

    max_per_hour: int = 20_000
    fleet: Literal["off", "trouble", "all"] = "trouble"
    usd_per_1000: float = 0.01


class Canaries(Model):
    """Which Synthetics canaries belong to us, by name prefix."""

    account: str
    region: str
    prefix: str = ""
    owner: str = "ours"
    max_age: Span = 3600.0
    """An older run says nothing, where no schedule tells when the next one is due."""


class AlarmScope(Model):
    """Alarms of one account × Region that belong to no site: their scope and owner by prefix."""

    account: str
    region: str
    prefix: str = ""
    scope: str
    owner: str = "ours"


class Eks(Model):
    """An EKS cluster whose endpoint and token come from AWS."""

    account: str
    region: str
    name: str


class KubernetesCluster(Model):
    """A Kubernetes cluster, by kubeconfig (and context) or as EKS."""

    kubeconfig: str = ""
    context: str = ""
    tunnelled: bool = False
    """The API really is reached through a tunnel on this machine: loopback is then no lab."""
    eks: Eks | None = None
    namespaces: tuple[str, ...] = Field(min_length=1)
    deployments: tuple[str, ...] = ()
    """Only these; empty = all of the namespaces."""
    mem_warn_pct: float = 85.0
    mem_crit_pct: float = 95.0
    zone: Zone = "UTC"
    owner: str = "ours"
    owners: Mapping[str, str] = {}
    """Deployment → owner, where it is not the cluster's."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.mem_warn_pct > self.mem_crit_pct:
            raise ValueError("mem_warn_pct must not be above mem_crit_pct")
        return self


class Asking(Model):
    """How often a source is asked and how long an answer may take."""

    every: Span
    timeout: Span = 10.0
    enabled: bool = True


class Naming(Model):
    """The wished naming rule: a pattern per resource kind, `{site}` and `{env}` filled in."""

    sites: NamePattern = ""
    environments: NamePattern = ""
    instances: NamePattern = ""
    """The Name tag."""
    caches: NamePattern = ""
    alarms: NamePattern = ""
    """What an alarm's name begins with."""
    tags: Mapping[str, NamePattern] = {}
    """What the value of a tag must be where a site selects by it."""
    exempt: tuple[str, ...] = ()
    """Sites older than the rule."""


class Identity(Model):
    """The estate as a whole."""

    name: str
    title: str
    zone: Zone = "UTC"


class Estate(Model):
    """Everything in estate.yaml."""

    estate: Identity
    accounts: Mapping[str, Account] = {}
    sites: Mapping[str, Site] = {}
    metrics: tuple[Metric, ...] = ()
    metrics_policy: MetricsPolicy = MetricsPolicy()
    alarms: tuple[AlarmScope, ...] = ()
    canaries: tuple[Canaries, ...] = ()
    logs: tuple[LogGroup, ...] = ()
    """What `l` reads of CloudWatch Logs on an alarm or a canary."""
    kafka: Mapping[str, KafkaCluster] = {}
    kubernetes: Mapping[str, KubernetesCluster] = {}
    ita: Mapping[str, Ita] = {}
    http: Mapping[str, Check] = {}
    naming: Naming = Naming()
    sources: Mapping[str, Asking] = {}
    keys: Mapping[str, str] = {}
    """Binding id → key, where a person wants another one."""
    proxy: str = ""
    ssm_document: SsmDocument = ""
    """The one read-only document, `name:version`, that may be run by SSM; empty: none is."""
    backup_prices: BackupPrices = BackupPrices()
    recording: Recording = Recording()
