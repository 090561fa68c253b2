"""What a handler of an AWS operation is given, and what it may answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from moto.core.exceptions import ServiceException

from console.lab.aws.keyring import Keyring
from console.lab.world import Thing, World

Params = dict[str, Any]
Answer = dict[str, Any]
T = TypeVar("T")
V = TypeVar("V", bound=Thing)


class Refusal(ServiceException):  # type: ignore[misc]
    """An error answer, in AWS's words; `status` 0 takes the model's or 400."""

    __module__ = "builtins"  # moto looks for a service model by the module's name

    def __init__(self, code: str, message: str, status: int = 0) -> None:
        super().__init__(code, message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, where and when (estate time); handlers see only this account × Region."""

    world: World
    keys: Keyring
    account: str
    region: str
    now: datetime
    partial: bool = False
    """CloudWatch is to give its data in two halves."""
    lie: str = ""
    """A fault: what is accepted is not done: `nothing`; or an `old` act, or one on an `other`."""

    def victims(self, meant: Sequence[V], all_of: Sequence[V]) -> list[V]:
        """Whom a request really hits: those it means, unless the lab lies."""
        if self.lie == "other":
            return [one for one in all_of if one not in meant][:1]
        return [] if self.lie else list(meant)


Handler = Callable[[Asked, Params], Answer]

# What each protocol (`ec2`, `query`, the others) calls the same trouble, and with which status.
_CODES: dict[str, tuple[tuple[str, int], tuple[str, int], tuple[str, int]]] = {
    "expired": (("RequestExpired", 400), ("ExpiredToken", 403), ("ExpiredTokenException", 403)),
    "invalid": (
        *(("AuthFailure", 401), ("InvalidClientTokenId", 403)),
        ("UnrecognizedClientException", 403),
    ),
    "denied": (
        *(("UnauthorizedOperation", 403), ("AccessDenied", 403)),
        ("AccessDeniedException", 403),
    ),
    "throttled": (("RequestLimitExceeded", 503), ("Throttling", 400), ("ThrottlingException", 400)),
}
_SAID = {
    "expired": "The security token included in the request is expired",
    "invalid": "The security token included in the request is invalid.",
    "denied": "User: {user} is not authorized to perform: {action}",
    "throttled": "Rate exceeded",
}


def refusal(trouble: str, protocol: str, user: str = "", action: str = "") -> Refusal:
    """`expired`, `invalid`, `denied` or `throttled` as a service of this protocol says it."""
    code, status = _CODES[trouble][{"ec2": 0, "query": 1}.get(protocol, 2)]
    return Refusal(code, _SAID[trouble].format(user=user, action=action), status)


def page(
    items: Sequence[T], params: Params, size: str, token: str, default: int = 1000
) -> tuple[list[T], dict[str, str]]:
    """One page of items, and the next page's token under its name, if there is one."""
    start = int(str(params.get(token) or "0").removeprefix("lab-"))
    end = start + int(params.get(size) or default)
    return list(items[start:end]), ({token: f"lab-{end}"} if end < len(items) else {})
