"""What must never be shown: values under secret keys, or from secret variables."""

from __future__ import annotations

import re
from collections.abc import Iterable

MASK = "********"
KEY = 12
"""Characters of a word that may be a key."""
_SECRET = re.compile(
    r"passw|passphrase|pwd|token|totp|bearer|secret|credential|private_?key|api_?key|access_?key",
    re.IGNORECASE,
)
_QUERY = re.compile(r"([?&][^=&#\s]*=)(?!\{)([^&#\s]+)")  # {since} and {probe} are no secrets
_USERINFO = re.compile(r"(\w+://[^/@\s:]*):([^/@\s]+)@")


def is_secret(path: Iterable[str | int], variables: Iterable[str] = ()) -> bool:
    """Whether the value at a key path, filled in from these variables, is a secret."""
    return any(isinstance(word, str) and _SECRET.search(word) for word in (*path, *variables))


def passwords(text: str) -> tuple[str, ...]:
    """The passwords in a text's addresses."""
    return tuple(match[2] for match in _USERINFO.finditer(text))


def keys(text: str) -> tuple[str, ...]:
    """What the queries of a text's addresses say that may be a key, by its name or its length.

    A short `state=open` is none: it would take a word out of all that is told.
    """
    told = _QUERY.finditer(text) if "://" in text else ()
    return tuple(one[2] for one in told if is_secret((one[1],)) or len(one[2]) >= KEY)


def masked(text: str) -> str:
    """An address without the password it may carry, and without what its query says."""
    text = _USERINFO.sub(rf"\1:{MASK}@", text)
    return _QUERY.sub(rf"\1{MASK}", text) if "://" in text else text
