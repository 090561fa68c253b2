"""How long a write to Kafka is tried again: by the partition's leader, whichever it is by then."""

from __future__ import annotations

from console.kafka.codes import MOVED, TIMED_OUT

REPLICAS_MS = 4000  # the broker waits so long for slow followers: less than we wait for the broker
PATIENCE = 20.0  # seconds: a broker that dies is noticed, and its leaders move
PAUSE = 0.5  # seconds between two tries
AGAIN = MOVED | {TIMED_OUT}
"""What another try may cure, whatever was to be written."""
