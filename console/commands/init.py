"""`oncall init DIR`: a copy of the shipped estate to start from."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path


def add(parsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    parser = parsers.add_parser("init", help="copy the shipped estate to start from")
    parser.add_argument("directory", type=Path, metavar="DIR", help="a new or empty directory")
    parser.set_defaults(run=run)


def shipped() -> Path:
    """The shipped estate: inside the installed package, or config/ of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "shipped"
    return installed if installed.is_dir() else package.parent / "config"


def copy(directory: Path) -> list[Path]:
    """Copy the shipped files; what was made, relative. Raises OSError, FileExistsError too."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise FileExistsError(f"{directory} is not empty; nothing was written")
    source = shipped()
    files = sorted(path.relative_to(source) for path in source.rglob("*.yaml"))
    for file in files:
        (directory / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file, directory / file)  # not its mode: that may be read-only
    return files


def run(arguments: argparse.Namespace) -> int:
    """Exit 0, 64 when the directory is taken, 78 when it cannot be written."""
    directory: Path = arguments.directory.expanduser()
    try:
        files = copy(directory)
    except FileExistsError as error:
        print(f"oncall init: {error}", file=sys.stderr)
        return os.EX_USAGE
    except OSError as error:
        print(f"oncall init: {directory} cannot be written: {error.strerror}", file=sys.stderr)
        return os.EX_CONFIG
    print(f"{directory}: {len(files)} files, of which {directory / 'estate.yaml'} is the first to")
    print(f"change. Then: oncall --config {directory} check")
    return 0
