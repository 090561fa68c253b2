"""What screens call things: scopes, remedies, contacts. Read once from the configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from console.model.affairs import Affairs, Card, Offer
from console.model.issues import Place

if TYPE_CHECKING:
    from console.config import Configuration, Estate


def named_affairs(configuration: Configuration) -> Affairs:
    """The affairs of a console that has done nothing, and may not."""
    estate = configuration.estate
    scopes = scopes_in(estate)
    return Affairs(
        scopes=scopes,
        titles={name: one.title for name, one in configuration.windows.windows.items()}
        | titles(scopes, estate),
        spans={one.fact or one.id: one.trend_over for one in estate.metrics},
        zones={name: one.zone for name, one in estate.kafka.items()},
        offers={
            name: Offer(entry.title or name, entry.say, entry.kind)
            for name, entry in configuration.remedies.remedies.items()
        },
        contacts={
            name: Card(
                one.title,
                one.answers_for,
                one.hours,
                one.language,
                tuple(
                    " ".join((c.title or c.kind, *(() if c.kind == "webhook" else (c.address,))))
                    for c in one.channels
                ),
                any(channel.kind == "webhook" for channel in one.channels),
            )
            for name, one in configuration.contacts.contacts.items()
        },
        sites=places(estate),
        able=frozenset(case.id for case in configuration.cases.values() if case.steps),
    )


def scopes_in(estate: Estate) -> tuple[str, ...]:
    """Every scope there is: clusters, systems, accounts, `site/env` (production first)."""
    scopes = [f"{name}/{env}" for name, site in estate.sites.items() for env in site.environments]
    scopes.sort(key=lambda scope: not scope.endswith("/prod"))
    return (*estate.kafka, *estate.kubernetes, *estate.ita, *estate.accounts, *scopes)


def places(estate: Estate) -> Mapping[str, Place]:
    """Site → its title and environments."""
    return {
        name: Place(one.title, tuple(one.environments), one.zone)
        for name, one in estate.sites.items()
    }


def titles(scopes: tuple[str, ...], estate: Estate) -> dict[str, str]:
    """Scope → `堺/prod`."""
    told = {}
    for scope in scopes:
        name, slash, env = scope.partition("/")
        site = estate.sites.get(name)
        told[scope] = f"{site.title}{slash}{env}" if site and site.title else scope
    return told
