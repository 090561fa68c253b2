"""The shapes of contacts and remedies: whom, and what may be done on what."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from console.config.kinds import Model, Seconds

if TYPE_CHECKING:
    from console.model import Ref

RemedyKind = Literal[
    "ec2-reboot",
    "ec2-stop-start",
    "elasticache-reboot",
    "elasticache-failover",
    "rollout-restart",
    "empty-topic",
    "skip-to-end",
    "kafka-restore",
    "ssm-command",
    "pod-command",
    "notify",
    "inject-probe",
    "ita-job-stop",
    "ita-read-only",
]


class Channel(Model):
    """One way to reach a contact."""

    kind: Literal["phone", "mail", "chat", "ticket", "webhook"]
    address: str
    title: str = ""


class Contact(Model):
    """A role that answers for something; never a person."""

    title: str
    answers_for: str = ""
    hours: str = ""
    language: str = ""
    channels: tuple[Channel, ...] = ()
    retry_after: Seconds = 900.0
    """When nobody answered, the next try is due after this."""


class Contacts(Model):
    """Everything in contacts.yaml."""

    contacts: Mapping[str, Contact] = {}


NAMED_BY = {
    "deployment": ("namespace", "deployment"),
    "pod": ("namespace", "pod"),
    "lag": ("group", "topic"),
}
"""Kind of Ref → what the two parts of its name are; what others are named by is their kind."""


class Allowed(Model):
    """What a remedy may act on; every list given must contain the target."""

    scopes: tuple[str, ...] = ()
    """`site/env` (`*/stg` for every site's), a cluster or a system; the other lists are exact."""
    namespaces: tuple[str, ...] = ()
    deployments: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def covers(self, scope: str) -> bool:
        """Whether it may act in a scope."""
        return not self.scopes or any(fnmatchcase(scope, pattern) for pattern in self.scopes)

    def outside(self, ref: Ref) -> str:
        """What of a target is not on the lists (`topic data.js`), or nothing: it may be acted on.

        A target that does not have what a list names is outside: a topic has no group. The scopes
        of a target are more than its name says: see `covers`.
        """
        first, _, last = ref.name.rpartition("/")  # a group's name may hold slashes
        words = NAMED_BY.get(ref.kind)
        parts = dict(zip(words, (first, last), strict=True)) if words else {ref.kind: ref.name}
        lists = {
            "namespace": self.namespaces,
            "deployment": self.deployments,
            "topic": self.topics,
            "group": self.groups,
        }
        for word, names in lists.items():
            if names and parts.get(word) not in names:
                return f"{word} {parts[word]}" if word in parts else f"{ref.kind} {ref.name}"
        return ""


class Remedy(Model):
    """One entry of the allow-list: what may be done, on what, and within which guards."""

    kind: RemedyKind
    title: str = ""
    say: str = ""
    on: Allowed = Allowed()
    cool_down: Seconds = 900.0
    max_targets: int = Field(default=1, ge=1)
    forbidden: tuple[str, ...] = ()
    """Windows in which it is refused."""
    command: tuple[str, ...] = ()
    """The exact command of an ssm-command or pod-command; nothing else can be run."""
    container: str = ""
    measure: tuple[str, ...] = ()
    """A pod-command's `df -P …`, read before and after: only a fuller-to-emptier disk proves it."""
    free_at_least: float = Field(default=3.0, ge=0, le=100)
    """Percentage points of the disk that a measured command must free, else it hardly helped."""
    ask_above_mb: float = Field(default=2000.0, ge=0)
    """Megabytes that are copied to this disk without a word typed."""
    text: str = ""
    """The value of an inject-probe's record, with {probe} for its mark and {at} for the time."""
    flow: str = ""
    """Through which an inject-probe's record is followed."""
    drain_first: bool = False
    """A restarted machine is first taken out of the target groups in which it is healthy."""
    switch: Literal["", "on", "off"] = ""
    """Which way an ita-job-stop or ita-read-only turns its switch."""
    loses: str = ""
    """What a command takes away for good, in words; the target's name must then be typed."""
    deadline: Seconds = 900.0
    """Unproven after this, the outcome is unknown."""

    @model_validator(mode="after")
    def _command(self) -> Self:
        wants = self.kind in {"ssm-command", "pod-command"}
        if wants != bool(self.command):
            does = "needs a command" if wants else "takes no command"
            raise ValueError(f"{self.kind} {does}")
        turns = self.kind in {"ita-job-stop", "ita-read-only"}
        if turns != bool(self.switch):
            does = "needs `switch: on` or `switch: off`" if turns else "has no switch"
            raise ValueError(f"{self.kind} {does}")
        return self

    @model_validator(mode="after")
    def _drain(self) -> Self:
        if self.drain_first and self.kind not in {"ec2-reboot", "ec2-stop-start"}:
            raise ValueError(f"{self.kind} drains nothing first: it restarts no machine")
        return self

    @model_validator(mode="after")
    def _probe(self) -> Self:
        probes = self.kind == "inject-probe"
        if probes and not ("{probe}" in self.text and self.flow and self.on.topics):
            raise ValueError("inject-probe needs a text with {probe}, its flow, and on.topics")
        if not probes and (self.text or self.flow):
            raise ValueError(f"{self.kind} takes no text and no flow")
        return self


class Remedies(Model):
    """Everything in remedies.yaml. What is not written here cannot be done."""

    remedies: Mapping[str, Remedy] = {}
