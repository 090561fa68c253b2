"""What programs without a screen have in common: the signals that end them, their last words."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable

LAST_WORDS_S = 2.0  # for what of findings is not in the journal yet


def on_signals(call: Callable[[int], object]) -> None:
    """Have this called with the number of any signal that is to end the program."""
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(sign, call, sign)


async def last_words(
    say: Callable[[str], object], *written: Callable[[], Awaitable[object]]
) -> None:
    """Wait a little for what is still to be written, one after the other; say where it is not."""
    try:
        async with asyncio.timeout(LAST_WORDS_S):
            for one in written:
                await one()
    except TimeoutError:
        say("not everything is in the journal: it takes no entry")
