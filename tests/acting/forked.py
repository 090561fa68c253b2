"""One console after the other, each a process of its own that may die as it likes."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any


def each_forked(live: Callable[[dict[str, Any]], None]) -> None:
    """For each line of JSON: `PID`, then (once the parent knows it) the life, then `ended STATUS`.

    What the parent imported is imported once for all of them.
    """
    for line in sys.stdin:
        go, done = os.pipe()
        child = os.fork()
        if not child:
            os.read(go, 1)
            try:
                live(json.loads(line))
            except BaseException:
                traceback.print_exc()  # the parent's own loop is not this child's
            os._exit(0)
        print(child, flush=True)
        sys.stdin.readline()  # who serves it knows the child by now
        os.write(done, b"x")
        os.close(done)
        os.close(go)
        print("ended", os.waitpid(child, 0)[1], flush=True)
