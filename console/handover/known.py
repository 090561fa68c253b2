"""Known issues that were changed in the shift, and how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.handover.given import Given
from console.handover.words import Words, mark, phrase
from console.issues import Register, fold
from console.model import Entry, Severity
from console.model.handover import Item
from console.model.issues import Issue, told

FIELDS: Mapping[str, str] = {
    "state": phrase("state"),
    "title": phrase("title"),
    "env": phrase("environment"),
    "first_seen": phrase("first seen"),
    "fix_on": phrase("to be fixed on"),
    "release": phrase("release"),
    "note": phrase("note"),
}


def items(given: Given, words: Words) -> Iterator[Item]:
    """One each, whatever was changed of it and how often; unchanged in the end is no change."""
    before: Register = {}
    for entry in given.story.entries:
        if entry.at < given.since:
            before = fold(before, entry)
    after, last = before, dict[tuple[str, str], Entry]()
    for entry in given.story.shift:
        changed = fold(after, entry)
        last |= {key: entry for key, one in changed.items() if after.get(key) != one}
        after = changed
    for key, entry in last.items():
        if after[key] != before.get(key):
            yield _item(after[key], before.get(key), entry, given, words)


def _item(now: Issue, was: Issue | None, entry: Entry, given: Given, words: Words) -> Item:
    fields = told(now)
    old = told(was) if was else {}
    by = words.say("changed {at} by {who}", at=words.real(entry.at), who=entry.by)
    new = [words.say("new in the register")] if was is None else []
    changes = [
        words.say("{field}: {value}", field=words.say(name), value=fields[field])
        if not old.get(field)
        else words.say(
            "{field}: {value} (was {old})",
            field=words.say(name),
            value=fields[field] or "–",
            old=old[field],
        )
        for field, name in FIELDS.items()
        if fields[field] != old.get(field, "") and field != "title"
    ]
    place = given.title(f"{now.site}/{now.env}") if now.env else now.site
    return Item(
        id=f"issue:{now.site}/{now.number}",
        kind="issue",
        title=f"{now.number} · {place} · {now.title}",
        severity=Severity.WARNING if now.state == "happening" else Severity.OK,
        lines=(*new, *changes, by),
        stop=words.say("it is fixed on {day}", day=now.fix_on) if now.open and now.fix_on else "",
        at=given.moment(entry.at),
        mark=mark(tuple(fields.items())),
    )
