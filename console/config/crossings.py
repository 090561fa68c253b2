"""What must fit together inside estate.yaml, flows.yaml and windows.yaml, beyond names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from console.config.document import Document, read
from console.config.mistakes import KeyPath, suggest
from console.config.references import values
from console.model import Row, fact_names
from console.realm import VARIABLE, is_local

Rows = Mapping[str, type[Row]]
REGIONED = (
    "sites.*.environments.*",
    "metrics.*",
    "alarms.*",
    "canaries.*",
    "logs.*",
    "kafka.*",
    "kubernetes.*.eks",
)
METRIC_IDENTITY = ("id", "of", "site", "env", "account", "region", "scope")


def at(data: Any, *path: Any) -> Any:
    """The value at a path, or None where something on the way is not there."""
    for step in path:
        data = data.get(step) if isinstance(data, dict) and isinstance(step, str) else None
    return data


def regions(estate: Document) -> None:
    """A Region must be one of its account's."""
    for pattern in REGIONED:
        for path, value in values(estate.data, pattern):
            name, region = at(value, "account"), at(value, "region")
            listed = at(estate.data, "accounts", name, "regions")
            if not isinstance(region, str) or not region or not isinstance(listed, list):
                continue
            known = [each for each in listed if isinstance(each, str)]
            if region not in known:
                what = f"account {name} has no Region {region}{suggest(region, known)}"
                estate.blame((*path, "region"), what)


def sources(estate: Document, rows: Rows) -> None:
    """Only a source that exists can be asked."""
    for path, _ in values(estate.data, "sources.*"):
        if path[1] not in rows:
            what = f"no such source{suggest(str(path[1]), rows)}"
            estate.blame(path, what, value=False)


def metrics(estate: Document, rows: Rows) -> None:
    """A metric fills a fact that exists, or is a row of its own with a place and its own name."""
    seen: dict[str, KeyPath] = {}
    for path, value in values(estate.data, "metrics.*"):
        if not isinstance(value, dict):
            continue
        if value.get("of", "metrics") in ("instances", "caches", "databases"):
            _filling(estate, path, value, rows)
        else:
            _standing(estate, path, value)
        key = repr([value.get(name, "") for name in METRIC_IDENTITY])
        if key in seen and value.get("id"):
            line = estate.place(seen[key]).line
            estate.blame((*path, "id"), f"the same metric stands in line {line}")
        seen.setdefault(key, path)


def _filling(estate: Document, path: KeyPath, value: Mapping[str, Any], rows: Rows) -> None:
    of, fact = value["of"], value.get("fact")
    known = fact_names(rows[of]) if of in rows else ()
    if not fact:
        estate.blame(path, f"a metric of {of} names the fact it fills", value=False)
    elif isinstance(fact, str) and known and fact not in known:
        estate.blame((*path, "fact"), f"{of} has no fact {fact}{suggest(fact, known)}")


def _standing(estate: Document, path: KeyPath, value: Mapping[str, Any]) -> None:
    if value.get("fact"):
        estate.blame(
            (*path, "fact"), "only a metric of instances, caches or databases fills a fact"
        )
    site, env = value.get("site"), value.get("env")
    if not site and not (value.get("account") and value.get("region")):
        what = "a metric of its own needs site and env, or account and region"
        estate.blame(path, what, value=False)
    known = at(estate.data, "sites", site, "environments")
    if isinstance(known, dict) and (not isinstance(env, str) or env not in known):
        what = f"has no environment {env}{suggest(str(env), known)}" if env else "needs its env too"
        estate.blame((*path, "env"), f"site {site} {what}")


