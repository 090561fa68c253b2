"""One YAML file as plain data, with the place of every key and the environment filled in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from console.config.mistakes import KeyPath, Mistake, Place
from console.config.secrets import is_secret

TAG = "tag:yaml.org,2002:"
VARIABLE = re.compile(r"\$(?:(\$)|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\})")
MAX_NODES = 100_000  # aliases of aliases grow without end
MAX_DEPTH = 60
# YAML 1.2's words, not 1.1's: `no` is Norway, 22:30 is a time of day, 010 is ten.
PLAIN = (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+0123456789."),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("merge", r"<<", "<"),
)


@dataclass(slots=True)
class Document:
    """What a file says: its data, where each key stands, and which variables it used."""

    file: str
    data: Any = None
    places: dict[KeyPath, tuple[Place, Place]] = field(default_factory=dict)
    """Key path → (place of the key, place of the value)."""
    variables: dict[KeyPath, tuple[str, ...]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def place(self, path: KeyPath, value: bool = False) -> Place:
        """Where a key (or its value) stands; the nearest one above when it is not there."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (Place(self.file), Place(self.file)))[int(value)]

    def blame(self, path: KeyPath, what: str, value: bool = True) -> None:
        """Note a mistake at a key path (at its value, which `what` may quote)."""
        if value and is_secret(path, self.variables.get(path, ())):
            what = "this value is wrong (not shown: it is a secret)"
        self.mistakes.append(Mistake(self.place(path, value), path, what))


@cache
def _loader() -> type[Any]:
    """The C loader where PyYAML has it (ten times as fast), with YAML 1.2's plain words."""
    base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader = type("PlainLoader", (base,), {"yaml_implicit_resolvers": {}})
    for name, pattern, first in PLAIN:
        starts = [*first, ""] if name == "null" else list(first)
        loader.add_implicit_resolver(TAG + name, re.compile(f"^(?:{pattern})$"), starts)  # type: ignore[attr-defined]
    return loader


def read(text: str, file: str, environ: Mapping[str, str] = os.environ) -> Document:
    """Parse one file. Whatever is wrong with it stands in the document's `mistakes`."""
    document = Document(file)
    try:
        node = yaml.compose(text, Loader=_loader())
        if node is not None:
            document.places[()] = (_place(file, node), _place(file, node))
            document.data = _Builder(document, environ).build(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        what = " ".join(part for part in (error.context, error.problem) if part)
        document.mistakes.append(Mistake(place, (), f"not YAML: {what}"))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, max(error.position, 0)) + 1
        # The C loader says which character as a number, the other as itself.
        character = error.character if isinstance(error.character, str) else chr(error.character)
        what = f"not YAML: the character {character!r} is not allowed"
        document.mistakes.append(Mistake(Place(file, line), (), what))
    except RecursionError:
        document.mistakes.append(Mistake(Place(file), (), "not YAML: nested too deeply"))
    return document


def _place(file: str, node: yaml.Node) -> Place:
    return Place(file, node.start_mark.line + 1, node.start_mark.column + 1)


class _Builder:
    """Turns composed nodes into dicts, lists and scalars, noting places and mistakes."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self.document, self.environ = document, environ
        self.open: set[int] = set()
        self.count = 0

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        self.count += 1
        endless = self.endless(node)
        if endless:
            if self.count <= MAX_NODES + 1:  # once: everything after it is too much as well
                self.wrong(path, endless)
            return None
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, path)
        self.open.add(id(node))
        try:
            return (
                self.mapping(node, path)
                if isinstance(node, yaml.MappingNode)
                else [self.item(item, (*path, index)) for index, item in enumerate(node.value)]
            )
        finally:
            self.open.discard(id(node))

    def wrong(self, path: KeyPath, what: str) -> None:
        self.document.mistakes.append(Mistake(self.document.place(path, True), path, what))

    def endless(self, node: yaml.Node) -> str:
        """Why a node must not be followed, or nothing."""
        if id(node) in self.open:
            return "this refers to itself"
        if self.count > MAX_NODES:
            return "the file has too many values"
        return "nested too deeply" if len(self.open) > MAX_DEPTH else ""

    def item(self, node: yaml.Node, path: KeyPath) -> Any:
        place = _place(self.document.file, node)
        self.document.places[path] = (place, place)
        return self.build(node, path)

    def mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.tag == TAG + "merge":
                merged += value.value if isinstance(value, yaml.SequenceNode) else [value]
                continue
            # A key is the text as written: `500:` and `no:` are names here, never numbers.
            place = _place(self.document.file, key)
            if not isinstance(key, yaml.ScalarNode):
                self.document.mistakes.append(Mistake(place, path, "a key must be one word"))
                continue
            under = (*path, str(key.value))
            if key.value in made:
                first = self.document.place(under).line
                what = f"this key stands here twice (first in line {first})"
                self.document.mistakes.append(Mistake(place, under, what))
                continue
            self.document.places[under] = (place, _place(self.document.file, value))
            made[key.value] = self.build(value, under)
        for source in merged:
            self.merge(source, made, path)
        return made

    def merge(self, source: yaml.Node, made: dict[str, Any], path: KeyPath) -> None:
        """`<<`: keys written here win over merged ones, earlier merged ones over later."""
        if not isinstance(source, yaml.MappingNode):
            place = _place(self.document.file, source)
            self.document.mistakes.append(Mistake(place, path, "<< wants keys with values"))
            return
        own = {p: at for p, at in self.document.places.items() if p[: len(path)] == path}
        variables = dict(self.document.variables)
        found = self.build(source, path)
        self.document.places |= own
        self.document.variables |= variables
        if isinstance(found, dict):
            made.update({key: value for key, value in found.items() if key not in made})

    def scalar(self, node: yaml.ScalarNode, path: KeyPath) -> Any:
        text, kind = str(node.value), node.tag.removeprefix(TAG)
        if kind == "null":
            return None
        if kind in {"bool", "int", "float"}:
            return self.number(text, kind, path)
        if kind not in {"str", "merge"}:
            self.wrong(path, f"the tag {node.tag} means nothing here")
            return None
        return self.filled(text, path) if "$" in text else text

    def number(self, text: str, kind: str, path: KeyPath) -> Any:
        if kind == "bool":
            return text.lower() == "true"
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:
            self.wrong(path, f"not a number: {text[:40]}")
            return None

    def filled(self, text: str, path: KeyPath) -> str:
        """`${NAME:-default}` from the environment, an empty variable being none; `$$` is `$`.

        What comes out is text; the schema makes a number of it where it wants one.
        """
        used: list[str] = []

        def value(match: re.Match[str]) -> str:
            escaped, name, default = match.groups()
            if escaped:
                return "$"
            used.append(name)
            found = self.environ.get(name, "") or default
            if found is None:
                hint = f"write ${{{name}:-default}}, or $${{{name}}} for the text itself"
                self.wrong(path, f"the variable {name} is not set; {hint}")
            return found or ""

        result = VARIABLE.sub(value, text)
        if used:
            self.document.variables[path] = tuple(used)
        return result
