"""The keys of whoever is on duty: remedy, checklist, take, silence, note, arm, watch, journal."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from console.model import Finding, Row
from console.model.affairs import Night, Ring
from console.model.wishes import Acknowledge, AskWhat, CopyLink, Heard, OpenRun, Silence, WriteNote
from widgets.desk import desk
from widgets.silence import expiries
from widgets.wishes import Wanted
from widgets.words import clean


class OnDuty(Screen[None]):
    """A screen that shows a finding, a row, or both."""

    has_past: ClassVar[bool] = True
    """Whether it can show the past."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "remedy", "remedy", id="finding.remedy"),
        Binding("a", "remedies", "what may act", show=False, id="row.remedies"),
        Binding("c", "checklist", "checklist", id="finding.checklist"),
        Binding("x", "acknowledge", "take", id="finding.acknowledge"),
        Binding("X", "silence", "silence", show=False, id="finding.silence"),
        Binding("n", "note", "note", show=False, id="finding.note"),
        Binding("l", "closer", "logs", id="row.closer"),
        Binding("o", "link", "copy link", show=False, id="row.link"),
        Binding("A", "arm", "arm", id="app.arm"),
        Binding("w", "watch", "watch", id="app.watch"),
        Binding("H", "handover", "handover", id="app.handover"),
        Binding("J", "journal", "journal", id="app.journal"),
        Binding("p", "planned", "planned windows", show=False, id="app.planned"),
        Binding("i", "issues", "known issues", show=False, id="app.issues"),
    ]

    @property
    def finding(self) -> Finding | None:
        """The finding that is highlighted."""
        return None

    @property
    def row(self) -> Row | None:
        """The row that has the keys; None while a finding has them."""
        return None

    @property
    def rings(self) -> tuple[Ring, ...]:
        """What `x` silences: the highlighted finding's rings; all of them where there is none."""
        rings, finding = desk(self).affairs.rings, self.finding
        if finding is None:
            return rings
        return tuple(one for one in rings if one.scope in (finding.scope, *finding.scopes))

    @property
    def nights(self) -> tuple[Night, ...]:
        """What may be armed to go on by itself here: the highlighted finding's case."""
        nights, finding = desk(self).affairs.nights, self.finding
        return tuple(one for one in nights if finding is not None and one.case == finding.case)

    def _found(self) -> Finding | None:
        if self.finding is None:
            self.app.notify("there is no finding", timeout=2, markup=False)
        return self.finding

    async def action_remedy(self) -> None:
        """The matching remedy of the highlighted finding, shown before anything is sent."""
        if finding := self._found():
            from widgets.act import ActDialog

            await self.app.push_screen(ActDialog(AskWhat("", finding=finding.id)))

    async def action_remedies(self) -> None:
        """What may act on this row, or help with this finding."""
        from widgets.act import ActDialog

        if self.row is not None:
            await self.app.push_screen(ActDialog(AskWhat("", row=self.row.ref)))
        elif finding := self._found():
            await self.app.push_screen(ActDialog(AskWhat("", finding=finding.id, all=True)))

    def action_closer(self) -> None:
        """What a person would open next about the row, or about what the finding rests on."""
        from widgets.closer import look_closer

        look_closer(self, self.row, self.finding)

    async def action_checklist(self) -> None:
        """The finding's checklist; it is begun if none is open."""
        finding = self._found()
        if finding is None:
            return
        if finding.case not in desk(self).affairs.able:
            self.app.notify("this case has no checklist", timeout=3, markup=False)
            return
        from widgets.checklist import Checklist

        if desk(self).past is None:
            self.post_message(Wanted(OpenRun(finding.id)))
        elif desk(self).affairs.run_of(finding.id) is None:
            self.app.notify("no checklist of it was open then", timeout=3, markup=False)
            return
        await self.app.push_screen(Checklist(finding=finding.id))

    def action_acknowledge(self) -> None:
        """Take it, and hear what rings: whoever looks next sees who has the ball."""
        rings = self.rings
        for scope in dict.fromkeys(ring.scope for ring in rings):
            self.post_message(Wanted(Heard(scope)))
        if finding := self.finding if rings else self._found():
            self.post_message(Wanted(Acknowledge(finding.id)))

    async def action_silence(self) -> None:
        """Silent until a moment, with a reason."""
        finding = self._found()
        if finding is None:
            return
        from widgets.form import Answer, Form

        look = desk(self).look
        silent = finding.silenced_until is not None
        choices = expiries(look.now.estate, look.zone, silent)

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                until = choices[answer[0]][1]
                self.post_message(Wanted(Silence(finding.id, until, answer[1][0])))

        title = f"Silence {clean(finding.title, look.symbols, 50)}"
        form = Form(title, ("why",), [told for told, _ in choices])
        await self.app.push_screen(form, answered)

    async def action_note(self) -> None:
        """Write something down about the row, or the finding."""
        row, finding = self.row, self.finding
        if row is None and finding is None:
            return
        from widgets.form import Answer, Form

        about = str(row.ref) if row is not None else ""
        id = finding.id if finding is not None and row is None else ""

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self.post_message(Wanted(WriteNote(answer[1][0], finding=id, about=about)))

        name = row.ref.name if row is not None else finding.title if finding else ""
        form = Form(f"Note on {clean(name, desk(self).symbols, 60)}", ("note",))
        await self.app.push_screen(form, answered)

    def action_link(self) -> None:
        """The vendor's own page of the row, or of what the finding rests on."""
        if self.row is not None:
            self.post_message(Wanted(CopyLink((self.row.ref,))))
        elif finding := self._found():
            self.post_message(Wanted(CopyLink(finding.evidence)))

    async def action_arm(self) -> None:
        """Arm or disarm; offered first is what the highlighted thing serves."""
        from widgets.arm import ArmDialog

        own = [self.row.scopes] if self.row is not None else []
        if self.finding is not None:
            own.append(self.finding.scopes or (self.finding.scope,))
        await self.app.push_screen(ArmDialog(own, nights=self.nights))

    async def action_watch(self) -> None:
        """The night: the maintenance of the cluster that is highlighted, else the worst."""
        from widgets.night import NightScreen

        row, finding = self.row, self.finding
        scopes = row.scopes if row is not None else finding.scopes if finding else ()
        await self.app.push_screen(NightScreen(scopes or ((finding.scope,) if finding else ())))

    async def action_issues(self) -> None:
        """The register of known issues, at the site that is highlighted."""
        from widgets.issues import IssuesScreen

        row, finding = self.row, self.finding
        scope = row.ref.scope if row is not None else finding.scope if finding else ""
        await self.app.push_screen(IssuesScreen(scope.partition("/")[0]))

    async def action_planned(self) -> None:
        """What is planned, what of it is due, and its reports."""
        from widgets.planned import PlannedScreen

        await self.app.push_screen(PlannedScreen())

    def action_help(self) -> None:
        """Keys and signs."""
        from widgets.help import Help

        self.app.push_screen(Help(active.binding for active in self.active_bindings.values()))

    async def action_handover(self) -> None:
        """The shift, item by item, from one person to the next."""
        from widgets.handover import HandoverScreen

        await self.app.push_screen(HandoverScreen())

    async def action_journal(self) -> None:
        """Everything that was seen and done."""
        from widgets.journal import JournalScreen

        await self.app.push_screen(JournalScreen())
