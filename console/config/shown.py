"""The configuration as a person reads it back: each value with its place, secrets masked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from console.config.cases import Case
from console.config.document import Document
from console.config.load import FILES, Configuration
from console.config.mistakes import KeyPath, dotted, printable
from console.config.secrets import MASK, is_secret, keys, masked, passwords

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def lines(configuration: Configuration, prefix: str = "") -> Iterator[str]:
    """`file:line:column: key.path: value` of every value that was written, in file order."""
    for document in configuration.documents.values():
        if document.data is None:
            continue
        for path, value in _leaves(document.data, ()):
            if dotted(path).startswith(prefix):
                place = document.place(path, value=True)
                yield f"{place}: {dotted(path)}: {_told(document, path, value)}"


def _leaves(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, Any]]:
    entries: Iterator[tuple[Any, Any]] | None = None
    if isinstance(value, dict) and value:
        entries = iter(value.items())
    elif isinstance(value, list) and value:
        entries = iter(enumerate(value))
    if entries is None:
        yield path, value
        return
    for key, inner in entries:
        yield from _leaves(inner, (*path, key))


def hidden(configuration: Configuration) -> frozenset[str]:
    """Every secret that is masked when the configuration is shown: it may stand nowhere else."""
    found: set[str] = set()
    for document in configuration.documents.values():
        for path, value in _leaves(document.data, ()):
            if value and not isinstance(value, bool):
                text = str(value)
                found |= {text} if _is_hidden(document, path) else {*passwords(text), *keys(text)}
    return frozenset(found)


def _told(document: Document, path: KeyPath, value: Any) -> str:
    variables = document.variables.get(path, ())
    mask = value and _is_hidden(document, path)
    text = MASK if mask else masked(printable(_plain(value)))
    return f"{text}  (from {', '.join(variables)})" if variables else text


def _is_hidden(document: Document, path: KeyPath) -> bool:
    variables = document.variables.get(path, ())
    return is_secret(path, variables) or _is_webhook(document.data, path)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _is_webhook(data: Any, path: KeyPath) -> bool:
    """The address of a webhook is its own key: who knows it may post."""
    channel = data
    for step in path[:-1]:
        channel = channel[step]
    return path[-1:] == ("address",) and channel.get("kind") == "webhook"


def schema(file: str = "") -> dict[str, Any]:
    """The JSON Schema of one file (`estate.yaml`, `cases/x.yaml`), or of any of them.

    Raises KeyError when there is no such file.
    """
    name = "cases" if file.startswith("case") else file
    known: dict[str, type[BaseModel]] = {**FILES, "cases": Case}
    if not name:
        refs, made = models_json_schema([(model, "validation") for model in known.values()])
        return {"$schema": DIALECT, "anyOf": list(refs.values()), **made}
    model = known[name if name in known else f"{name}.yaml"]
    return {"$schema": DIALECT, **model.model_json_schema()}
