"""Names that point nowhere, over all files at once.

Works on the plain data, so that one wrong value elsewhere does not hide a wrong name here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from console.config.cases import STILL_BAD
from console.config.document import Document
from console.config.mistakes import KeyPath, suggest

OURS = "ours"
Documents = Mapping[str, Document]
Known = Mapping[str, "frozenset[str] | None"]
"""Kind of name → the names there are; None while their file cannot be read."""

# Where a name of which kind stands; `*` is any key or entry, `cases/*` every case.
NAMES: tuple[tuple[str, str, str], ...] = (
    ("estate.yaml", "accounts.*.owner", "contact"),
    ("estate.yaml", "sites.*.owner", "contact"),
    ("estate.yaml", "sites.*.environments.*.account", "account"),
    ("estate.yaml", "metrics.*.account", "account"),
    ("estate.yaml", "metrics.*.site", "site"),
    ("estate.yaml", "metrics.*.scope", "scope"),
    ("estate.yaml", "metrics.*.owner", "contact"),
    ("estate.yaml", "alarms.*.account", "account"),
    ("estate.yaml", "alarms.*.scope", "scope"),
    ("estate.yaml", "alarms.*.owner", "contact"),
    ("estate.yaml", "canaries.*.account", "account"),
    ("estate.yaml", "logs.*.account", "account"),
    ("estate.yaml", "canaries.*.owner", "contact"),
    ("estate.yaml", "kafka.*.account", "account"),
    ("estate.yaml", "kafka.*.owner", "contact"),
    ("estate.yaml", "kafka.*.groups.*.owner", "contact"),
    ("estate.yaml", "kafka.*.groups.*.deployment", "deployment"),
    ("estate.yaml", "kubernetes.*.eks.account", "account"),
    ("estate.yaml", "kubernetes.*.owner", "contact"),
    ("estate.yaml", "kubernetes.*.owners.*", "contact"),
    ("estate.yaml", "http.*.site", "site"),
    ("estate.yaml", "http.*.scope", "scope"),
    ("estate.yaml", "http.*.owner", "contact"),
    ("estate.yaml", "ita.*.owner", "contact"),
    ("estate.yaml", "naming.exempt.*", "site"),
    ("remedies.yaml", "remedies.*.on.scopes.*", "scope"),
    ("remedies.yaml", "remedies.*.on.namespaces.*", "namespace"),
    ("remedies.yaml", "remedies.*.on.deployments.*", "deployment"),
    ("remedies.yaml", "remedies.*.on.topics.*", "topic"),
    ("remedies.yaml", "remedies.*.on.groups.*", "group"),
    ("remedies.yaml", "remedies.*.forbidden.*", "window"),
    ("remedies.yaml", "remedies.*.flow", "flow"),
    ("flows.yaml", "flows.*.scope", "scope"),
    ("flows.yaml", "flows.*.kafka", "kafka cluster"),
    ("flows.yaml", "flows.*.kubernetes", "kubernetes cluster"),
    ("flows.yaml", "flows.*.stages.*.owner", "contact"),
    ("flows.yaml", "flows.*.stages.*.kafka", "kafka cluster"),
    ("flows.yaml", "flows.*.stages.*.topic", "topic"),
    ("flows.yaml", "flows.*.stages.*.group", "group"),
    ("flows.yaml", "flows.*.stages.*.kubernetes", "kubernetes cluster"),
    ("flows.yaml", "flows.*.stages.*.deployment", "deployment"),
    ("flows.yaml", "flows.*.stages.*.keys", "HTTP check"),
    ("flows.yaml", "flows.*.stages.*.trace", "HTTP check"),
    ("windows.yaml", "windows.*.scopes.*", "scope"),
    ("cases/*", "owner", "contact"),
    ("cases/*", "contacts.*", "contact"),
    ("cases/*", "offers.*", "remedy"),
    ("cases/*", "steps.*.run", "remedy"),
    ("cases/*", "steps.*.contact", "contact"),
    ("cases/*", "steps.*.target.deployment", "deployment"),
    ("cases/*", "steps.*.target.namespace", "namespace"),
    ("cases/*", "steps.*.target.group", "group"),
    ("cases/*", "steps.*.target.topics.*", "topic"),
)
WILD = {"HTTP check", "scope", "deployment", "topic", "group", "namespace", "metric", "site"}
"""Kinds of which a pattern with `*` may stand for several."""
EXACT = ("on", "target")
"""Keys under which only scopes may be patterns: what is acted on is named."""


def under(data: Any, pattern: Iterable[str], path: KeyPath = ()) -> Iterator[tuple[KeyPath, Any]]:
    """Every value at a pattern such as `sites.*.environments`, with its key path."""
    steps = list(pattern)
    if not steps:
        yield path, data
        return
    step, rest = steps[0], steps[1:]
    if step == "*" and isinstance(data, dict | list):
        entries = data.items() if isinstance(data, dict) else enumerate(data)
        for key, value in entries:
            yield from under(value, rest, (*path, key))
    elif isinstance(data, dict) and step in data:
        yield from under(data[step], rest, (*path, step))
    elif step == "*" and not rest and isinstance(data, str):
        yield path, data  # one word where a list may stand


def values(data: Any, pattern: str) -> Iterator[tuple[KeyPath, Any]]:
    """Every value at a dotted pattern."""
    return under(data, pattern.split("."))


def known_names(documents: Documents) -> dict[str, frozenset[str] | None]:
    """All the names one may point at, by kind."""
    estate = documents["estate.yaml"]
    said: dict[str, frozenset[str] | None] = {
        "account": _keys(estate, "accounts"),
        "site": _keys(estate, "sites"),
        "kafka cluster": _keys(estate, "kafka"),
        "kubernetes cluster": _keys(estate, "kubernetes"),
        "HTTP check": _keys(estate, "http"),
        "flow": _keys(documents["flows.yaml"], "flows"),
        "scope": _scopes(estate),
        "namespace": _texts(estate, "kubernetes.*.namespaces.*"),
        "deployment": _deployments(estate),
        "metric": _texts(estate, "metrics.*.id"),
        "environment": _keys(estate, "sites.*.environments"),
        "remedy": _keys(documents["remedies.yaml"], "remedies"),
        "window": _keys(documents["windows.yaml"], "windows"),
        "contact": _keys(documents["contacts.yaml"], "contacts", OURS),
        "group": _keys(estate, "kafka.*.groups"),
        "topic": _topics(estate),
    }
    if any(value is True for _, value in values(estate.data, "kafka.*.all_groups")):
        said["group"] = said["topic"] = None  # the cluster has more than the file names
    return said


def point(documents: Documents, known: Known) -> None:
    """Note every name of NAMES that is not known."""
    for file, pattern, kind in NAMES:
        for name, document in documents.items():
            if name == file or (file == "cases/*" and name.startswith("cases/")):
                for path, value in values(document.data, pattern):
                    name_at(document, path, value, kind, known)


def name_at(document: Document, path: KeyPath, value: Any, kind: str, known: Known) -> None:
    """Note that a name points nowhere, unless it is empty or of the wrong type anyway."""
    names = known.get(kind)
    if names is None or not isinstance(value, str) or not value or value in names:
        return
    if value == STILL_BAD and kind == "topic" and "target" in path:
        return
    exact = kind != "scope" and any(key in path for key in EXACT)
    wild = "*" in value and kind in WILD and not exact
    if wild and any(fnmatchcase(name, value) for name in names):
        return
    document.blame(path, f"no such {kind}: {value}{suggest(value, names)}")


def _readable(document: Document) -> bool:
    return document.data is not None or not document.mistakes


def _keys(document: Document, pattern: str, *more: str) -> frozenset[str] | None:
    found = [value for _, value in values(document.data, pattern) if isinstance(value, dict)]
    names = frozenset(str(key) for value in found for key in value) | frozenset(more)
    return names if _readable(document) else None


def _texts(document: Document, pattern: str) -> frozenset[str] | None:
    found = (value for _, value in values(document.data, pattern) if isinstance(value, str))
    return frozenset(found) if _readable(document) else None


def _scopes(estate: Document) -> frozenset[str] | None:
    if not _readable(estate):
        return None
    sites = {
        f"{path[1]}/{env}"
        for path, found in values(estate.data, "sites.*.environments")
        if isinstance(found, dict)
        for env in found
    }
    kinds = ("kafka.*", "kubernetes.*", "ita.*")
    clusters = {str(path[1]) for kind in kinds for path, _ in values(estate.data, kind)}
    return frozenset(sites | clusters)


def _deployments(estate: Document) -> frozenset[str] | None:
    """None where a cluster names none: all of its namespaces are then watched."""
    clusters = [value for _, value in values(estate.data, "kubernetes.*")]
    if any(not isinstance(c, dict) or not c.get("deployments") for c in clusters):
        return None
    return _texts(estate, "kubernetes.*.deployments.*")


def _topics(estate: Document) -> frozenset[str] | None:
    named, used = _keys(estate, "kafka.*.topics"), _texts(estate, "kafka.*.groups.*.topics.*")
    return None if named is None or used is None else named | used
