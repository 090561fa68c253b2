"""JSON pointers (RFC 6901) into answers that may lie: what is there, or why it cannot be had."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from console.poll import in_thread
from console.web.values import Answer, Nonsense

if TYPE_CHECKING:
    from console.config.http import Check

LARGE = 32_768  # bytes; a larger answer is decoded off the loop


class Absent(Exception):
    """There is nothing at a pointer; `str()` says how far one gets."""


def at(data: Any, pointer: str) -> Any:
    """The value at a pointer. Raises Absent."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(data, dict) and name in data:
            data = data[name]
        elif isinstance(data, list) and name.isdecimal() and int(name) < len(data):
            data = data[int(name)]
        else:
            raise Absent(f"the answer has nothing at {pointer}")
    return data


async def decoded(answer: Answer) -> Any:
    """The answer's JSON. Raises Nonsense with what came instead."""
    try:
        if len(answer.body) > LARGE:
            return await in_thread(_decode, answer.body)
        return _decode(answer.body)
    except (ValueError, RecursionError):
        raise Nonsense(_instead(answer)) from None


def _decode(body: bytes) -> Any:
    return json.loads(body, parse_constant=_no_number)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def _instead(answer: Answer) -> str:
    """What came where JSON was wanted."""
    if not answer.body.strip():
        return f"HTTP {answer.status} with nothing where JSON was expected"
    start = answer.body.lstrip()[:1]
    if "html" in answer.kind or start == b"<":
        return f"HTTP {answer.status} with a web page where JSON was expected"
    return f"HTTP {answer.status} with what is no JSON ({answer.kind[:40]})"


async def shows(answer: Answer, check: Check, mark: str) -> bool:
    """Whether a mark stands in an answer, where the check says. Raises Nonsense.

    404: it is not there yet.
    """
    if answer.status == 404:
        return False
    if answer.status not in check.expect:
        raise Nonsense(f"HTTP {answer.status}")
    try:
        found = at(await decoded(answer), check.trace_at)
    except Absent as absent:
        raise Nonsense(str(absent)) from None
    return mark in json.dumps(found)
