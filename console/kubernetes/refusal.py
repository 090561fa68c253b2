"""What went wrong with a request, as a sentence for people and what to try."""

from __future__ import annotations

import re

from console.kubernetes.raw import Json, text
from console.poll import AuthExpired, Failed

PATH = re.compile(
    r"/(?:api/v1|apis/[^/]+/[^/]+)(?:/namespaces/(?P<namespace>[^/]+)(?=/))?"
    r"/(?P<resource>[^/]+)(?:/(?P<name>[^/]+))?"
)
VERBS = {"POST": "create", "PATCH": "patch", "DELETE": "delete"}


class Refused(Failed):
    """The API answered, and said no: `status` is the HTTP code, `reason` Kubernetes' word."""

    def __init__(self, message: str, cure: str, status: int, reason: str) -> None:
        super().__init__(message, cure)
        self.status, self.reason = status, reason


def right(method: str, path: str) -> str:
    """The right a request needs, in words: `list pods in namespace platform`."""
    found = PATH.match(path)
    if found is None:
        return f"{method} {path}"
    verb = VERBS.get(method) or ("get" if found["name"] else "list")
    where = f" in namespace {found['namespace']}" if found["namespace"] else ""
    return f"{verb} {found['resource']}{where}"


def refusal(cluster: str, method: str, path: str, status: int, told: Json, cure: str) -> Failed:
    """The failure for an HTTP answer of 400 or more; `cure` renews the login."""
    said, reason = text(told, "message"), text(told, "reason")
    if status == 401:
        return AuthExpired(f"{cluster}: the login is no longer accepted (401)", cure)
    if status == 403:
        wanted = right(method, path)
        who = re.search(r'User "([^"]+)"', said)
        named = f" for {who[1]}" if who else ""
        message = f"{cluster}: no right to {wanted}{named}"
        return Refused(message, f"have this login granted: {wanted}", status, reason)
    if status == 429:
        return Refused(f"{cluster}: the API is asked too much (429)", "", status, reason)
    message = f"{cluster}: {right(method, path)}: {said or 'HTTP'} ({status})"
    return Refused(message, "", status, reason)
