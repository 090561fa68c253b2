"""What the screens about planned windows have in common: the key that hears what they ring."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from console.model.affairs import Ring
from console.model.wishes import Heard
from widgets.desk import desk
from widgets.wishes import Wanted


class PlannedKeys(Screen[None]):
    """A screen about planned windows: `x` here hears what they ring."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "heard", "heard", show=False, id="planned.heard"),
    ]

    @property
    def rings(self) -> tuple[Ring, ...]:
        """What windows ring."""
        affairs = desk(self).affairs
        keys = {one.key for one in affairs.windows}
        return tuple(ring for ring in affairs.rings if ring.scope in keys)

    def action_heard(self) -> None:
        """Quiet, until something else is due."""
        for scope in dict.fromkeys(ring.scope for ring in self.rings):
            self.post_message(Wanted(Heard(scope)))
