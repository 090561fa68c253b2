"""From plain data to typed values: pydantic's complaints as mistakes with their place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from console.config.document import Document
from console.config.mistakes import KeyPath, suggest
from console.config.secrets import masked

M = TypeVar("M", bound=BaseModel)


def typed(model: type[M], document: Document) -> M | None:
    """The document as `model`, or None with every mistake noted in the document."""
    if document.data is None and document.mistakes:
        return None  # not readable: nothing more can be said of it
    data = {} if document.data is None else document.data
    if not isinstance(data, dict):
        document.blame((), f"expected keys with values, found {found(data)}")
        return None
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(model, document, data, detail)
        return None


def _note(model: type[BaseModel], document: Document, data: Any, detail: ErrorDetails) -> None:
    kind, path = detail["type"], _known_part(data, detail["loc"])
    if kind == "missing":
        document.blame(path, f"{detail['loc'][-1]} is missing", value=False)
        return
    if kind == "too_short" and detail["input"]:
        return  # its entries are wrong, which is said already: pydantic counts the right ones
    if kind == "extra_forbidden":
        names = sorted(_keys_at(model, path[:-1]))
        document.blame(path, f"unknown key{suggest(str(path[-1]), names)}", value=False)
        return
    document.blame(path, _words(detail))


def _known_part(data: Any, loc: KeyPath) -> KeyPath:
    """The part of pydantic's path that is in the file; it adds names of its own."""
    path: KeyPath = ()
    for step in loc:
        inside = isinstance(data, dict) and step in data
        if not inside and not (isinstance(data, list) and isinstance(step, int)):
            continue
        if isinstance(data, list) and not 0 <= int(step) < len(data):
            continue
        data, path = data[step], (*path, step)
    return path


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models an annotation is made of: `tuple[Metric, ...]` → Metric."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _keys_at(model: type[BaseModel], path: KeyPath) -> set[str]:
    """The keys that may stand at a path: the model's fields, by the names they have in YAML."""
    here: list[type[BaseModel]] = [model]
    for step in path:
        fields = [_fields(each).get(str(step)) for each in here]
        inner = [m for field in fields if field is not None for m in _models(field)]
        # A step that is no field is an index or a name, which leads to the same models.
        here = inner or here
    return {name for each in here for name in _fields(each)}


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def found(value: Any) -> str:
    """A wrong value in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        value = masked(value)  # an address may have a password in it
    text = f"the number {value}" if isinstance(value, int | float) else f"{value!r}"
    return text if len(text) <= 80 else f"{text[:76]} …"


def _one_of(detail: ErrorDetails) -> str:
    words = [word.strip("'") for word in str(detail["ctx"]["expected"]).split(" or ")]
    words = [w.strip("'") for word in words for w in word.split(", ")]
    close = suggest(str(detail["input"]), words)
    close = close if "mean" in close else ""
    return f"expected {_listed(words)}, found {found(detail['input'])}{close}"


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _string(detail: ErrorDetails) -> str:
    value = detail["input"]
    quote = "; put it in quotes" if isinstance(value, int | float) else ""
    return f"expected text, found {found(value)}{quote}"


def _refused(detail: ErrorDetails) -> str:
    """What one of our own checks said; a whole mapping is not quoted back."""
    value, said = detail["input"], str(detail["ctx"]["error"])
    return said if isinstance(value, dict) else f"{said}, found {found(value)}"


EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "tuple": "a list",
    "list": "a list",
    "dict": "keys with values",
    "model": "keys with values",
    "mapping": "keys with values",
    "finite": "a finite number",
}
SPECIAL: dict[str, Callable[[ErrorDetails], str]] = {
    "literal_error": _one_of,
    "string_type": _string,
    "string_too_short": lambda _: "must not be empty",
    "too_short": lambda _: "needs at least one entry",
    "value_error": _refused,
    "greater_than_equal": lambda detail: f"must be at least {detail['ctx']['ge']:g}",
    "less_than_equal": lambda detail: f"must be at most {detail['ctx']['le']:g}",
    "greater_than": lambda detail: f"must be more than {detail['ctx']['gt']:g}",
}


def _words(detail: ErrorDetails) -> str:
    """What pydantic says, in the words of somebody who writes YAML."""
    kind = detail["type"]
    if kind in SPECIAL:
        return SPECIAL[kind](detail)
    expected = EXPECTED.get(kind.split("_")[0])
    if expected:
        return f"expected {expected}, found {found(detail['input'])}"
    return detail["msg"]
