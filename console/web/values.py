"""What an HTTP address answered, or why it did not. No vendor imports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from console.poll import Failed


class NoAnswer(Failed):
    """The other side does not answer, or breaks off: that is its fault, as far as one can tell."""


class Nonsense(Failed):
    """It answers, and not what it should."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    url: str
    """After redirects."""
    status: int
    latency_ms: float
    """Until the whole answer was there, redirects included."""
    body: bytes
    kind: str
    """The type of its content, e.g. `application/json`."""
    certificate_ends: datetime | None
    """None: not asked by TLS."""
    next: str = ""
    """The next page, as a Link header has it."""


def shown(url: str) -> str:
    """An address as people may see it: without what its query says, which may be a key."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}{'?…' if parts.query else ''}"