def planned(windows: Document, estate: Document, rows: Rows) -> None:
    """A window can only tighten sources there are, and tell of what is measured."""
    for path, _ in values(windows.data, "windows.*.every.*"):
        if path[-1] not in rows:
            what = f"no such source{suggest(str(path[-1]), rows)}"
            windows.blame(path, what, value=False)
    metrics_ = [value for _, value in values(estate.data, "metrics.*") if isinstance(value, dict)]
    known = {str(one.get("fact") or one.get("id")) for one in metrics_}
    for pattern in ("windows.*.thresholds.*", "windows.*.facts.*"):
        for path, value in values(windows.data, pattern):
            name = path[-1] if "thresholds" in pattern else value
            if isinstance(name, str) and name not in known:
                what = f"no metric of estate.yaml measures {name}{suggest(name, known)}"
                windows.blame(path, what, value="facts" in pattern)


def unique(document: Document, pattern: str) -> None:
    """Ids of one list must differ: `flows.*.stages`."""
    for path, entries in values(document.data, pattern):
        seen: set[str] = set()
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            name = at(entry, "id")
            if isinstance(name, str) and name in seen:
                document.blame((*path, index, "id"), f"the id {name} is taken in this list")
            seen.add(str(name))


def loopback(estate: Document, environ: Mapping[str, str]) -> None:
    """The lab and the real world never mix: in the lab everything is local, else nothing is.

    What is reached through a tunnel on this machine says so. AWS_ENDPOINT_URL is not obeyed here,
    but by the commands that logins run.
    """
    lab = bool(environ.get(VARIABLE))
    for path, address, here in _endpoints(estate):
        if lab and not here:
            what = f"ONCALL_LAB is set, but {address} is not this machine: unset it, or start"
            estate.blame(path, f"{what} the console with all the lab's variables")
        elif here and not lab:
            what = f"{address} is this machine, and ONCALL_LAB is not set: set it to use the lab,"
            estate.blame(path, f"{what} or unset the lab's variables")
    for name, url in sorted(environ.items()):
        if name.startswith("AWS_ENDPOINT_URL") and is_local(url) and not lab:
            what = f"{name}={url} leads AWS calls to this machine, and ONCALL_LAB is not set"
            estate.blame(("accounts",), f"{what}: unset it", value=False)


def _endpoints(estate: Document) -> Iterator[tuple[KeyPath, str, bool]]:
    """(key path, address, is it this machine) of everything that is asked."""
    for path, account in values(estate.data, "accounts.*"):
        url = at(account, "endpoint_url") or ""
        yield (*path, "endpoint_url"), str(url) or "AWS", is_local(str(url))
    for path, cluster in values(estate.data, "kafka.*"):
        bootstrap = at(cluster, "bootstrap")
        if isinstance(bootstrap, str):
            local = any(is_local(host.strip()) for host in bootstrap.split(","))
            yield (*path, "bootstrap"), bootstrap, local and not at(cluster, "tunnel")
    for path, check in values(estate.data, "http.*"):
        for key in ("url", "trace"):
            if isinstance(url := at(check, key), str) and url:
                yield (*path, key), url, is_local(url) and not at(check, "tunnelled")
    for path, cluster in values(estate.data, "kubernetes.*"):
        server = api_server(str(at(cluster, "kubeconfig") or ""), at(cluster, "context"))
        if server:
            yield (*path, "kubeconfig"), server, is_local(server) and not at(cluster, "tunnelled")
    for path, system in values(estate.data, "ita.*"):
        url = str(at(system, "url") or "")
        yield (*path, "url"), url, is_local(url) and not at(system, "tunnelled")


def api_server(kubeconfig: str, context: object) -> str:
    """The API's address in a kubeconfig, or nothing where it cannot be told."""
    try:
        file = Path(kubeconfig).expanduser()
        config = read(file.read_text(encoding="utf-8"), str(file), {}).data
    except (OSError, ValueError, RuntimeError):  # RuntimeError: `~nobody`
        return ""
    current = context or at(config, "current-context")
    cluster = at(_named(config, "contexts", current), "context", "cluster")
    return str(at(_named(config, "clusters", cluster), "cluster", "server") or "")


def _named(config: Any, kind: str, name: object) -> Any:
    entries = (entry for _, entry in values(config, f"{kind}.*") if at(entry, "name") == name)
    return next(entries, None)
