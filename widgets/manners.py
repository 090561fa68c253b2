"""Night manners: it rings when something got worse, and tells what one missed."""

from __future__ import annotations

from datetime import datetime

from textual.events import Event, Key, MouseDown, Paste

from console.model.affairs import Ring
from console.model.bell import ringing
from widgets.desk import Desk


class Manners(Desk):
    """The desk that rings each ring once, and knows since when nobody pressed a key."""

    _rung: frozenset[Ring] = frozenset()
    _touched: datetime | None = None

    def watch_affairs(self) -> None:
        """Whatever rings anew, or again, is heard now.

        One is away from the moment on at which there is something to be missed.
        """
        self._touched = self._touched or self.here.real
        rings = frozenset(self.affairs.rings)
        new, self._rung = rings - self._rung, rings
        texts = tuple(ring.text for ring in sorted(new, key=lambda ring: ring.since))
        if (sound := ringing(texts)) and self._driver is not None:
            self._driver.write(sound)
            self._driver.flush()

    async def on_event(self, event: Event) -> None:
        """After a long while the first key or click only opens the list of what happened."""
        if isinstance(event, Key | Paste | MouseDown) and not event.is_forwarded:
            before, self._touched = self._touched, self.here.real
            if self._missed(before):
                return
        await super().on_event(event)

    def _missed(self, then: datetime | None) -> bool:
        """Show what happened since; whether there was anything to show."""
        from widgets.away import AWAY, Away, since_then

        if then is None or self.here.real - then < AWAY:
            return False
        entries = since_then(self.own.entries, then)
        if entries:
            self.push_screen(Away(entries, then))
        return bool(entries)
