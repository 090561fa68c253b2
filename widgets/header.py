"""The first and the last lines: whose estate, armed or not, what time; and one cell a source."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.model import Freshness
from widgets.desk import desk
from widgets.freshness import freshness_words
from widgets.words import age, cell_len, clean, fit, zone_name


class Band(Widget):
    """One line that is repainted only when its words change."""

    DEFAULT_CSS = "Band { height: 1; }"

    def on_mount(self) -> None:
        """Bind to the state of the program."""
        self._shown = Content()
        for name in ("board", "duty", "now", "symbols"):
            self.watch(self.app, name, self._changed, init=False)
        self._changed()

    def _changed(self) -> None:
        content = self.words()
        if content != self._shown:
            self._shown = content
            self.refresh()

    def on_resize(self) -> None:
        """Other words may fit."""
        self._changed()

    def words(self) -> Content:
        """The line."""
        raise NotImplementedError

    def render(self) -> Content:
        """What was last put in words."""
        return self._shown


class Header(Band):
    """Estate, arming, DEMO banner, and the clock in the estate's zone and UTC."""

    DEFAULT_CSS = "Header { background: $primary 30%; }"

    def words(self) -> Content:
        """The banner gives way first, never the arming and never the time."""
        app, look = desk(self), desk(self).look
        duty, symbols = app.duty, look.symbols
        local, utc = look.now.estate.astimezone(look.zone), look.now.estate
        wide = self.size.width >= 100
        day = f"{local:%a} {local.day} {local:%b} " if wide else ""
        time = f"{day}{local:%H:%M} {zone_name(look.zone)}  {utc:%H:%M} UTC "
        armed = f"{symbols.armed} {clean(duty.armed, symbols)}"
        title = f"  oncall  {clean(duty.estate, symbols, 40)}  "
        banner = clean(duty.banner, symbols)
        room = self.size.width - cell_len(title + armed + time) - 4
        banner = fit(banner, room, more=symbols.more) if cell_len(banner) > room else banner
        gap = " " * max(room + 2 - cell_len(banner), 1)
        tone = "$text-error bold" if duty.armed.startswith("ARMED") else "bold"
        return Content.assemble(
            (title, "bold"), (armed, tone), "  ", (banner, "$text-warning bold reverse"), gap, time
        )


SHORT = {"instances": "ec2", "kafka_lag": "lag", "kafka_brokers": "brokers"}
TONES = {
    Freshness.FRESH: "$text-success",
    Freshness.LATE: "$text-warning",
    Freshness.STALE: "$text-warning",
    Freshness.NO_DATA: "$text-muted",
    Freshness.FAILED: "$text-error",
    Freshness.AUTH_EXPIRED: "$text-error",
}


class StatusLine(Band):
    """How every source is doing; its age only when that is news."""

    def words(self) -> Content:
        """One cell a source."""
        app, look = desk(self), desk(self).look
        sources = dict.fromkeys(source for source, _ in app.board.snapshots)
        cells: list[Content | str] = [" "]
        for source in sources:
            parts = app.board.parts(source)
            fresh, _ = freshness_words(parts, look)
            ages = [past for part in parts if (past := part.age(look.now.real)) is not None]
            old = f" {age(max(ages))}" if ages and fresh is not Freshness.FRESH else ""
            name = SHORT.get(source, source)
            cells.append(
                Content.styled(f"{name} {look.symbols.freshness(fresh)}{old}", TONES[fresh])
            )
            cells.append("  ")
        return Content.assemble(*cells)
