"""In whose hands a shift is: by what the journal says, and by nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from console.handover import hands
from console.model import Draft, Entry, Now
from console.model.handover import Handover, Item, Section
from console.model.shift import Hands

AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
SINCE = AT - timedelta(hours=8)
LOAD = Item(id="finding:load", kind="finding", title="Load average · 堺", mark="a1")
DISK = Item(id="deferred:disk", kind="deferred", title="mediator-crow disk", mark="b1")
READ = Item(id="shift", kind="shift", title="the period", mark="c1", asks=False)


def document(*items: Item) -> Handover:
    return Handover(
        title="Handover",
        estate="refinery",
        lang="en",
        zone="UTC",
        since=Now(SINCE, SINCE),
        until=Now(AT, AT),
        sections=(Section(id="open", title="open", items=items),),
    )


BOTH = document(LOAD, READ, DISK)


def told(*drafts: Draft) -> hands.Ledger:
    """What a journal with these says, a minute after each other."""
    return hands.folded(entries(drafts))


def entries(drafts: Iterable[Draft]) -> list[Entry]:
    return [
        Entry(AT + timedelta(minutes=number), draft.kind, by="laptop", data=draft.data)
        for number, draft in enumerate(drafts)
    ]


OFFER = hands.offer("s1", "T.", "M.", SINCE)


def going_on(*more: Draft) -> Hands:
    found = hands.under_way(told(OFFER, *more))
    assert found is not None
    return found


HANDS = going_on()
YES = hands.acknowledge(HANDS, LOAD, "a1")
YES_TOO = hands.acknowledge(HANDS, DISK, "b1")


def test_the_shift_stays_with_who_gives_it_while_one_item_is_not_acknowledged() -> None:
    with pytest.raises(ValueError, match=r"stays with T\.: 1 of 2 items .* mediator-crow disk"):
        hands.take(going_on(YES), BOTH, "M.")
    draft = hands.take(going_on(YES, YES_TOO), BOTH, "m. ")
    assert draft.kind == "shift.taken"
    assert (draft.data["gives"], draft.data["takes"], draft.data["items"]) == ("T.", "M.", 2)
    ledger = told(OFFER, YES, YES_TOO, draft)
    assert hands.under_way(ledger) is None
    assert (last := hands.last_taken(ledger)) is not None
    assert last.takes == "M." and last.since == SINCE


def test_it_is_who_was_named_that_takes_it() -> None:
    with pytest.raises(ValueError, match=r"M\. takes it, by name"):
        hands.take(going_on(YES, YES_TOO), BOTH, "T.")


def test_an_item_that_says_something_else_must_be_acknowledged_again() -> None:
    worse = replace(LOAD, mark="a2")
    mine = going_on(YES, YES_TOO)
    assert mine.agreed(LOAD) and not mine.agreed(worse)
    with pytest.raises(ValueError, match="Load average"):
        hands.take(mine, document(worse, DISK), "M.")
    with pytest.raises(ValueError, match="something else by now"):
        hands.acknowledge(mine, worse, "a1")  # the screen still showed the old one
    again = hands.acknowledge(mine, worse, "a2")
    assert going_on(YES, YES_TOO, again).left(document(worse, DISK)) == ()


def test_an_item_that_came_later_must_be_acknowledged_too() -> None:
    new = Item(id="finding:new", kind="finding", title="new", mark="d1")
    assert going_on(YES, YES_TOO).left(document(LOAD, DISK, new)) == (new,)


def test_what_is_only_to_be_read_holds_nothing_up() -> None:
    assert going_on().left(document(READ)) == ()


def test_asking_is_not_acknowledging_and_an_added_line_answers() -> None:
    asked = hands.ask(HANDS, LOAD, " who reboots it? ")
    mine = going_on(asked)
    assert [one.text for one in mine.asked] == ["who reboots it?"]
    assert mine.asked[0].who == "M." and not mine.asked[0].answer
    assert LOAD in mine.left(BOTH)
    mine = going_on(asked, hands.add(HANDS, DISK, "cleaned on Monday"))
    assert not mine.asked[0].answer, "that was said of another item"
    mine = going_on(asked, hands.add(HANDS, LOAD, "the desk of the site"))
    assert mine.asked[0].answer == "the desk of the site"
    assert mine.added[0].who == "T."


def test_nobody_takes_it_without_having_typed_the_name() -> None:
    mine = going_on(YES, YES_TOO)
    for name in ("", "  "):
        with pytest.raises(ValueError, match=r"every item is acknowledged by now: M\. takes it"):
            hands.take(mine, BOTH, name)


def test_a_line_added_after_the_acknowledgement_is_to_be_acknowledged_too() -> None:
    line = hands.add(HANDS, LOAD, "it came back at 02:10")
    mine = going_on(YES, YES_TOO, line)
    assert mine.left(BOTH) == (LOAD,), "of another item nothing was added"
    with pytest.raises(ValueError, match="Load average"):
        hands.take(mine, BOTH, "M.")
    with pytest.raises(ValueError, match="something else by now"):
        hands.acknowledge(mine, LOAD, "a1")  # the screen did not show the line yet
    again = hands.acknowledge(mine, LOAD, mine.mark(LOAD))
    agreed = going_on(YES, YES_TOO, line, again)
    assert agreed.left(BOTH) == ()
    asked = hands.ask(agreed, LOAD, "when?")
    asking = going_on(YES, YES_TOO, line, again, asked)
    assert asking.left(BOTH) == (), "who asks has read it"
    answered = going_on(YES, YES_TOO, line, again, asked, hands.add(asking, LOAD, "at night"))
    assert answered.left(BOTH) == (LOAD,), "an answer is to be read"


def test_another_receiver_has_acknowledged_nothing() -> None:
    other = hands.offer("s1", "T.", "N.", SINCE)
    mine = going_on(YES, hands.ask(HANDS, DISK, "why?"), other)
    assert (mine.takes, mine.acknowledged, len(mine.asked)) == ("N.", {}, 1)
    same = hands.offer("s1", "T. T.", "M.", SINCE)
    assert going_on(YES, same).agreed(LOAD), "only the giver's name was written another way"


@pytest.mark.parametrize(
    ("gives", "takes", "why"),
    [("", "M.", "two names"), ("T.", "  ", "two names"), ("T.", "t.", "two people")],
)
def test_a_shift_needs_two_people(gives: str, takes: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        hands.offer("s1", gives, takes, SINCE)


def test_what_was_taken_is_not_changed_any_more() -> None:
    done = hands.take(going_on(YES, YES_TOO), BOTH, "M.")
    taken = told(OFFER, YES, YES_TOO, done)["s1"]
    for wanted in (
        lambda: hands.acknowledge(taken, LOAD, "a1"),
        lambda: hands.ask(taken, LOAD, "?"),
        lambda: hands.take(taken, BOTH, "M."),
    ):
        with pytest.raises(ValueError, match="has taken this shift already"):
            wanted()


def test_lines_that_are_no_handover_change_nothing() -> None:
    ledger = told(OFFER)
    for entry in (
        Entry(AT, "note", data={"text": "a note"}),
        Entry(AT, "note", data={"shift": "another", "item": "x", "deed": "asked"}),
        Entry(AT, "note", data={"shift": 7, "item": "x"}),
        Entry(AT, "finding.seen", data={"finding": "x", "shift": ""}),
    ):
        assert hands.fold(ledger, entry) is ledger
    later = Entry(AT, "note", data={"shift": "s1", "item": "x", "deed": "sung"})
    assert hands.fold(ledger, later) == ledger


DONE = Draft(hands.TAKEN, {"shift": "s1", "gives": "T.", "takes": "M."})


def after(days: float) -> Now:
    at = AT + timedelta(days=days)
    return Now(at, at)


def test_a_shift_of_a_long_weekend_is_told_from_its_beginning() -> None:
    ledger = told(OFFER, DONE)
    assert hands.began(ledger, after(4)) == AT + timedelta(minutes=1)
    offered = {**ledger, "s2": replace(ledger["s1"], shift="s2", taken_at=None)}
    assert hands.began(offered, after(4)) == SINCE


def test_one_that_was_taken_weeks_ago_is_told_of_hours_and_knows_it() -> None:
    ledger = told(OFFER, DONE)
    late = after(30)
    assert hands.began(ledger, late) == late.real - hands.USUAL
    assert hands.taken_at(ledger) == AT + timedelta(minutes=1)
    draft = hands.offer("s2", "M.", "N.", hands.began(ledger, late))
    line = Entry(late.real, draft.kind, data=draft.data)
    assert hands.taken_at(hands.fold(ledger, line)) == AT + timedelta(minutes=1), (
        "an offer hides it"
    )
    assert hands.taken_at({}) is None


def test_the_same_journal_read_again_says_the_same() -> None:
    lines = entries([OFFER, YES, hands.ask(HANDS, DISK, "why?")])
    assert hands.folded(lines) == hands.folded(tuple(lines))
