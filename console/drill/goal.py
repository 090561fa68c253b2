"""What a scenario asks of whoever practises it: each scenario of the lab carries its own."""

from __future__ import annotations

from dataclasses import dataclass

from console.drill.acts import Act

BETWEEN = " · "  # in a plan's title, before the name of what it acts on


@dataclass(frozen=True, slots=True)
class Cure:
    """An entry of remedies.yaml, on the one thing that it helps."""

    remedy: str
    target: str = ""
    """What it acts on, by its name or as the plan's title ends; empty: as the case has it."""
    scope: str = ""
    """Where that is; empty: where something is found."""
    optional: bool = False
    """A good run may have it, and need not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What a good run comes to. Without findings and report there is nothing to be done at all."""

    good: str
    """A good run in a sentence or two, for the debrief."""
    findings: tuple[str, ...] = ()
    """What is wrong, as `case@scope`: the checklists to open."""
    cures: tuple[Cure, ...] = ()
    """Every act it takes, one after the other; none where it is for a person, or for others."""
    any_order: bool = False
    """It is all the same which of them comes first; each still waits for the one before."""
    answers: tuple[str, ...] = ()
    """Steps of the checklist at which somebody must have answered; `tell|ask`: at one of them."""
    report: str = ""
    """The planned window whose report must be out."""
    leave: bool = False
    """What is found can be left alone: nobody need take it or open its checklist."""
    fine: frozenset[str] = frozenset()
    """Findings, remedies and steps that are no wrong turn, though they are not asked for."""
    over: bool = False
    """Nothing helps before the maintenance is over: what is sent earlier is sent in vain."""
    begins: float = 0.0
    """Estate seconds from the beginning of the drill until something is wrong."""

    def right(self, cure: Cure, act: Act) -> bool:
        """Whether an act was this one: the same remedy, on that thing and nothing else."""
        if act.remedy != cure.remedy or len(act.targets) != 1:
            return False
        (target,) = act.targets
        places = {cure.scope} if cure.scope else {one.partition("@")[2] for one in self.findings}
        called = {"", target.name, act.title.rpartition(BETWEEN)[2]}
        return target.scope in places and cure.target in called
