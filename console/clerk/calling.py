"""What the night's machine says to people: each thing rings until somebody heard it."""

from __future__ import annotations

from console.model import Arming, Run
from console.watch import Watching


class Calling:
    """Calls a person about a checklist, or about an arming that nobody ended."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching
        self._asked: set[tuple[str, str]] = set()

    def anew(self) -> None:
        """Somebody armed: what was said before is said again where it is still so."""
        self._asked.clear()

    async def needed(self, run: Run, step: str, why: str) -> None:
        """A person has something to do, once for each step; the rest stays armed."""
        if (run.id, step) not in self._asked:
            self._asked.add((run.id, step))
            await self._ring(run, f"CALL {run.title}: {why}", "needed")

    async def stopped(self, run: Run, why: str) -> None:
        """A checklist goes on by itself no more."""
        text = f"CALL {run.title}: stopped at {why}. Nothing more runs by itself"
        await self._ring(run, text, "stopped")

    async def done(self, run: Run) -> None:
        """A checklist came to its end."""
        told = (f"{step.id} {step.outcome}" for step in run.steps if step.outcome != "left_out")
        await self._ring(run, f"{run.title}: done; {', '.join(told)}", "done", good=True)

    async def ended(self, was: Arming, going: Run | None, why: str, scope: str) -> None:
        """The arming is gone, and nobody who was there wanted that."""
        text = f"{', '.join(sorted(was.cases))}: nothing goes on by itself any more: {why}"
        if going is not None:
            await self._ring(going, text, "disarmed")
        else:
            await self._watching.ring(scope, text, why="disarmed")

    async def _ring(self, run: Run, text: str, why: str, *, good: bool = False) -> None:
        await self._watching.ring(
            run.scope, text, why=why, good=good, run=run.id, finding=run.finding
        )
