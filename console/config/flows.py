"""The shape of flows.yaml: how something passes through the estate, stage by stage."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from console.config.kinds import Model


class Stage(Model):
    """One place something passes on its way; with what the console sees there."""

    id: str
    title: str
    owner: str = "ours"
    kafka: str = ""
    topic: str = ""
    group: str = ""
    kubernetes: str = ""
    deployment: str = ""
    canary: str = ""


class Flow(Model):
    """The life of an alarm, a heartbeat, an order: its stages in order."""

    title: str
    stages: tuple[Stage, ...] = Field(min_length=1)


class Flows(Model):
    """Everything in flows.yaml."""

    flows: Mapping[str, Flow] = {}
