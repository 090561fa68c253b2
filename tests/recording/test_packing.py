"""What follows a whole frame is small, and read again with two looks at the most."""

from __future__ import annotations

from random import Random

from console.recording.file import unpack
from console.recording.writer import LONGEST, Stream


def told(random: Random, about: str) -> bytes:
    """Rows of which a few values move; `about` is what they all say."""
    rows = [f'{{"name":"{n}","about":"{about}{n}","lag":{random.random()}}}' for n in range(60)]
    return ",".join(rows).encode()


def test_a_frame_unlike_the_whole_one_is_not_what_a_day_is_told_against() -> None:
    """The first look, before anything answered, says other things than every later one."""
    random, stream = Random(1), Stream(1)
    frames = [
        told(random, "no answer yet from "),
        *(told(random, "well, it is ") for _ in range(300)),
    ]
    packed = [stream.pack(number, frame) for number, frame in enumerate(frames)]
    whole = {number: unpack(body) for number, (base, body) in enumerate(packed) if base == number}
    assert len(whole) > 1
    for number, (base, body) in enumerate(packed):
        assert unpack(body, None if base == number else whole[base]) == frames[number]
    for base in whole:
        after = sum(len(body) for at, (of, body) in enumerate(packed) if of == base != at)
        assert after <= LONGEST * len(packed[base][1])
