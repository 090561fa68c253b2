"""Who may import whom, how long things may grow, and where a broad handler may stand."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONSOLE = sorted(ROOT.glob("console/**/*.py"))
WIDGETS = sorted(ROOT.glob("widgets/**/*.py"))
EVERY = CONSOLE + WIDGETS
FILE_LINES, FUNCTION_LINES, CLASS_LINES = 300, 40, 200
HEAVY = {
    *("boto3", "botocore", "kubernetes", "aiokafka", "aiohttp", "pydantic", "yaml", "moto", "kio"),
    *("dateutil", "sqlite3", "zstandard"),
}
EARLY = (
    *("console.app", "console.cli", "console.clock", "console.machine", "console.model"),
    *("console.poll", "console.realm", "console.signs", "console.sources", "console.trend"),
    *("console.aws.places", "console.aws.refused", "console.aws.series", "console.kafka.asked"),
    *("console.kubernetes", "console.maintenance.doubt", "console.maintenance.values"),
    *("console.windows",),
)
VENDORS = {"boto3", "botocore", "kubernetes", "aiokafka", "aiohttp", "pydantic", "yaml"}
PURE = {
    *("lag", "trend", "match", "checklist", "maintenance", "flow", "loss", "issues", "signs"),
    "windows",
    "drill",
}
BROAD = {
    ("console/poll.py", "poll_once"),
    ("console/derive.py", "derive"),  # the poll of a derived source
    ("console/poll.py", "in_thread"),
    ("console/poll.py", "run"),
    ("console/remedy.py", "run"),
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_typing_only(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)


def imports(node: ast.AST, *, top: bool = False) -> Iterator[str]:
    """Every module imported at run time; with `top`, only what importing the file imports."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield child.module or ""
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif top and isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        elif not is_typing_only(child):
            yield from imports(child, top=top)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def inside(module: str, *rooms: str) -> bool:
    return any(module == room or module.startswith(f"{room}.") for room in rooms)


@pytest.mark.parametrize("path", CONSOLE, ids=name_of)
def test_the_console_does_not_know_the_screen(path: Path) -> None:
    if name_of(path) in ("console/app.py", "console/cli.py"):
        return
    assert not [m for m in imports(tree(path)) if inside(m, "textual", "rich", "widgets")]


@pytest.mark.parametrize("path", CONSOLE, ids=name_of)
def test_only_the_command_line_knows_the_program_and_the_lab(path: Path) -> None:
    name = name_of(path)
    if name in ("console/cli.py", "console/__main__.py"):
        return
    barred = ("console.app",) if name.startswith("console/lab/") else ("console.app", "console.lab")
    assert not [m for m in imports(tree(path)) if inside(m, *barred)]


@pytest.mark.parametrize("path", WIDGETS, ids=name_of)
def test_widgets_know_only_values(path: Path) -> None:
    known = {m for m in imports(tree(path)) if inside(m, "console")}
    assert not {m for m in known if not inside(m, "console.model", "console.sources")}


@pytest.mark.parametrize("room", ["sources", "remedies"])
def test_sources_and_remedies_never_import_each_other(room: str) -> None:
    for path in (ROOT / "console" / room).glob("*.py"):
        if path.name != "__init__.py":
            others = {
                m for m in imports(tree(path)) if inside(m, "console.sources", "console.remedies")
            }
            assert not others, name_of(path)


@pytest.mark.parametrize("path", sorted(ROOT.glob("console/recording/*.py")), ids=name_of)
def test_the_recording_does_not_know_who_works_with_it(path: Path) -> None:
    above = ("console.clerk", "console.handover", "console.record", "console.watch")
    assert not [m for m in imports(tree(path)) if inside(m, *above)]


def test_every_pure_room_is_there() -> None:
    rooms = {path.stem for path in ROOT.glob("console/*")}
    assert rooms >= PURE


@pytest.mark.parametrize(
    "path",
    [p for p in CONSOLE if p.relative_to(ROOT / "console").parts[0].split(".")[0] in PURE],
    ids=name_of,
)
def test_pure_rooms_import_values_only_and_read_no_clock(path: Path) -> None:
    known = {m for m in imports(tree(path)) if inside(m, "console")}
    pure = {f"console.{name}" for name in PURE} | {"console.model"}
    assert not {m for m in known if not inside(m, *pure)}
    text = path.read_text(encoding="utf-8")
    assert not [word for word in (".now(", "time.time", "monotonic") if word in text]


