"""Ways AWS says no, or nothing, that somebody wants to tell apart."""

from __future__ import annotations

from console.poll import Failed


class Denied(Failed):
    """A right is missing: the login works, this call is not allowed."""

    def __init__(self, message: str, action: str) -> None:
        super().__init__(message, f"allow {action} in the policy of this login")
        self.action = action


class Unknown(Failed):
    """AWS does not know something that was named; `code` and `text` are AWS's own."""

    def __init__(self, message: str, code: str, text: str) -> None:
        super().__init__(message)
        self.code, self.text = code, text


class Unsent(Failed):
    """A write that never left this machine: nothing was done."""


class Unanswered(Failed):
    """A write whose answer never came or says nothing: it may have been done."""
