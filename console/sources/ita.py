"""Exastro IT Automation: its maintenance mode, and everything that is still running in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from console.clock import real_now
from console.model import Ref, Row, Severity
from console.model.words import lasting
from console.poll import Context, Failed, Part

if TYPE_CHECKING:
    from console.config.ita import Ita
    from console.ita.api import ItaApi
    from console.ita.draining import Draining
    from console.ita.values import Item, Mode, Running

INTERVAL = 15.0
SKEW = timedelta(minutes=2)
State = Literal["normal", "job_stop", "read_only", "wrong_order"]
BECAUSE = {
    "job_stop": "job stop is on: nothing new starts, in any organization",
    "read_only": "read-only is on: nothing can be created or changed, in any organization",
    "wrong_order": "wrong order: read-only without job stop, so jobs were not drained",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItaRow(Row):
    """Exastro IT Automation: the switches of a system, and what is running in it."""

    name: str
    """The system, or organization/workspace/backyard/id of what is running."""
    what: Literal["system", "job", "conductor"]
    mode: State | None = None
    job_stop: bool | None = None
    read_only: bool | None = None
    jobs: int | None = None
    """Running in all organizations, by the platform's count."""
    conductors: int | None = None
    """Running; what they run is counted, they are not."""
    zeros: int | None = None
    """Looks in a row, under job stop, that found no job."""
    drained: bool | None = None
    """Read-only may be turned on."""
    job_stop_since: datetime | None = None
    """As far as this console saw."""
    organization: str | None = None
    workspace: str | None = None
    backyard: str | None = None
    item: str | None = None
    status_id: str | None = None
    status: str | None = None
    """By its number, whatever language its name came in."""
    age_s: float | None = None
    """Since its last change."""
    note: str = ""


def state_of(mode: Mode) -> State:
    """What the two switches mean together."""
    if mode.read_only:
        return "read_only" if mode.job_stop else "wrong_order"
    return "job_stop" if mode.job_stop else "normal"


class System:
    """One system; what its polls learn is kept with its client, which outlives this."""

    def __init__(self, name: str, settings: Ita, context: Context) -> None:
        self.name, self.settings, self.context = name, settings, context

    async def fetch(self) -> tuple[Row, ...]:
        """One poll. What cannot be believed is an error: the rows of before stay, and age."""
        api, asked = self.context.clients.ita(self.name), real_now()
        try:
            mode, running = await api.mode(), await api.running()
        except Failed:
            api.memory.blind()
            raise
        self._believe(mode, asked, api)
        at, memory = self.context.clock.now(), api.memory
        memory.draining = memory.draining.looked(at, mode.job_stop, running.count)
        return (self._system(mode, running, memory.draining, at), *self._items(running.items, at))

    def _believe(self, mode: Mode, asked: datetime, api: ItaApi) -> None:
        """Raises Failed where all is off at once and nobody here turned it off.

        `asked`: real time before it was read; what was turned off since is no surprise.
        """
        memory = api.memory
        memory.belief = belief = memory.belief.told(mode, asked, api.turned_off)
        if belief.doubt:
            memory.draining = memory.draining.blind()
            cure = "it is asked again; believed when it says so for two minutes"
            raise Failed(f"{self.name}: {belief.doubt}", cure)

    def _system(self, mode: Mode, running: Running, draining: Draining, at: datetime) -> ItaRow:
        state = state_of(mode)
        drained, missing = (draining.drained, {}) if mode.job_stop else (None, _undrained())
        return ItaRow(
            ref=Ref("ita", self.name, self.name),
            at=at,
            owner=self.settings.owner,
            severity=Severity.OK if state == "normal" else Severity.WARNING,
            because=(BECAUSE[state],) if state in BECAUSE else (),
            missing=missing,
            name=self.name,
            what="system",
            mode=state,
            job_stop=mode.job_stop,
            read_only=mode.read_only,
            jobs=running.count,
            conductors=running.conductors,
            zeros=draining.zeros if mode.job_stop else None,
            drained=drained,
            job_stop_since=draining.since,
            note=self._note(mode, running, draining),
        )

    def _note(self, mode: Mode, running: Running, draining: Draining) -> str:
        from console.ita.values import AGENTS

        told = []
        if mode.job_stop and not mode.read_only and not draining.drained:
            jobs = "job" if running.count == 1 else "jobs"
            zeros = f"{draining.zeros} of {draining.wanted} looks without one"
            told.append(f"{running.count} {jobs} left" if running.count else zeros)
        if mode.job_stop and self.settings.agents:
            told.append(AGENTS)
        return "; ".join(told)

    def _items(self, items: Iterable[Item], at: datetime) -> Iterable[ItaRow]:
        for item in items:
            age_s, why = _age(item, at)
            yield ItaRow(
                ref=Ref("ita_job" if item.counted else "ita_conductor", self.name, item.name),
                at=at,
                owner=self.settings.owner,
                severity=Severity.OK,
                missing={"age_s": why} if why else {},
                name=item.name,
                what="job" if item.counted else "conductor",
                organization=item.organization,
                workspace=item.workspace,
                backyard=item.backyard,
                item=item.id,
                status_id=item.status_id,
                status=item.status,
                age_s=age_s,
                note="" if item.counted else "for information: what it runs is counted",
            )


def _undrained() -> dict[str, str]:
    return {"drained": "job stop is off", "zeros": "job stop is off"}


def _age(item: Item, at: datetime) -> tuple[float | None, str]:
    """Seconds since its last change, or why they are not known."""
    if item.updated_at is None:
        return None, "it has no readable time"
    age = at - item.updated_at
    if age < -SKEW:
        ahead = lasting(-age.total_seconds())
        return None, f"its time lies {ahead} ahead: is `zone` that of the system's containers?"
    return max(age.total_seconds(), 0.0), ""


class ItaSystems:
    """Asks each system for its mode and for what is running."""

    name = "ita"
    row: type[Row] = ItaRow

    def parts(self, context: Context) -> Sequence[Part]:
        """One part a system."""
        return [
            context.part(self.name, name, System(name, settings, context).fetch, INTERVAL, 20.0)
            for name, settings in context.estate.ita.items()
        ]
