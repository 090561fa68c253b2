"""What differs between the plan that was shown and the plan now, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from console.model import Plan, Request


def differences(before: Plan, now: Plan) -> tuple[str, ...]:
    """A sentence for each thing that makes it another act."""
    return tuple(_differences(before, now))


def _differences(before: Plan, now: Plan) -> Iterator[str]:
    is_, was_said, said = now.compared(), _texts(before), _texts(now)
    for word, was in before.compared().items():
        if was != is_[word]:
            yield f"{word}: was {was_said[word] or 'nothing'}, now {said[word] or 'nothing'}"


def _texts(plan: Plan) -> dict[str, str]:
    """The words for all that is compared."""
    return {
        "target": ", ".join(ref.name for ref in plan.targets),
        "also changes": ", ".join(f"{ref.kind} {ref.name}" for ref in plan.touches),
        "scopes": ", ".join(plan.scopes),
        "where": ", ".join(f"{word} {value}" for word, value in plan.where),
        "it is": ", ".join(f"{word} {value}" for word, value in plan.identity.items()),
        "role": plan.role + f" ({plan.role_needed} is needed)" * bool(plan.role_needed),
        "does": "; ".join(plan.will),
        "lost": "; ".join(plan.loses),
        "kept": "; ".join(plan.keeps),
        "sends": "; ".join(map(_said, plan.requests)),
        "name to type": plan.typed or "none",
        "nothing stands in for it in": ", ".join(plan.alone),
        "must stay": "; ".join(plan.last_target),
        "behind target groups": ", ".join(plan.seen.get("groups", ())),
        "mind": "; ".join(plan.warnings),
        "the rest of": plan.finishes,
    }


def _said(request: Request) -> str:
    params = ", ".join(f"{name}: {value}" for name, value in request.params.items())
    return f"{request.service} {request.operation} {{{params}}}"
