"""A program for a real terminal: the literal night, or what its argument asks for."""

from __future__ import annotations

import sys
from pathlib import Path

from console.app import Console
from tests.widgets import boards
from tests.widgets.stage import Stage


async def show(app: Console) -> None:
    """The night, without a data side."""
    app.duty = boards.DUTY
    app.show(boards.night())


async def crash(app: Console) -> None:
    """A bug, with a secret in a local variable."""
    app.state = Path(sys.argv[2])
    secret = "to" + "ken"
    raise ZeroDivisionError(f"a bug near {len(secret)}")


if __name__ == "__main__":
    app = Stage(start=crash if sys.argv[1] == "crash" else show)
    app.run()
    sys.exit(app.return_code)
