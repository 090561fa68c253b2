"""The handover, gone through item by item by who gives the shift and who takes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.model import Order, Ref
from console.model.handover import LANGUAGES, Item
from console.model.shift import (
    FORMS,
    UNNAMED,
    AddTo,
    AgreeTo,
    AskAbout,
    ExportShift,
    LookOver,
    OfferShift,
    ShowAsItWas,
    TakeShift,
    TellSince,
)
from console.model.shift import Form as FileForm
from console.model.told import moment_of
from console.model.wishes import PlanIt, Wish
from widgets.blocks import Blocks
from widgets.desk import desk
from widgets.form import Answer, Form
from widgets.handover_evidence import Evidence
from widgets.handover_view import Walkthrough
from widgets.handover_words import to_send
from widgets.wishes import CopyWanted
from widgets.words import clean

SINCE = "Since when is the shift told?"
SENT = 2000  # characters of a message: a chat shows no more
TOLD: Mapping[FileForm, str] = {
    "md": "Markdown, for a wiki",
    "html": "HTML, one file for a browser",
    "json": "JSON, for a program",
}


class HandoverScreen(Walkthrough):
    """Every item is acknowledged or asked about; only then does the shift change hands."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "help", id="handover.help"),
        Binding("space", "agree", "acknowledge", id="handover.agree"),
        Binding("a", "ask", "ask", id="handover.ask"),
        Binding("n", "add", "add a line", id="handover.add"),
        Binding("o", "offer", "who to whom", id="handover.offer"),
        Binding("T", "take", "hand over", id="handover.take"),
        Binding("S", "since", "since when", id="handover.since"),
        Binding("E", "export", "export", id="handover.export"),
        Binding("m", "message", "send", show=False, id="handover.message"),
        Binding("y", "copy", "copy", show=False, id="handover.copy"),
        Binding("ctrl+r,f5", "again", "make it anew", show=False, id="handover.again"),
        Binding("pagedown", "read(1)", "read on", show=False, id="handover.down"),
        Binding("pageup", "read(-1)", "read back", show=False, id="handover.up"),
        Binding("q,escape", "app.pop_screen", "back", id="handover.back"),
    ]

    def _here(self) -> Item | None:
        """The item, where it is known who speaks of it."""
        if self.walk.hands is None:
            self.app.notify(UNNAMED, timeout=4, markup=False)
            return None
        return self.item

    def action_agree(self) -> None:
        """Who takes the shift has understood this item; on to the next that waits for it."""
        item, document = self._here(), self.walk.document
        if item is None or document is None or self.walk.hands is None:
            return
        if item.asks:
            self.wish(AgreeTo(item.id, self.walk.hands.mark(item)))
        left = [one.id for one in self.walk.hands.left(document) if one.id != item.id]
        every = [one.id for one in document.items]
        at = every.index(item.id)
        following = (id for id in (*every[at:], *every[:at]) if id in left)
        self.items.go(next(following, item.id))

    async def action_ask(self) -> None:
        """Who takes the shift wants to know more."""
        if (item := self._here()) is not None and (hands := self.walk.hands) is not None:
            title = f"{hands.takes} asks about {item.title}"
            await self._asked(title, "question", lambda text: AskAbout(item.id, text))

    async def action_add(self) -> None:
        """Who gives the shift says more, or answers."""
        if (item := self._here()) is not None and (hands := self.walk.hands) is not None:
            title = f"{hands.gives} adds to {item.title}"
            await self._asked(title, "line", lambda text: AddTo(item.id, text))

    async def _asked(self, title: str, field: str, wish: Callable[[str], Wish]) -> None:
        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self.wish(wish(answer[1][0]))

        await self.app.push_screen(Form(clean(title, desk(self).symbols, 76), (field,)), answered)

    async def action_offer(self) -> None:
        """Two names; other ones for who takes it make every item unacknowledged again."""
        hands, before = self.walk.hands, self.walk.before
        gives = hands.gives if hands else before.takes if before else ""
        takes = hands.takes if hands else ""

        def wrong(answer: Answer) -> str:
            taken, given = answer[1]
            if not given:
                return "who gives the shift?"
            return "two people are needed" if given.casefold() == taken.casefold() else ""

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self.wish(OfferShift(answer[1][1], answer[1][0]))

        form = Form("The shift", ("takes it", "gives it"), values=(takes, gives), check=wrong)
        await self.app.push_screen(form, answered)

    async def action_take(self) -> None:
        """The shift changes hands: who takes it types the name, and all must be acknowledged."""
        hands, document = self.walk.hands, self.walk.document
        if hands is None or document is None:
            self.app.notify(UNNAMED, timeout=4, markup=False)
        elif hands.left(document):
            self.wish(TakeShift(""))  # refused whatever has changed by then, and why is said
            self.items.go(hands.left(document)[0].id)
        else:
            title = f"{hands.takes} takes the shift from {hands.gives}: type {hands.takes}"
            await self._asked(title, "name", TakeShift)

    async def on_blocks_opened(self, event: Blocks.Opened) -> None:
        """The board of that moment, on the whole screen."""
        if (item := self.item) is not None:
            self.wish(ShowAsItWas(item.id))
            await self.app.push_screen(Evidence(item))

    async def action_since(self) -> None:
        """Tell the shift from another moment on: it may have begun earlier, or later."""
        app = desk(self)

        def moment(answer: Answer) -> datetime | None:
            text = answer[1][0]
            return moment_of(text, app.now, app.look.zone) if text else None

        def wrong(answer: Answer) -> str:
            try:
                moment(answer)
            except ValueError as error:
                return str(error)
            return ""

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self.wish(TellSince(moment(answer)))

        fields = ("22:00, 8h or a date (empty: as it was taken)",)
        await app.push_screen(Form(SINCE, fields, needed=False, check=wrong), answered)

    async def action_export(self) -> None:
        """Write it to a file: in which form and language."""
        pairs = [(form, lang) for lang in LANGUAGES for form in FORMS]
        choices = [f"{TOLD[form]} ({lang})" for form, lang in pairs]

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                self.wish(ExportShift(*pairs[answer[0]], answer[1][0]))

        fields = ("file (empty: in the state directory)",)
        await self.app.push_screen(Form("Export", fields, choices, needed=False), answered)

    async def action_message(self) -> None:
        """Send it to a contact's channel, after the confirmation that every act has."""
        app, document = desk(self), self.walk.document
        contacts = [(name, card) for name, card in app.affairs.contacts.items() if card.webhook]
        remedy = next(
            (name for name, one in app.affairs.offers.items() if one.kind == "notify"), ""
        )
        if document is None or not contacts or not remedy:
            self.app.notify("no contact can be written to from here: E exports a file", timeout=5)
            return
        scopes = self.item.scopes if self.item else ()
        scope = next(iter((*scopes, *app.affairs.scopes)), "")
        text = to_send(self.walk, app.look, SENT)

        def answered(answer: Answer | None) -> None:
            if answer is not None:
                from widgets.act import ActDialog

                target = Ref("contact", scope, contacts[answer[0]][0])
                order = Order(remedy, (target,), words={"text": text})
                app.push_screen(ActDialog(PlanIt("", order)))

        form = Form("Send the handover to", (), [card.title for _, card in contacts])
        await self.app.push_screen(form, answered)

    def action_copy(self) -> None:
        """Take the item along as it is shown."""
        shown = next((one.lines for one in self.items.shown if one.key == self.items.key), ())
        self.post_message(
            CopyWanted("\n".join("".join(text for text, _ in line).rstrip() for line in shown))
        )

    def action_again(self) -> None:
        """Have it made anew."""
        self.sought = ""
        self.wish(LookOver(anew=True))

    def action_help(self) -> None:
        """Keys and signs."""
        from widgets.help import Help

        self.app.push_screen(Help(one.binding for one in self.active_bindings.values()))
