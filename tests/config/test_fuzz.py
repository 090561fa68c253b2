"""Whatever stands in the files, reading them ends with a configuration or with lines."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from console.config import ConfigMistakes, load
from console.config.shown import lines, schema
from tests.config.desk import SMALL, write

SHIPPED = Path(__file__).parents[2] / "config"
FILES = ("estate.yaml", "remedies.yaml", "flows.yaml", "windows.yaml", "contacts.yaml")
WORDS = sorted(set(json.dumps(schema()).split('"')) & set("".join(
    path.read_text(encoding="utf-8") for path in SHIPPED.rglob("*.yaml")
).replace(":", " ").replace(",", " ").replace("{", " ").split()))  # fmt: skip
KEYS = st.one_of(
    st.sampled_from([*WORDS, "when", "where", "steps", "not", "<<"]), st.text(max_size=5)
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["> 5", "rising 1% over 1m", "one", "eu-west-3", "sakai/prod", "${X}", "5m", "~x"]
    ),
    st.sampled_from(
        ["instances", "kafka_lag", "21:00", "2026-01-01", "Asia", "a{9999999999}", "*"]
    ),
    st.just(10**400),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)


def outcome(files: dict[str, bytes]) -> None:
    with TemporaryDirectory() as name:
        directory = Path(name)
        write(directory, SMALL)
        for file, text in files.items():
            (directory / file).write_bytes(text)
        try:
            assert list(lines(load(directory, environ={})))
        except ConfigMistakes as mistakes:
            assert mistakes.lines
            assert all(line.startswith(name) and "\n" not in line for line in mistakes.lines)


def changed(data: Any, path: list[int], value: Any) -> Any:
    """The data with the value at a path, chosen by number at each level, replaced."""
    if not path or not isinstance(data, dict | list) or not data:
        return value
    keys = list(data) if isinstance(data, dict) else list(range(len(data)))
    key = keys[path[0] % len(keys)]
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[key] = changed(data[key], path[1:], value)
    return copy


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from([*FILES, "cases/hot.yaml"]), st.text(max_size=200)))
def test_any_text_gives_lines_and_never_a_traceback(files: dict[str, str]) -> None:
    outcome({name: text.encode("utf-8", "surrogatepass") for name, text in files.items()})


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=100))
def test_any_bytes_do_too(text: bytes) -> None:
    outcome({"estate.yaml": text, "cases/hot.yaml": text})


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([path.relative_to(SHIPPED) for path in sorted(SHIPPED.rglob("*.yaml"))]),
    st.lists(st.integers(0, 50), max_size=6),
    VALUES,
)
def test_any_value_anywhere_in_a_real_file_does_too(
    file: Path, path: list[int], value: Any
) -> None:
    data = yaml.load((SHIPPED / file).read_text(encoding="utf-8"), yaml.CSafeLoader)
    text = yaml.dump(changed(data, path, value), Dumper=yaml.CSafeDumper, allow_unicode=True)
    name = str(file) if file.parent == Path() else "cases/hot.yaml"
    outcome({name: text.encode("utf-8", "surrogatepass")})
