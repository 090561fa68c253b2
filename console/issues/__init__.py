"""The register of known issues: rebuilt from the journal, read against error rates. Pure."""

from __future__ import annotations

from console.issues.reading import Known, Reading, known_of, reading
from console.issues.register import (
    KIND,
    Register,
    by_site,
    fold,
    in_order,
    news,
    partly,
    registered,
)

__all__ = [
    "KIND",
    "Known",
    "Reading",
    "Register",
    "by_site",
    "fold",
    "in_order",
    "known_of",
    "news",
    "partly",
    "reading",
    "registered",
]
