"""What is read in one go: the configuration at the start, a page of Pods while the screen lives."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from console.config import load
from console.kubernetes.api import PAGE
from console.kubernetes.raw import decode
from console.poll import in_thread
from tests.bench.figure import against
from tests.bench.ticker import Ticker, told
from tests.kubernetes.test_api import page

SHIPPED = Path(__file__).parents[2] / "config"
RUNS = 5
LOAD_S, HOLD_MS = 0.3, 16.0


def loading() -> float:
    """CPU seconds of one load of the shipped configuration."""
    began = time.process_time()
    load(SHIPPED, environ={})
    return time.process_time() - began


async def decoding(body: bytes) -> Ticker:
    """The event loop while pages are decoded beside it."""
    async with Ticker() as ticker:
        for _ in range(RUNS):
            await in_thread(decode, body)
    return ticker


def measure() -> list[str]:
    """The median load, and the longest hold of the loop."""
    cpu = sorted(loading() for _ in range(RUNS))[RUNS // 2]
    body = page(PAGE)
    ticker = asyncio.run(decoding(body))
    return [
        f"inputs: {RUNS} loads of the shipped configuration; {RUNS} pages of {PAGE} Pods, "
        f"{len(body) / 1e6:.1f} MB each",
        against(f"loading takes {cpu:.2f} s of CPU", cpu, LOAD_S),
        told(ticker, HOLD_MS),
    ]
