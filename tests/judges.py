"""Other people's programs that judge what the console and its lab say."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def aws_command() -> str | None:
    """The aws command, from its own environment (it pins another botocore) or this machine's."""
    own = ROOT / ".venv" / "aws" / "bin" / "aws"
    return str(own) if own.exists() else shutil.which("aws")


async def told(*command: str) -> Any:
    """The JSON a command prints; fails with what it complained of."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return json.loads(out)
