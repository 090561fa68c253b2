"""Find the configuration, read all its files, and say everything that is wrong at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel

from console.config import case_checks, crossings, flow_checks
from console.config.cases import Case
from console.config.document import Document, read
from console.config.flows import Flows
from console.config.mistakes import ConfigMistakes, KeyPath, Mistake, Place, suggest
from console.config.planned import Windows
from console.config.plans import Contacts, Remedies
from console.config.references import known_names, point
from console.config.schema import Estate
from console.config.validate import typed

if TYPE_CHECKING:
    from console.model import Row

M = TypeVar("M", bound=BaseModel)
VARIABLE = "ONCALL_CONFIG"
FILES: dict[str, type[BaseModel]] = {
    "estate.yaml": Estate,
    "remedies.yaml": Remedies,
    "flows.yaml": Flows,
    "windows.yaml": Windows,
    "contacts.yaml": Contacts,
}


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that was configured, typed, and where each value was written."""

    directory: Path
    estate: Estate
    cases: Mapping[str, Case]
    remedies: Remedies
    flows: Flows
    windows: Windows
    contacts: Contacts
    documents: Mapping[str, Document] = field(repr=False)
    """File name relative to the directory → what it says, with every key's place."""

    def place(self, file: str, path: KeyPath) -> Place:
        """Where a value was written: `place("estate.yaml", ("sites", "sakai"))`."""
        return self.documents[file].place(path)


def find(named: str | Path | None = None) -> Path:
    """`--config`, else `$ONCALL_CONFIG`, else the user's own. Raises ConfigMistakes."""
    asked = named or os.environ.get(VARIABLE)
    if asked:
        directory = Path(asked).expanduser()
        if not directory.is_dir():
            by = "--config" if named else f"${VARIABLE}"
            raise ConfigMistakes(
                [f"{directory}: no such directory ({by}); {_first_step(directory)}"]
            )
        return directory
    directory = user_directory()
    if not (directory / "estate.yaml").is_file():
        looked = f"no configuration: neither --config DIR nor ${VARIABLE} is given, and there is "
        raise ConfigMistakes([f"{looked}no {directory}/estate.yaml; {_first_step(directory)}"])
    return directory


def _first_step(directory: Path) -> str:
    return f"`oncall init {directory}` makes one to start from"


def user_directory() -> Path:
    """Where a person's own configuration is looked for."""
    from platformdirs import user_config_path

    return user_config_path("oncall", appauthor=False)


def load(directory: Path, environ: Mapping[str, str] | None = None) -> Configuration:
    """Read a configuration. Raises ConfigMistakes with every mistake of every file."""
    from console.sources import row_types

    rows = row_types()
    environ = os.environ if environ is None else environ
    documents = {name: _document(directory, name, environ) for name in _names(directory)}
    made = {name: typed(_model(name), document) for name, document in documents.items()}
    _cross(documents, rows, environ)
    mistakes = [mistake for document in documents.values() for mistake in document.mistakes]
    mistakes += _unread(directory)
    if mistakes:
        mistakes.sort(key=lambda mistake: mistake.place)
        raise ConfigMistakes(mistakes)
    cases = {m.id: m for name, m in made.items() if isinstance(m, Case)}

    def part(name: str, model: type[M]) -> M:
        value = made[name]
        assert isinstance(value, model)
        return value

    return Configuration(
        directory,
        part("estate.yaml", Estate),
        cases,
        part("remedies.yaml", Remedies),
        part("flows.yaml", Flows),
        part("windows.yaml", Windows),
        part("contacts.yaml", Contacts),
        documents,
    )


def _cross(
    documents: Mapping[str, Document], rows: Mapping[str, type[Row]], environ: Mapping[str, str]
) -> None:
    """Everything that concerns more than one place."""
    known, estate = known_names(documents), documents["estate.yaml"]
    point(documents, known)
    crossings.regions(estate)
    crossings.sources(estate, rows)
    crossings.metrics(estate, rows)
    crossings.loopback(estate, environ)
    crossings.unique(documents["flows.yaml"], "flows.*.stages")
    flow_checks.flows(documents["flows.yaml"], rows, known)
    crossings.unique(documents["windows.yaml"], "windows.*.steps")
    crossings.planned(documents["windows.yaml"], estate, rows)
    for name, document in documents.items():
        if name.startswith("cases/"):
            case_checks.case(document, rows, known)
            case_checks.targets(document, crossings.at(documents["remedies.yaml"].data, "remedies"))


def _model(name: str) -> type[BaseModel]:
    return FILES.get(name, Case)


def _names(directory: Path) -> list[str]:
    cases = sorted(path.name for path in directory.glob("cases/[!.]*.yaml"))
    return [*FILES, *(f"cases/{name}" for name in cases)]


def _unread(directory: Path) -> Iterator[Mistake]:
    """Files that look as if they were configuration, and would be silently left out."""
    for path in sorted(directory.glob("*.y*ml")):
        meant = suggest(path.stem, [Path(name).stem for name in FILES])
        if path.name not in FILES and "mean" in meant:
            what = f"this file is not read{meant.replace('?', '.yaml?')}"
            yield Mistake(Place(str(path)), (), what)
    for path in sorted(directory.glob("cases/[!.]*.yml")):
        yield Mistake(Place(str(path)), (), f"this file is not read; name it {path.stem}.yaml")


def _document(directory: Path, name: str, environ: Mapping[str, str]) -> Document:
    """One file; only estate.yaml has to be there."""
    path = directory / name
    try:
        return read(path.read_text(encoding="utf-8-sig"), str(path), environ)
    except FileNotFoundError:
        document = Document(str(path))
        if name == "estate.yaml":
            what = f"this file is missing; {_first_step(directory)}"
            document.mistakes.append(Mistake(Place(str(path)), (), what))
        return document
    except UnicodeDecodeError as error:
        what = f"not UTF-8 (byte {error.start})"
    except OSError as error:
        what = f"cannot be read: {error.strerror}"
    return Document(str(path), mistakes=[Mistake(Place(str(path)), (), what)])
