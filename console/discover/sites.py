"""Which site and environment a thing belongs to: by its tags, else by its name; a guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from console.discover.seen import Account, Thing

SITE_TAGS = ("site", "application", "app", "project", "system", "service", "product")
ENV_TAGS = ("env", "environment", "stage")
ENVIRONMENTS = {
    "production": "prod",
    "prd": "prod",
    "staging": "stg",
    "stage": "stg",
    "development": "dev",
}
IN_NAME = re.compile(
    r"(?P<site>.+?)[-_.]?(?P<env>production|prod|prd|staging|stage|stg|development|dev|demo|test)"
    r"(?:[-_.].*|\d*)"
)
UNFIT = re.compile(r"[^a-z0-9]+")


@dataclass(slots=True)
class Place:
    """One site in one environment, with the selectors that mean exactly what was found in it."""

    instances: list[Mapping[str, str]] = field(default_factory=list)
    """Tags, or {"id": …} for what has none."""
    caches: list[Mapping[str, str]] = field(default_factory=list)
    alarm_prefix: str = ""
    guessed: bool = False
    """By a name: no tag says it."""


def fit(name: str) -> str:
    """A name as an id: lower case letters, digits and hyphens."""
    return UNFIT.sub("-", name.casefold()).strip("-") or "unnamed"


def places(account: Account) -> dict[tuple[str, str], Place]:
    """Site and environment → what is there."""
    found: dict[tuple[str, str], Place] = {}
    for things, kind in ((account.instances, "instances"), (account.caches, "caches")):
        for thing in things:
            key, selector, guessed = _belongs(thing)
            place = found.setdefault(key, Place())
            place.guessed |= guessed
            selectors: list[Mapping[str, str]] = getattr(place, kind)
            if selector not in selectors:
                selectors.append(selector)
    for key, place in found.items():
        place.alarm_prefix = _prefix(key, account.alarms)
    return dict(sorted(found.items()))


def _belongs(thing: Thing) -> tuple[tuple[str, str], Mapping[str, str], bool]:
    lower = {key.casefold(): key for key in thing.tags}
    site = next((lower[one] for one in SITE_TAGS if thing.tags.get(lower.get(one, ""))), "")
    env = next((lower[one] for one in ENV_TAGS if thing.tags.get(lower.get(one, ""))), "")
    if site and env:
        tags = {site: thing.tags[site], env: thing.tags[env]}
        return (fit(tags[site]), _env(tags[env])), tags, False
    name = thing.tags.get("Name", "")
    selector = {"Name": name} if name else {"id": thing.id}
    match = IN_NAME.fullmatch((name or thing.id).casefold())
    key = (fit(match["site"]), _env(match["env"])) if match else (fit(name or thing.id), "prod")
    return key, selector, True


def _env(word: str) -> str:
    return ENVIRONMENTS.get(fit(word), fit(word))


def _prefix(key: tuple[str, str], alarms: Iterable[str]) -> str:
    """How the alarms of a place begin, by those there are."""
    site, env = key
    for prefix in (f"{site}-{env}-", f"{site}_{env}_", f"{site}{env}-"):
        if any(name.casefold().startswith(prefix) for name in alarms):
            return next(
                name[: len(prefix)] for name in alarms if name.casefold().startswith(prefix)
            )
    return ""
