"""From what each stage shows by itself to what that means in the order of the flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from console.match.truth import Truth
from console.model.stages import StageState

HURT = ("broken", "starved")
YES, NO, UNKNOWN = Truth.YES, Truth.NO, Truth.UNKNOWN


@dataclass(frozen=True, slots=True)
class Look:
    """What the probes of one stage saw, taken together."""

    probed: bool = True
    holds: Truth = YES
    """Whether it is what it must be itself."""
    arrives: Truth | None = None
    """Whether something arrives, as far as a probe asks for it."""
    rate: float | None = None
    """Things a second."""
    in_per_s: float | None = None
    out_per_s: float | None = None
    seen_at: datetime | None = None
    """When something that is due was last seen here."""
    overdue_s: float | None = None
    """How long what is due is late by now; 0 = it is not."""
    since: datetime | None = None
    """Since when the row that speaks loudest has said so."""
    at: datetime | None = None
    """When the oldest of the rows was read that decided it."""
    why: tuple[str, ...] = ()
    """What speaks against it or is not known, a sentence each."""

    @property
    def overdue(self) -> bool:
        """Whether what is due is late."""
        return bool(self.overdue_s)

    @property
    def fine(self) -> bool:
        """Whether nothing at all speaks against it, whatever is before it."""
        comes = self.arrives is None or self.arrives is YES
        return self.holds is YES and comes and self.probed and not self.overdue_s

    @property
    def nothing(self) -> bool:
        """Whether it is known that nothing arrives."""
        return self.arrives is NO or self.rate == 0 or self.overdue

    @property
    def silent(self) -> bool:
        """Whether a probe asked what arrives, and nothing does."""
        return self.arrives is NO

    @property
    def something(self) -> bool:
        """Whether it is known that something came here of late."""
        return bool(self.rate) or self.arrives is YES or (bool(self.seen_at) and not self.overdue)


BLANK = Look(probed=False)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a stage stands in its flow."""

    state: StageState
    first: bool = False
    """Broken, and nothing before it is."""
    roots: tuple[str, ...] = ()
    """The broken stages before it, the first ones of their ways."""
    why: tuple[str, ...] = ()


WELL = Standing("ok")


def judge(before: Mapping[str, Sequence[str]], looks: Mapping[str, Look]) -> Mapping[str, Standing]:
    """Every stage, in the order of `before`, which names for each those it gets things from."""
    through = _through(before, looks)
    found: dict[str, Standing] = {}
    hurt: set[str] = set()
    """Stages out of which nothing comes, because they or what is before them is broken."""
    doubtful: set[str] = set()
    """Stages that were looked at and are not known, or come after one."""
    roots: dict[str, tuple[str, ...]] = {}
    """Stage → where it is broken first on the ways to it, itself included."""
    for stage, earlier in before.items():
        look = looks.get(stage, BLANK)
        if not (hurt or doubtful or roots) and look.fine:
            found[stage] = WELL
            continue
        some = hurt.intersection(earlier)
        doubt = not doubtful.isdisjoint(earlier)
        cut = bool(some) and len(some) == len(earlier)
        state, why = _state(look, bool(some), cut, doubt, stage in through)
        if state in HURT or (cut and state == "unknown"):
            hurt.add(stage)
        if doubt or (state == "unknown" and look.probed):
            doubtful.add(stage)
        above = _above(earlier, roots) if roots else ()
        first = state == "broken" and not above
        if first or above:
            roots[stage] = (stage,) if first else above
        found[stage] = WELL if state == "ok" and not why else Standing(state, first, above, why)
    return found


def _above(earlier: Sequence[str], roots: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """Where the ways to a stage are broken first."""
    if len(earlier) == 1:
        return roots.get(earlier[0], ())
    return tuple(dict.fromkeys(root for one in earlier for root in roots.get(one, ())))


def _state(
    look: Look, hurt: bool, cut: bool, doubt: bool, through: bool
) -> tuple[StageState, tuple[str, ...]]:
    """The rules, each stronger than those below it."""
    if look.holds is NO:
        return "broken", look.why
    # what is before it sends nothing, and nothing comes
    if hurt and look.nothing:
        return "starved", look.why
    # nothing comes: it is lost on the way here, or where nobody can see
    if look.arrives is NO and doubt:
        return "unknown", (*look.why, "nothing arrives, and what is before it is not known")
    if look.arrives is NO:
        return "broken", (*look.why, "nothing arrives, though nothing before it is broken")
    # a value that decides is not known, or something is late that was due
    if look.holds is UNKNOWN or look.arrives is UNKNOWN or look.overdue:
        return "unknown", look.why
    # nobody saw that something comes, and nothing can
    if cut and not look.rate:
        return "starved", look.why
    if look.probed:
        return "ok", look.why
    # nothing looks at it: what came out after it passed it
    return ("ok", ()) if through else ("unknown", ("nothing looks at this stage",))


def _through(before: Mapping[str, Sequence[str]], looks: Mapping[str, Look]) -> set[str]:
    """Stages that something passed of late, as it was seen after them.

    Where a stage gets things from several, it does not tell from which. What a silent one still
    sends on is its backlog: nothing came to it.
    """
    passed: set[str] = set()
    if all(one in looks and looks[one].probed for one in before):
        return passed  # nobody asks
    for stage, earlier in reversed(list(before.items())):
        look = looks.get(stage, BLANK)
        if not look.silent and (stage in passed or look.something) and len(earlier) == 1:
            passed.update(earlier)
    return passed
