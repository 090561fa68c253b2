"""What differs between the plan that was shown and the plan now, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from console.model import Plan, Request


def differences(before: Plan, now: Plan) -> tuple[str, ...]:
    """A sentence for each thing that makes it another act."""
    return tuple(_differences(before, now))


def _differences(before: Plan, now: Plan) -> Iterator[str]:
    names = [", ".join(ref.name for ref in plan.targets) for plan in (before, now)]
    pairs = {
        "target": names,
        "scopes": [", ".join(plan.scopes) for plan in (before, now)],
        "lost": ["; ".join(plan.loses) for plan in (before, now)],
        "sends": ["; ".join(map(_said, plan.requests)) for plan in (before, now)],
        "name to type": [plan.typed or "none" for plan in (before, now)],
    }
    for word, (was, is_) in pairs.items():
        if was != is_:
            yield f"{word}: was {was or 'nothing'}, now {is_ or 'nothing'}"


def _said(request: Request) -> str:
    params = ", ".join(f"{name}: {value}" for name, value in request.params.items())
    return f"{request.service} {request.operation} {{{params}}}"
