"""The wished naming rule, held against what the configuration itself names."""

from __future__ import annotations

import re
from collections.abc import Iterator

from console.config.kinds import name_pattern
from console.config.load import Configuration
from console.config.mistakes import KeyPath, Mistake
from console.config.schema import Environment, Estate, Selector

KEYS_END = len(("sites", "sakai", "environments", "prod"))


def misnamed(estate: Estate, kind: str, site: str, env: str, name: str) -> str:
    """Why a name (of `instances`, `caches`, `alarms`, `sites`, `environments`) breaks the rule."""
    pattern = getattr(estate.naming, kind)
    if not pattern or not name or site in estate.naming.exempt:
        return ""
    return _unlike(pattern, kind, site, env, name)


def _unlike(pattern: str, kind: str, site: str, env: str, name: str) -> str:
    rule = name_pattern(pattern, site, env)
    if rule.fullmatch(name):
        return ""
    return f"{name} breaks the naming rule of {kind}: {rule.pattern.replace(chr(92) + '-', '-')}"


def broken(configuration: Configuration) -> list[str]:
    """Every name in estate.yaml that breaks the rule, a line each with its place."""
    document = configuration.documents["estate.yaml"]
    found = (
        # A site's and an environment's name is a key; all the others are values.
        Mistake(document.place(path, value=len(path) > KEYS_END), path, what)
        for path, what in _broken(configuration.estate)
    )
    return [str(mistake) for mistake in sorted(found, key=lambda mistake: mistake.place)]


def _broken(estate: Estate) -> Iterator[tuple[KeyPath, str]]:
    for site, entry in estate.sites.items():
        if what := misnamed(estate, "sites", site, "", site):
            yield ("sites", site), what
        for env, environment in entry.environments.items():
            path: KeyPath = ("sites", site, "environments", env)
            if what := misnamed(estate, "environments", site, env, env):
                yield path, what
            if what := misnamed(estate, "alarms", site, env, environment.alarm_prefix):
                yield (*path, "alarm_prefix"), what
            if site not in estate.naming.exempt:
                yield from _selected(estate, site, env, environment, path)


def _selected(
    estate: Estate, site: str, env: str, environment: Environment, path: KeyPath
) -> Iterator[tuple[KeyPath, str]]:
    """Names by which instances and caches are chosen here."""
    for kind in ("instances", "caches"):
        selectors: tuple[Selector, ...] = getattr(environment, kind)
        for index, selector in enumerate(selectors):
            here = (*path, kind, index)
            named = {("title",): selector.title, ("tags", "Name"): selector.tags.get("Name", "")}
            if kind == "caches":  # its id is its name; an instance's id is a number
                named[("id",)] = selector.id
            for key, name in named.items():
                if what := misnamed(estate, kind, site, env, name):
                    yield (*here, *key), what
            for tag, pattern in estate.naming.tags.items():
                value = selector.tags.get(tag, "")
                if value and (what := _unlike(pattern, f"tag {tag}", site, env, value)):
                    yield (*here, "tags", tag), what


def counted(configuration: Configuration) -> str:
    """What a configuration holds, in one line."""
    estate = configuration.estate
    scopes = sum(len(site.environments) for site in estate.sites.values())
    groups = sum(len(cluster.groups) for cluster in estate.kafka.values())
    deployments = sum(len(cluster.deployments) for cluster in estate.kubernetes.values())
    counts = (
        (len(estate.accounts), "account"),
        (len(estate.sites), "site"),
        (scopes, "site/env"),
        (len(estate.metrics), "metric"),
        (groups, "consumer group"),
        (deployments, "deployment"),
        (len(configuration.cases), "case"),
        (len(configuration.remedies.remedies), "remedy"),
        (len(configuration.flows.flows), "flow"),
        (len(configuration.windows.windows), "window"),
        (len(configuration.contacts.contacts), "contact"),
    )
    return ", ".join(f"{n} {_plural(word, n)}" for n, word in counts)


def _plural(word: str, count: int) -> str:
    if count == 1 or word == "site/env":
        return word
    return re.sub(r"y$", "ie", word) + "s"