@pytest.mark.parametrize("path", CONSOLE, ids=name_of)
def test_pydantic_stays_inside_the_configuration_and_the_recording(path: Path) -> None:
    if not name_of(path).startswith(("console/config/", "console/recording/codec")):
        assert not [m for m in imports(tree(path)) if inside(m, "pydantic")]


def test_one_room_alone_speaks_the_wire_protocol() -> None:
    wire = {
        path.parent.relative_to(ROOT).as_posix()
        for path in EVERY
        if [m for m in imports(tree(path)) if inside(m, "aiokafka.conn", "aiokafka.protocol")]
    }
    assert wire == {"console/kafka/wire"}


@pytest.mark.parametrize("path", [*ROOT.glob("console/sources/*.py"), *WIDGETS], ids=name_of)
def test_no_vendor_library_at_the_top_of_a_source_or_widget(path: Path) -> None:
    assert not [m for m in imports(tree(path), top=True) if inside(m, *VENDORS)]


def loaded(code: str) -> set[str]:
    """Every module that is there once this has run, in a program of its own."""
    code = f"import sys; {code}; print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(out.stdout.split())


def test_nothing_heavy_and_no_other_room_is_imported_before_the_first_frame() -> None:
    modules = loaded("import console.app, console.cli, console.sources")
    assert not {module.split(".")[0] for module in modules} & HEAVY
    own = {module for module in modules if inside(module, "console")}
    above = {module for module in own if any(inside(room, module) for room in EARLY)}
    assert own - above - {module for module in own if inside(module, *EARLY)} == set()


def test_reading_the_command_line_imports_nothing_heavy() -> None:
    modules = loaded("import console.cli; console.cli.parser()")
    assert not {module.split(".")[0] for module in modules} & HEAVY


def test_what_sources_import_as_they_go_is_warm_before_the_first_poll() -> None:
    """An import takes longer than a frame: it is no work for the loop."""
    warm = loaded("from console.opening import warm; warm()")
    every = {module_of(path) for path in CONSOLE}
    wanted = {m for path in ROOT.glob("console/sources/*.py") for m in imports(tree(path))}
    assert (wanted & every) - warm == set()


@pytest.mark.parametrize("path", EVERY, ids=name_of)
def test_sizes(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= FILE_LINES
    for node in ast.walk(tree(path)):
        length = getattr(node, "end_lineno", 0) - getattr(node, "lineno", 0) + 1
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert length <= FUNCTION_LINES, f"{node.name}: {length} lines"
        elif isinstance(node, ast.ClassDef):
            assert length <= CLASS_LINES, f"{node.name}: {length} lines"


def is_broad(handler: ast.ExceptHandler) -> bool:
    caught = [n.id for n in ast.walk(handler.type or handler) if isinstance(n, ast.Name)]
    return handler.type is None or not {"Exception", "BaseException"}.isdisjoint(caught)


def broad_handlers(path: Path) -> Iterator[tuple[str, str]]:
    for function in ast.walk(tree(path)):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.ExceptHandler) and is_broad(node):
                    yield name_of(path), function.name


def test_broad_handlers_stand_in_three_places_only() -> None:
    assert {found for path in EVERY for found in broad_handlers(path)} == BROAD


def test_every_module_class_and_public_function_says_what_it_is_for() -> None:
    silent = []
    for path in EVERY:
        module = tree(path)
        named = [
            node
            for node in module.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
        public = [node for node in named if not node.name.startswith("_")]
        silent += [f"{name_of(path)}: {n.name}" for n in public if not ast.get_docstring(n)]
        if not ast.get_docstring(module):
            silent.append(name_of(path))
    assert not silent


def test_the_lab_is_at_most_a_third_of_the_lines() -> None:
    def lines(paths: list[Path]) -> int:
        return sum(len(path.read_text(encoding="utf-8").splitlines()) for path in paths)

    lab = [path for path in CONSOLE if name_of(path).startswith("console/lab/")]
    assert lines(lab) * 3 <= lines([path for path in EVERY if path not in lab])


def test_the_top_level_is_as_planned() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    top = {name.split("/")[0] for name in listed if name}
    assert top == {
        *("pyproject.toml", "README.md", "Makefile", ".gitignore"),
        *(".ci", "console", "widgets", "config", "tests"),
    }
