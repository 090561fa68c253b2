"""Faults on demand: what goes wrong at a vendor's door, switched on and off by name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from console.lab.stories import hosts

if TYPE_CHECKING:
    from console.lab.kafka.cluster import Faults
    from console.lab.lab import Lab

T = TypeVar("T")
ANY = "*"
ACTS = {
    *("RebootInstances", "StopInstances", "StartInstances", "RebootCacheCluster", "TestFailover"),
    *("DeregisterTargets", "RegisterTargets"),
}


@dataclass(slots=True)
class AwsFaults:
    """Which AWS calls are refused, delayed or cut; `*` stands for each account or service."""

    throttled: set[tuple[str, str]] = field(default_factory=set)
    """(account, service), a service as `elbv2` or `elbv2:RegisterTargets`."""
    denied: set[tuple[str, str]] = field(default_factory=set)
    """(account, action), an action as `DescribeInstances` or `ec2:*`."""
    slow: dict[str, float] = field(default_factory=dict)
    """account → real seconds before the answer."""
    down: set[str] = field(default_factory=set)
    """Accounts whose connections are cut."""

    partial: set[str] = field(default_factory=set)
    """Accounts whose metric data comes in two halves."""

    lies: dict[str, str] = field(default_factory=dict)
    """Operation → `nothing`, `old`, `other` (see Asked), `drop` (done, the answer is cut off) or
    `silent` (not done, never answered); `*` stands for the ACTS and what shows them.
    """

    def lie(self, operation: str) -> str:
        """How this operation is to lie."""
        lie = self.lies.get(operation, self.lies.get(ANY, ""))
        shows = operation == "DescribeEvents" and lie in ("old", "other")
        return lie if operation in self.lies or operation in ACTS or shows else ""

    def is_partial(self, account: str) -> bool:
        """Whether CloudWatch answers this account in two halves."""
        return bool(self.partial & {account, ANY})

    def is_down(self, account: str | None) -> bool:
        """Whether a request of this account gets no answer at all."""
        return bool(self.down & {account, ANY})

    def delay(self, account: str | None) -> float:
        """Real seconds a request of this account waits."""
        return max(self.slow.get(account or ANY, 0.0), self.slow.get(ANY, 0.0))

    def trouble(self, account: str, service: str, operation: str) -> str:
        """`throttled`, `denied` or nothing."""
        accounts = (account, ANY)
        asked = (service, f"{service}:{operation}", ANY)
        if any((who, what) in self.throttled for who in accounts for what in asked):
            return "throttled"
        actions = (operation, f"{service}:{operation}", f"{service}:*", ANY)
        return "denied" if any((w, a) in self.denied for w in accounts for a in actions) else ""


Body = Mapping[str, Any]
Fault = Callable[["Lab", bool, Body], Awaitable[object] | object]


def _account(lab: Lab, body: Body) -> str:
    """The account's id, given by id or by name; every account where none is given."""
    told = str(body.get("account", ANY))
    return lab.estate.accounts[told].id if told in lab.estate.accounts else told


def _switch(members: set[T], member: T, on: bool) -> None:
    (members.add if on else members.discard)(member)


def _throttle(lab: Lab, on: bool, body: Body) -> None:
    _switch(lab.aws_faults.throttled, (_account(lab, body), str(body.get("service", ANY))), on)


def _deny(lab: Lab, on: bool, body: Body) -> None:
    _switch(lab.aws_faults.denied, (_account(lab, body), str(body.get("action", ANY))), on)


def _expire(lab: Lab, on: bool, body: Body) -> None:
    (lab.keys.expire if on else lab.keys.renew)(_account(lab, body))


def _slow(lab: Lab, on: bool, body: Body) -> None:
    lab.aws_faults.slow[_account(lab, body)] = float(body.get("seconds", 3)) if on else 0.0


def _down(lab: Lab, on: bool, body: Body) -> None:
    _switch(lab.aws_faults.down, _account(lab, body), on)


def _lie(lab: Lab, on: bool, body: Body) -> None:
    lies, action = lab.aws_faults.lies, str(body.get("action", ANY))
    lies.pop(action, None)
    if on:
        lies[action] = str(body.get("how", "nothing"))


def _partial(lab: Lab, on: bool, body: Body) -> None:
    _switch(lab.aws_faults.partial, _account(lab, body), on)


def _kubernetes_deny(lab: Lab, on: bool, body: Body) -> None:
    pair = str(body.get("verb", ANY)), str(body.get("resource", ANY))
    _switch(lab.kubernetes.denied, pair, on)


def _kubernetes_slow(lab: Lab, on: bool, body: Body) -> None:
    lab.kubernetes.slow = float(body.get("seconds", 3)) if on else 0.0


def _kubernetes_expire(lab: Lab, on: bool, body: Body) -> None:
    lab.kubernetes.expired = on


def _chat(lab: Lab, on: bool, body: Body) -> None:
    lab.chat.fault = str(body.get("fault", "drop")) if on else ""


def _web(lab: Lab, on: bool, body: Body) -> None:
    lab.web.faults.pop(str(body["service"]), None)
    if on:
        lab.web.faults[str(body["service"])] = str(body.get("how", "dead"))


def _ita(lab: Lab, on: bool, body: Body) -> None:
    _switch(lab.ita.faults, str(body.get("how", "check-list")), on)


def _stop_broker(lab: Lab, on: bool, body: Body) -> Awaitable[object]:
    return (lab.kafka.stop_broker if on else lab.kafka.start_broker)(int(body["broker"]))


def _delete_lie(lab: Lab, on: bool, body: Body) -> None:
    _scripted(lab).deletes.pop(str(body["topic"]), None)
    if on:
        _scripted(lab).deletes[str(body["topic"])] = str(body.get("how", "nothing"))


def _forbid_delete(lab: Lab, on: bool, body: Body) -> None:
    _switch(_scripted(lab).undeletable, str(body["topic"]), on)


def _scripted(lab: Lab) -> Faults:
    if lab.kafka.faults is None:
        raise ValueError("real brokers do not fail on demand: --kafka stand-in")
    return lab.kafka.faults


FAULTS: Mapping[str, Fault] = {
    "aws-throttle": _throttle,
    "aws-deny": _deny,
    "aws-expire": _expire,
    "aws-slow": _slow,
    "aws-down": _down,
    "aws-partial": _partial,
    "aws-lie": _lie,
    "kubernetes-down": lambda lab, on, body: lab.kubernetes.down(on),
    "kubernetes-deny": _kubernetes_deny,
    "kubernetes-slow": _kubernetes_slow,
    "kubernetes-expire": _kubernetes_expire,
    "kubernetes-lie": lambda lab, on, body: _switch(lab.kubernetes.api.lies, body["lie"], on),
    "chat": _chat,
    "cron-stop": hosts.stop_cron,
    "backup-upload": hosts.upload,
    "ita": _ita,
    "http": _web,
    "kafka-delete-lie": _delete_lie,
    "kafka-delete-deny": _forbid_delete,
    "kafka-stop": _stop_broker,
    "kafka-black-hole": lambda lab, on, body: lab.kafka.black_hole(int(body["broker"]), on),
}
"""By name; the body's other keys say where: account, service, action, seconds, broker, topic …"""
